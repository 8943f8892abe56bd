"""References as a run's settings want them: new ones, their shares of NULL and of orphans, or keys without relationships."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ..errors import InputError, ParameterError, hint
from ..spec.dataset import Dataset, Table
from ..spec.kinds.reference import Reference
from ..spec.layouts.children import Children
from ..spec.layouts.entities import Entities
from ..spec.parameters import Relationship, RuntimeParameters

_OPTIONAL: Final = (
    "a written column of `pick: draw` or `earlier` that is not `required`, not `distinct`, without `when` or `match`, and in no key"
)

_LOOSE: Final[Mapping[str, Any]] = {
    "skew": "none",
    "available": False,
    "factors": [],
    **dict.fromkeys(("affinity", "ageing", "fads", "elasticity", "inherit", "favourites")),
}
"""Keys of a reference that takes any row."""


def replace_column(tables: dict[str, Table], table: str, column: str, update: Mapping[str, Any]) -> None:
    """Puts a changed copy of a column into its table."""
    model = tables[table].columns[column].model_copy(update=dict(update))
    tables[table] = tables[table].model_copy(update={"columns": {**tables[table].columns, column: model}})


def set_references(dataset: Dataset, tables: dict[str, Table], parameters: RuntimeParameters) -> None:
    """Applies the settings that speak of references; raises InputError, also where the dataset has nothing that they name."""
    for relationship in parameters.relationships:
        _relate(dataset, tables, relationship)
    if not parameters.enable_relationships:
        _loosen(dataset, tables)
    _set_share(dataset, tables, "relationship_null_percentage", "nulls", parameters.relationship_null_percentage)
    _set_share(dataset, tables, "orphan_percentage", "orphans", parameters.orphan_percentage)


def _references(dataset: Dataset, tables: Mapping[str, Table]) -> Iterator[tuple[str, str, Reference]]:
    """References of written tables that are drawn, shared out or earlier: (table, column, model); values decide all others."""
    for name, table in tables.items():
        if dataset.writes(name):
            for column, model in table.columns.items():
                if isinstance(model, Reference) and not model.match and not _is_timed(tables, model.to):
                    yield name, column, model


def optional_references(dataset: Dataset, tables: Mapping[str, Table]) -> list[tuple[str, str, Reference]]:
    """The references that settings may make NULL, or point at nothing."""
    return [
        (table, column, model)
        for table, column, model in _references(dataset, tables)
        if model.optional and not column.startswith("_") and column not in tables[table].key
    ]


def orphaned_references(dataset: Dataset, tables: Mapping[str, Table]) -> list[tuple[str, str, Reference]]:
    """Those of the optional references whose keys may point at nothing: there are numbers that no row ever has."""
    return [(table, column, model) for table, column, model in optional_references(dataset, tables) if _is_dense(tables, model.to)]


def drawn_references(dataset: Dataset, tables: Mapping[str, Table]) -> list[tuple[str, str]]:
    """(table, column) of references that take any key where `enable_relationships` is false."""
    return [(table, column) for table, column, model in _references(dataset, tables) if model.pick == "draw"]


def _set_share(dataset: Dataset, tables: dict[str, Table], setting: str, key: str, share: float | None) -> None:
    if share is None:
        return
    found = optional_references(dataset, tables)
    if not found and share:
        raise ParameterError(setting, f"dataset `{dataset.dataset_id}` has no optional reference: {_OPTIONAL}")
    if key == "orphans":
        found = orphaned_references(dataset, tables)
        if not found and share:
            raise ParameterError(setting, f"dataset `{dataset.dataset_id}` has no optional reference to a table whose key is of kind `key`")
    for table, column, model in found:
        both = share + (model.nulls if key == "orphans" else model.orphans)
        if both > 1:
            raise ParameterError(setting, f"the shares of nulls and orphans of `{table}.{column}` add up to more than 1 ({both:g})")
        replace_column(tables, table, column, {key: share})


def _is_timed(tables: Mapping[str, Table], name: str) -> bool:
    """Whether a reference to the table is computed from a moment."""
    return name in tables and tables[name].rows.by_time


def _is_dense(tables: Mapping[str, Table], name: str) -> bool:
    """Whether the key is the row's own number, so that there are numbers that no row ever has."""
    table = tables.get(name)
    return table is not None and len(table.key) == 1 and table.columns[table.key[0]].kind == "key"


def _loosen(dataset: Dataset, tables: dict[str, Table]) -> None:
    found = drawn_references(dataset, tables)
    if not found:
        raise ParameterError("enable_relationships", f"dataset `{dataset.dataset_id}` has no drawn reference that could be loosened")
    for table, column in found:
        replace_column(tables, table, column, _LOOSE)


def _relate(dataset: Dataset, tables: dict[str, Table], given: Relationship) -> None:
    where = "relationships"
    target, _, key = given.parent.partition(".")
    table, _, column = given.child.partition(".")
    for name in (target, table):
        if name not in tables:
            raise InputError(f"{where}: there is no table `{name}`{hint(name, list(tables))}")
    if (key,) != tables[target].key:
        shown = ", ".join(tables[target].key) or "no key"
        raise InputError(f"{where}: `{given.parent}` is not the key of `{target}` (which has {shown})")
    model = tables[table].columns.get(column)
    rows = tables[table].rows
    if model is not None and model.kind == "parent" and isinstance(rows, Children) and rows.of == target:
        one = rows.count.least == rows.count.most == 1
        if given.type == "one_to_one" and not one:
            raise InputError(f"{where}: `{given.child}` is many to one by the rows of `{table}`")
        return
    if model is not None and model.kind in ("key", "parent"):
        raise InputError(f"{where}: `{given.child}` is the {model.kind} of its row and cannot refer to `{target}`")
    about = model.about if model is not None else ""
    update: dict[str, Any] = {}
    new: Any
    if given.type == "one_to_one":
        # Rows that are born by themselves can as well stand on others; what happens by itself, or is counted, cannot.
        if not isinstance(rows, Entities) or table in (target, dataset.driving):
            raise InputError(
                f"{where}: one_to_one would make the rows of `{table}` children of `{target}`; only entities can become children"
            )
        from ..spec.kinds.family import Parent

        update["rows"] = Children(layout="children", of=target)
        new = Parent(kind="parent", about=about)
    elif isinstance(model, Reference):
        new = model.model_copy(update={"to": target})
    else:
        new = Reference(kind="reference", to=target, about=about)
    update["columns"] = {**tables[table].columns, column: new}
    tables[table] = tables[table].model_copy(update=update)
