"""Columns in bins: a few values, or ranges of values, each frequent enough that every cell of a table of two columns can be counted."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt
from typing import TYPE_CHECKING, Any, Final

from ..frozen import dataclass
from ..plan.plan import ColumnPlan
from .subject import Subject, own

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST: Final = 16
"""Bins of a column."""
_RANGES: Final = 8
"""Ranges that numbers are cut into, of about equally many rows."""
_ROWS_OF_A_BIN: Final = 125
"""Rows of a sample for each bin: a small sample has fewer bins, so that its figures scatter less."""
_FEW: Final = 12
"""Numbers of at most so many different values are categories."""
_EXPECTED: Final = 1
"""Rows that are expected at least in the cell of the rarest bins of two columns."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One view of a column: SQL of a number by which its rows are told apart."""

    column: str
    view: str
    """`month`, `weekday`, `hour` of a moment; empty for the value itself."""
    sql: str
    is_range: bool
    """Whether neighbouring numbers belong together."""


@dataclass(frozen=True, slots=True)
class Binned:
    """One view of a column: the bin of each row."""

    column: str
    view: str
    bins: NDArray[np.intp]
    count: int


def asked(subject: Subject, column: ColumnPlan, is_key: bool) -> Iterator[Asked]:
    """The views of a column; those of a key tell rows of other tables apart, and no large ones from small ones."""
    name, value = column.name, own(column.name)
    if column.type in ("date", "timestamp"):
        local = value if column.type == "date" else subject.local(value)
        yield Asked(name, "", f"date_diff('day', DATE '1970-01-01', {local}::DATE)::DOUBLE", True)
        yield Asked(name, "month", f"month({local})::DOUBLE", False)
        yield Asked(name, "weekday", f"isodow({local})::DOUBLE", False)
        if column.type == "timestamp":
            yield Asked(name, "hour", f"hour({local})::DOUBLE", True)
    elif column.type == "varchar" or is_key:
        # The hash stands for the value: which one it is does not matter, and 53 bits of it are a whole number.
        yield Asked(name, "", f"CASE WHEN {value} IS NOT NULL THEN (hash({value}) >> 11)::DOUBLE END", False)
    else:
        yield Asked(name, "", f"{value}::DOUBLE", column.type != "boolean")


def binned(view: Asked, values: Any) -> Binned | None:
    """The bins of the rows of a sample (a masked array); None where they would all be one: a key, a text of many values, a constant."""
    import numpy as np

    rows = len(values)
    least = int(sqrt(_EXPECTED * rows))
    most = max(min(_MOST, rows // _ROWS_OF_A_BIN), 4)
    missing = np.ma.getmaskarray(values)
    there: NDArray[np.float64] = np.ma.getdata(values)[~missing].astype(np.float64)
    different, codes, counts = np.unique(there, return_inverse=True, return_counts=True)
    inner = _ranges(there, least, min(most, _RANGES)) if view.is_range and len(different) > _FEW else _frequent(codes, counts, least, most)
    bins = np.zeros(rows, dtype=np.intp)
    bins[~missing] = inner
    count = int(inner.max(initial=-1)) + 1
    if least <= int(missing.sum()):
        bins[missing] = count
        count += 1
    return Binned(view.column, view.view, bins, count) if count > 1 else None


def _ranges(values: NDArray[np.float64], least: int, most: int) -> NDArray[np.intp]:
    """Ranges between quantiles; a value that is as frequent as several of them has one of its own, with what lies below it."""
    import numpy as np

    many = max(min(most, len(values) // least), 1)
    edges = np.unique(np.quantile(values, np.arange(1, many) / many, method="lower"))
    found = np.searchsorted(edges, values, side="left")
    return _merged(found, np.bincount(found, minlength=len(edges) + 1), least)


def _merged(bins: NDArray[np.intp], counts: NDArray[np.intp], least: int) -> NDArray[np.intp]:
    """Ranges with fewer rows than `least` belong to the one after them, at the end to the one before."""
    import numpy as np

    to, here, held = np.zeros(len(counts), dtype=np.intp), 0, 0
    for number, count in enumerate(counts):
        to[number] = here
        held += int(count)
        if held >= least:
            here, held = here + 1, 0
    if held and here:
        to[to == here] = here - 1
    return to[bins]


def _frequent(codes: NDArray[np.intp], counts: NDArray[np.intp], least: int, most: int) -> NDArray[np.intp]:
    """A bin for each frequent value, and one for all others; where these are few, they go with the rarest of the frequent ones."""
    import numpy as np

    order = np.argsort(-counts, kind="stable")
    kept = order[: most - 1][counts[order[: most - 1]] >= least]
    to = np.full(len(counts), len(kept), dtype=np.intp)
    to[kept] = np.arange(len(kept))
    others = int(counts.sum() - counts[kept].sum())
    if 0 < others < least and len(kept):
        to[to == len(kept)] = len(kept) - 1
    return to[codes]
