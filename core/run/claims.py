"""Manifests: what a run wrote, and so what a later run may replace."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ..plan.plan import Plan
from ..sinks.warehouse import FILE
from .events import TableResult
from .place import target
from .root import MANIFESTS, read_regular

_MOST: Final = 1 << 28
"""Bytes of a manifest; larger ones claim nothing."""
_BARE: Final = "_tables"
"""Stands for the empty schema in a manifest's name."""


def manifest_name(plan: Plan) -> str:
    """Name of the file in the folder of manifests."""
    output = plan.output
    return f"{output.schema or _BARE}-{output.environment}-{output.mode}.json"


def manifest_text(plan: Plan, run_id: str, tables: Sequence[TableResult], parts: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """The manifest of a run; `parts` are a table's in the order of its files."""
    value = {
        "run_id": run_id,
        "dataset_id": plan.dataset_id,
        "seed": plan.seed,
        "target_rows": plan.target_rows,
        "as_of": plan.as_of.isoformat(),
        "window": [day.isoformat() for day in plan.window],
        "spec_hash": plan.spec_hash,
        "algorithm_version": plan.algorithm_version,
        "versions": {name: version(name) for name in ("ingen-fab-synthetic-data", "numpy", "pyarrow")},
        "parameters": dict(plan.parameters),
        "tables": [
            {
                "name": table.name,
                "rows": table.rows,
                "digest": table.digest,
                "digest_sample": table.digest_sample,
                "key": list(plan.table(table.name).primary_key),
                "files": [
                    {"path": path, "rows": part["rows"], "bytes": part["bytes"]}
                    for path, part in zip(table.files or [""] * len(parts[table.name]), parts[table.name], strict=True)
                ],
            }
            for table in tables
        ],
    }
    earlier = _earlier(plan)
    if earlier:
        value["earlier"] = earlier
    return json.dumps(value, indent=2)


def claims(root: Path) -> set[str]:
    """Paths, relative to the root, of all files and warehouse tables that a manifest says a run wrote."""
    return {path for name, value in _manifests(root).items() for path in _claimed(name, value)}


def outdated(plan: Plan) -> dict[str, str | None]:
    """Manifests of other modes that name files of the folders which a plan replaces: their new texts, None to remove one."""
    if plan.output.mode == "table":
        return {}
    gone = {target(plan, name) for name in plan.names}
    out: dict[str, str | None] = {}
    for name, value in _manifests(plan.output.root).items():
        if name == manifest_name(plan) or not any(_folder(path) in gone for path in _claimed(name, value)):
            continue
        tables = [table for table in _list(value.get("tables")) if not any(_folder(path) in gone for path in _files(table))]
        earlier = [path for path in _texts(value.get("earlier")) if _folder(path) not in gone]
        out[name] = json.dumps({**value, "tables": tables, "earlier": earlier}, indent=2) if tables else None
    return out


def _earlier(plan: Plan) -> list[str]:
    """What manifests that go away name beside this run's tables, so that it stays known to be ours."""
    mine = {target(plan, name) for name in plan.names}
    found: set[str] = set()
    going = {name for name, text in outdated(plan).items() if text is None}
    for name, value in _manifests(plan.output.root).items():
        if name == manifest_name(plan) or name in going:
            found.update(path for path in _claimed(name, value) if path not in mine and _folder(path) not in mine)
    return sorted(found)


def _manifests(root: Path) -> dict[str, Mapping[str, Any]]:
    """Those that can be read; anything else claims nothing."""
    folder = root / MANIFESTS
    out: dict[str, Mapping[str, Any]] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() and not folder.is_symlink() else []:
        try:
            value = json.loads(read_regular(path, _MOST) or "null")
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            out[path.name] = value
    return out


def _claimed(name: str, value: Mapping[str, Any]) -> Iterable[str]:
    yield from _texts(value.get("earlier"))
    schema, found, _ = name.partition("-warehouse-table.json")
    for table in _list(value.get("tables")):
        yield from _files(table)
        if found and isinstance(table, dict):
            yield "/".join([FILE, *([] if schema == _BARE else [schema]), str(table.get("name"))])


def _files(table: Any) -> list[str]:
    files = _list(table.get("files")) if isinstance(table, dict) else []
    return [file["path"] for file in files if isinstance(file, dict) and isinstance(file.get("path"), str) and file["path"]]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [text for text in _list(value) if isinstance(text, str)]


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
