"""What a column will give: figures and the shape of some of its very rows, taken from all over the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from ..frozen import dataclass
from ..plan.plan import Plan
from ..run.preview import PlanRows
from .words import number

if TYPE_CHECKING:
    import pyarrow as pa

ROWS: Final = 2_000
"""Rows of a sample."""
_BLOCKS: Final = 16
_BINS: Final = 24
_FEW: Final = 24
"""Different values up to which each is told with its share."""
_EXAMPLES: Final = 3
_TAILS: Final = (0.0, 0.01, 0.05, 0.1)
"""Shares of the rows at either end that a plot puts together, tried in turn until no bar holds most of the others."""
_MOST: Final = 0.5
_FAR: Final = 3
"""So many times wider than the rest is a plot with a tail that is put together."""
_WEEKDAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


@dataclass(frozen=True, slots=True)
class Shape:
    """A plot: shares of the rows, and what each stands for."""

    title: str
    shares: tuple[float, ...]
    labels: tuple[str, ...] = ()
    """Of each share; empty where they are steps of an axis."""
    ends: tuple[str, str] = ("", "")
    """Of the axis."""


@dataclass(frozen=True, slots=True)
class ColumnSample:
    """What some rows of a column look like."""

    rows: int
    empty: float
    """Share of NULL."""
    distinct: int
    """Different values, NULL aside."""
    least: str
    """As text; empty where there is no order or no value."""
    most: str
    mean: float | None
    """Of numbers."""
    quartiles: tuple[str, ...]
    """Of numbers as text: below each lie a quarter, half and three quarters of the rows that have one."""
    values: tuple[tuple[str, float], ...]
    """Values and their shares of the rows that have one, the most frequent first; empty where there are many."""
    examples: tuple[str, ...]
    shape: Shape | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {**asdict(self), "values": dict(self.values)}


class Sampler:
    """Samples of the columns of one plan; the rows of each table are generated once. Several threads may ask at once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._rows = PlanRows(plan)
        self._tables: dict[str, pa.Table] = {}
        self._lock = Lock()

    def column(self, table: str, column: str) -> ColumnSample:
        """What a column of a written table gives; raises UnknownNameError, KeyError, and DataError where a value cannot be computed."""
        from ..run.look import numbers as numbers_of
        from ..run.look import texts

        model = self.plan.dataset.tables[table]
        kind = model.columns[column].kind
        values = self._sampled(table).column(column)
        shown = texts(values)
        present = [text for text in shown if text is not None]
        counts = Counter(present)
        few = len(counts) <= _FEW and len(counts) < max(len(present), 2)
        numbers: list[float] = numbers_of(values).tolist()
        order = sorted(range(len(numbers)), key=numbers.__getitem__) if numbers else []
        points = kind in ("reference", "parent", "attendee")
        measured = bool(numbers) and not points and kind != "key" and not _is_time(values)
        return ColumnSample(
            rows=len(shown),
            empty=(len(shown) - len(present)) / len(shown) if shown else 0.0,
            distinct=len(counts),
            least=present[order[0]] if order else "",
            most=present[order[-1]] if order else "",
            mean=sum(numbers) / len(numbers) if measured else None,
            quartiles=tuple(present[order[int((len(order) - 1) * share)]] for share in (0.25, 0.5, 0.75)) if measured else (),
            values=tuple((text, count / len(present)) for text, count in counts.most_common()) if few and not measured else (),
            examples=tuple(dict.fromkeys(present[:: max(len(present) // _EXAMPLES, 1)]))[:_EXAMPLES],
            shape=self._shape(table, column, values, numbers, counts, few),
        )

    def _sampled(self, table: str) -> pa.Table:
        import pyarrow as pa

        with self._lock:
            found = self._tables.get(table)
            if found is None:
                rows = self.plan.table(table).rows
                pieces = [self._rows.page(table, offset, size) for offset, size in blocks(rows)] or [self._rows.page(table, 0, 1)]
                found = self._tables[table] = pa.concat_tables(pieces)
            return found

    def _shape(
        self, table: str, column: str, values: pa.ChunkedArray, numbers: list[float], counts: Counter[str], few: bool
    ) -> Shape | None:
        import pyarrow as pa

        model = self.plan.dataset.tables[table]
        kind = model.columns[column].kind
        if kind == "key" or not counts:
            return None
        if kind in ("reference", "parent", "attendee"):
            ranked = [count for _, count in counts.most_common(_BINS)]
            if len(ranked) < 2 or ranked[0] == 1:
                return None
            shares = tuple(count / counts.total() for count in ranked)
            return Shape("share of the rows of the most popular", shares, ends=("1st", f"{len(ranked)}th"))
        if pa.types.is_timestamp(values.type):
            zone = self.plan.dataset.calendar.time_zone
            hours = Counter(_local(moment, zone).hour for moment in numbers)
            if len(hours) > 1:
                shares = tuple(hours[hour] / len(numbers) for hour in range(24))
                return Shape(f"by hour, {zone}", shares, tuple(str(hour) for hour in range(24)))
            return None
        if pa.types.is_date32(values.type):
            if model.rows.by_day or model.rows.is_event:
                days = Counter((int(day) + 3) % 7 for day in numbers)
                return Shape("by day of the week", tuple(days[day] / len(numbers) for day in range(7)), _WEEKDAYS)
            return _histogram(numbers, lambda day: datetime.fromtimestamp(day * 86_400, UTC).date().isoformat())
        if numbers:
            return _histogram(numbers, number)
        return None


def blocks(rows: int) -> list[tuple[int, int]]:
    """(first row, rows) of the pieces of a sample: the whole of a small table, else pieces from its beginning to its end."""
    if rows <= ROWS:
        return [(0, rows)] if rows else []
    size = ROWS // _BLOCKS
    return [((rows - size) * piece // (_BLOCKS - 1), size) for piece in range(_BLOCKS)]


def _histogram(numbers: Sequence[float], told: Any) -> Shape | None:
    ordered = sorted(numbers)
    low, high = ordered[0], ordered[-1]
    if low == high:
        return None
    whole = all(float(value).is_integer() for value in ordered)
    if whole and high - low < _BINS:
        counts = Counter(int(value) for value in ordered)
        steps = range(int(low), int(high) + 1)
        return Shape(
            "share of the rows, by value", tuple(counts[step] / len(ordered) for step in steps), tuple(told(step) for step in steps)
        )
    for tail in _TAILS:
        # A long tail would press all the rest into one bar.
        near, far = ordered[int((len(ordered) - 1) * tail)], ordered[int((len(ordered) - 1) * (1 - tail))]
        wide = near < far and high - low > _FAR * (far - near)
        bottom, top = (near if wide and near - low > far - near else low, far if wide and high - far > far - near else high)
        bins = [0] * _BINS
        for value in ordered:
            bins[min(max(int((value - bottom) / (top - bottom) * _BINS), 0), _BINS - 1)] += 1
        if max(bins) <= _MOST * len(ordered):
            break
    first = told(bottom) if bottom == low else f"{told(bottom)} and less"
    last = told(top) if top == high else f"{told(top)} and more"
    return Shape("share of the rows, by value", tuple(count / len(ordered) for count in bins), ends=(first, last))


def _is_time(values: pa.ChunkedArray) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_timestamp(values.type) or pa.types.is_date32(values.type))


def _local(moment: float, zone: str) -> datetime:
    return datetime.fromtimestamp(moment / 1e6, UTC).astimezone(ZoneInfo(zone))
