"""A run that is killed at any point leaves the old tables or the new ones, never some of each, and a root that works on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CLINIC = """
dataset_id: clinic
tables:
  people: {columns: {person_id: key, joined_at: begin}}
  visits: {rows: events, columns: {visit_id: key, person_id: {kind: reference, to: people}, visited_at: begin}}
"""
EVERY = [
    *(("lakehouse", mode, "run") for mode in ("table", "parquet", "csv")),
    *(("warehouse", mode, "run") for mode in ("table", "parquet")),
]
"""CSV and parquet differ in nothing but the writer, so that the log in the warehouse is met beside one of them, and the
suite takes turns with their points."""
RECOVERED = [("lakehouse", "table", "recovery"), ("lakehouse", "csv", "recovery"), ("warehouse", "table", "recovery")]
CHANGED = [
    *((*each, "run", "change") for each in (("lakehouse", "table"), ("lakehouse", "csv"), ("warehouse", "table"))),
    ("lakehouse", "table", "recovery", "change"),
    ("lakehouse", "csv", "recovery", "change"),
]
"""A recovery of the warehouse is one transaction, whatever it does."""
PATHS = [("lakehouse", "csv", walked, how) for walked in ("run", "recovery") for how in ("paths", "plain")]
"""Files that follow a pattern, in place of folders and the other way round."""
PARTS = [("lakehouse", "table", "run", "parts"), ("lakehouse", "csv", "run", "parts"), ("lakehouse", "csv", "recovery", "parts")]
"""Folders of other partitions in place of those that stand."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not hasattr(os, "fork"), reason="needs forks")]


@pytest.mark.parametrize(
    ("environment", "mode", "walked", "how", "met"),
    [
        *(
            (*each, "replace", {"parquet": "even", "csv": "odd"}.get(each[1], "every") if each[0] == "lakehouse" else "every")
            for each in EVERY
        ),
        *(pytest.param("lakehouse", mode, "run", "replace", "every", marks=pytest.mark.long) for mode in ("parquet", "csv")),
        *((*each, "replace", "every") for each in RECOVERED),
        *((*each, "every") for each in CHANGED),
        *((*each, {"paths": "even", "plain": "odd"}[each[3]] if each[2] == "run" else "every") for each in PATHS),
        ("lakehouse", "table", "recovery", "parts", "every"),
        *(pytest.param(*each, "every", marks=pytest.mark.long) for each in (*(path for path in PATHS if path[2] == "run"), *PARTS)),
    ],
)
def test_every_point(tmp_path: Path, environment: str, mode: str, walked: str, how: str, met: str) -> None:
    """Killed before each change to the root, of the run itself and of the recovery that follows."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "clinic.yaml").write_text(CLINIC)
    script = Path(__file__).with_name("boundaries.py")
    command = [sys.executable, str(script), str(tmp_path), environment, mode, walked, how, met]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1_800)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 5
