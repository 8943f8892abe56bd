"""What the runs under an output root are known to have written: that, and nothing else, a later run may replace."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from ..plan.plan import Plan
from ..sinks.warehouse import FILE
from .manifest import BARE, Manifest, Noted, manifest_name, manifests
from .place import target


@dataclass(frozen=True, slots=True)
class Claims:
    """What runs are known to have written."""

    paths: frozenset[str]
    """Of files and warehouse tables, relative to the root."""
    runs: frozenset[str]
    """Run ids."""


def claims(root: Path) -> Claims:
    """What the manifests of an output root say that runs wrote."""
    found = manifests(root)
    return Claims(frozenset(path for noted in found for path in _claimed(noted)), frozenset(noted.run_id for noted in found))


def outdated(plan: Plan) -> dict[str, str | None]:
    """Manifests of other modes that name files of the folders which a plan replaces: their new texts, None to remove one."""
    if plan.output.mode == "table":
        return {}
    gone = {target(plan, name) for name in plan.names}
    out: dict[str, str | None] = {}
    for noted in manifests(plan.output.root):
        name = noted.path.name
        if name == manifest_name(plan) or not any(_folder(path) in gone for path in _claimed(noted)):
            continue
        left = without(noted.value, gone)
        out[name] = left.text() if left.tables else None
    return out


def without(manifest: Manifest, folders: Container[str]) -> Manifest:
    """A manifest whose tables in some folders, relative to the root, are gone."""
    tables = tuple(table for table in manifest.tables if not any(_folder(file.path) in folders for file in table.files))
    return replace(manifest, tables=tables, earlier=tuple(path for path in manifest.earlier if _folder(path) not in folders))


def earlier(plan: Plan) -> list[str]:
    """What manifests that go away name beside this run's tables, so that it stays known to be ours."""
    mine = {target(plan, name) for name in plan.names}
    going = {name for name, text in outdated(plan).items() if text is None}
    found: set[str] = set()
    for noted in manifests(plan.output.root):
        if noted.path.name == manifest_name(plan) or noted.path.name in going:
            found.update(path for path in _claimed(noted) if path not in mine and _folder(path) not in mine)
    return sorted(found)


def _claimed(noted: Noted) -> Iterable[str]:
    yield from noted.value.earlier
    schema, found, _ = noted.path.name.partition("-warehouse-table.json")
    for table in noted.value.tables:
        yield from (file.path for file in table.files if file.path)
        if found:
            yield "/".join([FILE, *([] if schema == BARE else [schema]), table.name])


def _folder(path: str) -> str:
    return path.rpartition("/")[0]
