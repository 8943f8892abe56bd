"""The checks of a plan: derived from its declaration, or kept from the last time that they were.

To derive them takes the models of the declaration and a parser of SQL, which take longer than the checks of a small run. What
comes of it are typed values, and they are kept where the plan is (`core.plan.store`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ..frozen import dataclass
from ..plan.plan import Plan
from ..plan.store import beside, read, write
from ..program.codec import from_json, to_json
from ..program.values import BEHIND
from . import judges  # noqa: F401  # makes all that a check may hold known
from .check import DERIVERS, Check
from .report import Silent

if TYPE_CHECKING:
    from .brought import Days


@dataclass(frozen=True, slots=True)
class Derived:
    """All that a plan's declaration says enough for."""

    checks: tuple[Check, ...]
    silent: tuple[Silent, ...]
    """The rules, and the checks, that cannot speak of it, or of the days that are judged."""


def derived(plan: Plan) -> Derived:
    """The checks of all rows of a plan, kept or derived."""
    if plan.entry is None:
        return derive(plan)
    # A plan that was changed since it was read has other checks.
    bare = tuple(replace(table, parts=replace(table.parts, ranges=())) for table in plan.tables)
    place = beside(plan.entry, to_json(replace(plan.outline, tables=bare)))
    value = read(place)
    if value is not None:
        with suppress(ValueError, KeyError, TypeError, RecursionError):
            return from_json(Derived, value)
    found = derive(plan)
    write(place, to_json(found))
    return found


def derive(plan: Plan, days: Days | None = None) -> Derived:
    """The checks of all rows of a plan, or of the days of a series, in the order of tables and columns."""
    # What is kept needs none of them.
    from . import checks  # noqa: F401  # makes the derivers known
    from .arrivals import arrivals
    from .subject import Subject

    subject = Subject(plan)
    every: list[Check | Silent] = [found for deriver in DERIVERS for found in deriver(subject)]
    if days is not None:
        every = [*days.heard(every), *arrivals(days)]
    hidden = {
        name: [column.removeprefix(BEHIND) for column in table.columns if column.startswith(BEHIND)]
        for name, table in subject.dataset.tables.items()
    }
    every = [_heard(found, hidden) if isinstance(found, Check) else found for found in every]
    tables = list(subject.tables)
    columns = {(table.name, column.name): n for table in plan.tables for n, column in enumerate(table.columns)}

    def place(check: Check) -> tuple[int, int]:
        last = len(columns) if check.group == "rule" else -1
        return tables.index(check.table), columns.get((check.table, check.column.split(", ")[0]), last)

    speaking = sorted((found for found in every if isinstance(found, Check)), key=place)
    return Derived(tuple(speaking), tuple(found for found in every if isinstance(found, Silent)))


def _heard(check: Check, hidden: Mapping[str, Sequence[str]]) -> Check | Silent:
    """A check, or why it is silent: what a privacy profile has put in the place of a column tells nothing of what the others went by."""
    text = _text(check)
    for table in dict.fromkeys((check.table, *check.reads)):
        for column in hidden.get(table, ()):
            if re.search(rf"\b{re.escape(column)}\b", text):
                return Silent(check.name, check.table, check.sentence, f"the privacy profile replaces {table}.{column}")
    return check


def _text(check: Check) -> str:
    """All that a check asks, as a text."""
    return " ".join((check.column, check.source, check.culprits, *check.ask.values()))
