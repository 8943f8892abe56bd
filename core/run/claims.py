"""What the runs under an output root are known to have written: that, and nothing else, a later run may replace."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import replace
from pathlib import Path

from ..frozen import dataclass
from ..plan.plan import Plan
from ..program.folders import above as above_partitions
from ..sinks.warehouse import FILE
from ..spec.paths import is_day_path
from .manifest import BARE, Manifest, Noted, manifest_name, manifests
from .place import above, target


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


@dataclass(frozen=True, slots=True)
class Replaced:
    """What goes when tables are replaced, as paths relative to the root."""

    folders: frozenset[str]
    """All files in them go."""
    paths: frozenset[str] = frozenset()
    """Of files that earlier runs wrote for the same tables, to wherever."""

    def __contains__(self, path: object) -> bool:
        return path in self.paths or (isinstance(path, str) and self._is_inside(path))

    def _is_inside(self, path: str) -> bool:
        """Whether a path lies in one of the folders, or in folders of partitions there."""
        return _folder(path) in self.folders or above_partitions(path) in self.folders

    @property
    def elsewhere(self) -> list[str]:
        """The files that are in none of the folders, nor in folders of partitions there."""
        return sorted(path for path in self.paths if not self._is_inside(path))


def replaced(plan: Plan) -> Replaced:
    """What a run of a plan replaces: its tables, wherever earlier runs put their files."""
    mine = set(plan.names)
    folders = frozenset(target(plan, name) for name in mine)
    if plan.output.mode == "table":
        return Replaced(folders)
    top = f"{above(plan)}/"
    beside = _beside(plan)
    paths = [file.path for noted in beside for table in noted.value.tables if table.name in mine for file in table.files]
    paths += [path for noted in beside for path in noted.value.earlier if above_partitions(path) in folders]
    # Anybody may have written a manifest.
    return Replaced(folders, frozenset(path for path in paths if path.startswith(top) and is_day_path(path.removeprefix(top))))


def staying(plan: Plan) -> str | None:
    """A file of an earlier run into the plan's folder that a run of it would leave there; None where there is none."""
    gone, top = replaced(plan), f"{above(plan)}/"
    found = (path for noted in _beside(plan) for path in _claimed(noted) if path.startswith(top) and path not in gone)
    return next((path for path in found if (plan.output.root / path).exists()), None)


def by_path(plan: Plan) -> bool:
    """Whether a run of a plan, or an earlier one into its folder, has paths that follow a pattern."""
    return bool(plan.output.pattern) or any(noted.by_path for noted in _beside(plan))


def of_runs(plan: Plan) -> bool:
    """Whether a run has written tables of a plan, or some whose paths follow a pattern, to its folder."""
    gone = replaced(plan)
    return by_path(plan) or any(path in gone for path in claims(plan.output.root).paths)


def _beside(plan: Plan) -> list[Noted]:
    """What is known of runs that wrote files to a plan's folder."""
    if plan.output.mode == "table":
        return []
    return [noted for noted in manifests(plan.output.root) if noted.mode != "table" and noted.schema == plan.output.schema]


def outdated(plan: Plan) -> dict[str, str | None]:
    """Manifests of other modes that name files which a plan replaces: their new texts, None to remove one."""
    if plan.output.mode == "table":
        return {}
    gone = replaced(plan)
    out: dict[str, str | None] = {}
    for noted in manifests(plan.output.root):
        name = noted.path.name
        if name == manifest_name(plan) or not any(path in gone for path in _claimed(noted)):
            continue
        left = without(noted.value, gone)
        out[name] = left.text() if left.tables else None
    return out


def without(manifest: Manifest, gone: Container[str]) -> Manifest:
    """A manifest whose tables with files in `gone`, relative to the root, are gone."""
    tables = tuple(table for table in manifest.tables if not any(file.path in gone for file in table.files))
    return replace(manifest, tables=tables, earlier=tuple(path for path in manifest.earlier if path not in gone))


def earlier(plan: Plan) -> list[str]:
    """What manifests that go away name beside this run's tables, so that it stays known to be ours."""
    gone = replaced(plan)
    going = {name for name, text in outdated(plan).items() if text is None}
    mine = {target(plan, name) for name in plan.names}
    found: set[str] = set()
    for noted in manifests(plan.output.root):
        if noted.path.name == manifest_name(plan) or noted.path.name in going:
            found.update(path for path in _claimed(noted) if path not in mine and path not in gone)
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
