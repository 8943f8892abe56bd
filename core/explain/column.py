"""All that is to be known of one column, from the declaration with a run's settings in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final

from ..errors import InputError, UnknownNameError
from ..frozen import dataclass
from ..plan.dependences import Dependences, dependences_of
from ..plan.plan import ColumnPlan, Plan, TablePlan
from ..plan.relations import optional_references
from ..spec.dataset import Dataset
from ..spec.distributions import Distribution
from .habits import TOLD, habits
from .words import kind_words, law, number

Place = tuple[str, str]
"""Table and column."""

_LABELS: Final = {
    "affinity": "siblings are alike in",
    "ageing": "popularity by age",
    "ascii": "plain letters",
    "by": "differs by",
    "case": "letters",
    "elasticity": "popularity follows",
    "exact": "dealt exactly",
    "fads": "popularity wanders",
    "follows": "goes with",
    "match": "found by",
    "multiply_by": "times",
    "of": "over",
    "pick": "picked by",
    "places": "decimal places",
    "popularity.of": "drawn by",
    "skew": "popularity",
    "to": "refers to",
    "when": "only when",
}
"""Keys of columns (of one kind alone: kind.key) in words, where they are none by themselves."""
_PLAIN: Final = ("kind", "about", "unit", "given", "rate", "first", "between", "steps", "nulls", "as_")
"""Keys of columns that are told in another way."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """One written column."""

    table: str
    column: str
    type: str
    """SQL type."""
    kind: str
    words: str
    """What the kind means."""
    about: str
    unit: str
    roles: tuple[str, ...]
    """`primary key`, `-> customers.customer_id`, `may be empty`, `as of the last day`."""
    law: tuple[tuple[str, str], ...]
    """What the values follow: (what, how), such as (`distribution`, `lognormal, mean 1,400`)."""
    values: tuple[tuple[str, float], ...]
    """Declared values and their shares of the rows that have one, most frequent as declared; empty where there is no such list."""
    depends_on: tuple[str, ...]
    """Columns that it is drawn by or computed from, lists, and tables, with the word that says so: `orders.channel (by)`. Columns that are
    not written lead on to what they depend on."""
    further: tuple[str, ...]
    """Written columns that those it depends on depend on in turn, the nearest first."""
    used_by: tuple[str, ...]
    """Written columns that depend on it."""
    settings: tuple[tuple[str, str], ...]
    """Settings that change its values: (dotted name, how)."""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        value = asdict(self)
        value["law"], value["values"], value["settings"] = dict(self.law), dict(self.values), dict(self.settings)
        return value


def column_facts(plan: Plan, place: str) -> ColumnFacts:
    """What is known of `table.column`, or of a column that only one table has; raises InputError and UnknownNameError."""
    table, column = find_column(plan, place)
    model = plan.dataset.tables[table.name].columns[column.name]
    declared, at = dependences_of(plan.dataset), (table.name, column.name)
    return ColumnFacts(
        table=table.name,
        column=column.name,
        type=column.type,
        kind=column.kind,
        words=kind_words(column.kind),
        about=column.about,
        unit=column.unit,
        roles=tuple(_roles(table, column)),
        law=(*_law(model, column.unit), *_clocks(plan.dataset, model), *habits(plan, table, column)),
        values=tuple(declared_shares(model)),
        depends_on=tuple(each.told() for each in declared.told(at)),
        further=tuple(_further(declared, at)),
        used_by=tuple(".".join(user) for user in declared.users(at)),
        settings=tuple(_settings(plan, table, column)),
    )


def _further(declared: Dependences, place: Place) -> Iterator[str]:
    """What a column depends on by way of others."""
    direct = [(each.table, each.column) for each in declared.told(place) if each.table and each.column]
    seen, pending = {place, *direct}, list(direct)
    while pending:
        for each in declared.told(pending.pop(0)):
            other = (each.table, each.column)
            if each.table and each.column and other not in seen:
                seen.add(other)
                pending.append(other)
                yield ".".join(other)


def find_column(plan: Plan, place: str) -> tuple[TablePlan, ColumnPlan]:
    """The written column that is named; raises InputError and UnknownNameError."""
    path = plan.dataset.aliases.get(place, place)
    name, dot, wanted = path.rpartition(".")
    if dot:
        table = plan.table(name)
        found = next((column for column in table.columns if column.name == wanted), None)
        if found is None:
            raise UnknownNameError("column", path, [f"{name}.{column.name}" for column in table.columns])
        return table, found
    places = [(table, column) for table in plan.tables for column in table.columns if column.name == wanted]
    if not places:
        raise UnknownNameError("column", path, sorted({column.name for table in plan.tables for column in table.columns}))
    if len(places) > 1:
        raise InputError(f"`{path}` is in several tables: write {' or '.join(f'{table.name}.{path}' for table, _ in places)}")
    return places[0]


def _roles(table: TablePlan, column: ColumnPlan) -> Iterator[str]:
    if column.name in table.primary_key:
        yield "primary key"
    for key in table.foreign_keys:
        if key.column == column.name:
            yield f"-> {key.parent.removeprefix('_')}.{key.parent_column}"
    if column.nullable:
        yield "may be empty"
    if column.as_of:
        yield "as of the last day"


def _law(model: Any, unit: str) -> Iterator[tuple[str, str]]:
    """What the values follow; keys that hold what they hold by default say nothing."""
    # What is multiplied later has another unit.
    unit = "" if getattr(model, "multiply_by", None) is not None else unit
    for name in type(model).model_fields:
        value = getattr(model, name)
        if name not in model.model_fields_set or name in (*_PLAIN, *TOLD) or value is None:
            continue
        yield _LABELS.get(f"{model.kind}.{name}") or _LABELS.get(name, name.rstrip("_").replace("_", " ")), _told(value, unit)
    for name, step in getattr(model, "steps", {}).items():
        yield name, _told(step, unit) or "the first step"
    if model.nulls:
        yield "empty", f"{model.nulls:.2%} of the rows, exactly"


def _clocks(dataset: Dataset, model: Any) -> Iterator[tuple[str, str]]:
    """The clocks that a column, or its steps, wait for."""
    parts = (model, *getattr(model, "steps", {}).values())
    for name in dict.fromkeys(part.clock for part in parts if getattr(part, "clock", None) is not None):
        clock = dataset.clocks[name]
        hours = "; ".join(f"{days} {', '.join(stretches)}" for days, stretches in clock.hours.items())
        days = ["holidays"] if clock.closed == "holidays" else list(clock.closed)
        closed = f", closed on {', '.join(days)}" if days else ""
        yield f"clock {name}", f"open {hours}{closed}; what waits is done within {clock.backlog} of an opening"


def _told(value: Any, unit: str) -> str:
    if isinstance(value, Distribution):
        return law(value, unit)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_told(inner, unit)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_told(inner, unit) for inner in value)
    if hasattr(value, "model_fields_set"):
        fields = [name for name in type(value).model_fields if name in value.model_fields_set]
        return "; ".join(f"{name.rstrip('_').replace('_', ' ')} {_told(getattr(value, name), unit)}" for name in fields)
    # Whoever reads it looks for the column in vain.
    return f"{value} (a column that is not written)" if isinstance(value, str) and value.startswith("_") else number(value)


def declared_shares(model: Any) -> Iterator[tuple[str, float]]:
    """Values and shares that a column declares, over the rows that nothing else decides for."""
    if model.kind == "category" and model.unsolved is None:
        total = sum(model.weights.values())
        yield from ((value, weight / total) for value, weight in model.weights.items())
    elif model.kind == "boolean":
        yield from (("true", float(model.rate)), ("false", 1 - float(model.rate)))
    elif model.kind == "constant":
        yield number(model.value), 1.0
    elif model.kind == "sequence":
        total = sum(model.between.values())
        yield from ((value, weight / total) for value, weight in model.between.items())


def _reached(edges: Mapping[Place, Iterable[Place]], place: Place) -> Iterator[Place]:
    """All columns that a column leads to, the nearest first."""
    seen, pending = {place}, [place]
    while pending:
        for other in sorted(edges.get(pending.pop(0), ())):
            if other not in seen:
                seen.add(other)
                yield other
                pending.append(other)


def _settings(plan: Plan, table: TablePlan, column: ColumnPlan) -> Iterator[tuple[str, str]]:
    dataset, place = plan.dataset, (table.name, column.name)
    model, behind = dataset.tables[table.name].columns[column.name], {place, *_reached(plan.uses, place)}
    aliases = {path: name for name, path in dataset.aliases.items()}
    for other in sorted(behind, key=lambda each: (each != place, each)):
        path = ".".join(other)
        if other[1].startswith("_") or not takes_distribution(dataset.tables[other[0]].columns[other[1]]):
            continue
        spelling = f" (or distributions.{aliases[path]})" if path in aliases else ""
        told = f"another distribution{spelling}" if other == place else f"it is computed from {path}{spelling}"
        yield f"distributions.{path}", told
    yield from _of_references(plan, table, column, model)
    for profile, tables in dataset.privacy.items():
        if column.name in tables.get(table.name, {}):
            yield "privacy", f"the profile `{profile}` puts other values in its place"
    events = {name for name, each in dataset.tables.items() if each.rows.by_day or each.rows.is_event}
    if any(name in events and dataset.tables[name].columns[other].kind == "begin" for name, other in behind):
        yield "temporal_patterns", "which days and hours are busy"
    if column.as_of:
        yield "as_of", "the day as of which it is seen"
    if column.kind == "key":
        yield "target_rows", "how many rows there are"
    elif column.kind not in ("constant", "position", "parent"):
        yield "seed_value", "another seed draws other values"


def takes_distribution(model: Any) -> bool:
    """Whether `distributions` may name the column, as `core.plan.overrides` reads it."""
    timed = model.kind in ("date", "timestamp") and (model.plus is not None or model.minus is not None)
    return timed or model.kind == "number" or (model.kind == "aggregate" and (model.take or ("sum" if "." in model.of else "")) == "sum")


def _of_references(plan: Plan, table: TablePlan, column: ColumnPlan, model: Any) -> Iterator[tuple[str, str]]:
    if column.kind != "reference":
        return
    if (table.name, column.name) in {(name, own) for name, own, _ in optional_references(plan.dataset, plan.dataset.tables)}:
        yield "relationship_null_percentage", "an exact share of it is empty"
        target = plan.dataset.tables[model.to]
        if len(target.key) == 1 and target.columns[target.key[0]].kind == "key":
            yield "orphan_percentage", "an exact share of it points at no row"
    if model.pick == "draw" and not model.match:
        yield "enable_relationships", "`false` takes any row, however popular"
