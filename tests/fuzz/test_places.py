"""Names of output roots and schemas, and journals and manifests as anyone may have left them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import SyntheticDataError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.claims import claims
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.publish import STAGING, locked, recover
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

TINY = "dataset_id: tiny\ntables:\n  things: {columns: {id: key}}\n"
ID = "20240101T000000-dead0000"
few = settings(max_examples=max(settings.default.max_examples // 5, 1) if settings.default else 8, deadline=None)
MODES = st.sampled_from([("lakehouse", "table"), ("lakehouse", "csv"), ("warehouse", "table")])


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset of one table."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "tiny.yaml").write_text(TINY)
    return folder


def plan_of(own: Path, root: str, where: tuple[str, str], schema: str | None = None) -> Plan:
    """Three rows of it."""
    flags: dict[str, Any] = {"target_rows": 3, "output_settings.output_dir": root}
    flags |= {"output_settings.target_environment": where[0], "output_settings.output_mode": where[1]}
    if schema is not None:
        flags["output_settings.schema"] = schema
    return make_plan(resolve_parameters("tiny", flags=flags, repository=DatasetConfigurationRepository([own])))


names = st.text(st.characters(blacklist_characters="/\0", blacklist_categories=["Cs"]), min_size=1, max_size=12)


@pytest.mark.slow
@few
@given(name=names, where=MODES)
@example("%41%zz", ("lakehouse", "table"))
@example("[::1]", ("warehouse", "table"))
@example("s3:", ("lakehouse", "table"))
def test_roots_of_every_name(own: Path, name: str, where: tuple[str, str]) -> None:
    """A run works twice, its rows are found, and nothing appears beside the root."""
    assume(name not in (".", "..") and len(os.fsencode(name)) < 200)
    assume("\\" not in name or where[0] == "lakehouse")
    with TemporaryDirectory() as folder:
        root = f"{folder}/{name}"
        for _ in range(2):
            result = run(plan_of(own, root, where), datasets=())
            assert result.status == "COMPLETED", result.message
        assert query(root, "SELECT count(*) AS n FROM tiny.things").to_pylist() == [{"n": 3}]
        assert os.listdir(folder) == [name]


@few
@given(
    schema=st.from_regex(r"[A-Za-z_]?[A-Za-z0-9_]{0,8}", fullmatch=True) | st.sampled_from(["main", "config", "Temp", "_tables"]),
    where=MODES,
)
def test_schemas_of_every_name(own: Path, schema: str, where: tuple[str, str]) -> None:
    """A run works, or one sentence says why not before anything is written; the root works on."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "out"
        try:
            result = run(plan_of(own, str(root), where, schema), datasets=())
        except SyntheticDataError:
            assert not root.exists()
        else:
            assert result.status == "COMPLETED", result.message
            assert query(root, "SELECT count(*) AS n FROM log_synthetic_data_generation").to_pylist() == [{"n": 1}]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["..", "/etc", "orders", "data.csv"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
JOURNAL: dict[str, Any] = {
    "schema_name": "shop",
    "steps": [
        {"kind": "folder", "table": "orders", "files": [{"name": "data.csv", "bytes": 3}]},
        {"kind": "delta", "table": "orders", "files": [{"name": "data.parquet", "bytes": 3}], "before": None},
        {
            "kind": "warehouse",
            "tables": [{"table": "orders", "files": [{"name": "a.parquet", "bytes": 3}]}],
            "memory": 1 << 28,
            "spill": False,
        },
        {"kind": "manifest", "name": "shop-lakehouse-csv.json", "sha256": None},
    ],
}


@st.composite
def mutated(draw: st.DrawFn, value: Any) -> Any:
    """A value with one place in it changed, taken away or doubled."""
    if isinstance(value, dict) and value and draw(st.integers(0, 3)):
        key = draw(st.sampled_from(sorted(value)))
        return {**value, key: draw(mutated(value[key]))}
    if isinstance(value, list) and value and draw(st.integers(0, 3)):
        at = draw(st.integers(0, len(value) - 1))
        what = draw(st.sampled_from(["change", "drop", "double"]))
        between = {"change": [draw(mutated(value[at]))], "drop": [], "double": [value[at]] * 2}[what]
        return [*value[:at], *between, *value[at + 1 :]]
    return draw(JSON)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(journal=mutated(JOURNAL), cut=st.integers(0, 400), staged=st.sampled_from(["", "csv", "parquet"]))
def test_journals_of_any_content(journal: Any, cut: int, staged: str) -> None:
    """Recovery says a sentence and ends; what lies outside, and tables that no step replaces whole, are untouched."""
    with TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        place = root / STAGING / ID
        (place / "new" / "orders").mkdir(parents=True)
        if staged:
            (place / "new" / "orders" / f"data.{staged}").write_text("new")
        text = json.dumps(journal)
        (place / "publish.json").write_text(text[:-cut] if cut > 300 else text)
        (root / "Files" / "shop" / "orders").mkdir(parents=True)
        (root / "Files" / "shop" / "orders" / "thesis.docx").write_text("mine")
        with locked(root):
            told = recover(root)
        assert len(told) == 1
        assert "\n" not in told[0]
        assert os.listdir(folder) == ["root"]
        assert (root / "Files" / "shop" / "orders" / "thesis.docx").read_text() == "mine"
        with locked(root):
            assert recover(root) == []


WHOLE = {
    "run_id": "x",
    "dataset_id": "d",
    "spec_hash": "h",
    "as_of": "2024-01-01",
    "window": ["2023-01-01", "2024-01-01"],
    "parameters": {},
    "tables": [{"name": "orders", "files": [{"path": "Files/a/b.csv"}]}],
    "earlier": ["Files/c/d.csv"],
}


@given(value=mutated(WHOLE))
def test_manifests_of_any_content(value: Any) -> None:
    """Those that are passed over claim nothing; the others claim nothing outside the folders of tables."""
    with TemporaryDirectory() as folder:
        (Path(folder) / ".manifests").mkdir()
        (Path(folder) / ".manifests" / "a-warehouse-table.json").write_text(json.dumps(value))
        told: list[str] = []
        found = manifests(Path(folder), told.append)
        assert len(found) + len(told) == 1
        paths = claims(Path(folder)).paths
        assert found or not paths
        assert all(path.partition("/")[0] in ("Files", "Tables", "warehouse.duckdb") and ".." not in path.split("/") for path in paths)
