"""Stock on hand, consistent with the sales that it comes from."""

from __future__ import annotations

from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...program import columns
from .. import exact
from ..asof import Kept
from ..ground import Frame, Kernel, Table, laid_as
from ..hashing import Ints, hash_ints, hash_one, hash_pairs, unit
from ..layouts.snapshot import Snapshot
from ..vector import Vec
from .base import register
from .reference import Drawn
from .share import Share

_PLACES_KEPT: Final = 8
_DAYS_KEPT: Final = 8
_SAMPLED: Final = 1_024
"""Events that tell how many of them a reference to the place has, and lines that tell how much is sold at once."""


class _Cells(NamedTuple):
    """What is known of some cells."""

    target: Ints
    opening: Ints
    received: Ints
    sold: Ints
    reviewed: Ints
    """A moment."""


@register("stock")
class Stock(Kernel):
    """Pieces on hand of each (place, good) as of the day: opening + received - sold.

    At the start of a review cycle (each `review` days, the phase by place) stock is set to its target: what is sold until
    it has been refilled again, in all but a share 1 - `service` of the cycles, and at least what the shelf is to show. The
    expected sales follow in closed form from the weights of the place and of the good on that day. A share of the cells gets nothing
    at its review; what is sold there comes piece by piece, so the shelf is empty until the next one. Elsewhere, what sells
    beyond the target is delivered at once in whole lots. So stock is never negative, nothing older than the last review has
    to be replayed, and what was so at a review stays so until the next one. `sold` is counted from the very rows of the sales table:
    the place's events of each day are found directly.
    """

    program: columns.Stock

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        engine = table.engine
        self._sold: Kept[int, Ints] = Kept(engine.moment, _PLACES_KEPT)
        self._of_goods: Kept[int, NDArray[np.float64]] = Kept(engine.moment, _DAYS_KEPT, _DAYS_KEPT)
        self._place_table = engine.table(self.program.place)
        self._good_table = engine.table(self.program.good)
        self._sales = engine.table(self.program.sales)
        self._events = engine.table(self.program.events)
        drawn = self._sales.kernel(self.program.drawn)
        shares = [self._events.kernel(share) for share in self.program.shares]
        if not isinstance(drawn, Drawn):
            raise TypeError("stock needs a drawn good")
        self._drawn = drawn
        self._shares = [share for share in shares if isinstance(share, Share)]
        self._level = float(exact.normal_quantile(np.array([self.program.service]))[0])

    def _good_shares(self, day: int) -> NDArray[np.float64]:
        """The share of each good in what is sold on a day: shape (goods,)."""
        return self._of_goods.get(day, lambda: self._share_goods(day))

    def _share_goods(self, day: int) -> NDArray[np.float64]:
        known = self._drawn.expected(self._good_table.size, max(day, 0))
        weights = known.astype(np.float64)
        layout = self._good_table.layout
        rows = np.arange(len(weights), dtype=np.int64)
        alive = rows < layout.before(day + 1)
        if layout.leaves:
            alive &= layout.left(rows) > day
        # Exact integers below 2**53 after the cut, so the order of the sum does not matter.
        total = float(int((known * alive).sum()))
        return weights * alive / max(total, 1.0)

    @cached_property
    def _filled(self) -> list[float]:
        """The share of the events that each reference to the place is not NULL in."""
        out = []
        for share in self._shares:
            row = self._events.rows_frame(self._sampled).get(share.column, "row")
            out.append(1.0 if row.valid is None else float(row.valid.mean()))
        return out

    @cached_property
    def _sampled(self) -> Ints:
        """Some events of a day in the middle of the history, or of as many days around it as have enough."""
        layout, days = self._events.layout, self._events.engine.calendar.days
        for around in (0, 1, 3, 10, 30, 100, days):
            first, last = (layout.before(min(max(day, 0), days)) for day in (days // 2 - around, days // 2 + around + 1))
            if last - first >= _SAMPLED:
                break
        many = min(last - first, _SAMPLED)
        return first + np.arange(many, dtype=np.int64) * (last - first) // max(many, 1)

    @cached_property
    def _each(self) -> tuple[float, float]:
        """The mean pieces of a line, and their mean square by it: how far what is sold scatters, as a multiple of its mean."""
        sales, _ = self._events.rows_frame(self._sampled).children(self._sales.name)
        pieces = sales.get(self.program.quantity).values.astype(np.float64)
        mean = float(pieces.sum()) / max(len(pieces), 1)
        return mean, float((pieces * pieces).sum()) / max(len(pieces), 1) / max(mean, 1.0)

    @cached_property
    def _periods(self) -> Ints:
        """Days between the reviews of each place."""
        count, told = self._place_table.size, self.program.by
        out = np.full(count, self.program.review, np.int64)
        if told is not None:
            words = self._place_table.frame(0, count).get(told.column)
            if words.words is None:
                raise TypeError("review periods differ by a text")
            out = np.array([told.values.get(text, self.program.review) for text in words.words.texts], np.int64)[words.values]
        return out

    def review_day(self, place: int) -> int:
        """The first day of the place's running review cycle."""
        day, review = self.table.engine.as_of, int(self._periods[place])
        phase = hash_one(self.subkey("phase"), place) % review
        return day - (day + phase) % review

    def sold(self, place: int) -> Ints:
        """Pieces of each good sold at a place since its review."""
        return self._sold.get(place, lambda: self._sell(place))

    def _sell(self, place: int) -> Ints:
        first, last = self.review_day(place), self.table.engine.as_of
        pieces = np.zeros(self._good_table.size, np.int64)
        for share in self._shares:
            found = [share.members(day, place) for day in range(max(first, 0), last + 1)]
            rows = np.concatenate(found) if found else np.zeros(0, np.int64)
            if not len(rows):
                continue
            rows.sort()
            events = self._events.rows_frame(rows)
            there = events.get(share.column, "row").valid
            if there is not None and not there.all():
                events = self._events.rows_frame(rows[there])
            sales, _ = events.children(self._sales.name)
            goods = sales.get(self.program.drawn, "row").values
            np.add.at(pieces, goods, sales.get(self.program.quantity).values)
        return pieces

    def _per_cycle(self, place: int, day: int) -> float:
        """Pieces of all goods that a place is expected to sell from a review until it has been refilled again."""
        weights, days = self.table.engine.calendar.weights, self.table.engine.calendar.days
        cover = self.program.cover * int(self._periods[place])
        first = min(max(day, 0), len(weights) - 1)
        last = min(first + max(int(cover), 1), len(weights))
        # The mean of the days ahead, since cover need not be whole days.
        busy = float(int(weights[first:last].sum())) / (last - first) / float(int(weights[:days].sum()))
        out = 0.0
        for share, filled in zip(self._shares, self._filled, strict=True):
            # What is expected knows nothing of the noise of one day.
            edges = share.usual_edges(max(day, 0))
            out += filled * (int(edges[place]) - (int(edges[place - 1]) if place else 0)) / int(edges[-1])
        return out * busy * cover * self.program.lines * self._each[0]

    def _cells(self, frame: Frame) -> _Cells:
        layout = laid_as(self.table, Snapshot)
        places, goods = layout.members(frame, self.program.place), layout.members(frame, self.program.good)
        least = frame.follow(*self.program.least).values.astype(np.int64) if self.program.least is not None else np.ones(1, np.int64)
        least = np.broadcast_to(np.maximum(least, 1), places.shape)
        target, opening, sold, reviewed = (np.zeros(frame.count, np.int64) for _ in range(4))
        for place in np.unique(places).tolist():
            hit = places == place
            mine, day = goods[hit], self.review_day(place)
            expected = self._per_cycle(place, day) * self._good_shares(day)[mine]
            wanted = np.ceil(expected + self._level * np.sqrt(expected * self._each[1])).astype(np.int64)
            target[hit] = np.maximum(wanted, least[hit])
            pairs = hash_pairs(self.subkey("empty"), places[hit], mine)
            empty = unit(hash_ints(self.subkey("empty", str(day)), pairs.view(np.int64))) < self.program.empty
            opening[hit] = np.where(empty, 0, target[hit])
            sold[hit] = self.sold(place)[mine]
            reviewed[hit] = self.table.engine.calendar.day_start(day)
        lot = self.program.lot
        beyond = np.maximum(sold - opening, 0)
        received = np.where(opening == 0, beyond, lot * -(-beyond // lot))
        begun = (table.rows_frame(rows).begin for table, rows in ((self._place_table, places), (self._good_table, goods)))
        for moment in begun:
            np.maximum(reviewed, moment, out=reviewed)
        return _Cells(target, opening, received, sold, reviewed)

    def part(self, frame: Frame, name: str) -> Vec:
        cells = frame.memo(self, "cells", lambda: self._cells(frame))
        if name == "on_hand":
            return Vec(cells.opening + cells.received - cells.sold)
        return Vec(cells.reviewed if name == "reviewed_at" else getattr(cells, name))

    def values(self, frame: Frame) -> Vec:
        return self.part(frame, "on_hand")
