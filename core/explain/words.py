"""The words of datasets in plain English: layouts, kinds of columns and distributions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from ..format import many

if TYPE_CHECKING:
    from ..spec.distributions import Distribution

DRIVING: Final = "its rows are those that `target_rows` counts; the rows of all other tables follow from them"
"""What the driving table is."""

LAYOUTS: Final[Mapping[str, str]] = {
    "calendar": "one row for each day of some years, or for each hour or minute of a day",
    "children": "each row belongs to a row of another table, such as the lines of an order",
    "entities": "rows appear over time, may change and may leave, as customers do",
    "events": "rows happen day by day, more on busy days than on quiet ones",
    "grid": "rows fill opening hours: a place never has two at a time, as appointments",
    "list": "the rows are written down in a list and are always the same",
    "panel": "bookings of many owners, each with a running sum that is exact, as bank accounts have",
    "posts": "rows hold places that are never empty: whoever leaves is followed by another, as seats or jobs are",
    "recurring": "rows are born in a row of another table, and may come back to it later, as patients do",
    "renewals": "rows that replace each other for one owner, end to end, as bank cards do",
    "snapshot": "one row for each combination that is there at the end of one day, as stock on a shelf",
    "spells": "one row for what holds for a while for some of the rows of another table, such as a promotion",
    "subset": "one row for some of the rows of another table, such as the returned ones",
    "versions": "one row for each state of an entity and the time it lasted: its history (SCD2)",
}
"""Layout -> how its rows come about."""

KINDS: Final[Mapping[str, str]] = {
    "aggregate": "a sum, count, least or largest value over the rows that belong to this one",
    "attendee": "who comes: one of those that fit, each in turn",
    "balance": "what an owner has at the beginning or at the end",
    "begin": "when the row began",
    "boolean": "true for a share of the rows",
    "category": "one of a few values, each with its weight",
    "code": "an identifier with a form of its own",
    "constant": "the same in every row",
    "copy": "the value of another column, as it was at the time of the row",
    "current": "whether the row still lasts",
    "current_onset": "one of the things that have set in for another row, as of a day",
    "date": "a day, counted from another moment",
    "end": "when the row ended",
    "entry": "which kind of booking the row is",
    "json": "a document of other columns",
    "key": "the number of the row",
    "lifecycle": "how far the row has come: the last step that it reached",
    "number": "a number drawn from a distribution",
    "onsets": "what sets in in the course of the row's life, and when",
    "open": "whether somebody is at work then",
    "parent": "the row that this one belongs to",
    "pool": "drawn from a list",
    "popularity": "how often the row is drawn by another table, relative to a mean of 1",
    "position": "1, 2, 3 .. among the rows that belong to the same one",
    "quota": "drawn from a list, each value exactly as often as it should come",
    "reference": "a row of another table",
    "sequence": "one of a few values, which follow each other in order",
    "spell": "one of a few values that holds for some days, as of the day",
    "sql": "computed from other columns",
    "stock": "pieces on hand, consistent with what was sold",
    "text": "a text made of words or of other columns",
    "timestamp": "a moment, counted from another",
    "visits": "how often the row comes back",
}
"""Kind of a column -> what its values are."""


def layout_words(layout: str) -> str:
    """How the rows of a layout come about; of one that is unknown here, its name."""
    return LAYOUTS.get(layout, layout)


def kind_words(kind: str) -> str:
    """What the values of a kind are; of one that is unknown here, its name."""
    return KINDS.get(kind, kind)


def law(distribution: Distribution, unit: str = "") -> str:
    """`lognormal, mean 1,200, standard deviation 500, from 200 to 9,000 m2`."""
    unit = distribution.unit or unit
    told = f" {unit}" if unit else ""
    if distribution.value is not None:
        return f"always {number(distribution.value)}{told}"
    if distribution.values is not None:
        return f"one of {many(len(distribution.values), 'value')}, each with its weight{f', in {unit}' if unit else ''}"
    parts: list[str] = [distribution.type]
    parts += [f"mean {number(distribution.mean)}"] if distribution.mean is not None else []
    parts += [f"standard deviation {number(distribution.stddev)}"] if distribution.stddev is not None else []
    low, high = distribution.min, distribution.max
    if low is not None and high is not None:
        parts.append(f"from {number(low)} to {number(high)}")
    elif low is not None or high is not None:
        parts.append(f"at least {number(low)}" if low is not None else f"at most {number(high)}")
    return ", ".join(parts) + told


def number(value: Any) -> str:
    """`1,200`, `0.05`: as people write it."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return str(value)
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"
