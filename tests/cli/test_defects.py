"""What becomes of an exception that nobody foresaw."""

from __future__ import annotations

import errno
import os
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import typer
from ingen_fab.synthetic_data.cli.errors import guarded


class Panic(BaseException):
    """As a library in Rust raises it."""


def ended(reports: Path, error: BaseException, *arguments: str) -> int:
    """The exit code of a command line that raises; reports of it go to that folder."""
    application = typer.Typer()

    @application.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
    def _raises() -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(reports))
        for name in ("stdin", "stdout", "stderr"):
            patch.setattr(sys, name, getattr(sys, name))
        patch.setattr(sys, "argv", ["synthetic-data", *arguments])
        try:
            return guarded(lambda: application, "synthetic-data")
        finally:
            signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize(
    "error", [KeyError("\x1b]0;t\x07"), Panic("called `Option::unwrap()` on a `None` value\nbacktrace"), RecursionError()]
)
def test_a_report_is_written(tmp_path: Path, capfd: pytest.CaptureFixture[str], error: BaseException) -> None:
    """One line on standard error names the file, which only its owner can read, and which holds no secret."""
    assert ended(tmp_path, error, "--set", "password=hunter2", "s3://me:hunter2@x/") == 1
    (line,) = capfd.readouterr().err.splitlines()
    (file,) = tmp_path.iterdir()
    assert line.startswith(f"Error: this should not have happened ({type(error).__name__}: ")
    assert line.endswith(f"please report it with the file {file}")
    assert "\x1b" not in line
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    text = file.read_text()
    assert "Traceback" in text
    assert "command: synthetic-data --set" in text
    assert "duckdb" in text
    assert "hunter2" not in text
    assert "\x1b" not in text


def test_no_report_can_be_written(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Where the place for temporary files is gone, the sentence says what shows more."""
    assert ended(tmp_path / "missing", KeyError("x")) == 1
    assert capfd.readouterr().err == "Error: this should not have happened (KeyError: 'x'); SYNTHETIC_DATA_DEBUG=1 shows more\n"


def test_debugging_shows_the_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By letting the exception pass."""
    monkeypatch.setenv("SYNTHETIC_DATA_DEBUG", "1")
    with pytest.raises(KeyError):
        ended(tmp_path, KeyError("x"))


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (MemoryError(), 1, "Error: there is not enough memory; "),
        (OSError(errno.ENOSPC, "No space left on device", "x/y"), 1, "Error: x/y: No space left on device\n"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), 1, "Error: x: Permission denied\n"),
        (KeyboardInterrupt(), 130, "Cancelled.\n"),
        (SystemExit(3), 3, ""),
        (SystemExit(), 0, ""),
    ],
)
def test_what_is_no_defect(tmp_path: Path, capfd: pytest.CaptureFixture[str], error: BaseException, code: int, sentence: str) -> None:
    """Limits of the machine get a sentence, and no report; what ends a program keeps its meaning."""
    assert ended(tmp_path, error) == code
    told = capfd.readouterr().err
    assert told.startswith(sentence)
    assert told.count("\n") == bool(sentence)
    assert not list(tmp_path.iterdir())


_BROKEN_TABLE = """
import sys, typer
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError
from ingen_fab.synthetic_data.cli.errors import guarded
from ingen_fab.synthetic_data.cli.streams import say

application = typer.Typer()

@application.command()
def read(folder: str) -> None:
    try:
        DeltaTable(folder).file_uris()
    except DeltaError as error:
        say(str(error))

sys.exit(guarded(lambda: application, "read"))
"""


@pytest.mark.slow
def test_messages_of_libraries_have_no_backtraces(tmp_path: Path) -> None:
    """Where the environment asks Rust for them, too; only SYNTHETIC_DATA_DEBUG=1 shows them."""
    (tmp_path / "_delta_log").mkdir()
    (tmp_path / "_delta_log" / f"{0:020}.json").write_text("garbage")
    command = [sys.executable, "-c", _BROKEN_TABLE, str(tmp_path)]
    environment = {**os.environ, "RUST_BACKTRACE": "1"}
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stderr
    assert "Json error" in told
    assert "<unknown>" not in told
    assert "clone" not in told
