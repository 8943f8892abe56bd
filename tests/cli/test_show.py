"""What `show` prints: aligned, fitted to a terminal, whole in a pipe, settings as they are written."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

Call = Callable[..., CompletedProcess[str]]
SHOP = """
dataset_id: shop
driving: orders
tables:
  customers:
    columns: {customer_id: key, name: {kind: text, words: 2, about: What the customer is called, unit: words}}
  orders:
    about: What was ordered.
    rows: events
    columns:
      order_id: {kind: key, about: Number in order of time}
      customer_id: {kind: reference, to: customers, about: Who ordered}
      is_paid: {kind: boolean, rate: 0.5}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the dataset."""
    (tmp_path / "shop.yaml").write_text(SHOP)
    return tmp_path


def on_terminal(folder: Path, columns: int, *arguments: str) -> list[str]:
    """The lines of a command whose output is a terminal of so many columns."""
    import pty
    import subprocess

    parent, child = pty.openpty()
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", *arguments]
    with subprocess.Popen(command, stdout=child, stdin=subprocess.DEVNULL, cwd=folder, env={**os.environ, "COLUMNS": str(columns)}) as done:
        os.close(child)
        text = b""
        while True:
            try:
                some = os.read(parent, 1 << 16)
            except OSError:
                break
            if not some:
                break
            text += some
    os.close(parent)
    assert done.returncode == 0
    return text.decode().splitlines()


def test_columns_are_aligned(call: Call, folder: Path) -> None:
    """Each meaning begins where the others do; what is not said takes no line and leaves nothing behind."""
    assert call("show", "--custom-schema", "shop.yaml", cwd=folder).stdout.splitlines() == [
        "shop: shop (custom)",
        "2 tables, 11,000 rows; from 2023-01-01 to 2024-12-31, as of 2024-12-31, seed 42",
        "",
        "customers  1,000 rows, entities",
        "    customer_id  bigint   primary key",
        "    name         varchar  words        What the customer is called",
        "",
        "orders  10,000 rows, events, driving",
        "  What was ordered.",
        "    order_id     bigint   primary key               Number in order of time",
        "    customer_id  bigint   -> customers.customer_id  Who ordered",
        "    is_paid      boolean",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
@pytest.mark.parametrize("dataset", ["retail_oltp_small", "ecommerce_star_small", "finance_oltp_small"])
@pytest.mark.parametrize("columns", [60, 80, 120])
def test_lines_fit_a_terminal(call: Call, tmp_path: Path, dataset: str, columns: int) -> None:
    """And say the same words as in a pipe."""
    lines = on_terminal(tmp_path, columns, "show", dataset)
    assert max(map(len, lines)) <= columns
    whole = call("show", dataset, cwd=tmp_path).stdout
    assert sorted("".join(lines).replace(":", "").replace(" ", "")) == sorted("".join(whole.replace(":", "").split()))


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_marks_stand_before_the_meaning_where_there_is_no_room(folder: Path) -> None:
    """So that names, types and meanings stay aligned."""
    lines = on_terminal(folder, 60, "show", "--custom-schema", "shop.yaml")
    assert lines[-5:] == [
        "    order_id     bigint   primary key: Number in order of",
        "                          time",
        "    customer_id  bigint   -> customers.customer_id: Who",
        "                          ordered",
        "    is_paid      boolean",
    ]


def test_settings_that_were_made_come_first(call: Call, folder: Path) -> None:
    """Each as a config file has it, with its origin; what is inside a block, too."""
    sets = ("--set", "temporal_patterns.weekdays.monday=2", "--set", "generation_config.parallel_tables=false")
    lines = call("show", "shop", "--datasets", ".", "--resolved", *sets, cwd=folder).stdout.splitlines()
    found = [line.split(maxsplit=1) for line in lines[lines.index("settings") + 1 :]]
    told = {name: " ".join(value.split()) for name, value in found}
    assert told["temporal_patterns.weekdays"] == '{"monday": 2.0} --set'
    assert told["generation_config.parallel_tables"] == "false --set"
    assert told["chunking_config.enabled"] == "true default"
    assert told["dataset_id"] == "shop argument"
    assert told["target_rows"] == "10000 dataset shop.yaml"
    assert not any(line.split()[0] == "temporal_patterns" for line in lines if line)
    origins = [value.split()[-1] == "default" for _, value in found]
    assert origins == sorted(origins)
    as_json = json.loads(call("show", "shop", "--datasets", ".", "--resolved", "--json", *sets, cwd=folder).stdout)["settings"]
    assert as_json["temporal_patterns.weekdays"] == [{"monday": 2.0}, "--set"]


def test_a_column_is_told_in_full(call: Call, folder: Path) -> None:
    """With what it follows, a sample and the settings that change it; as JSON the same. What is not there is said."""
    lines = call("show", "shop", "orders.is_paid", "--datasets", ".", cwd=folder).stdout.splitlines()
    assert lines[0] == "orders.is_paid  boolean"
    assert "boolean: true for a share of the rows" in lines
    assert "seed_value: another seed draws other values" in lines
    assert any(line.startswith("  true  █") and line.endswith("(declared 50.0%)") for line in lines)
    value = json.loads(call("show", "shop", "orders.customer_id", "--datasets", ".", "--json", cwd=folder).stdout)
    assert (value["depends_on"], value["roles"]) == ([], ["-> customers.customer_id"])
    assert value["sample"]["rows"] == 2000
    wrong = call("show", "shop", "orders.is_pad", "--datasets", ".", cwd=folder)
    assert (wrong.returncode, wrong.stderr) == (2, "Error: there is no column `orders.is_pad`; did you mean `orders.is_paid`?\n")
