"""Who has each row of a unit, and which entry it is.

Draws are keyed by owner, by row or by (block, month, place), never by what was worked out before. Rows are dealt out in this
order: what is due at a birth or an end; what is due on a day of the month; one free row for each owner that stands all month;
the other free rows by weight.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..hashing import Ints, below, below_wide, hash_ints, hash_one, hash_pairs, hash_range, index16, unit
from ..vector import Mask
from .census import Census
from .entries import Entries
from .members import BLOCK_OWNERS, SLOTS, Members, Owners
from .months import Months
from .schedule import Schedule
from .unit import Small

_REDRAWS: Final = 6


@dataclass(slots=True)
class Deal:
    """The rows of a unit while they are dealt out, in order of time."""

    first: int
    """Day number of the first day."""
    day: Ints
    """Day of the month of each row, from 0."""
    start: Ints
    """First row of each day, and one past the last."""
    owner: Ints
    """Place in the block, -1 while free."""
    code: Ints
    burst: Small
    """Which of its entry's bursts a row is in, counted from 1; 0: none."""
    moment: Ints
    gone: Ints
    """Of each owner of the block: the day of this month on which it is paid out, -1 before, a large number after."""

    def free(self) -> Ints:
        """Rows that nobody has yet."""
        return np.flatnonzero(self.owner < 0)

    def part(self, here: Ints) -> Deal:
        """Some of the rows; `start` still tells where days start among all."""
        day, owner, code, burst = self.day[here], self.owner[here], self.code[here], self.burst[here]
        return Deal(self.first, day, self.start, owner, code, burst, self.moment[here], self.gone)


class Dealer:
    """Deals out the rows of a block in a month."""

    def __init__(
        self, of: str, months: Months, census: Census, entries: Entries, members: Members, schedule: Schedule, key: Callable[..., int]
    ) -> None:
        self._of, self._key = of, key
        self._months, self._census, self._entries, self._members, self._schedule = months, census, entries, members, schedule

    def dealt(self, month: int, block: int) -> tuple[Owners, Deal, Mask]:
        """The owners of a block, its rows of a month, and which of these were free; raises ValueError where they are too few."""
        owners, deal = self._start(month, block)
        if not len(deal.owner):
            return owners, deal, np.zeros(0, np.bool_)
        keys = [self._unit_key(purpose, month, block) for purpose in ("end", "due", "order", "draw", "entry", "burst", "time")]
        self._born(owners, deal)
        self._ended(owners, deal, keys[0])
        whole = np.flatnonzero((owners.born[: len(deal.gone)] < deal.first) & (deal.gone > 31))
        self._fall_due(owners, deal, whole, month, keys[1])
        reserved = self._reserve(deal, whole, keys[2])
        drawn = deal.free()
        self._draw(owners, deal, drawn, block, month, keys[3])
        self._name(owners, deal, np.concatenate([reserved, drawn]), keys[4])
        self._time(deal, keys[6])
        drawn_mask = np.zeros(len(deal.owner), np.bool_)
        drawn_mask[drawn] = True
        free_mask = drawn_mask.copy()
        free_mask[reserved] = True
        order = self._own_hours(deal, keys[6])
        if order is not None:
            deal.owner, deal.code, deal.moment = deal.owner[order], deal.code[order], deal.moment[order]
            drawn_mask, free_mask = drawn_mask[order], free_mask[order]
        order = self._bursts(deal, drawn_mask, keys[5])
        if order is not None:
            deal.owner, deal.code, deal.burst = deal.owner[order], deal.code[order], deal.burst[order]
            deal.moment, free_mask = deal.moment[order], free_mask[order]
        return owners, deal, free_mask

    def _unit_key(self, purpose: str, month: int, block: int) -> int:
        return hash_one(self._key("unit", purpose), (block << 16) + month)

    def _start(self, month: int, block: int) -> tuple[Owners, Deal]:
        lies = self._schedule.month(month)
        owners = self._members.owners(block)
        start = lies.offsets[:, block]
        count = int(start[-1])
        there = min(owners.count, max(self._census.before(self._months.start(month + 1)) - block * BLOCK_OWNERS, 0))
        paid = owners.paid[:there]
        gone = np.where(paid < lies.first, -1, np.where(paid >= lies.first + len(start) - 1, 1000, paid - lies.first))
        deal = Deal(
            first=lies.first,
            day=np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start)),
            start=start,
            owner=np.full(count, -1, np.int64),
            code=np.zeros(count, np.int64),
            burst=np.zeros(count, np.int8),
            moment=np.zeros(count, np.int64),
            gone=gone,
        )
        return owners, deal

    def _born(self, owners: Owners, deal: Deal) -> None:
        """One row for each owner on the day of its birth; the day has room for just these."""
        day = owners.born[: len(deal.gone)] - deal.first
        mine = np.flatnonzero(day >= 0)
        if not len(mine):
            return
        day = day[mine]
        births = np.bincount(day, minlength=len(deal.start) - 1)
        before = np.cumsum(births) - births
        place = np.arange(len(mine)) - before[day]
        size = np.diff(deal.start)
        rows = deal.start[day] + (2 * place + 1) * size[day] // (2 * births[day])
        deal.owner[rows], deal.code[rows] = mine, self._entries.code_of["begin"]

    def _ended(self, owners: Owners, deal: Deal, key: int) -> None:
        """The last row of who ends, on the day itself or the nearest one before it that has room."""
        last = len(deal.start) - 2
        for owner in np.flatnonzero((deal.gone >= 0) & (deal.gone <= last)).tolist():
            wanted = int(deal.gone[owner])
            first = max(int(owners.born[owner]) + 1 - deal.first, 0)
            for day in [*range(wanted, first - 1, -1), *range(wanted + 1, last + 1)]:
                room = deal.start[day] + np.flatnonzero(deal.owner[deal.start[day] : deal.start[day + 1]] < 0)
                if len(room):
                    row = int(room[hash_one(key, owner) % len(room)])
                    deal.owner[row], deal.code[row], deal.gone[owner] = owner, self._entries.code_of["end"], day
                    break
            else:
                raise ValueError(f"a month has no row left to pay out an owner of {self._of}")

    def _fall_due(self, owners: Owners, deal: Deal, whole: Ints, month: int, key: int) -> None:
        """What is due on days of the month, or the next day with room; each owner keeps room for a free row."""
        free = deal.free()
        room = len(free) - len(whole)
        if room < 0:
            raise ValueError(f"{len(free)} rows of a month are too few for {len(whole)} owners of {self._of}")
        days, mine, codes = [], [], []
        for number in self._entries.due:
            having, rule = owners.due[number]
            some = whole[having[whole]]
            if number in owners.beside:
                born, paid = (days[some] for days in owners.beside[number])
                some = some[(born < deal.first) & (paid >= deal.first + len(deal.start) - 1)]
            for which, when in enumerate(self._entries.rule_days(number, month)):
                having_it = some[rule[some] == which]
                days.append(np.repeat(when - deal.first, len(having_it)))
                mine.append(np.tile(having_it, len(when)))
                codes.append(np.full(len(having_it) * len(when), number, np.int64))
        if not days:
            return
        day, owner, code = np.concatenate(days), np.concatenate(mine), np.concatenate(codes)
        keep = np.flatnonzero(day >= 0)
        bits = hash_pairs(key, owner[keep], code[keep] + (day[keep] << 8))
        # What has another side comes first, so that neither side lacks room.
        alone = ~np.isin(code[keep], list(owners.beside))
        if len(keep) > room:
            chosen = np.sort(np.lexsort((bits, alone))[:room])
            keep, bits, alone = keep[chosen], bits[chosen], alone[chosen]
        order = np.lexsort((bits, alone, day[keep]))
        keep = keep[order]
        # The j-th entry takes the first free row of its day that is not yet taken.
        rank = np.arange(len(keep), dtype=np.int64)
        place: Ints = rank + np.maximum.accumulate(np.searchsorted(deal.day[free], day[keep]) - rank)
        fits = place < len(free)
        rows = free[place[fits]]
        deal.owner[rows], deal.code[rows] = owner[keep[fits]], code[keep[fits]]

    def _reserve(self, deal: Deal, whole: Ints, key: int) -> Ints:
        """One free row for each owner that stands all month, spread evenly."""
        free = deal.free()
        count = len(whole)
        if not count:
            return np.zeros(0, np.int64)
        if len(free) < count:
            raise ValueError(f"{len(free)} rows of a month are too few for {count} owners of {self._of}")
        start = hash_one(key, 0) % len(free)
        rows = free[(np.arange(count, dtype=np.int64) * len(free) + start) // count]
        deal.owner[rows] = whole[np.argsort(hash_ints(key, whole + 1), kind="stable")]
        return rows

    def _draw(self, owners: Owners, deal: Deal, rows: Ints, block: int, month: int, key: int) -> None:
        """The other rows by weight among those born before the day and not yet paid out."""
        if not len(rows):
            return
        there = len(deal.gone)
        weights = np.zeros(there + 1, np.int64)
        np.cumsum(owners.weight[:there], out=weights[1:])
        low = block * BLOCK_OWNERS
        known = [min(max(self._census.before(deal.first + n) - low, 0), there) for n in range(len(deal.start) - 1)]
        born = np.array(known, np.int64)[deal.day[rows]]
        total = weights[born]
        owner = np.searchsorted(weights, below_wide(hash_ints(key, rows), total), side="right") - 1
        for attempt in range(_REDRAWS):
            bad = np.flatnonzero(deal.gone[owner] <= deal.day[rows])
            if not len(bad):
                break
            bits = hash_ints(hash_one(key, attempt + 1), rows[bad])
            owner[bad] = np.searchsorted(weights, below_wide(bits, total[bad]), side="right") - 1
        for place in np.flatnonzero(deal.gone[owner] <= deal.day[rows]).tolist():
            alive = np.flatnonzero(deal.gone[: born[place]] > deal.day[rows[place]])
            if not len(alive):
                raise ValueError(f"no owner of {self._of} stands on some day of a month that has rows")
            owner[place] = alive[hash_one(key, int(rows[place])) % len(alive)]
        deal.owner[rows] = owner

    def _name(self, owners: Owners, deal: Deal, rows: Ints, key: int) -> None:
        """Which free entry each free row is, by the shares of its owner's class."""
        slot = owners.kind[deal.owner[rows]] * SLOTS + index16(hash_ints(key, rows))
        deal.code[rows] = self._members.share_table.reshape(-1)[slot]

    def _time(self, deal: Deal, key: int) -> None:
        size = np.diff(deal.start)
        place = np.arange(len(deal.owner), dtype=np.int64) - deal.start[deal.day]
        position = (place + unit(hash_range(key, 0, len(deal.owner)))) / size[deal.day]
        deal.moment = self._months.calendar.moments(deal.day + deal.first, position)

    def _own_hours(self, deal: Deal, key: int) -> Ints | None:
        """Gives rows of entries with hours of their own their moments; returns the new order of time."""
        for number, hours in self._entries.hours.items():
            mine = np.flatnonzero(deal.code == number)
            position = unit(hash_ints(hash_one(key, number + 1), mine))
            deal.moment[mine] = self._months.calendar.moments(deal.day[mine] + deal.first, position, hours)
        return np.argsort(deal.moment, kind="stable") if self._entries.hours else None

    def _bursts(self, deal: Deal, drawn: Mask, key: int) -> Ints | None:
        """Turns runs of drawn rows of a day into several of one owner within a short time; returns the new order of time."""
        some = False
        for which, (number, bursts) in enumerate(self._entries.bursts):
            codes = np.array([number, *(bursts.then or (number,))], np.int64)
            mine = np.flatnonzero(drawn & (deal.code == number))
            bits = hash_ints(hash_one(key, number + (which << 8)), mine)
            hits = mine[unit(bits) < bursts.rate / bursts.mean]
            sizes = self._entries.burst_sizes[which].draw(hash_ints(hash_one(key, -1), hits))
            for start, size in zip(hits.tolist(), sizes.tolist(), strict=True):
                day = int(deal.day[start])
                end = min(start + 4 * size, int(deal.start[day + 1]))
                rows = start + np.flatnonzero(drawn[start:end] & (deal.burst[start:end] == 0))[:size]
                gap = bursts.within // size
                step = gap // 2 + below(hash_ints(hash_one(key, start), np.arange(size, dtype=np.int64)), int(gap // 2_000_000)) * 1_000_000
                moments = deal.moment[start] + np.cumsum(step) - step[0]
                limit = self._months.calendar.day_start(deal.first + day + 1)
                if len(rows) < size or deal.burst[start] or int(moments[-1]) >= limit:
                    continue
                deal.owner[rows], deal.moment[rows], deal.burst[rows] = deal.owner[start], moments, which + 1
                deal.code[rows] = codes[np.minimum(np.arange(size), len(codes) - 1)]
                some = True
        return np.argsort(deal.moment, kind="stable") if some else None
