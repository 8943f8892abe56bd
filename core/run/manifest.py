"""From the manifests under an output root to what its runs wrote, and back to the plan of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..errors import InputError, NoOutputError, SyntheticDataError, hint
from ..plan.plan import Plan
from ..spec.repository import DatasetConfigurationRepository
from .drawn import other_pools

FOLDER: Final = ".manifests"
_SIZE: Final = 256 << 20
"""Bytes of a manifest that is read: a line a file, for millions of files."""

Say = Callable[[str], None]
"""Told a sentence about something that was passed over."""


def unsaid(sentence: str) -> None:
    """A `say` that drops every sentence."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A manifest and where it lies."""

    path: Path
    value: Mapping[str, Any]

    @property
    def run_id(self) -> str:
        """Of the run that wrote it."""
        return str(self.value["run_id"])

    @property
    def age(self) -> tuple[str, int]:
        """Rises with time: run ids start with the second, and the file's time tells runs of one second apart."""
        return self.run_id.partition("-")[0], self.path.stat().st_mtime_ns

    def setting(self, name: str, default: str) -> str:
        """One of the run's output settings."""
        found = self.value["parameters"].get("output_settings", {}).get(name)
        return default if found is None else str(found)

    @property
    def schema(self) -> str:
        """Folder or schema of the run's tables; empty for none."""
        return self.setting("schema", str(self.value["dataset_id"]))

    @property
    def mode(self) -> str:
        """table, parquet or csv."""
        return self.setting("output_mode", "table")

    @property
    def environment(self) -> str:
        """lakehouse or warehouse."""
        return self.setting("target_environment", "lakehouse")

    @property
    def storage(self) -> str:
        """What the tables are: delta, warehouse, parquet or csv."""
        if self.mode != "table":
            return self.mode
        return "delta" if self.environment == "lakehouse" else "warehouse"

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the run wrote."""
        return tuple(str(table["name"]) for table in self.value["tables"])


def manifests(root: Path, say: Say = unsaid) -> list[Noted]:
    """The manifests of an output root, the newest first; what is not one of ours is told and passed over."""
    out = []
    folder = root / FOLDER
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            if not path.is_file() or path.stat().st_size > _SIZE or not path.resolve().is_relative_to(root.resolve()):
                raise ValueError("not a plain file under the output root")
            found = Noted(path, _checked(json.loads(path.read_text(encoding="utf-8"))))
            out.append((found.age, found))
        except (OSError, ValueError, RecursionError) as error:
            say(f"{path} is not a manifest of a run and was passed over ({_why(error)})")
    return [found for _, found in sorted(out, key=lambda pair: pair[0], reverse=True)]


def _why(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "it is not JSON"
    return str(error)


def _checked(value: Any) -> Mapping[str, Any]:
    """A manifest whose values have the types and whose files lie where those of a run may lie; raises ValueError."""

    def must(fine: bool, what: str) -> None:
        if not fine:
            raise ValueError(what)

    must(isinstance(value, dict), "it is not a mapping")
    for key in ("run_id", "dataset_id", "spec_hash", "as_of"):
        must(isinstance(value.get(key), str), f"`{key}` is not a text")
    parameters = value.get("parameters")
    must(isinstance(parameters, dict), "`parameters` is not a mapping")
    must(isinstance(parameters.get("output_settings", {}), dict), "`parameters.output_settings` is not a mapping")
    window = value.get("window")
    must(isinstance(window, list) and len(window) == 2 and all(isinstance(day, str) for day in window), "`window` is not two days")
    must(isinstance(value.get("tables"), list), "`tables` is not a list")
    for table in value["tables"]:
        must(isinstance(table, dict) and isinstance(table.get("name"), str), "a table has no name")
        must(isinstance(table.get("files"), list), f"the files of table `{table['name']}` are not a list")
        for file in table["files"]:
            must(isinstance(file, dict) and isinstance(file.get("path"), str), f"a file of table `{table['name']}` has no path")
            path = PurePosixPath(file["path"])
            must(not path.is_absolute() and ".." not in path.parts and "\0" not in file["path"], f"`{path}` leaves the output root")
    return value


def newest(every: Sequence[Noted]) -> dict[tuple[str, str], Noted]:
    """(schema, table) -> the manifest of the newest run that wrote it, in whatever mode."""
    out: dict[tuple[str, str], Noted] = {}
    for noted in every:
        for table in noted.tables:
            out.setdefault((noted.schema, table), noted)
    return out


def replaced_by(noted: Noted, every: Sequence[Noted]) -> Noted | None:
    """The newer run whose files took the place of this one's: parquet and CSV files share their folders."""
    if noted.mode == "table":
        return None
    mine = set(noted.tables)
    newer = every[: next((n for n, other in enumerate(every) if other.path == noted.path), 0)]
    return next((o for o in newer if o.mode != "table" and o.schema == noted.schema and mine & set(o.tables)), None)


def find_manifest(
    root: Path,
    dataset_id: str | None = None,
    *,
    schema: str | None = None,
    mode: str | None = None,
    environment: str | None = None,
    say: Say = unsaid,
) -> Noted:
    """The newest manifest that fits; raises InputError where none does, or its files have been replaced since."""
    if not root.is_dir():
        raise NoOutputError(root)
    every = manifests(root, say)
    if not every:
        raise NoOutputError(root, "holds no manifest of a run")
    for noted in every:
        fits = all(want in (None, has) for want, has in ((schema, noted.schema), (mode, noted.mode), (environment, noted.environment)))
        if fits and dataset_id in (None, noted.value["dataset_id"]):
            newer = replaced_by(noted, every)
            if newer is not None:
                raise InputError(f"what run {noted.run_id} wrote as {noted.mode} has been replaced by run {newer.run_id}, as {newer.mode}")
            return noted
    known = sorted({str(noted.value["dataset_id"]) for noted in every})
    if dataset_id is not None and dataset_id not in known:
        raise InputError(f"{root} holds no run of `{dataset_id}`{hint(dataset_id, known)}")
    told = ", ".join(noted.path.stem for noted in every)
    raise InputError(f"{root} holds no run with these output settings; there is {told}")


def drawn_otherwise(plan: Plan) -> list[str]:
    """A sentence for each pool of a plan that another Faker drew otherwise for the newest run with it in the plan's root."""
    return other_pools(plan, (noted.value for noted in manifests(plan.output.root))) if plan.drawn else []


def plan_of(noted: Noted, *, root: Path | None = None, repository: DatasetConfigurationRepository | None = None) -> Plan:
    """The plan of a manifest's run, made anew; `root` is where the output lies now.

    Raises InputError where the dataset is not the one that the run was planned with.
    """
    # The check after a run has its plan, and needs none of what makes plans.
    from ..plan.make import make_plan
    from ..spec.resolve import resolve_parameters

    value = noted.value
    run = f"run {noted.run_id} of `{value['dataset_id']}`"
    try:
        resolved = resolve_parameters(str(value["dataset_id"]), edited=value["parameters"], repository=repository)
        first, last = (date.fromisoformat(day) for day in value["window"])
        as_of = date.fromisoformat(value["as_of"])
        plan = make_plan(resolved, window=(first, last), as_of=as_of, output_dir=root or noted.path.parent.parent)
    except (SyntheticDataError, ValueError) as error:
        raise InputError(f"{run} cannot be planned anew: {error}") from None
    drawn = other_pools(plan, [value])
    if drawn:
        raise InputError(f"{run} cannot be checked: {drawn[0]}; or generate it again")
    if plan.spec_hash != value["spec_hash"] or plan.algorithm_version != value.get("algorithm_version"):
        raise InputError(f"the dataset has changed since {run} was written (another specification hash): generate it again, then check it")
    return plan
