"""What a dry run tells of days is what is there, what is left, and what it brings."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_a_dry_run_tells_days(call: Call, tmp_path: Path) -> None:
    """Rows and bytes of each table, on the average of the days that are left too; it writes nothing."""
    words = ("retail_oltp_small_incremental", "-s", "2023-01-01", "-e", "2023-01-04")
    first = call("generate-series", *words, "--dry-run", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert list(tmp_path.iterdir()) == []
    lines = first.stdout.splitlines()
    assert lines[1] == "0 days there, 4 days left to write"
    (orders,) = (line for line in lines if line.startswith("  orders"))
    assert re.search(r" \d+ rows +[\d.]+ kB +\d+ rows, [\d.]+ kB a day$", orders)
    done = call("generate-series", *words[:-1], "2023-01-02", "--json", cwd=tmp_path)
    wrote = json.loads(done.stdout)
    value = json.loads(call("generate-series", *words, "--dry-run", "--json", cwd=tmp_path).stdout)
    assert (value["there"], value["left"]) == (["2023-01-01", "2023-01-02"], ["2023-01-03", "2023-01-04"])
    assert (value["there_rows"], value["there_bytes"]) == (wrote["rows"], wrote["bytes"])
    counted = value["left_rows"]
    assert counted["table"] == "orders"
    assert list(counted["days"]) == value["left"]
    assert value["tables"]["orders"]["rows"] == sum(counted["days"].values())
    assert all(table["bytes"] > 1_000 for table in value["tables"].values())
    again = call("generate-series", *words, "--ignore-state", "--dry-run", "--json", cwd=tmp_path)
    assert len(json.loads(again.stdout)["left"]) == 4
    one = call("generate-incremental", words[0], "-d", "2023-01-03", "--dry-run", cwd=tmp_path).stdout
    assert re.search(rf"^  orders +incremental +{counted['days']['2023-01-03']} rows ", one, re.MULTILINE)
    assert " a day" not in one
    nothing = call("generate-incremental", words[0], "-d", "2023-01-02", "--dry-run", cwd=tmp_path).stdout
    assert "1 day there" in nothing
    assert " rows  " not in nothing


def test_a_dry_run_of_tables_tells_what_they_get(call: Call, tmp_path: Path) -> None:
    """What lasts comes whole with the first batch, and a snapshot replaces the one before."""
    words = ("retail_oltp_small_incremental", "-s", "2024-01-01", "-e", "2024-01-14", "-b", "14", "-o", "table", "--json")
    told = json.loads(call("generate-series", *words, "--dry-run", cwd=tmp_path).stdout)["tables"]
    written = json.loads(call("generate-series", *words, cwd=tmp_path).stdout)["days"][-1]["tables"]
    for name in ("customers", "inventory", "orders"):
        assert abs(told[name]["rows"] - written[name]) <= written[name] / 10, name
