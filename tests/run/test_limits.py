"""A process that may do too little is told so, before libraries abort or wait for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource")


@pytest.mark.parametrize(
    ("limit", "sentence"),
    [
        ("-n 12", "this process may only open 12 files; a run needs 32 files (see `ulimit -n`)"),
        ("-v 1200000", "this process may only use 1.2 GB of address space; a run needs 4.0 GB (see `ulimit -v`)"),
    ],
)
def test_a_run_needs_files_and_address_space(tmp_path: Path, limit: str, sentence: str) -> None:
    """One sentence, exit code 1, nothing written."""
    program = "from ingen_fab.synthetic_data.cli.main import synthetic_data; synthetic_data()"
    command = f'ulimit {limit}; exec "$0" -c "{program}" generate retail_oltp_small -r 100 --output-dir "{tmp_path / "out"}"'
    done = subprocess.run(["bash", "-c", command, sys.executable], capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stderr) == (1, f"Error: {sentence}\n")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(("command", "what"), [(["query", "SELECT 1"], "a query"), (["validate-data"], "a check")])
def test_who_reads_needs_address_space_too(tmp_path: Path, command: list[str], what: str) -> None:
    """One sentence, exit code 1: below it DuckDB cannot be loaded, or waits for ever."""
    line = ["bash", "-c", 'ulimit -v 400000; exec "$0" "$@"', sys.executable, "-m", "ingen_fab.synthetic_data", *command]
    done = subprocess.run([*line, "--output-dir", str(tmp_path)], capture_output=True, text=True, timeout=100, check=False)
    told = f"Error: this process may only use 409.6 MB of address space; {what} needs 4.0 GB (see `ulimit -v`)\n"
    assert (done.returncode, done.stderr) == (1, told)
