"""`--datasets` and `--custom-schema` on every command that takes a dataset, as a shell sees it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]
SHOP = {
    "dataset_id": "shop",
    "tables": {
        "customers": {"columns": {"customer_id": "key", "joined_at": "begin"}},
        "orders": {"rows": "events", "columns": {"order_id": "key", "customer_id": {"kind": "reference", "to": "customers"}}},
    },
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder `own` with one dataset, and a broken one."""
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "shop.json").write_text(json.dumps(SHOP))
    (tmp_path / "own" / "bad.yaml").write_text("dataset_id: bad\ntables:\n  t: {columns: {id: kye}}\n")
    return tmp_path


PLACES = [("--datasets", "own"), ("--custom-schema", "own/shop.json")]


def test_a_dataset_in_a_folder_that_was_not_given(call: Call, folder: Path) -> None:
    """The sentence has the options of the command line."""
    done = call("generate", "shop", cwd=folder)
    assert done.returncode == 2
    assert done.stderr.strip() == (
        "Error: there is no dataset `shop`; for the file own/shop.json give --custom-schema own/shop.json, or its folder: --datasets own"
    )


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES, ids=lambda place: place[0])
def test_every_command_takes_both(call: Call, folder: Path, place: tuple[str, str]) -> None:
    """generate writes, show and preview look, validate checks a config."""
    done = call("generate", "shop", *place, "-r", "100", "-o", "csv", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "synthetic_data" / "Files" / "shop" / "orders" / "data.csv").is_file()
    assert "orders" in call("show", "shop", *place, cwd=folder).stdout
    rows = json.loads(call("preview", "shop", "orders", *place, "--rows", "3", "--json", cwd=folder).stdout)
    assert [row["order_id"] for row in rows] == [1, 2, 3]
    (folder / "run.yaml").write_text("{dataset_id: shop, target_rows: 7}")
    assert call("validate", "run.yaml", *place, cwd=folder).stdout == "run.yaml: is a valid config\n"
    listed = call("query", "SELECT dataset_id FROM config_synthetic_data_datasets WHERE dataset_id = 'shop'", "--json", cwd=folder)
    assert json.loads(listed.stdout) == [{"dataset_id": "shop"}]


def test_the_file_says_which_dataset(call: Call, folder: Path) -> None:
    """So that its id may be left out, and validate needs no other file."""
    assert call("show", "--custom-schema", "own/shop.json", cwd=folder).stdout.startswith("shop: shop (custom)")
    told = call("validate", "--custom-schema", "own/shop.json", cwd=folder).stdout
    assert told == "own/shop.json: dataset `shop` is valid: 2 tables, 0 checks\n"


def test_list_datasets_shows_problems(call: Call, folder: Path) -> None:
    """One sentence in the line of the broken file; the others are listed, and the exit code is 0."""
    done = call("list-datasets", "--datasets", "own", cwd=folder)
    assert done.returncode == 0
    (line,) = [line for line in done.stdout.splitlines() if line.strip().startswith("bad")]
    assert line.endswith("own/bad.yaml: tables.t.columns.id: no kind is called `kye`; did you mean `key`?")
    found = {info["dataset_id"]: info for info in json.loads(call("list-datasets", "--datasets", "own", "--json", cwd=folder).stdout)}
    assert found["shop"]["tables"] == ["customers", "orders"]
    assert "kye" in found["bad"]["problem"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("generate", "shop", "--datasets", "missing"), "--datasets: `missing` is not a folder"),
        (("generate", "--datasets", "own", "bad"), "no kind is called `kye`"),
        (("show", "--custom-schema", "missing.json"), "missing.json: does not exist"),
        (("validate",), "say which file"),
        (("validate", "own/bad.yaml"), "no kind is called `kye`"),
        (("validate", "own/shop.json", "--custom-schema", "own/shop.json"), "check one at a time"),
        (("generate", "retail_oltp_small", "--custom-schema", "own/shop.json"), "declares shop, but"),
    ],
)
def test_bad_input_ends_with_2(call: Call, folder: Path, arguments: tuple[str, ...], sentence: str) -> None:
    """One sentence on standard error, no traceback."""
    done = call(*arguments, cwd=folder)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "synthetic_data").exists()
