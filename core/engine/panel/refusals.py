"""Rows that do not come about, because there is too little or a day's limit is reached, and rows that try again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...program.rows import Panel as PanelRows
from ..hashing import Ints, below, hash_ints, unit
from ..vector import Mask
from .amounts import topped_up
from .entries import Entries
from .unit import Small

FUNDS, LIMIT = 1, 2
_NONE: Final = np.iinfo(np.int64).max
_LEAST_WAIT: Final = 15_000_000
"""Microseconds until somebody tries again, at least."""


@dataclass(slots=True)
class Books:
    """The rows of a unit in order of owner, then of time, while it is decided what comes about; arrays of one value a row."""

    rows: Ints
    owner: Ints
    day: Ints
    code: Ints
    amount: Ints
    posted: Mask
    own: Mask
    """Rows that their own columns let come about."""
    asked: Ints
    """Amounts before anything is undone or tried again."""
    free: Mask
    """Drawn rows: not born, ended or due, and not the one that settles."""
    undone: Ints
    burst: Small
    moment: Ints
    starts: Ints
    """The first row of each owner."""
    settling: Ints
    """The row of each owner that brings the sum to where it stands at the month's end."""
    opening: Ints
    """Each owner's sum before its first row."""
    floor: Ints


class Refusals:
    """Goes through the rows of owners that may lack something, all owners at once, row after row."""

    def __init__(self, program: PanelRows, entries: Entries, key: Callable[..., int]) -> None:
        self._program, self._entries, self._key = program, entries, key
        told = program.refused
        self._told = told
        number = len(entries.all)
        self._can = np.zeros(number, np.bool_)
        self._tries = np.zeros(number, np.bool_)
        self._is_limited = np.zeros(number, np.bool_)
        self._never = np.array([n for n, entry in enumerate(entries.all) if entry.sibling], np.int64)
        if told is not None:
            self._is_limited[list(told.limited)] = True
            self._can[list(told.funds)] = True
            free = [n for n in (*told.funds, *told.limited) if entries.all[n].role == "free"]
            self._tries[free] = True

    def repeat(self, books: Books) -> None:
        """Lets some of the rows that were refused for reasons of their own be tried again by the owner's next row of the day."""
        told = self._told
        if told is None or not told.tried:
            return
        refused = ~books.posted & books.free & self._tries[books.code] & (books.undone < 0)
        refused[1:] &= ~refused[:-1]
        first = np.flatnonzero(refused[:-1] & self._followed(books)[:-1])
        first = first[self._again(books, first)]
        self._link(books, first)
        books.posted[first + 1] = True

    def _followed(self, books: Books) -> Mask:
        """Rows after which the same owner has a free row of the same entry on the same day."""
        out = np.zeros(len(books.code), np.bool_)
        same = (books.owner[1:] == books.owner[:-1]) & (books.day[1:] == books.day[:-1]) & (books.code[1:] == books.code[:-1])
        out[:-1] = same & books.free[1:] & (books.undone[1:] < 0) & (books.burst[1:] == books.burst[:-1])
        # Not where the next row is undone by the one after it, whose amount is then known already.
        undoing = np.flatnonzero(books.undone >= 0)
        out[np.maximum(undoing - 2, 0)] = False
        return out

    def _again(self, books: Books, places: Ints) -> Mask:
        told = self._told
        return unit(hash_ints(self._key("tried"), books.rows[places])) < (told.tried if told is not None else 0.0)

    def _link(self, books: Books, first: Ints) -> None:
        """Makes the row after each of these the same once more, a moment later."""
        told, then = self._told, first + 1
        within = told.within if told is not None else _LEAST_WAIT
        wait = _LEAST_WAIT + below(hash_ints(self._key("wait"), books.rows[first]), max((within - _LEAST_WAIT) // 1000, 1)) * 1000
        books.amount[then], books.code[then], books.undone[then] = books.amount[first], books.code[first], books.rows[first]
        books.moment[then] = np.minimum(books.moment[then], books.moment[first] + wait)

    def decide(self, books: Books, limits: Callable[[Ints], tuple[Ints, Ints]]) -> Small:
        """Which rows are refused, and why (0: not); `limits` says for rows what they are limited by, and the limit, in cents."""
        refused: Small = np.zeros(len(books.code), np.int8)
        told = self._told
        if told is None:
            return refused
        count = len(books.code)
        lengths = np.diff(np.append(books.starts, count))
        segment = np.repeat(np.arange(len(books.starts)), lengths)
        before = np.arange(count) < books.settling[segment]
        group, most, limited = self._limited(books, before, segment, limits)
        moved = np.where(books.posted & before, books.amount, 0)
        whole = np.cumsum(moved)
        running = whole + np.repeat(books.opening - whole[books.starts] + moved[books.starts], lengths)
        least = self._kept_back(books, before, segment, lengths) - books.floor[segment]
        short = np.minimum.reduceat(np.where(before, running - least, _NONE), books.starts) < 0
        short[limited] = True
        some = np.flatnonzero(short)
        if len(some):
            self._walk(books, refused, some, group, most, told.tried, least)
        return refused

    def _kept_back(self, books: Books, before: Mask, segment: Ints, lengths: Ints) -> Ints:
        """What of each row's sum is kept for what is never refused later in the month."""
        out = np.zeros(len(books.code), np.int64)
        kept = np.where(before & np.isin(books.code, self._never), np.maximum(-books.amount, 0), 0)
        if kept.any():
            reached = np.cumsum(kept)
            ends = books.starts + lengths - 1
            out = reached[ends][segment] - reached
        return out

    def _limited(self, books: Books, before: Mask, segment: Ints, limits: Callable[[Ints], tuple[Ints, Ints]]) -> tuple[Ints, Ints, Ints]:
        """What each row is limited by (-1: by nothing) and how much of it there is a day; the owners whose day is more than that."""
        told, count = self._told, len(books.code)
        group = np.full(count, -1, np.int64)
        if told is None or told.of is None or not told.limited:
            return group, np.zeros(0, np.int64), np.zeros(0, np.int64)
        # What undoes an earlier row may turn out to be one more of its kind.
        undoing = books.code == self._entries.undo
        counts = before & (self._is_limited[books.code] | undoing)
        a_day = segment * 32 + books.day
        outs = np.where(undoing, books.asked, books.amount)
        sums = np.bincount(a_day[counts], -outs[counts].astype(np.float64), minlength=int(a_day[-1]) + 1)
        look = np.flatnonzero((sums[a_day] > told.least) & counts)
        if not len(look):
            return group, np.zeros(0, np.int64), np.zeros(0, np.int64)
        of, limit = limits(look)
        # Who tries again does so with the same card.
        again = np.flatnonzero((books.undone[look] >= 0) & (np.diff(look, prepend=-2) == 1))
        of[again], limit[again] = of[again - 1], limit[again - 1]
        known = of >= 0
        look, of, limit = look[known], of[known], limit[known]
        _, group[look] = np.unique(of * 32 + books.day[look], return_inverse=True)
        most = np.zeros(int(group.max(initial=-1)) + 1, np.int64)
        most[group[look]] = limit
        posted = look[books.posted[look] & ~undoing[look]]
        reached = np.bincount(group[posted], -books.amount[posted].astype(np.float64), minlength=len(most)) > most
        return group, most, np.unique(segment[look[reached[group[look]]]])

    def _walk(self, books: Books, refused: Small, some: Ints, group: Ints, most: Ints, tried: float, least: Ints) -> None:
        length = books.settling[some] - books.starts[some]
        order = np.argsort(-length, kind="stable")
        some, length = some[order], length[order]
        balance, start = books.opening[some].copy(), books.starts[some]
        spent = np.zeros(len(most) + 1, np.int64)
        ceiling = np.append(most, _NONE)
        followed = self._followed(books)
        undo, shortage = self._entries.undo, self._entries.code_of["shortage"]
        moved = np.where(books.posted, books.amount, 0)
        last = len(books.code) - 1
        for rank in range(int(length.max(initial=0))):
            here = int(np.searchsorted(-length, -rank, side="left"))
            at = start[:here] + rank
            move, floor = moved[at], least[at]
            out = move < 0
            short = out & (balance[:here] + move < floor)
            over = no = short
            by = group[at] if len(most) else None
            if by is not None:
                over = out & (by >= 0) & (spent[by] - move > ceiling[by])
                no = short | over
            if no.any():
                code = books.code[at]
                no = short & self._can[code]
                no = no if by is None else no | over
                up = short & ~no & books.free[at]
                if up.any():
                    place = at[up]
                    lacks = floor[up] - balance[:here][up]
                    books.code[place], books.undone[place] = shortage, -1
                    books.amount[place] = move[up] = topped_up(lacks)
                place = at[no]
                refused[place] = np.where(short[no], FUNDS, LIMIT)
                books.posted[place] = False
                move[no] = 0
                # What would have undone a row that is refused tries it again, as others do, or on another day does the like once more.
                then = np.minimum(place + 1, last)
                undoes = (undo >= 0) & (books.code[then] == undo) & (books.undone[then] == books.rows[place])
                alike = undoes & (books.day[then] != books.day[place])
                late, undoes = then[alike], undoes & ~alike
                books.code[late], books.amount[late] = books.code[place[alike]], books.asked[late]
                books.undone[late], books.posted[late] = -1, books.own[late]
                same_day = followed[place] & self._tries[books.code[place]] & (books.undone[place] < 0)
                again = undoes | (same_day & self._again(books, place) & (tried > 0))
                first = place[again]
                first = first[first < last]
                self._link(books, first)
                books.posted[first + 1] = True
                group[first + 1] = group[first]
                moved[then] = np.where(books.posted[then], books.amount[then], 0)
            balance[:here] += move
            if by is not None:
                counted = (by >= 0) & (move < 0)
                spent[by[counted]] -= move[counted]
