"""Stock on hand, consistent with the sales that it comes from."""

from __future__ import annotations

import numpy as np

from ...program import columns
from ..asof import Kept
from ..ground import Frame, Kernel, Table, laid_as
from ..hashing import Ints, hash_one
from ..layouts.snapshot import Snapshot
from ..vector import Vec
from .base import register
from .reference import Drawn
from .share import Share

_PLACES_KEPT = 8
_DAYS_KEPT = 4


@register("stock")
class Stock(Kernel):
    """Pieces on hand of each (place, good) as of the day: opening + received - sold.

    At the start of a review cycle (each `review` days, the phase by place) stock is set to the expected sales of a
    cycle times `cover`, in whole lots; what sells beyond it is delivered at once in whole lots, so stock is never
    negative and nothing older than the last review has to be replayed. `sold` is counted from the very rows of the
    sales table: the place's events of each day are a quota and found directly, so no scan is needed.
    """

    program: columns.Stock

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        engine = table.engine
        self._sold: Kept[int, tuple[Ints, int]] = Kept(engine.moment, _PLACES_KEPT)
        self._of_goods: Kept[str, np.typing.NDArray[np.float64]] = Kept(engine.moment, _DAYS_KEPT)
        self._place_table = engine.table(self.program.place)
        self._good_table = engine.table(self.program.good)
        self._sales = engine.table(self.program.sales)
        self._events = engine.table(self.program.events)
        share = self._events.kernel(self.program.share)
        drawn = self._sales.kernel(self.program.drawn)
        if not isinstance(share, Share) or not isinstance(drawn, Drawn):
            raise TypeError("stock needs a shared place and a drawn good")
        self._share, self._drawn = share, drawn

    @property
    def _good_shares(self) -> np.typing.NDArray[np.float64]:
        return self._of_goods.get("shares", self._share_goods)

    def _share_goods(self) -> np.typing.NDArray[np.float64]:
        day = self.table.engine.as_of
        known = self._drawn.expected(self._good_table.size, day)
        weights = known.astype(np.float64)
        layout = self._good_table.layout
        rows = np.arange(len(weights), dtype=np.int64)
        alive = rows < layout.before(day + 1)
        if layout.leaves:
            alive &= layout.left(rows) > day
        # Exact integers below 2**53 after the cut, so the order of the sum does not matter.
        total = float(int((known * alive).sum()))
        return weights * alive / max(total, 1.0)

    def review_day(self, place: int) -> int:
        """The first day of the place's running review cycle."""
        day, review = self.table.engine.as_of, self.program.review
        phase = hash_one(self.subkey("phase"), place) % review
        return day - (day + phase) % review

    def sold(self, place: int) -> tuple[Ints, int]:
        """Pieces of each good sold at a place since its review, and the review's day."""
        return self._sold.get(place, lambda: self._sell(place))

    def _sell(self, place: int) -> tuple[Ints, int]:
        first = self.review_day(place)
        last = self.table.engine.as_of
        found = [self._share.members(day, place) for day in range(max(first, 0), last + 1)]
        rows = np.concatenate(found) if found else np.zeros(0, np.int64)
        pieces = np.zeros(self._good_table.size, np.int64)
        if len(rows):
            rows.sort()
            events = self._events.rows_frame(rows)
            sales, _ = events.children(self._sales.name)
            goods = sales.get(self.program.drawn, "row").values
            counts = sales.get(self.program.quantity).values
            np.add.at(pieces, goods, counts)
        return pieces, first

    def _cells(self, frame: Frame) -> tuple[Ints, Ints, Ints]:
        """Opening, sold and the review's day of each row."""
        layout = laid_as(self.table, Snapshot)
        places = layout.members(frame, self.program.place)
        goods = layout.members(frame, self.program.good)
        opening, sold, review = (np.zeros(frame.count, np.int64) for _ in range(3))
        # What is expected knows nothing of the noise of one day.
        edges = self._share.usual_edges(self.table.engine.as_of)
        lot, cover = self.program.lot, self.program.cover * self.program.review
        for place in np.unique(places).tolist():
            hit = places == place
            mine = goods[hit]
            pieces, day = self.sold(place)
            weight = int(edges[place]) - (int(edges[place - 1]) if place else 0)
            expected = self.program.pieces_per_day * cover * (weight / int(edges[-1])) * self._good_shares[mine]
            opening[hit] = lot * np.floor((expected + 1.0) / lot + 1.0).astype(np.int64)
            sold[hit] = pieces[mine]
            review[hit] = day
        return opening, sold, review

    def part(self, frame: Frame, name: str) -> Vec:
        opening, sold, review = frame.memo(self, "cells", lambda: self._cells(frame))
        if name == "reviewed_at":
            days, place = np.unique(review, return_inverse=True)
            starts = np.array([self.table.engine.calendar.day_start(int(day)) for day in days], np.int64)
            return Vec(starts[place])
        lot = self.program.lot
        received = lot * -(-np.maximum(sold - opening, 0) // lot)
        parts = {"opening": opening, "sold": sold, "received": received, "on_hand": opening + received - sold}
        return Vec(parts[name])

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, "on_hand")
