"""Tables as a person and a script read them."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.cli.tables import aligned, columns_of
from rich.cells import cell_len
from typer.testing import CliRunner

TABLE = pa.table(
    {"id": [1, 22, None], "name": ["", "日本語の長い名前です", None], "amount": [1.5, -20.25, 3.0], "about": ["a" * 100, "b", "c"]}
)


def told(folder: Path, *arguments: str) -> str:
    """Standard output of a query over no tables."""
    done = CliRunner().invoke(app, ["query", *arguments, "--output-dir", str(folder)])
    assert done.exit_code == 0, done.output
    return done.stdout


def test_numbers_stand_right_and_null_is_not_empty() -> None:
    """A pipe gets every character; wide ones count twice."""
    lines, shown = aligned(columns_of(TABLE), None)
    assert shown == 4
    assert lines[0] == "  id  name                  amount  about"
    assert lines[1] == f"   1                           1.5  {'a' * 100}"
    assert lines[2] == "  22  日本語の長い名前です  -20.25  b"
    assert lines[3] == "NULL  NULL                       3  c"


@pytest.mark.parametrize(
    ("width", "shown", "second"),
    [
        (60, 4, "   1                           1.5  aaaaaaaaaaaaaaaaaaaaaaa…"),
        (46, 4, "   1                      1.5  aaaaaaaaaaaaaa…"),
        (30, 3, "   1                       1.5"),
        (12, 1, "   1"),
        (2, 1, " 1"),
    ],
)
def test_a_terminal_gets_what_fits(width: int, shown: int, second: str) -> None:
    """Texts are cut before columns are left out; numbers are whole."""
    lines, columns = aligned(columns_of(TABLE), width)
    assert columns == shown
    assert all(cell_len(line) <= width for line in lines)
    assert lines[1] == second


def test_forms_of_a_query(tmp_path: Path) -> None:
    """A line a column, CSV and JSON tell NULL from the empty text."""
    sql = "SELECT 1 AS a, 2 AS b, '' AS empty, NULL AS nothing, 'x,\"y\"' AS text"
    assert told(tmp_path, sql, "--vertical") == 'row 1 of 1\n  a        1\n  b        2\n  empty\n  nothing  NULL\n  text     x,"y"\n'
    assert told(tmp_path, sql, "--csv") == 'a,b,empty,nothing,text\n1,2,"",,"x,""y"""\n'
    assert list(csv.reader(io.StringIO(told(tmp_path, sql, "--csv"))))[1] == ["1", "2", "", "", 'x,"y"']
    assert '"empty": "",\n    "nothing": null' in told(tmp_path, sql, "--json")


def test_one_form_at_a_time(tmp_path: Path) -> None:
    """Two of them are refused."""
    done = CliRunner().invoke(app, ["query", "SELECT 1", "--csv", "--json", "--output-dir", str(tmp_path)])
    assert str(done.exception) == "--json and --csv exclude each other"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("'infinity'::DATE", "infinity"),
        ("'-infinity'::TIMESTAMP", "-infinity"),
        ("'nan'::DOUBLE", "nan"),
        ("[1, NULL]", "[1,null]"),
        ("'\\xff'::BLOB", r"\xFF"),
        ("TIMESTAMPTZ '2024-01-01 10:00:00.5+00'", "2024-01-01 10:00:00.5+00"),
        ("TIMESTAMP '2024-01-01 10:00:00'", "2024-01-01 10:00:00"),
        ("true", "true"),
        ("0.10::DECIMAL(9,2)", "0.10"),
    ],
)
def test_every_type_is_shown(tmp_path: Path, value: str, shown: str) -> None:
    """In each form, what Python cannot hold too."""
    assert told(tmp_path, f"SELECT {value} AS x").splitlines()[1].strip() == shown
    for form in ("--csv", "--vertical", "--json"):
        assert told(tmp_path, f"SELECT {value} AS x", form)


@pytest.mark.slow
def test_a_preview_fits_the_terminal(tmp_path: Path) -> None:
    """Cut there, with a note how to see all; whole in a pipe."""
    from .test_hostile_texts import COMMAND, in_terminal

    arguments = ("preview", "retail_oltp_small", "customers", "--rows", "2")
    _, out, errors = in_terminal(tmp_path, *arguments, columns=80)
    assert all(cell_len(line) <= 80 for line in out.splitlines())
    assert errors.endswith("columns fit here; --vertical, --csv and --json show all\n")
    whole = subprocess.run(
        [*COMMAND, *arguments], cwd=tmp_path, env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True, check=True
    )
    assert whole.stdout.splitlines()[0].endswith("is_active")
    assert "…" not in whole.stdout
