"""`ddl show` and `ddl apply`."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ..core.compile.ddl.scripts import Target, scripts_of
from ..core.errors import InputError
from ..core.format import many
from ..core.spec.repository import DatasetConfigurationRepository
from ..core.spec.urls import local_root
from .streams import tell, tell_json

if TYPE_CHECKING:
    from ..core.plan.plan import Environment, Plan
    from ..core.spec.repository import DatasetInfo

Dialect = Literal["fabric", "spark", "duckdb", "postgres"]
_TARGETS: Final[Mapping[Dialect, Target]] = {"fabric": "warehouse", "spark": "lakehouse", "duckdb": "duckdb", "postgres": "postgres"}
_ROOT, _ENVIRONMENT = "output_settings.output_dir", "output_settings.target_environment"


def show(
    dataset_id: str | None, dialect: Dialect, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], as_json: bool
) -> None:
    """Prints scripts."""
    plan, known = _planned(dataset_id, flags, config, sets)
    scripts = scripts_of(plan, _TARGETS[dialect], known)
    if as_json:
        tell_json([{"name": each.name, "path": each.path, "about": each.about, "statements": each.statements} for each in scripts])
        return
    for script in scripts:
        tell(f"-- {script.path}", *script.text.rstrip("\n").split("\n"), "")


def apply(
    dataset_id: str | None, url: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], as_json: bool
) -> None:
    """Makes tables, and prints which."""
    if url is not None and (flags[_ROOT] is not None or flags[_ENVIRONMENT] is not None):
        raise InputError("--url is of a database, which has no --output-dir and no --target-environment: leave one of them out")
    plan, known = _planned(dataset_id, flags, config, sets)
    if url is not None:
        from ..core.compile.ddl.server import apply_to

        done = apply_to(url, plan, known)
    else:
        from ..core.compile.ddl.apply import apply_here

        done = apply_here(*_place(plan, flags), plan, known)
    if as_json:
        tell_json(asdict(done))
        return
    tell(*(f"  made       {name}" for name in done.made), *(f"  was there  {name}" for name in done.there))
    tell(f"{done.place}: {many(len(done.made), 'table')} made, {len(done.there)} there before")


def _planned(
    dataset_id: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str]
) -> tuple[Plan | None, list[DatasetInfo]]:
    """The plan of a dataset, None where none is named, and the datasets that are known."""
    if dataset_id is None and config is None and not flags["custom_schema"]:
        unused = [name for name, given in (("--schema", flags["output_settings.schema"]), ("--set", sets)) if given]
        if unused:
            raise InputError(f"{unused[0]} is of a dataset's tables: say of which dataset, or leave it out")
        return None, DatasetConfigurationRepository(flags["datasets"] or (), environ=os.environ).list()
    from ..core.plan.make import make_plan
    from ..core.plan.make_series import make_series
    from ..core.spec.resolve import resolve_parameters

    resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ)
    with resolved.naming():
        plan = make_plan(resolved)
        if resolved.parameters.incremental_config.keep_snapshots:
            plan = make_series(resolved, *plan.window).plan
    return plan, resolved.repository.list()


def _place(plan: Plan | None, flags: Mapping[str, Any]) -> tuple[Path, Environment]:
    """Where tables are made: as the plan has it, else as the command and the environment say."""
    place = flags[_ROOT] or os.environ.get("SYNTHETIC_DATA_DIR") or "synthetic_data"
    environment: Environment = "warehouse" if flags[_ENVIRONMENT] == "warehouse" else "lakehouse"
    if plan is not None:
        place, environment = plan.output.url or plan.output.root, plan.output.environment
    return local_root(place, "ddl apply makes tables in", "run the scripts of `ddl show` there"), environment
