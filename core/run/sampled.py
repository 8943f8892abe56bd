"""A whole column in numbers, from a sample of its rows, and how far these numbers may be from the truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from math import sqrt
from time import monotonic
from typing import Final

import numpy as np
import pyarrow as pa

from ..engine.hashing import Ints
from ..frozen import dataclass
from .look import numbers, texts
from .preview import PlanRows

ROWS: Final = 20_000
"""Rows of a sample."""
SECONDS: Final = 1.5
"""After which a sample grows no more."""
_ROUNDS: Final = (64, 250, 1_000, 4_000)
_LONGER: Final = 4
"""Times that a round takes longer than those before it, about."""
_Z: Final = 1.96
"""Standard errors on either side in 95 % of all samples."""
_QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
_TOP: Final = 5


@dataclass(frozen=True, slots=True)
class Share:
    """A share of the rows, with the bounds between which it lies in 95 % of all samples (Wilson's)."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Sampled:
    """What a sample of rows tells of a column."""

    rows: int
    """That were looked at."""
    total: int
    """That there are."""
    nulls: Share
    mean: float | None
    """Of numbers."""
    error: float
    """The standard error of the mean; 0 where every row was looked at."""
    seen: int
    """Different values in the sample, NULL aside."""
    distinct: int | None
    """Different values that there probably are (Chao's estimate); None where nearly every value is different, so that none can be told."""
    top: tuple[tuple[str, Share], ...]
    """The most frequent values with their shares of all rows, at most five."""
    quantiles: tuple[tuple[float, str], ...]
    """Of numbers and times: (share of the values below, value as text)."""
    orphans: Share | None = None
    """Keys of no row, where the column may hold some."""

    @property
    def is_whole(self) -> bool:
        """Whether every row was looked at, so that nothing is estimated."""
        return self.rows == self.total


def share(count: int, rows: int, total: int) -> Share:
    """A share of `rows` rows out of `total`, with Wilson's interval, corrected for a sample of a finite table."""
    if not rows:
        return Share(0.0, 0.0, 1.0)
    part = count / rows
    if rows >= total:
        return Share(part, part, part)
    z = _Z * sqrt((total - rows) / max(total - 1, 1))
    middle, width = part + z * z / (2 * rows), z * sqrt(part * (1 - part) / rows + z * z / (4 * rows * rows))
    scale = 1 + z * z / rows
    return Share(part, max((middle - width) / scale, 0.0), min((middle + width) / scale, 1.0))


def sampled(
    rows: PlanRows,
    table: str,
    column: str,
    as_of: date | None = None,
    *,
    among: Ints | None = None,
    strays: Callable[[Ints], int] | None = None,
    most: int = ROWS,
    seconds: float = SECONDS,
) -> Sampled:
    """A column by a random sample of its table's rows, or of those at some places; the same sample each time.

    All rows where there are at most `most`, and fewer than that where they would take longer than about `seconds`. `strays` counts the
    orphans among some places. Raises UnknownNameError and DataError.
    """
    total = rows.count(table, as_of) if among is None else len(among)
    chosen = _chosen(total, most)
    since, found, begin = monotonic(), [rows.some(table, np.zeros(0, np.int64), [column], as_of)], 0
    lost = 0
    for end in (*_ROUNDS, most):
        places = np.sort(chosen[begin : min(end, most)])
        places = places if among is None else among[places]
        if len(places):
            found.append(rows.some(table, places, [column], as_of))
            lost += strays(places) if strays is not None else 0
        begin = min(end, len(chosen))
        if begin == len(chosen) or _LONGER * (monotonic() - since) > seconds:
            break
    return _figures(pa.concat_tables(found).column(0), total, lost if strays is not None else None)


def _chosen(total: int, most: int) -> Ints:
    """Places in random order, so that the first ones are a sample as well."""
    draw = np.random.default_rng(20_260_101)
    if total <= 4 * most:
        return draw.permutation(total)[:most].astype(np.int64)
    some = np.unique(draw.integers(0, total, most + most // 4, dtype=np.int64))
    return draw.permutation(some)[:most]


def _figures(column: pa.ChunkedArray, total: int, lost: int | None) -> Sampled:
    count = len(column)
    shown = [text for text in texts(column) if text is not None]
    values = numbers(column)
    kind = column.type
    is_number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    spread = float(values.std(ddof=1)) if is_number and len(values) > 1 else 0.0
    left = max(total - count, 0) / max(total - 1, 1)
    counts = Counter(shown)
    once, twice = (sum(1 for times in counts.values() if times == n) for n in (1, 2))
    distinct: int | None = len(counts)
    if count < total:
        distinct = None if once > 0.9 * len(shown) else min(round(len(counts) + once * (once - 1) / (2 * (twice + 1))), total)
    order = np.argsort(values, kind="stable") if values.size else np.zeros(0, np.int64)
    return Sampled(
        rows=count,
        total=total,
        nulls=share(count - len(shown), count, total),
        mean=float(values.mean()) if is_number and values.size else None,
        error=spread / sqrt(len(values)) * sqrt(left) if len(values) else 0.0,
        seen=len(counts),
        distinct=distinct,
        top=tuple((text, share(times, count, total)) for text, times in counts.most_common(_TOP)),
        quantiles=tuple((part, shown[order[min(int(part * len(order)), len(order) - 1)]]) for part in _QUANTILES if len(order)),
        orphans=share(lost, count, total) if lost is not None else None,
    )
