"""Golden digests are renewed with a new ALGORITHM_VERSION, and never quietly."""

from __future__ import annotations

import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.hashing import ALGORITHM_VERSION

FILE = Path(__file__).parent / "golden.json"
Golden = dict[str, Any]


def renewed(before: Golden, after: Golden) -> list[str]:
    """The tables whose digest is another one, or gone, though the version is the same and was released."""
    if before["algorithm_version"] != after["algorithm_version"] or not before.get("released", True):
        return []
    new = after["digests"]
    return [
        f"{dataset}.{table}"
        for dataset, tables in before["digests"].items()
        for table, digest in tables.items()
        if dataset in new and new[dataset].get(table) != digest
    ]


def past() -> list[Golden]:
    """The file as commits had it, the newest first; of those that name a version."""

    def git(*arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=FILE.parent, capture_output=True, text=True, check=True).stdout

    commits = git("rev-list", "-n", "20", "HEAD", "--", FILE.name).split()
    found = [json.loads(git("show", f"{commit}:./{FILE.name}")) for commit in commits]
    return [golden for golden in found if "algorithm_version" in golden]


def test_the_digests_are_those_of_the_version() -> None:
    """The file names the version that it was made with."""
    assert json.loads(FILE.read_text())["algorithm_version"] == ALGORITHM_VERSION


def test_no_digest_was_renewed_under_the_same_version() -> None:
    """From commit to commit, and from the last one to what lies here."""
    try:
        states = [json.loads(FILE.read_text()), *past()]
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this is no checkout")
    for after, before in pairwise(states):
        assert renewed(before, after) == [], "raise ALGORITHM_VERSION, here and in core/engine/hashing.py: everybody's data changes"


def test_a_renewal_is_noticed() -> None:
    """Of one table of one dataset; a new dataset, and a new version, are none."""
    now: Golden = json.loads(FILE.read_text())
    dataset, tables = next(iter(now["digests"].items()))
    other = {**now, "digests": {**now["digests"], dataset: dict.fromkeys(tables, "0")}}
    released = {**now, "released": True}
    assert renewed(released, other) == [f"{dataset}.{table}" for table in tables]
    assert renewed({**now, "released": False}, other) == []
    assert renewed(released, {**other, "algorithm_version": now["algorithm_version"] + 1}) == []
    assert renewed(released, {**now, "digests": {**now["digests"], "new": {"t": "0"}}}) == []
