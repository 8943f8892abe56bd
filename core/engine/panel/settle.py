"""What the rows of a unit amount to, and each owner's sum after them.

Only two things reach over a unit's border, both closed forms: how many rows it has on each day, and each owner's sum at its
start and end. The last free row of an owner settles its sum to that of the month's end, whatever the other amounts are, and
the first one tops it up where it would fall too low.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...program.rows import Panel as PanelRows
from ..expressions import evaluate
from ..ground import Frame
from ..hashing import Ints
from ..vector import Mask
from .amounts import ROUND, Amounts, evened, topped_up
from .deal import Deal
from .entries import Entries
from .members import BLOCK_OWNERS, Members, Owners
from .refusals import Books, Refusals
from .rest import Rest, Sums, running
from .schedule import Schedule
from .unit import Small, Unit

Seen = Callable[[Ints, Ints, Mapping[str, NDArray[Any]]], Frame]
"""A frame of rows whose days and fields are known before their unit is."""


class Settler:
    """Makes a unit of the rows that were dealt out."""

    def __init__(
        self, program: PanelRows, entries: Entries, members: Members, schedule: Schedule, seen: Seen, key: Callable[..., int]
    ) -> None:
        self._program, self._entries, self._members, self._schedule = program, entries, members, schedule
        self._seen = seen
        self._amounts, self._refusals = Amounts(program, entries, members, key), Refusals(program, entries, key)
        self._rest = Rest(program, entries, members, self._amounts)

    def settled(self, owners: Owners, deal: Deal, free: Mask, month: int, block: int, asked_for: Ints | None = None) -> Unit:
        """The unit that a deal makes; `free`: its rows that are neither born, ended nor due.

        Where only a few rows are asked for, the unit has all rows of their owners: nobody's sum hangs on another one's.
        """
        whole = len(deal.owner)
        if not whole:
            return Unit.empty()
        low = block * BLOCK_OWNERS
        here = np.arange(whole, dtype=np.int64)
        if asked_for is not None:
            wanted = np.zeros(owners.count, np.bool_)
            wanted[deal.owner[asked_for]] = True
            here = np.flatnonzero(wanted[deal.owner])
            deal, free = deal.part(here), free[here]
        count = len(here)
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

        taking = self._rest.last_ones(owners, deal, by_owner, np.where(deal.gone[mine] < 1000, -1, last), mine)
        undoing = self._undoing(deal.code[by_owner], is_free, place, first[segment], last[segment])
        frame = self._frame(deal, here, month, block, low)
        rows = frame.rows
        posted, beyond = self._counts(frame)
        amount = self._amounts.asked(owners, deal, frame, self._told(deal.code), month, low)
        least, most = (bound[by_owner] for bound in self._amounts.bounds(frame, self._told(deal.code)))
        posted, beyond, amount = posted[by_owner], beyond[by_owner], amount[by_owner]
        code, burst, moment = deal.code[by_owner], deal.burst[by_owner], deal.moment[by_owner]

        # The row that brings the sum to where it stands at the month's end.
        ended = deal.gone[mine] < 1000
        closing = np.maximum.reduceat(np.where(code == self._entries.code_of.get("end", -1), place, -1), starts)
        settling = np.where(ended, closing, np.where(last >= 0, last, starts))
        opening, end = self._members.level(owners, low, month)[mine], self._members.level(owners, low, month + 1)[mine]
        if self._program.spending is not None:
            bounds = least, most
            taking &= posted[settling]
            amount = self._scaled(
                amount, code, posted, rows[by_owner], burst > 0, segment, settling, low + mine, end - opening, bounds, taking
            )
        own, asked = posted.copy(), amount.copy()
        undone = np.full(count, -1, np.int64)
        earlier = undoing - 1
        good = posted[earlier]
        now, then = undoing[good], earlier[good]
        if self._entries.undo >= 0:
            code[code == self._entries.undo] = self._entries.undoes
        code[now], amount[now], posted[now], undone[now] = self._entries.undo, -amount[then], True, rows[by_owner[then]]
        burst[now] = 0
        plain = settling[~ended & (last >= 0) & ~taking]
        self._turn(plain, self._entries.code_of["settle"], code, posted, burst, undone)
        posted[settling] = True
        floor = np.where(ended, 0, owners.floor[mine])
        refused: Small = np.zeros(count, np.int8)
        if self._program.refused is not None:
            free_now = is_free.copy()
            free_now[settling] = False
            books = Books(
                rows=rows[by_owner],
                owner=owner,
                day=deal.day[by_owner],
                code=code,
                amount=amount,
                posted=posted,
                own=own,
                asked=asked,
                free=free_now,
                undone=undone,
                burst=burst,
                moment=moment,
                starts=starts,
                settling=settling,
                opening=opening,
                floor=floor,
            )
            self._refusals.repeat(books)
            refused = self._refusals.decide(books, lambda places: self._limits(frame, by_owner[places]))
            burst[code == self._entries.code_of["shortage"]] = 0
        moved = np.where(posted, amount, 0)
        moved[settling] = 0
        if self._program.refused is None:
            _top_up(
                self._entries.code_of["shortage"], moved, amount, code, posted, burst, undone, starts, ends, first, settling, opening, floor
            )
        rest = end - opening - np.add.reduceat(moved, starts)
        if self._program.spending is not None:
            fits = (
                (place < settling[segment]) & (undone < 0) & (burst == 0) & (refused == 0) & np.isin(code, self._program.spending.entries)
            )
            # Neither a row that is undone nor one that is tried again: their amounts are those of other rows, too.
            fits &= ~np.isin(rows[by_owner], undone[undone >= 0])
            # Nothing before the last refusal changes, or what was refused could have been paid.
            fits &= place > np.maximum.reduceat(np.where(refused > 0, place, -1), starts)[segment]
            if taking.any():
                sums = Sums(rows[by_owner], deal.day[by_owner], code, amount, moved, posted, starts, segment, settling, opening, end, floor)
                taken = self._rest.taken(sums, taking, fits, (least, most))
                self._turn(settling[taking & ~taken], self._entries.code_of["settle"], code, posted, burst, undone)
                taking, rest = taken, end - opening - np.add.reduceat(moved, starts)
            # What the rest is taken off may not become too little.
            rest = _evened(rest, ~ended & (last >= 0) & ~taking, moved, amount, fits & (-amount - ROUND >= least), starts)
        moved[settling] = amount[settling] = rest
        balance = running(moved, starts, ends, opening)
        late = (place >= settling[segment]) & ~ended[segment] & (balance < -floor[segment])
        if late.any():
            # What came in after the row that settles would leave too little there: the last of it changes places with that row.
            bad = np.unique(segment[late])
            after = np.maximum.reduceat(np.where((place > settling[segment]) & (moved > 0), place, -1), starts)[bad]
            for values in (code, amount, moved):
                values[settling[bad]], values[after] = values[after], values[settling[bad]]
            balance = running(moved, starts, ends, opening)
        beyond &= ~posted & (amount < 0)
        amount[beyond] -= balance[beyond] + owners.floor[owner[beyond]]

        out = Unit(
            count,
            0 if asked_for is None else whole,
            np.zeros(0, np.int64) if asked_for is None else here,
            (deal.owner + low).astype(np.int32),
            np.empty(count, np.int8),
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.int64),
            np.empty(count, np.int8),
            np.empty(count, np.int8),
        )
        out.code[by_owner], out.amount[by_owner], out.balance[by_owner] = code, amount, balance
        out.undone[by_owner], out.burst[by_owner], out.refused[by_owner] = undone, burst, refused
        out.moment[by_owner] = moment
        return out

    def _scaled(
        self,
        amount: Ints,
        code: Ints,
        posted: Mask,
        rows: Ints,
        fixed: Mask,
        segment: Ints,
        settling: Ints,
        who: Ints,
        gain: Ints,
        bounds: tuple[Ints, Ints],
        taking: Mask,
    ) -> Ints:
        """Amounts with spending scaled to what there is: all else that moves, less what the sum gains in the month."""
        spending = self._program.spending
        if spending is None:
            return amount
        counts = posted & ~np.isin(code, (*spending.entries, self._entries.undo))
        counts[settling] = False
        due_in = [n for n in self._entries.due if self._entries.all[n].sign > 0]
        pay = counts & np.isin(code, due_in)
        left = np.bincount(segment[counts], amount[counts].astype(np.float64), minlength=len(who)).astype(np.int64) - gain
        income = np.bincount(segment[pay], amount[pay].astype(np.float64), minlength=len(who)).astype(np.int64)
        takes_part = posted.copy()
        takes_part[settling[~taking]] = False
        return self._amounts.scaled(amount, code, takes_part, rows, fixed, segment, who, left, income, bounds, ~taking)

    def _limits(self, frame: Frame, places: Ints) -> tuple[Ints, Ints]:
        """The row that limits each of some rows of a frame (-1: none), and its limit in cents."""
        told = self._program.refused
        if told is None or told.of is None or told.most is None:
            return np.full(len(places), -1, np.int64), np.zeros(len(places), np.int64)
        fields = {name: values[places] for name, values in self._kept(frame).items()}
        some = self._seen(frame.rows[places], frame.day[places], fields)
        of, most = some.follow(*told.of), some.follow(*told.most)
        limit = np.floor(most.values.astype(np.float64) * (100.0 / 10.0**most.scale) + 0.5).astype(np.int64)
        known = np.ones(len(places), np.bool_)
        for vec in (of, most):
            known &= vec.valid if vec.valid is not None else True
        return np.where(known, of.values, -1), limit

    @staticmethod
    def _turn(places: Ints, into: int, code: Ints, posted: Mask, burst: Small, undone: Ints) -> None:
        code[places], posted[places], burst[places], undone[places] = into, True, 0, -1

    def _undoing(self, code: Ints, free: Mask, place: Ints, first: Ints, last: Ints) -> Ints:
        """Rows, in order of owner, that may undo the one just before them: so none is undone twice."""
        if self._entries.undo < 0:
            return np.zeros(0, np.int64)
        undoes = self._entries.undoes
        inner = free & (code == self._entries.undo) & (place > first + 1) & (place < last)
        mine = np.flatnonzero(inner)
        return mine[free[mine - 1] & (code[mine - 1] == undoes)]

    def _frame(self, deal: Deal, here: Ints, month: int, block: int, low: int) -> Frame:
        """The rows as columns see them before the sums are known: what undoes is still what it would undo."""
        lies = self._schedule.month(month)
        days = np.arange(len(deal.start) - 1)
        base = self._schedule.starts[deal.first + days] + lies.edges[:, block] - deal.start[:-1]
        rows = base[deal.day] + here
        fields: dict[str, NDArray[Any]] = {
            "moment": deal.moment,
            "owner": (deal.owner + low).astype(np.int32),
            "code": self._told(deal.code).astype(np.int8),
            "burst": deal.burst,
            "undone": np.full(len(rows), -1, np.int64),
            "refused": np.zeros(len(rows), np.int8),
        }
        frame = self._seen(rows, deal.day + deal.first, fields)
        frame.memo(self, "fields", lambda: fields)
        return frame

    def _kept(self, frame: Frame) -> dict[str, NDArray[Any]]:
        return frame.memo(self, "fields", dict[str, NDArray[Any]])

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


def _evened(rest: Ints, plain: Mask, moved: Ints, amount: Ints, fits: Mask, starts: Ints) -> Ints:
    """What settles, in whole multiples where the owner's largest purchase that `fits` can take the rest."""
    place = np.arange(len(moved), dtype=np.int64)
    segment = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(moved))))
    fits = fits & (moved < 0)
    largest = np.minimum.reduceat(np.where(fits, moved, 0), starts)
    hits = np.where(fits & (moved == largest[segment]), place, -1)
    takes = np.where(plain & (largest < 0), np.maximum.reduceat(hits, starts), -1)
    rest, off = evened(rest, takes, amount)
    some = takes[off > 0]
    amount[some] += off[off > 0]
    moved[some] = amount[some]
    return rest


def _top_up(
    code_up: int,
    moved: Ints,
    amount: Ints,
    code: Ints,
    posted: Mask,
    burst: Small,
    undone: Ints,
    starts: Ints,
    ends: Ints,
    first: Ints,
    settling: Ints,
    opening: Ints,
    floor: Ints,
) -> None:
    """Turns the first free row of those whose sum would fall too low into one that lifts it."""
    place = np.arange(len(code), dtype=np.int64)
    segment = np.repeat(np.arange(len(starts)), ends - starts)
    before = place < settling[segment]
    sums = running(moved, starts, ends, opening)
    huge = np.iinfo(np.int64).max
    lowest = np.minimum.reduceat(np.where(before, sums, huge), starts)
    later: Ints = np.minimum.reduceat(np.where(before & (place >= first[segment]), sums, huge), starts)
    short = np.flatnonzero((lowest < -floor) & (first < settling))
    if len(short):
        rows_up = first[short]
        lacks = -floor[short] - (later[short] - moved[rows_up])
        code[rows_up], posted[rows_up], burst[rows_up], undone[rows_up] = code_up, True, 0, -1
        moved[rows_up] = amount[rows_up] = topped_up(lacks)
