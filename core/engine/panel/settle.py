"""What the rows of a unit amount to, and each owner's sum after them.

Only two things reach over a unit's border, both closed forms: how many rows it has on each day, and each owner's sum at its
start and end. The last free row of an owner settles its sum to that of the month's end, whatever the other amounts are, and
the first one tops it up where it would fall too low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...program.rows import Panel as PanelRows
from ..expressions import evaluate
from ..ground import Frame
from ..hashing import Bits, Ints, hash_ints
from ..vector import Mask
from .deal import Deal
from .entries import Entries
from .members import BLOCK_OWNERS, Members, Owners
from .schedule import Schedule
from .unit import Unit

_STEP: Final = 5_000
"""A top-up is a whole multiple of so many cents."""

Seen = Callable[[Ints, Ints, Mapping[str, NDArray[Any]]], Frame]
"""A frame of rows whose days and fields are known before their unit is."""


class Settler:
    """Makes a unit of the rows that were dealt out."""

    def __init__(
        self, program: PanelRows, entries: Entries, members: Members, schedule: Schedule, seen: Seen, key: Callable[..., int]
    ) -> None:
        self._program, self._entries, self._members, self._schedule = program, entries, members, schedule
        self._seen, self._key = seen, key

    def settled(self, owners: Owners, deal: Deal, free: Mask, month: int, block: int) -> Unit:
        """The unit that a deal makes; `free`: its rows that are neither born, ended nor due."""
        if not len(deal.owner):
            return Unit.empty()
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
        frame = self._frame(deal, month, block, low)
        rows = frame.rows
        posted, beyond = self._counts(frame)
        amount = self._amounts(owners, deal, frame)
        posted, beyond, amount = posted[by_owner], beyond[by_owner], amount[by_owner]
        code, burst = deal.code[by_owner], deal.burst[by_owner]
        undone = np.full(count, -1, np.int64)
        earlier = undoing - 1
        good = posted[earlier]
        now, then = undoing[good], earlier[good]
        if self._entries.undo >= 0:
            code[code == self._entries.undo] = self._entries.undoes
        code[now], amount[now], posted[now], undone[now] = self._entries.undo, -amount[then], True, rows[by_owner[then]]
        burst[now] = False

        # The row that brings the sum to where it stands at the month's end.
        ended = deal.gone[mine] < 1000
        closing = np.maximum.reduceat(np.where(code == self._entries.code_of.get("end", -1), place, -1), starts)
        settling = np.where(ended, closing, np.where(last >= 0, last, starts))
        plain = settling[~ended & (last >= 0)]
        self._turn(plain, self._entries.code_of["settle"], code, posted, burst, undone)
        posted[settling] = True
        opening, end = self._members.level(owners, low, month)[mine], self._members.level(owners, low, month + 1)[mine]
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
            self._turn(rows_up, self._entries.code_of["shortage"], code, posted, burst, undone)
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
        if self._entries.undo < 0:
            return np.zeros(0, np.int64)
        undoes = self._entries.undoes
        inner = free & (code == self._entries.undo) & (place > first + 1) & (place < last)
        mine = np.flatnonzero(inner)
        return mine[free[mine - 1] & (code[mine - 1] == undoes)]

    def _frame(self, deal: Deal, month: int, block: int, low: int) -> Frame:
        """The rows as columns see them before the sums are known: what undoes is still what it would undo."""
        lies = self._schedule.month(month)
        days = np.arange(len(deal.start) - 1)
        base = self._schedule.starts[deal.first + days] + lies.edges[:, block] - deal.start[:-1]
        rows = base[deal.day] + np.arange(len(deal.owner), dtype=np.int64)
        fields: dict[str, NDArray[Any]] = {
            "moment": deal.moment,
            "owner": (deal.owner + low).astype(np.int32),
            "code": self._told(deal.code).astype(np.int8),
            "burst": deal.burst,
            "undone": np.full(len(rows), -1, np.int64),
        }
        return self._seen(rows, deal.day + deal.first, fields)

    def _told(self, code: Ints) -> Ints:
        return code if self._entries.undo < 0 else np.where(code == self._entries.undo, self._entries.undoes, code)

    def _counts(self, frame: Frame) -> tuple[Mask, Mask]:
        def true(tree: Any, default: bool) -> Mask:
            if tree is None:
                return np.full(frame.count, default, np.bool_)
            vec = evaluate(tree, frame)
            out = np.resize(vec.values.astype(np.bool_), frame.count)
            return out if vec.valid is None else out & vec.valid

        return true(self._program.counts, True), true(self._program.beyond, False)

    def _amounts(self, owners: Owners, deal: Deal, frame: Frame) -> Ints:
        """The amount of every row, in cents; 0 for those that the sums decide."""
        out = np.zeros(frame.count, np.int64)
        codes = self._told(deal.code)
        for number, entry in enumerate(self._entries.all):
            if number not in self._entries.samplers and number not in owners.amounts:
                continue
            mine = np.flatnonzero(codes == number)
            if not len(mine):
                continue
            known = owners.amounts.get(number)
            amount = known[deal.owner[mine]] if known is not None else self._drawn(number, frame, mine)
            out[mine] = amount if entry.sign > 0 else -amount
        return out

    def _drawn(self, number: int, frame: Frame, mine: Ints) -> Ints:
        entry = self._entries.all[number]
        bits: Bits = hash_ints(self._key("amount", entry.name), frame.rows[mine])
        out = self._entries.samplers[number].draw(bits)
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
