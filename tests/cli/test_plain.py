"""The steps as questions and answers: through a pipe, and on a terminal that can only be written to."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import atexit, sys
sys.argv = ["synthetic-data", *sys.argv[1:]]
from ingen_fab.synthetic_data.cli.main import synthetic_data
atexit.register(lambda: print("TEXTUAL", sorted(name for name in sys.modules if name.startswith("textual"))))
synthetic_data()
"""


def talk(folder: Path, answers: list[str], *words: str) -> subprocess.CompletedProcess[str]:
    """What the program says to some answers, each a line; then standard input ends."""
    command = [sys.executable, "-c", PROGRAM, "tui", "--plain", *words]
    text = "".join(f"{answer}\n" for answer in answers)
    environment = {name: value for name, value in os.environ.items() if name != "SYNTHETIC_DATA_DIR"}
    return subprocess.run(command, cwd=folder, env=environment, input=text, capture_output=True, text=True, check=False)


def test_all_steps_through_a_pipe(tmp_path: Path) -> None:
    """A dataset is found by words, settings by name, rows are looked at, written and checked, and the run is taken away; no Textual."""
    answers = [
        *("shops online channel small oltp", "list", "retail_oltp_small", ""),
        *(
            "?",
            "rows_per_fil",
            "rows=60",
            "target_rows=1,5M",
            "target_rows=60",
            "orphan_percentage",
            "output_settings.output_dir=out",
            "seed=7",
        ),
        *("seed=", "changed", ""),
        *("orders 60", "orders 61", "orders 0", "6 11", ""),
        *("maybe", "yes"),
        *("command", "yaml run.yaml", "yaml run.yaml", "xml", "yaml ~nosuch/x", "yaml a\0b", ""),
    ]
    done = talk(tmp_path, answers)
    assert done.returncode == 0, done.stderr
    assert "TEXTUAL []" in done.stdout
    for sentence in (
        "Step 1 of 5: dataset.",
        "1: ",
        "retail_oltp_small is chosen: retail, 10,000 rows, tables customers, products",
        "did you mean `output_settings.rows_per_file`?",
        "target_rows, Target rows\noutput_settings.rows_per_file, Rows per file\n",
        "That does not work: Target rows: `1,5M` could mean ",
        "It is a number, 0 to 1. Default: the dataset's. It changes values of the data.",
        "seed_value is 42, the default",
        "orders, 60 rows. ",
        "row 60 of orders\norder_id: 60\n",
        "orders has 60 rows: the row may be 1 to 60, not 61",
        "the row may be 1 to 60, not 0",
        "row 11 of inventory\n",
        "returned_at: NULL\n",
        "Answer yes or no.",
        "written to out; manifest ",
        "checks passed. The report is shown by: synthetic-data open --output-dir out",
        "synthetic-data generate retail_oltp_small --target-rows 60 --seed 42 --output-dir out\n",
        "Saved run.yaml.",
        "That does not work: run.yaml exists",
        "That does not work: there is no form `xml`",
        "That does not work: `~nosuch/x` cannot be the name of a file",
        "it has a null character in it",
        "Goodbye.",
    ):
        assert sentence in done.stdout, sentence
    assert "target_rows: 60" in (tmp_path / "run.yaml").read_text()
    assert list((tmp_path / "out" / "Tables").rglob("*.parquet"))
    again = talk(tmp_path, ["", "", "", "no"], "--config", "run.yaml")
    assert "It replaces products, stores, customers, orders, order_items, inventory under out, written 20" in again.stdout


def test_days_and_steps_back(tmp_path: Path) -> None:
    """What arrives by days asks which; what is wrong is told and asked again; `back` goes back, and the end of the input leaves."""
    answers = ["back", "", "rows_per_day=5", "", "back", "", "", "today", "", "2024-03-01", "2024-03-02", "yes", "command"]
    done = talk(tmp_path, answers, "retail_oltp_small_incremental")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Step 1 of 5: dataset.") == 2
    assert done.stdout.count("Step 2 of 5: settings.") == 2
    assert "`today` is not a day" in done.stdout
    assert "2 days, " in done.stdout
    assert "generate-series retail_oltp_small_incremental --start-date 2024-03-01 --end-date 2024-03-02" in done.stdout
    assert "Goodbye." in done.stdout
    days = tmp_path / "synthetic_data" / "Files" / "retail_oltp_small_incremental" / "2024" / "03"
    assert {path.parts[-3] for path in days.rglob("orders/data.parquet")} == {"01", "02"}


def test_bad_words_before_the_first_question(tmp_path: Path) -> None:
    """As everywhere: a sentence and exit code 2."""
    done = talk(tmp_path, [], "retail_oltp_smal")
    assert done.returncode == 2
    assert "did you mean `retail_oltp_small`?" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_dumb_terminal(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """TERM=dumb is asked line by line, without being told to, and gets no control characters; a signal ends it, and it says by which."""
    import pty

    main, side = pty.openpty()
    environment = {**os.environ, "TERM": "dumb"}
    command = [sys.executable, "-m", "ingen_fab.synthetic_data"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdin=side, stdout=side, stderr=side, start_new_session=True) as process:
        os.close(side)
        seen = b""
        answers = [b"", b"target_rows=50", b"", b"orders"]
        while b"row 1 of orders" not in seen:
            seen += os.read(main, 4_096)
            if answers and seen.rstrip().endswith(b"]:" if len(answers) == 4 else b"setting:" if len(answers) > 1 else b"orders 100:"):
                os.write(main, answers.pop(0) + b"\n")
        process.send_signal(number)
        assert process.wait(30) == code
    os.close(main)
    text = seen.decode()
    assert "Step 1 of 5: dataset." in text
    assert "target_rows is 50" in text
    assert not [character for character in text if character < " " and character not in "\r\n"]
