"""Declared expressions over what is written: paths become columns and joins, or it is said that they cannot be seen."""

from __future__ import annotations

from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..frozen import dataclass
from ..sinks.warehouse import quoted
from ..spec.kinds.lifetime import Begin
from .moments import part
from .subject import Subject, Written, own


@dataclass(frozen=True, slots=True)
class Seen:
    """A declared value in SQL over the row `t` and its joins."""

    sql: str
    joins: str = ""
    reads: tuple[str, ...] = ()


def see(subject: Subject, table: Written, path: str, *, but: str = "") -> Seen | None:
    """A path from a row, as far as it can be seen in written columns other than `but`; None where it cannot."""
    steps = path.split(".")
    first = steps[0]
    if len(steps) == 1:
        if first in table.columns:
            return Seen(own(first))
        return None
    copy = table.copy_of(path)
    if copy is not None and copy != but:
        return Seen(own(copy))
    if first not in table.columns or len(steps) > 2:
        return None
    if table.columns[first].type in ("timestamp", "date"):
        return _part(subject, table, first, steps[1])
    return _through(subject, table, first, steps[1])


def _part(subject: Subject, table: Written, column: str, name: str) -> Seen | None:
    is_date = table.columns[column].type == "date"
    found = part(name, own(column) if is_date else subject.local(own(column)), is_date)
    if found is None and isinstance(table.declared[column], Begin) and subject.happens(table.name):
        # Other moments may lie farther away than the days that are marked.
        found = subject.marks.part(name, subject.day(table, column))
    return Seen(found) if found is not None else None


def _through(subject: Subject, table: Written, first: str, last: str) -> Seen | None:
    """A column of the row that a reference points at, where what was seen then is what stands there now."""
    key = next((key for key in table.plan.foreign_keys if key.column == first), None)
    if key is None or key.parent not in subject.tables:
        return None
    target = subject.tables[key.parent]
    found = target.columns.get(last)
    if found is None or key.parent_column not in target.columns:
        return None
    if subject.happens(table.name) and found.as_of:
        return None
    if subject.outside(table, key):
        return None
    alias = quoted(f"to_{first}")
    on = f"{alias}.{quoted(key.parent_column)} = {own(first)}"
    if target.model.unknown:
        # Through the row for the unknown a path gives NULL.
        on += f" AND {own(first)} <> -1"
    return Seen(f"{alias}.{quoted(last)}", f" LEFT JOIN {quoted(key.parent)} AS {alias} ON {on}", (key.parent,))


def express(subject: Subject, table: Written, text: str, *, but: str = "") -> Seen | None:
    """A declared SQL expression over written columns other than `but`; None where one of its columns cannot be seen."""
    try:
        tree = sqlglot.parse_one(text, read="duckdb")
    except SqlglotError:
        return None
    joins: dict[str, None] = {}
    reads: dict[str, None] = {}
    for node in list(tree.find_all(exp.Column, exp.Dot)):
        if not isinstance(node, exp.Column | exp.Dot) or node.find_ancestor(exp.Dot):
            continue
        seen = see(subject, table, ".".join(part.name for part in node.parts), but=but)
        if seen is None:
            return None
        joins[seen.joins] = None
        reads |= dict.fromkeys(seen.reads)
        new: Any = sqlglot.parse_one(f"({seen.sql})", read="duckdb")
        if node is tree:
            tree = new
        else:
            node.replace(new)
    return Seen(tree.sql(dialect="duckdb"), "".join(joins), tuple(reads))
