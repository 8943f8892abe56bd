"""What one day brings of a table: rows that begin on it, that come late, and that changed on it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..program.tasks import CHANGE_TYPE, CHANGES, SNAPSHOT_DATE, Delivery, Late
from .distributions import Sampler
from .engine import Engine
from .ground import Frame
from .hashing import Ints
from .vector import Mask, plain, string_array


def schema_of(schema: pa.Schema, delivery: Delivery | None) -> pa.Schema:
    """The schema of what is delivered."""
    if delivery is not None and delivery.dated:
        return schema.append(pa.field(SNAPSHOT_DATE, pa.date32(), nullable=False))
    if delivery is None or not delivery.marked:
        return schema
    return schema.append(pa.field(CHANGE_TYPE, pa.dictionary(pa.int32(), pa.string()), nullable=False))


def delivered(
    engine: Engine, table: str, start: int, stop: int, as_of: int, delivery: Delivery, day_columns: Sequence[str] = ()
) -> pa.RecordBatch:
    """Of the rows start .. stop - 1 of a table those that the days up to `as_of` bring, as they are at its end; raises CellError.

    Rows are counted over the history; -1 is the table's row for the unknown, which comes with the first day of the history. `day_columns`
    as of `Engine.batch`.
    """
    if delivery.dated:
        return _dated(engine.batch(table, start, stop, as_of=as_of, day_columns=day_columns), engine.calendar.origin + as_of, delivery)
    with engine.moment.on(as_of):
        frame = engine.frame(table, max(start, 0), stop)
        came, first = _came(frame, delivery.late), as_of - delivery.days + 1
        new, old = (came >= first) & (came <= as_of), np.flatnonzero(came < first)
        again = old[_changed(engine, frame, old, first - 1, delivery)] if len(old) else old
        brought = new.copy()
        brought[again] = True
        if not brought.all():
            places = np.flatnonzero(brought)
            frame = engine.table(table).rows_frame(frame.rows[places])
            new = new[places]
        with_unknown = start < 0 and first <= 0
        batch = engine.rows(table, frame, unknown_row=with_unknown, day_columns=day_columns)
    if not delivery.marked:
        return batch
    kinds = np.concatenate([np.zeros(int(with_unknown), np.int32), np.where(new, 0, 1).astype(np.int32)])
    codes = pa.Array.from_buffers(pa.int32(), len(kinds), [None, pa.py_buffer(kinds)])
    column = pa.DictionaryArray.from_arrays(codes, string_array(CHANGES))
    return pa.RecordBatch.from_arrays([*batch.columns, column], schema=schema_of(batch.schema, delivery))


def _dated(batch: pa.RecordBatch, day: int, delivery: Delivery) -> pa.RecordBatch:
    days = np.full(batch.num_rows, day, np.int32)
    column = pa.Array.from_buffers(pa.date32(), len(days), [None, pa.py_buffer(days)])
    return pa.RecordBatch.from_arrays([*batch.columns, column], schema=schema_of(batch.schema, delivery))


def _came(frame: Frame, late: Late | None) -> Ints:
    """The day on which each row comes: its own, or the first one of the history, or some days later."""
    days = np.maximum(frame.day, 0)
    if late is None or late.share <= 0:
        return days
    return days + _lag(frame, late)


def _lag(frame: Frame, late: Late) -> Ints:
    """Days by which each row is late; rows that stand on an event come with it."""
    mine = frame.table
    if mine.layout.of and mine.engine.table(mine.layout.of).layout.happens:
        parents, places = frame.parents
        lags = _lag(parents, late)
        return lags if places is None else lags[places]
    drawn = np.maximum(Sampler(late.days).draw(frame.hash(mine.key("rows", "late", "days"))), 1)
    return np.where(mine.quota(frame, mine.key("rows", "late"), late.share), drawn, 0)


def _changed(engine: Engine, frame: Frame, old: Ints, then: int, delivery: Delivery) -> Mask:
    """Which of the rows that came earlier are not as they were at the end of a day."""
    out = np.zeros(len(old), np.bool_)
    if not delivery.compared:
        return out
    rows, name = frame.rows[old], frame.table.name
    now = engine.rows(name, engine.table(name).rows_frame(rows), delivery.compared)
    with engine.moment.on(then):
        before = engine.rows(name, engine.table(name).rows_frame(rows), delivery.compared)
    for mine, theirs in zip(now.columns, before.columns, strict=True):
        out |= _differ(mine, theirs)
    return out


def _differ(one: pa.Array, other: pa.Array) -> Mask:
    if pa.types.is_dictionary(one.type):
        one, other = one.dictionary_decode(), other.dictionary_decode()
    same = plain(pc.equal(one, other)).astype(np.bool_)
    empty, was_empty = (plain(array.is_null()).astype(np.bool_) for array in (one, other))
    return np.where(empty | was_empty, empty != was_empty, ~same)
