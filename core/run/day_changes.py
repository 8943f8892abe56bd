"""What one day of a series brings, table by table: rows that are new, rows that changed, and in which columns. It writes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import date
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from ..engine.delivery import delivered
from ..engine.engine import Engine
from ..engine.hashing import BLOCK
from ..frozen import dataclass
from ..plan.series import Arrival, Series, Share
from ..program.tasks import CHANGE_TYPE, CHANGES
from .cancel import CancelToken
from .preview import PlanRows

_MOST: Final = 500_000
"""Rows of a table that are compared with what they were; of more, nobody waits for the answer."""
_BETWEEN: Final = "\x1f"
"""What separates units in ASCII."""


@dataclass(frozen=True, slots=True)
class DayOfTable:
    """What a table brings on a day."""

    table: str
    whole: bool
    """Whether all its rows come, as they are at the end of the day: a snapshot."""
    rows: int | None
    """Rows in all; None where they are too many to be compared with what they were."""
    changed: int = 0
    """Rows among them that came on an earlier day, and are not as they were at the end of the day before."""
    columns: Mapping[str, int] = field(default_factory=dict)
    """Column that changes with time -> changed rows in which it differs."""

    @property
    def new(self) -> int:
        """Rows that come for the first time."""
        return (self.rows or 0) - self.changed


def day_changes(series: Series, day: date, *, cancel: CancelToken | None = None) -> tuple[DayOfTable, ...]:
    """Of the tables that are due on a day, in the order of the dataset. Stops early, with those that are known, where it is cancelled.

    Raises InputError for a day that the series does not see, DataError for what cannot be computed.
    """
    out: list[DayOfTable] = []
    with PlanRows(series.plan).engine(day) as engine:
        for arrival in series.due(day):
            if cancel is not None and cancel.is_set():
                break
            out.append(_of_table(engine, series.share(engine, arrival, day), arrival))
    return tuple(out)


def _of_table(engine: Engine, share: Share, arrival: Arrival) -> DayOfTable:
    whole, delivery = arrival.type == "snapshot", share.delivery
    ranges = [found for part in share.ranges for found in part]
    rows = sum(stop - start for start, stop in ranges)
    if delivery is None or delivery.dated:
        return DayOfTable(arrival.table.name, whole, rows)
    if rows > _MOST:
        return DayOfTable(arrival.table.name, whole, None)
    brought, changed, columns = 0, 0, dict.fromkeys(delivery.compared, 0)
    before: pa.RecordBatch | None = None
    for start, stop in _blocks(ranges):
        batch = delivered(engine, share.table, start, stop, share.day, replace(delivery, marked=True))
        again = batch.filter(pc.equal(batch.column(CHANGE_TYPE).dictionary_decode(), CHANGES[1]))
        brought, changed = brought + batch.num_rows, changed + again.num_rows
        if again.num_rows:
            key = arrival.table.primary_key
            before = before or _before(engine, share, ranges[0][0], (*key, *delivery.compared))
            was = before.take(pc.index_in(_keys(again, key), value_set=_keys(before, key)))
            for name in delivery.compared:
                columns[name] += _differing(again.column(name), was.column(name))
    return DayOfTable(arrival.table.name, whole, brought, changed, {name: many for name, many in columns.items() if many})


def _blocks(ranges: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for start, stop in ranges:
        for low in range(start, stop, BLOCK):
            yield low, min(low + BLOCK, stop)


def _before(engine: Engine, share: Share, start: int, columns: Sequence[str]) -> pa.RecordBatch:
    """Columns of a table's rows as they were at the end of the day before."""
    with engine.moment.on(share.day - 1):
        last = engine.table(share.table).layout.rows(0, share.day - 1)[1]
    return engine.batch(share.table, max(start, 0), last, columns, as_of=share.day - 1)


def _keys(batch: pa.RecordBatch, key: Sequence[str]) -> pa.Array:
    """One value for each key; where a key has several columns, they stand in a text behind each other."""
    if len(key) == 1:
        return batch.column(key[0])
    texts = [pc.cast(batch.column(name), pa.string()) for name in key]
    return pc.binary_join_element_wise(*texts, pa.scalar(_BETWEEN))


def _differing(one: pa.Array, other: pa.Array) -> int:
    texts = [(found.dictionary_decode() if pa.types.is_dictionary(found.type) else found) for found in (one, other)]
    same = pc.fill_null(pc.equal(*texts), False)
    both_empty = pc.and_(texts[0].is_null(), texts[1].is_null())
    return len(one) - int(pc.sum(pc.or_(same, both_empty)).as_py() or 0)
