"""From a manifest under an output root back to the plan of the run that wrote it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from ..errors import InputError, NoOutputError, SyntheticDataError, hint
from ..plan.make import make_plan
from ..plan.plan import Plan
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import resolve_parameters

FOLDER: Final = ".manifests"


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
        return str(self.value["parameters"].get("output_settings", {}).get(name, default))


def manifests(root: Path) -> list[Noted]:
    """All manifests of an output root, the newest first; raises InputError for one that cannot be read."""
    out = []
    for path in sorted((root / FOLDER).glob("*.json")):
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
            out.append(Noted(path, {**value, "run_id": value["run_id"], "parameters": dict(value["parameters"])}))
        except (OSError, ValueError, KeyError, TypeError):
            raise InputError(f"{path} is no manifest of a run: generate again, or remove it") from None
    return sorted(out, key=lambda noted: noted.age, reverse=True)


def find_manifest(
    root: Path, dataset_id: str | None = None, *, schema: str | None = None, mode: str | None = None, environment: str | None = None
) -> Noted:
    """The newest manifest that fits; raises InputError where none does."""
    if not root.is_dir():
        raise NoOutputError(root)
    every = manifests(root)
    if not every:
        raise NoOutputError(root, "holds no manifest of a run")
    for noted in every:
        asked = {"schema": schema, "output_mode": mode, "target_environment": environment}
        defaults = {"schema": str(noted.value["dataset_id"]), "output_mode": "table", "target_environment": "lakehouse"}
        fits = all(want is None or noted.setting(name, defaults[name]) == want for name, want in asked.items())
        if fits and dataset_id in (None, noted.value["dataset_id"]):
            return noted
    known = sorted({str(noted.value["dataset_id"]) for noted in every})
    if dataset_id is not None and dataset_id not in known:
        raise InputError(f"{root} holds no run of `{dataset_id}`{hint(dataset_id, known)}")
    told = ", ".join(noted.path.stem for noted in every)
    raise InputError(f"{root} holds no run with these output settings; there is {told}")


def plan_of(noted: Noted, *, root: Path | None = None, repository: DatasetConfigurationRepository | None = None) -> Plan:
    """The plan of a manifest's run, made anew; `root` is where the output lies now.

    Raises InputError where the dataset is not the one that the run was planned with.
    """
    value = noted.value
    run = f"run {noted.run_id} of `{value['dataset_id']}`"
    try:
        resolved = resolve_parameters(str(value["dataset_id"]), edited=value["parameters"], repository=repository)
        first, last = (date.fromisoformat(day) for day in value["window"])
        as_of = date.fromisoformat(value["as_of"])
        plan = make_plan(resolved, window=(first, last), as_of=as_of, output_dir=root or noted.path.parent.parent)
    except SyntheticDataError as error:
        raise InputError(f"{run} cannot be planned anew: {error}") from None
    if plan.spec_hash != value["spec_hash"] or plan.algorithm_version != value["algorithm_version"]:
        raise InputError(f"the dataset has changed since {run} was written (another specification hash): generate it again, then check it")
    return plan
