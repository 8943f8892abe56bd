"""What a notebook asks of the tables that it has written, in SQL that DuckDB, Spark and a warehouse of Fabric answer alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from ..plan.plan import Plan

MOST: Final = 20_000_000
"""Rows of a run up to which keys are looked at; beyond, rows are counted alone."""


@dataclass(frozen=True, slots=True)
class Question:
    """One check: SQL whose answer is a number, and the number that it must be."""

    name: str
    table: str
    sql: str
    expected: int
    columns: tuple[str, ...] = ()
    """Of the key; none where rows are counted."""
    parent: tuple[str, str] | None = None
    """Table and column that a foreign key points at."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of a check."""

    name: str
    table: str
    passed: bool
    sentence: str


def questions(plan: Plan, named: Callable[[str], str], quoted: Callable[[str], str]) -> Iterator[Question]:
    """The checks of a plan's tables: rows, primary keys and foreign keys; `named` gives a table as SQL calls it."""
    for table in plan.tables:
        name = named(table.name)
        yield Question("rows", table.name, f"SELECT COUNT(*) AS found FROM {name}", table.rows)
        if plan.rows > MOST:
            continue
        key = ", ".join(quoted(column) for column in table.primary_key)
        twice = f"SELECT COUNT(*) AS n FROM {name} GROUP BY {key} HAVING COUNT(*) > 1"
        yield Question(
            f"primary key ({', '.join(table.primary_key)})",
            table.name,
            f"SELECT COUNT(*) AS found FROM ({twice}) AS twice",
            0,
            table.primary_key,
        )
        for foreign in table.foreign_keys:
            # Orphans that were asked for are no fault.
            if foreign.parent not in plan.names or plan.has_orphans(table.name, foreign.column):
                continue
            child, parent = f"child.{quoted(foreign.column)}", f"parent.{quoted(foreign.parent_column)}"
            sql = (
                f"SELECT COUNT(*) AS found FROM {name} AS child LEFT JOIN {named(foreign.parent)} AS parent ON {child} = {parent}"
                f" WHERE {child} IS NOT NULL AND {parent} IS NULL"
            )
            to = (foreign.parent, foreign.parent_column)
            yield Question(f"{foreign.column} -> {foreign.parent}", table.name, sql, 0, (foreign.column,), to)


def asked(question: Question, found: int) -> Finding:
    """What an answer means."""
    if question.name == "rows":
        return Finding(question.name, question.table, found == question.expected, f"{found:,} rows, {question.expected:,} planned")
    wrong = "values come twice" if question.name.startswith("primary") else "rows point at no row"
    return Finding(question.name, question.table, found == 0, "holds" if found == 0 else f"{found:,} {wrong}")
