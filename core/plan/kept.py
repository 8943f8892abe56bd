"""Plans that were made before, kept (`store`) and read by the strict decoder of programs.

Only plans of shipped datasets are kept: own ones may be anywhere, and change while somebody writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..program.codec import from_json, to_json
from ..program.values import Json
from ..spec.repository import DatasetConfigurationRepository
from .later import Later
from .plan import ColumnPlan, Compression, Digest, Environment, ForeignKey, ListFile, OutputMode, OutputPlan, Parts, Plan, Sizes, TablePlan
from .store import place_of, read, write
from .work import Machine, Wanted

if TYPE_CHECKING:
    from ..spec.resolve import Resolved

_MOST_PARTS: Final = 1_000
"""Of a plan that is kept."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of a plan, as it is kept."""

    name: str
    about: str
    layout: str
    rows: int
    first_row: int
    columns: tuple[ColumnPlan, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    parts: tuple[tuple[tuple[int, int], ...], ...]
    driving: bool
    state_of: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Output:
    """Where and how, as it is kept."""

    mode: OutputMode
    environment: Environment
    root: str
    schema: str
    compression: Compression
    if_exists: str
    digest: Digest
    rows_per_file: int


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan without what depends on the machine."""

    dataset_id: str
    dataset_name: str
    domain: str
    world: str
    seed: int
    target_rows: int
    as_of: str
    window: tuple[str, str]
    tables: tuple[_Table, ...]
    output: _Output
    wanted: Wanted
    notes: tuple[str, ...]
    spec_hash: str
    algorithm_version: int
    parameters: Mapping[str, Json]
    checks: Mapping[str, tuple[int, str]]
    changed: tuple[tuple[str, str], ...]
    sizes: Sizes
    lists: Mapping[str, tuple[str, Mapping[str, str]]]
    dataset: Json
    program: Json


def planned(
    dataset_id: str | None,
    *,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    machine: Machine | None = None,
) -> tuple[Plan, DatasetConfigurationRepository]:
    """The plan of `resolve_parameters` and `make_plan`, kept or made, and where its dataset was found; arguments and errors are theirs."""
    machine = machine or Machine.here()

    def made() -> tuple[Plan, Resolved]:
        # What is kept needs none of what making it needs.
        from ..spec.resolve import resolve_parameters
        from .make import make_plan

        resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=environ)
        return make_plan(resolved, machine=machine), resolved

    place = place_of(dataset_id, flags, sets, config, environ)
    value = read(place) if place is not None else None
    if value is not None:
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            plan = _plan(from_json(_Kept, value), machine, Later(lambda: made()[0]))
            return plan, DatasetConfigurationRepository(environ=environ)
    plan, resolved = made()
    if place is not None and _may_be_kept(plan, resolved):
        write(place, to_json(_kept(plan, machine)))
    return plan, resolved.repository


def _may_be_kept(plan: Plan, resolved: Resolved) -> bool:
    """Whether a plan follows from what its place names: shipped files, and what was given."""
    own = resolved.repository.own or resolved.repository.schema is not None or "custom_schema" in resolved.origins
    return not own and not plan.drawn and not plan.too_many and plan.files <= _MOST_PARTS


def _kept(plan: Plan, machine: Machine) -> _Kept:
    of_work = len(plan.wanted.on(machine, _widest(plan.tables))[1])
    return _Kept(
        dataset_id=plan.dataset_id,
        dataset_name=plan.dataset_name,
        domain=plan.domain,
        world=plan.world,
        seed=plan.seed,
        target_rows=plan.target_rows,
        as_of=plan.as_of.isoformat(),
        window=(plan.window[0].isoformat(), plan.window[1].isoformat()),
        tables=tuple(
            _Table(
                table.name,
                table.about,
                table.layout,
                table.rows,
                table.first_row,
                table.columns,
                table.primary_key,
                table.foreign_keys,
                tuple(part.ranges for part in table.parts),
                table.driving,
                table.state_of,
            )
            for table in plan.tables
        ),
        output=_Output(
            plan.output.mode,
            plan.output.environment,
            str(plan.output.root),
            plan.output.schema,
            plan.output.compression,
            plan.output.if_exists,
            plan.output.digest,
            plan.output.rows_per_file,
        ),
        wanted=plan.wanted,
        notes=plan.notes[of_work:],
        spec_hash=plan.spec_hash,
        algorithm_version=plan.algorithm_version,
        parameters=plan.parameters,
        checks=plan.checks,
        changed=plan.changed,
        sizes=plan.sizes,
        lists={name: (str(own.path), own.fields) for name, own in plan.lists.items()},
        dataset=plan.dataset.kept(),
        program=to_json(plan.program),
    )


def _plan(kept: _Kept, machine: Machine, again: Later[Plan]) -> Plan:
    """A plan of what was kept; what is asked of it later, and cannot be read, is made `again`."""

    def program() -> Any:
        from ..engine import kernels  # noqa: F401  # makes all that a program may hold known
        from ..program.content import KNOWN
        from ..program.program import Program

        try:
            found = from_json(Program, kept.program)
            for name, pool in found.pools.items():
                KNOWN.lies(pool.sha256, Path(kept.lists[name][0]))
            return found
        except (ValueError, KeyError, TypeError):
            return again.value.program

    def dataset() -> Any:
        from ..spec.dataset import Dataset

        try:
            return Dataset.of_kept(kept.dataset)
        except (ValueError, KeyError, TypeError):
            return again.value.dataset

    tables = tuple(
        TablePlan(
            table.name,
            table.about,
            table.layout,
            table.rows,
            table.first_row,
            table.columns,
            table.primary_key,
            table.foreign_keys,
            Parts(table.name, table.parts),
            table.driving,
            None,
            table.state_of,
        )
        for table in kept.tables
    )
    output = kept.output
    work, notes = kept.wanted.on(machine, _widest(tables))
    return Plan(
        dataset_id=kept.dataset_id,
        dataset_name=kept.dataset_name,
        domain=kept.domain,
        world=kept.world,
        seed=kept.seed,
        target_rows=kept.target_rows,
        as_of=date.fromisoformat(kept.as_of),
        window=(date.fromisoformat(kept.window[0]), date.fromisoformat(kept.window[1])),
        tables=tables,
        output=OutputPlan(
            output.mode,
            output.environment,
            Path(output.root),
            output.schema,
            output.compression,
            "fail" if output.if_exists == "fail" else "replace",
            output.digest,
            output.rows_per_file,
        ),
        work=work,
        notes=(*notes, *kept.notes),
        spec_hash=kept.spec_hash,
        algorithm_version=kept.algorithm_version,
        parameters=kept.parameters,
        checks=kept.checks,
        declared=Later(dataset),
        changed=kept.changed,
        sizes=kept.sizes,
        lists={name: ListFile(Path(path), fields) for name, (path, fields) in kept.lists.items()},
        drawn={},
        compiled=Later(program),
        wanted=kept.wanted,
    )


def _widest(tables: Sequence[TablePlan]) -> int:
    return max(len(table.columns) for table in tables)
