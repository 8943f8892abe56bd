"""What the rows of a panel are, worked out for one block of owners and one month at a time.

Draws are keyed by owner, by row or by (block, month, place), never by what was worked out before. Only two things reach
over a unit's border, both closed forms: how many rows it has on each day, and each owner's sum at its start and end.
Inside, rows are dealt out in this order: what is due at a birth or an end; what is due on a day of the month; one free
row for each owner that stands all month; the other free rows by weight. The last free row of an owner settles its sum
to that of the month's end, whatever the other amounts are, and the first one tops it up where it would fall too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .expressions import evaluate
from .hashing import Bits, Ints, below, below_wide, hash_ints, hash_one, hash_pairs, hash_range, index16, unit
from .laws import Sampler
from .owners import BLOCK_OWNERS, SLOTS, OwnerBook, Owners
from .vector import Mask

if TYPE_CHECKING:
    from .frame import Frame
    from .layouts.panel import Panel

_REDRAWS: Final = 6
_STEP: Final = 5_000
"""A top-up is a whole multiple of so many cents."""


@dataclass(frozen=True, slots=True)
class Unit:
    """The rows of a block in a month, in order of their ids."""

    rows: int
    low: int
    """Rows of the month before the first one that is here, `early` aside."""
    early: Ints
    """Numbers of rows before that which are here too, ahead of the others: ascending."""
    owner: NDArray[np.int32]
    """Row of the owner in its table."""
    code: NDArray[np.int8]
    """Place of the entry in the list of entries."""
    moment: Ints
    amount: Ints
    """In cents, below zero where it is taken away."""
    balance: Ints
    """The owner's sum after the row, in cents."""
    undone: Ints
    """Row number of the earlier row that this one undoes, -1 for none."""
    burst: Mask

    def part(self, start: int, stop: int, early: Ints) -> Unit:
        """A copy of the rows start .. stop - 1 of a whole month, and of some before them."""
        here = np.concatenate([early, np.arange(start, stop, dtype=np.int64)])
        fields = (self.owner, self.code, self.moment, self.amount, self.balance, self.undone, self.burst)
        owner, code, moment, amount, balance, undone, burst = (field[here] for field in fields)
        return Unit(len(here), start, early, owner, code, moment, amount, balance, undone, burst)

    def places(self, numbers: Ints) -> Ints | None:
        """Where the rows of these numbers within the month are; None where some are not here."""
        out = numbers - self.low + len(self.early)
        before = np.flatnonzero(numbers < self.low)
        if len(before):
            if not len(self.early):
                return None
            found = np.minimum(np.searchsorted(self.early, numbers[before]), len(self.early) - 1)
            if not bool((self.early[found] == numbers[before]).all()):
                return None
            out[before] = found
        return out if not len(out) or int(out.max()) < self.rows else None


@dataclass(slots=True)
class _Deal:
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
    burst: Mask
    moment: Ints
    gone: Ints
    """Of each owner of the block: the day of this month on which it is paid out, -1 before, a large number after."""

    def free(self) -> Ints:
        """Rows that nobody has yet."""
        return np.flatnonzero(self.owner < 0)


class Ledger(OwnerBook):
    """The entries of a panel and how they are dealt out."""

    def __init__(self, panel: Panel) -> None:
        super().__init__(panel)
        self._open: set[tuple[int, int]] = set()

    def standing_at(self, rows: Ints, day: int) -> Ints:
        """The sum of each owner at the start of a day of the horizon, in cents."""
        month = int(self.panel.month_of(np.array([min(day, self.panel.horizon - 1)], np.int64))[0])
        at_edge = day == self.panel.month_start(month) or day >= self.panel.horizon
        if at_edge and len(rows) and int(rows.max()) - int(rows.min()) < 2 * len(rows):
            # Between two months no block has to be worked out: all owners at once cost less than each block's alone.
            low = int(rows.min())
            return self.level(self.stretch(low, int(rows.max()) + 1 - low), low, month + (day >= self.panel.horizon))[rows - low]
        out = np.zeros(len(rows), np.int64)
        blocks = rows // BLOCK_OWNERS
        for block in np.unique(blocks).tolist():
            mine = np.flatnonzero(blocks == block)
            low = block * BLOCK_OWNERS
            owners = self.owners(block)
            # Whoever is born after the horizon, or in a block that the month does not have, has no sum yet.
            at = np.zeros(BLOCK_OWNERS, np.int64)
            at[: owners.count] = self.level(owners, low, month + (day >= self.panel.horizon))
            lies = self.panel.month(month)
            if not at_edge and block < lies.offsets.shape[1]:
                early = int(lies.offsets[day - lies.first, block])
                then, places = self.panel.unit(month, block, np.arange(early, dtype=np.int64))
                # Later rows of an owner write over earlier ones.
                at[then.owner[places] - low] = then.balance[places]
            out[mine] = at[rows[mine] - low]
        return out

    # Units

    def unit(self, month: int, block: int) -> Unit:
        """Works out the rows of a block in a month; raises ValueError where they are too few for the owners."""
        if (month, block) in self._open:
            raise ValueError("which rows count must not depend on their amounts or sums")
        self._open.add((month, block))
        try:
            return self._unit(month, block)
        finally:
            self._open.discard((month, block))

    def _unit(self, month: int, block: int) -> Unit:
        owners, deal = self._start(month, block)
        if not len(deal.owner):
            none = np.zeros(0, np.int64)
            return Unit(0, 0, none, none.astype(np.int32), none.astype(np.int8), none, none, none, none, none.astype(np.bool_))
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
        order = self._bursts(deal, drawn_mask, keys[5])
        if order is not None:
            deal.owner, deal.code, deal.burst = deal.owner[order], deal.code[order], deal.burst[order]
            deal.moment, free_mask = deal.moment[order], free_mask[order]
        return self._settle(owners, deal, free_mask, month, block)

    def _unit_key(self, purpose: str, month: int, block: int) -> int:
        return hash_one(self.key("unit", purpose), (block << 16) + month)

    def _start(self, month: int, block: int) -> tuple[Owners, _Deal]:
        lies = self.panel.month(month)
        owners = self.owners(block)
        start = lies.offsets[:, block]
        count = int(start[-1])
        there = min(owners.count, max(self.panel.owners_before(self.panel.month_start(month + 1)) - block * BLOCK_OWNERS, 0))
        paid = owners.paid[:there]
        gone = np.where(paid < lies.first, -1, np.where(paid >= lies.first + len(start) - 1, 1000, paid - lies.first))
        deal = _Deal(
            first=lies.first,
            day=np.repeat(np.arange(len(start) - 1, dtype=np.int64), np.diff(start)),
            start=start,
            owner=np.full(count, -1, np.int64),
            code=np.zeros(count, np.int64),
            burst=np.zeros(count, np.bool_),
            moment=np.zeros(count, np.int64),
            gone=gone,
        )
        return owners, deal

    def _born(self, owners: Owners, deal: _Deal) -> None:
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
        deal.owner[rows], deal.code[rows] = mine, self.code_of["begin"]

    def _ended(self, owners: Owners, deal: _Deal, key: int) -> None:
        """The last row of who ends, on the day itself or the nearest one before it that has room."""
        last = len(deal.start) - 2
        for owner in np.flatnonzero((deal.gone >= 0) & (deal.gone <= last)).tolist():
            wanted = int(deal.gone[owner])
            first = max(int(owners.born[owner]) + 1 - deal.first, 0)
            for day in [*range(wanted, first - 1, -1), *range(wanted + 1, last + 1)]:
                room = deal.start[day] + np.flatnonzero(deal.owner[deal.start[day] : deal.start[day + 1]] < 0)
                if len(room):
                    row = int(room[hash_one(key, owner) % len(room)])
                    deal.owner[row], deal.code[row], deal.gone[owner] = owner, self.code_of["end"], day
                    break
            else:
                raise ValueError(f"a month has no row left to pay out an owner of {self.panel.table.name}")

    def _fall_due(self, owners: Owners, deal: _Deal, whole: Ints, month: int, key: int) -> None:
        """What is due on days of the month, or the next day with room; each owner keeps room for a free row."""
        free = deal.free()
        room = len(free) - len(whole)
        if room < 0:
            raise ValueError(f"{len(free)} rows of a month are too few for {len(whole)} owners of {self.panel.table.name}")
        days, mine, codes = [], [], []
        for number in self.due:
            having, rule = owners.due[number]
            some = whole[having[whole]]
            days.append(self.rule_days(number, month)[rule[some]] - deal.first)
            mine.append(some)
            codes.append(np.full(len(some), number, np.int64))
        if not days:
            return
        day, owner, code = np.concatenate(days), np.concatenate(mine), np.concatenate(codes)
        keep = np.flatnonzero(day >= 0)
        bits = hash_pairs(key, owner[keep], code[keep])
        if len(keep) > room:
            chosen = np.sort(np.argsort(bits, kind="stable")[:room])
            keep, bits = keep[chosen], bits[chosen]
        order = np.lexsort((bits, day[keep]))
        keep = keep[order]
        # The j-th entry takes the first free row of its day that is not yet taken.
        rank = np.arange(len(keep), dtype=np.int64)
        place: Ints = rank + np.maximum.accumulate(np.searchsorted(deal.day[free], day[keep]) - rank)
        fits = place < len(free)
        rows = free[place[fits]]
        deal.owner[rows], deal.code[rows] = owner[keep[fits]], code[keep[fits]]

    def _reserve(self, deal: _Deal, whole: Ints, key: int) -> Ints:
        """One free row for each owner that stands all month, spread evenly."""
        free = deal.free()
        count = len(whole)
        if not count:
            return np.zeros(0, np.int64)
        if len(free) < count:
            raise ValueError(f"{len(free)} rows of a month are too few for {count} owners of {self.panel.table.name}")
        start = hash_one(key, 0) % len(free)
        rows = free[(np.arange(count, dtype=np.int64) * len(free) + start) // count]
        deal.owner[rows] = whole[np.argsort(hash_ints(key, whole + 1), kind="stable")]
        return rows

    def _draw(self, owners: Owners, deal: _Deal, rows: Ints, block: int, month: int, key: int) -> None:
        """The other rows by weight among those born before the day and not yet paid out."""
        if not len(rows):
            return
        there = len(deal.gone)
        weights = np.zeros(there + 1, np.int64)
        np.cumsum(owners.weight[:there], out=weights[1:])
        low = block * BLOCK_OWNERS
        known = [min(max(self.panel.owners_before(deal.first + n) - low, 0), there) for n in range(len(deal.start) - 1)]
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
                raise ValueError(f"no owner of {self.panel.table.name} stands on some day of a month that has rows")
            owner[place] = alive[hash_one(key, int(rows[place])) % len(alive)]
        deal.owner[rows] = owner

    def _name(self, owners: Owners, deal: _Deal, rows: Ints, key: int) -> None:
        """Which free entry each free row is, by the shares of its owner's class."""
        slot = owners.kind[deal.owner[rows]] * SLOTS + index16(hash_ints(key, rows))
        deal.code[rows] = self.share_table.reshape(-1)[slot]

    def _time(self, deal: _Deal, key: int) -> None:
        size = np.diff(deal.start)
        place = np.arange(len(deal.owner), dtype=np.int64) - deal.start[deal.day]
        position = (place + unit(hash_range(key, 0, len(deal.owner)))) / size[deal.day]
        deal.moment = self.panel.calendar.moments(deal.day + deal.first, position)

    def _bursts(self, deal: _Deal, drawn: Mask, key: int) -> Ints | None:
        """Turns runs of drawn rows of a day into several of one owner within a short time; returns the new order of time."""
        some = False
        for number in self.free:
            bursts = self.entries[number].bursts
            if bursts is None:
                continue
            sizes = Sampler(bursts.rows)
            mine = np.flatnonzero(drawn & (deal.code == number))
            bits = hash_ints(hash_one(key, number), mine)
            hits = mine[unit(bits) < bursts.rate / bursts.mean]
            for start in hits.tolist():
                size = int(sizes.draw(hash_ints(hash_one(key, -1), np.array([start], np.int64)))[0])
                day = int(deal.day[start])
                end = min(start + 4 * size, int(deal.start[day + 1]))
                rows = start + np.flatnonzero(drawn[start:end] & ~deal.burst[start:end])[:size]
                gap = bursts.within // size
                step = gap // 2 + below(hash_ints(hash_one(key, start), np.arange(size, dtype=np.int64)), int(gap // 2_000_000)) * 1_000_000
                moments = deal.moment[start] + np.cumsum(step) - step[0]
                limit = self.panel.calendar.day_start(deal.first + day + 1)
                if len(rows) < size or deal.burst[start] or int(moments[-1]) >= limit:
                    continue
                deal.owner[rows], deal.code[rows], deal.moment[rows], deal.burst[rows] = deal.owner[start], number, moments, True
                some = True
        return np.argsort(deal.moment, kind="stable") if some else None

    # Amounts

    def _settle(self, owners: Owners, deal: _Deal, free: Mask, month: int, block: int) -> Unit:
        low = block * BLOCK_OWNERS
        count = len(deal.owner)
        by_owner = np.argsort(deal.owner.astype(np.int16), kind="stable")
        owner = deal.owner[by_owner]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        ends = np.append(starts[1:], count)
        mine = owner[starts]
        place = np.arange(count, dtype=np.int64)
        is_free = free[by_owner]
        first = np.minimum.reduceat(np.where(is_free, place, count), starts)
        last = np.maximum.reduceat(np.where(is_free, place, -1), starts)
        segment = np.repeat(np.arange(len(starts)), ends - starts)

        undoing = self._undoing(deal.code[by_owner], is_free, place, first[segment], last[segment])
        frame, rows = self._frame(deal, month, block, low)
        posted, beyond = self._counts(frame)
        amount = self._amounts(owners, deal, frame, rows)
        posted, beyond, amount = posted[by_owner], beyond[by_owner], amount[by_owner]
        code, burst = deal.code[by_owner], deal.burst[by_owner]
        undone = np.full(count, -1, np.int64)
        earlier = undoing - 1
        good = posted[earlier]
        now, then = undoing[good], earlier[good]
        if self.undo >= 0:
            code[code == self.undo] = self.entries[self.undo].undoes
        code[now], amount[now], posted[now], undone[now] = self.undo, -amount[then], True, rows[by_owner[then]]
        burst[now] = False

        # The row that brings the sum to where it stands at the month's end.
        ended = deal.gone[mine] < 1000
        closing = np.maximum.reduceat(np.where(code == self.code_of.get("end", -1), place, -1), starts)
        settling = np.where(ended, closing, np.where(last >= 0, last, starts))
        plain = settling[~ended & (last >= 0)]
        self._turn(plain, self.code_of["settle"], code, posted, burst, undone)
        posted[settling] = True
        opening, end = self.level(owners, low, month)[mine], self.level(owners, low, month + 1)[mine]
        moved = np.where(posted, amount, 0)
        moved[settling] = 0
        floor = np.where(ended, 0, owners.floor[mine])
        before = place < settling[segment]
        running = _running(moved, starts, ends, opening)
        huge = np.iinfo(np.int64).max
        lowest = np.minimum.reduceat(np.where(before, running, huge), starts)
        later = np.minimum.reduceat(np.where(before & (place >= first[segment]), running, huge), starts)
        short = np.flatnonzero((lowest < -floor) & (first < settling))
        if len(short):
            rows_up = first[short]
            lacks = -floor[short] - (later[short] - moved[rows_up])
            self._turn(rows_up, self.code_of["shortage"], code, posted, burst, undone)
            moved[rows_up] = amount[rows_up] = np.maximum(-(-lacks // _STEP), 1) * _STEP
        total = np.add.reduceat(moved, starts)
        moved[settling] = amount[settling] = end - opening - total
        balance = _running(moved, starts, ends, opening)
        beyond &= ~posted & (amount < 0)
        amount[beyond] -= balance[beyond] + owners.floor[owner[beyond]]

        out = Unit(
            count,
            0,
            np.zeros(0, np.int64),
            (deal.owner + low).astype(np.int32),
            np.empty(count, np.int8),
            deal.moment,
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.bool_),
        )
        out.code[by_owner], out.amount[by_owner], out.balance[by_owner] = code, amount, balance
        out.undone[by_owner], out.burst[by_owner] = undone, burst
        return out

    @staticmethod
    def _turn(places: Ints, into: int, code: Ints, posted: Mask, burst: Mask, undone: Ints) -> None:
        code[places], posted[places], burst[places], undone[places] = into, True, False, -1

    def _undoing(self, code: Ints, free: Mask, place: Ints, first: Ints, last: Ints) -> Ints:
        """Rows, in order of owner, that may undo the one just before them: so none is undone twice."""
        if self.undo < 0:
            return np.zeros(0, np.int64)
        undoes = self.entries[self.undo].undoes
        inner = free & (code == self.undo) & (place > first + 1) & (place < last)
        mine = np.flatnonzero(inner)
        return mine[free[mine - 1] & (code[mine - 1] == undoes)]

    def _frame(self, deal: _Deal, month: int, block: int, low: int) -> tuple[Frame, Ints]:
        """The rows as columns see them before the sums are known: what undoes is still what it would undo."""
        lies = self.panel.month(month)
        days = np.arange(len(deal.start) - 1)
        base = self.panel.starts[deal.first + days] + lies.edges[:, block] - deal.start[:-1]
        rows = base[deal.day] + np.arange(len(deal.owner), dtype=np.int64)
        frame = self.panel.table.rows_frame(rows)
        code = deal.code
        if self.undo >= 0:
            code = np.where(code == self.undo, self.entries[self.undo].undoes, code)
        self.panel.assume(
            frame,
            deal.day + deal.first,
            {
                "moment": deal.moment,
                "owner": (deal.owner + low).astype(np.int32),
                "code": code.astype(np.int8),
                "burst": deal.burst,
                "undone": np.full(len(rows), -1, np.int64),
            },
        )
        return frame, rows

    def _counts(self, frame: Frame) -> tuple[Mask, Mask]:
        def true(tree: Any, default: bool) -> Mask:
            if tree is None:
                return np.full(frame.count, default, np.bool_)
            vec = evaluate(tree, frame)
            out = np.resize(vec.values.astype(np.bool_), frame.count)
            return out if vec.valid is None else out & vec.valid

        return true(self.panel.program.counts, True), true(self.panel.program.beyond, False)

    def _amounts(self, owners: Owners, deal: _Deal, frame: Frame, rows: Ints) -> Ints:
        """The amount of every row, in cents; 0 for those that the sums decide."""
        out = np.zeros(len(rows), np.int64)
        codes = self.panel.gather(frame, "code")
        for number, entry in enumerate(self.entries):
            if number not in self.laws and number not in owners.amounts:
                continue
            mine = np.flatnonzero(codes == number)
            if not len(mine):
                continue
            known = owners.amounts.get(number)
            amount = known[deal.owner[mine]] if known is not None else self._drawn(number, frame, mine, rows[mine])
            out[mine] = amount if entry.sign > 0 else -amount
        return out

    def _drawn(self, number: int, frame: Frame, mine: Ints, rows: Ints) -> Ints:
        entry = self.entries[number]
        bits: Bits = hash_ints(self.key("amount", entry.name), rows)
        out = self.laws[number].draw(bits)
        if entry.times is not None:
            factor = frame.follow(*entry.times)
            real = factor.values[mine].astype(np.float64) / 10.0**factor.scale
            if factor.valid is not None:
                real = np.where(factor.valid[mine], real, 1.0)
            out = np.floor(out * real * 1e-4 + 0.5).astype(np.int64)
        return np.maximum(np.abs(out), 1)


def _running(moved: Ints, starts: Ints, ends: Ints, opening: Ints) -> Ints:
    """The sum after each row: `opening` and all that moved in its segment up to it."""
    whole = np.cumsum(moved)
    base = opening - whole[starts] + moved[starts]
    return whole + np.repeat(base, ends - starts)
