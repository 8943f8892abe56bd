"""What a setting changes in a dataset: which tables and columns, by their declaration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from ..plan.relations import drawn_references, optional_references, orphaned_references
from ..spec.dataset import Dataset
from ..spec.flags import HOW, STORAGE
from .column import takes_distribution

_ALL: Final = ("target_rows", "scale_factor", "incremental_config.rows_per_day", "seed_value", "history.start", "history.end")
_DAYS: Final = ("weekdays", "months", "seasonal_multipliers", "yearly_growth")
_FEW: Final = 6
"""Names that a sentence has."""


def touched(path: str, dataset: Dataset, given: Iterable[str] = ()) -> str:
    """A sentence on what the setting at a dotted path changes in the data; `given` are the names that a mapping has entries for."""
    block, _, leaf = path.partition(".")
    if path in _ALL:
        return "changes every table"
    if block in (*HOW, *STORAGE):
        return "changes no value: only where and how the tables are written"
    if path == "tables":
        return f"chooses among {_named(dataset.written)}"
    if path == "as_of":
        return "changes what is seen as of a day: states, ends and histories"
    if block == "incremental_config":
        return "changes what each day brings, where days are generated"
    if block == "temporal_patterns":
        return _in_time(leaf, dataset)
    if path == "distributions":
        found = [f"{table}.{column}" for table, column in _declared(dataset, given)]
        return f"changes {_named(found)}" if found else f"can change {_named(drawn_columns(dataset))}"
    if path == "privacy":
        columns = sorted({f"{table}.{column}" for profile in dataset.privacy.values() for table, own in profile.items() for column in own})
        return f"changes {_named(columns)}" if columns else "this dataset has no privacy profile"
    names = {
        "relationship_null_percentage": [f"{table}.{column}" for table, column, _ in optional_references(dataset, dataset.tables)],
        "orphan_percentage": [f"{table}.{column}" for table, column, _ in orphaned_references(dataset, dataset.tables)],
        "enable_relationships": [f"{table}.{column}" for table, column in drawn_references(dataset, dataset.tables)],
    }.get(path)
    if names is None:
        return ""
    return f"changes {_named(names)}" if names else "this dataset has no reference that it could change"


def drawn_columns(dataset: Dataset) -> list[str]:
    """The written columns, as `table.column`, that a distribution can be given for."""
    return [
        f"{table}.{column}"
        for table, model in dataset.tables.items()
        if dataset.writes(table)
        for column, kind in model.columns.items()
        if not column.startswith("_") and takes_distribution(kind)
    ]


def _in_time(leaf: str, dataset: Dataset) -> str:
    events = [name for name, table in dataset.tables.items() if table.rows.is_event and dataset.writes(name)]
    if leaf in _DAYS:
        return (
            f"changes how many rows a day has: {_named(events)}, and what stands on their rows" if events else "no table here follows days"
        )
    return "changes the time of day of every moment that is drawn by the hour"


def _declared(dataset: Dataset, given: Iterable[str]) -> list[tuple[str, str]]:
    out = []
    for name in given:
        table, dot, column = dataset.aliases.get(name, name).rpartition(".")
        tables = [table] if dot else [one for one, model in dataset.tables.items() if column in model.columns]
        out += [(one, column) for one in tables[:1]]
    return out


def _named(names: Sequence[str]) -> str:
    shown = list(names[:_FEW])
    left = len(names) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
