"""Standard input, output and error in every state, and Ctrl-C: an exit code that makes sense, and no noise."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.spec.export import save

pytestmark = pytest.mark.slow

SELF = f"{shlex.quote(sys.executable)} -m ingen_fab.synthetic_data"
GENERATE = "generate retail_oltp_small -r 50 -o csv --no-validate"
NOISE = ("Traceback", "Exception ignored", "should not have happened", "BrokenPipe", "<unknown>")


def shell(folder: Path, line: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which SELF is the command; as its exit code that of the first command of a pipe."""
    script = line.replace("SELF", SELF) + '; exit "${PIPESTATUS[0]}"'
    found = subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    for noise in NOISE:
        assert noise not in found.stdout + found.stderr
    return found


@pytest.mark.parametrize(
    ("line", "code", "out", "errors"),
    [
        ("SELF preview retail_oltp_small orders --rows 10000 | head -1", 0, "order_id", ""),
        ("SELF preview retail_oltp_small orders --rows 10000 --json | head -1", 0, "[", ""),
        ("SELF --help | head -1", 0, "Usage:", ""),
        ("SELF list-datasets | true", 0, "", ""),
        ("SELF preview retail_oltp_small ordrs 2>&1 | true", 2, "", ""),
        ("SELF list-datasets > /dev/full", 1, "", "Error: standard output cannot be written: No space left on device\n"),
        ("SELF --version > /dev/full", 1, "", "Error: standard output cannot be written: No space left on device\n"),
        ("SELF list-datasets >&-", 0, "", ""),
        ("SELF list-datasets 2>&-", 0, "ecommerce\n", ""),
        ("SELF show retail_oltp_smal 2>&-", 2, "", ""),
        ("SELF show retail_oltp_smal 2>/dev/full", 2, "", ""),
        (f"SELF {GENERATE} 2>&-", 0, "retail_oltp_small: ", ""),
        (f"SELF {GENERATE} 2>/dev/full", 0, "retail_oltp_small: ", ""),
        (f"SELF {GENERATE} <&- >&- 2>&-", 0, "", ""),
        (f"PYTHONUNBUFFERED=1 SELF {GENERATE} 2>&1 >/dev/null | true", 0, "", ""),
        ("LC_ALL=C PYTHONUTF8=0 PYTHONIOENCODING=ascii SELF query 'SELECT chr(252) AS u' --output-dir .", 0, "u\n\\xfc\n", ""),
    ],
)  # fmt: skip
def test_streams(tmp_path: Path, line: str, code: int, out: str, errors: str) -> None:
    """A reader that has gone, a full device, streams that were closed, and ones that know ASCII only."""
    found = shell(tmp_path, line)
    assert found.returncode == code, found.stderr
    assert found.stdout.startswith(out)
    assert found.stderr == errors


def test_closed_streams_lend_their_numbers_to_no_file(tmp_path: Path) -> None:
    """A file of the run that got number 1 or 2 would hold what is printed."""
    shell(tmp_path, f"SELF {GENERATE} >&- 2>&-")
    shell(tmp_path, f"SELF {GENERATE} --output-dir second >/dev/null 2>/dev/null")
    for file in (tmp_path / "synthetic_data" / "Files").rglob("*.csv"):
        assert file.read_bytes() == (tmp_path / "second" / file.relative_to(tmp_path / "synthetic_data")).read_bytes()


def test_a_query_from_standard_input(tmp_path: Path) -> None:
    """`-` stands for it; an empty one, and one that is not text, gets a sentence."""
    command = [*shlex.split(SELF), "query", "-", "--csv", "--output-dir", str(tmp_path)]
    for sql, code, out, errors in (
        (b"SELECT 7 AS n", 0, "n\n7\n", ""),
        (b" \n", 2, "", "Error: there is no SQL on standard input\n"),
        (b"\xff", 2, "", "Error: standard input is not UTF-8 text\n"),
        (b" " * 1_000_001 + b"SELECT 7", 2, "", "Error: a query on standard input has at most 1,000,000 bytes\n"),
    ):
        done = subprocess.run(command, input=sql, capture_output=True, check=False, timeout=120)
        assert (done.returncode, done.stdout.decode(), done.stderr.decode()) == (code, out, errors)


_INTERRUPTED = """
import os, signal, sys
wanted = sys.argv.pop(1)
def interrupt(event, arguments):
    if event == "open" and str(arguments[0]).endswith(wanted):
        os.kill(os.getpid(), signal.SIGINT)
sys.addaudithook(interrupt)
from ingen_fab.synthetic_data.cli.main import synthetic_data
synthetic_data()
"""
"""The command; each time that it opens the wanted file, somebody presses Ctrl-C."""


@pytest.mark.parametrize(
    ("file", "arguments"),
    [
        (f"commands.{sys.implementation.cache_tag}.pyc", "list-datasets"),
        ("retail_oltp.yaml", "list-datasets"),
        ("retail_oltp.yaml", "show retail_oltp_small"),
        ("retail_oltp.yaml", "show retail_oltp_small --dictionary"),
        ("retail_oltp.yaml", "preview retail_oltp_small orders"),
        ("retail_oltp.yaml", "generate retail_oltp_small"),
        ("retail_oltp.yaml", "generate retail_oltp_small --dry-run"),
        ("mine.yaml", "validate mine.yaml"),
        ("mine.yaml", "validate-data --config mine.yaml"),
        (f"query.{sys.implementation.cache_tag}.pyc", "query 'SELECT 1' --output-dir ."),
    ],
)  # fmt: skip
def test_ctrl_c_says_one_word(tmp_path: Path, file: str, arguments: str) -> None:
    """Exit code 130, and `Cancelled.`, in every command."""
    (tmp_path / "mine.yaml").write_text("{dataset_id: retail_oltp_small}")
    command = [sys.executable, "-c", _INTERRUPTED, file, *shlex.split(arguments)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    for _ in range(2):
        # The first time, what is compiled may have to be written yet.
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "Cancelled.\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_during_a_run_says_one_word(tmp_path: Path, number: signal.Signals) -> None:
    """At the end of what was told until then; the exit code names the signal."""
    command = [*shlex.split(SELF), "generate", "finance_oltp_large", "-r", "3000000", "-o", "csv"]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    process.stderr.readline()
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert out == ""
    assert errors.splitlines()[-1:] == ["Cancelled."]
    assert "ancelled" not in errors.removesuffix("Cancelled.\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no pipes with names")
def test_an_export_into_a_pipe_leaves_the_pipe(tmp_path: Path) -> None:
    """As into /dev/null: a file that took its place would be filled by every other program."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    save("text", pipe, replace=True)
    assert os.read(reading, 100) == b"text"
    os.close(reading)
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
    with pytest.raises(InputError, match="cannot be written: Is a directory"):
        save("text", tmp_path, replace=True)
