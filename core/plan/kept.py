"""Plans that were made before, kept (`store`) and read by the strict decoder of programs.

Only plans of shipped datasets without a template are kept: own ones may be anywhere, and change while somebody writes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..frozen import dataclass
from ..program.codec import from_json, to_json
from ..program.values import Json
from ..spec.repository import DatasetConfigurationRepository
from .later import Later
from .machine import Machine
from .plan import Outline, Plan, TablePlan
from .series import Series, SeriesOutline
from .store import place_of, read, write

if TYPE_CHECKING:
    from ..spec.enhanced import Template
    from ..spec.resolve import Resolved

_MOST_PARTS: Final = 1_000
"""Of a plan that is kept."""
_OUTLINE: Final = tuple(field.name for field in fields(Outline))


@dataclass(frozen=True, slots=True)
class _Kept:
    """A plan without what depends on the machine."""

    outline: Outline
    notes: tuple[str, ...]
    dataset: Json
    program: Json


@dataclass(frozen=True, slots=True)
class _KeptSeries:
    """A series, with its plan in the same form."""

    plan: _Kept
    outline: SeriesOutline


def planned_series(
    dataset_id: str | None,
    first: date,
    last: date,
    *,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    template: Template | None = None,
) -> tuple[Series, DatasetConfigurationRepository]:
    """The series of `resolve_parameters`, `as_files` and `make_series`, kept or made, and where its dataset was found."""
    machine = Machine.here()

    def made() -> tuple[Series, Resolved]:
        from ..spec.resolve import resolve_parameters
        from .make_series import as_files, make_series

        resolved = as_files(resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=environ, template=template))
        with resolved.naming():
            return make_series(resolved, first, last, machine=machine), resolved

    days = {"first": first.isoformat(), "last": last.isoformat()}
    place = place_of(dataset_id, {**flags, **days}, sets, config, environ) if template is None else None
    value = read(place) if place is not None else None
    if value is not None:
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            kept = from_json(_KeptSeries, value)
            plan = _plan(kept.plan, machine, Later(lambda: made()[0].plan))
            return Series(**_fields_of(kept.outline), plan=plan), DatasetConfigurationRepository(environ=environ)
    series, resolved = made()
    if place is not None and _may_be_kept(series.plan, resolved):
        arrivals = tuple(replace(found, table=_listed(found.table)) for found in series.arrivals)
        outline = SeriesOutline(**{**_fields_of(series), "arrivals": arrivals})
        write(place, to_json(_KeptSeries(_kept(series.plan, machine), outline)))
    return series, resolved.repository


def _fields_of(outline: SeriesOutline) -> dict[str, Any]:
    return {field.name: getattr(outline, field.name) for field in fields(SeriesOutline)}


def planned(
    dataset_id: str | None,
    *,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    machine: Machine | None = None,
    template: Template | None = None,
) -> tuple[Plan, DatasetConfigurationRepository]:
    """The plan of `resolve_parameters` and `make_plan`, kept or made, and where its dataset was found; arguments and errors are theirs."""
    machine = machine or Machine.here()

    def made() -> tuple[Plan, Resolved]:
        # What is kept needs none of what making it needs.
        from ..spec.resolve import resolve_parameters
        from .make import make_plan

        resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=environ, template=template)
        with resolved.naming():
            return make_plan(resolved, machine=machine), resolved

    place = place_of(dataset_id, flags, sets, config, environ) if template is None else None
    value = read(place) if place is not None else None
    if value is not None:
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            plan = _plan(from_json(_Kept, value), machine, Later(lambda: made()[0]))
            return replace(plan, entry=place), DatasetConfigurationRepository(environ=environ)
    plan, resolved = made()
    if place is not None and _may_be_kept(plan, resolved):
        write(place, to_json(_kept(plan, machine)))
        plan = replace(plan, entry=place)
    return plan, resolved.repository


def _may_be_kept(plan: Plan, resolved: Resolved) -> bool:
    """Whether a plan follows from what its place names: shipped files, and what was given."""
    own = resolved.repository.own or resolved.repository.schema is not None or "custom_schema" in resolved.origins
    # Options of Spark may hold secrets.
    own = own or bool(resolved.parameters.spark.conf)
    return not own and not plan.drawn and not plan.too_many and plan.files <= _MOST_PARTS


def _kept(plan: Plan, machine: Machine) -> _Kept:
    of_work = len(plan.wanted.on(machine, plan.widest)[1])
    tables = tuple(map(_listed, plan.tables))
    return _Kept(replace(plan.outline, tables=tables), plan.notes[of_work:], plan.dataset.kept(), to_json(plan.program))


def _listed(table: TablePlan) -> TablePlan:
    """A table whose parts are listed."""
    return replace(table, parts=replace(table.parts, ranges=tuple(table.parts.ranges)))


def _plan(kept: _Kept, machine: Machine, again: Later[Plan]) -> Plan:
    """A plan of what was kept; what is asked of it later, and cannot be read, is made `again`."""
    outline = kept.outline

    def program() -> Any:
        from ..engine import kernels  # noqa: F401  # makes all that a program may hold known
        from ..program.content import KNOWN
        from ..program.program import Program

        try:
            found = from_json(Program, kept.program)
            for name, pool in found.pools.items():
                KNOWN.lies(pool.sha256, outline.lists[name].path)
            return found
        except (ValueError, KeyError, TypeError):
            return again.value.program

    def dataset() -> Any:
        from ..spec.dataset import Dataset

        try:
            return Dataset.of_kept(kept.dataset)
        except (ValueError, KeyError, TypeError):
            return again.value.dataset

    work, notes = outline.wanted.on(machine, outline.widest)
    return Plan(
        **{name: getattr(outline, name) for name in _OUTLINE},
        work=work,
        notes=(*notes, *kept.notes),
        drawn={},
        declared=Later(dataset),
        compiled=Later(program),
        computed_from=Later(lambda: again.value.uses),
    )
