"""The amounts of a unit's rows: drawn, known of their owners, rounded, and scaled to what there is to spend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from ...program.rows import Entry
from ...program.rows import Panel as PanelRows
from ..exact import Floats
from ..ground import Frame
from ..hashing import Bits, Ints, hash_ints, unit
from ..vector import Mask
from .deal import Deal
from .entries import Entries
from .members import Members, Owners

ROUND: Final = 1_000
"""Cents: what is left of a month is settled in whole multiples of it, where a purchase can take the rest."""
_HUGE: Final = 1 << 40
"""Cents: no amount is as large."""
_TOP_UP: Final = 5_000
"""Cents: a top-up is a whole multiple of it."""


def topped_up(lacks: Ints) -> Ints:
    """What is put in where so many cents lack: never nothing."""
    pieces: Ints = np.maximum(-(-lacks // _TOP_UP), 1)
    return pieces * _TOP_UP


class Amounts:
    """Amounts in cents, below zero where money goes out."""

    def __init__(self, program: PanelRows, entries: Entries, members: Members, key: Callable[..., int]) -> None:
        self._program, self._entries, self._members, self._key = program, entries, members, key

    def asked(self, owners: Owners, deal: Deal, frame: Frame, codes: Ints, month: int, block_low: int) -> Ints:
        """The amount of every row before anything is scaled; 0 for those that the sums decide. `codes`: the entries as columns see them."""
        out = np.zeros(frame.count, np.int64)
        due = self._members.due_amounts(owners, block_low, month)
        for number, entry in enumerate(self._entries.all):
            if number not in self._entries.samplers and number not in owners.amounts:
                continue
            mine = np.flatnonzero(codes == number)
            if not len(mine):
                continue
            known = due.get(number)
            if known is not None:
                amount = self.rounded(entry, known[deal.owner[mine]], block_low + deal.owner[mine])
            else:
                amount = self._drawn(number, frame, mine)
                bounds = self._bounds(entry, frame, mine)
                amount = amount if bounds is None else self._inside(entry, amount, bounds, frame.rows[mine])
                if not self._scales(number):
                    amount = self.rounded(entry, amount, frame.rows[mine])
                    amount = amount if bounds is None else np.clip(amount, *bounds)
            out[mine] = amount if entry.sign > 0 else -amount
        self._in_bursts(deal, codes, out, frame.rows)
        return out

    def _in_bursts(self, deal: Deal, codes: Ints, out: Ints, rows: Ints) -> None:
        """Gives rows of bursts the amounts of these; where other entries follow the first one, they share what it moved."""
        signs = np.array([entry.sign for entry in self._entries.all], np.int64)
        for which, (_, burst) in enumerate(self._entries.bursts):
            sampler = self._entries.burst_samplers[which]
            mine = np.flatnonzero(deal.burst == which + 1) if sampler is not None or burst.then else np.zeros(0, np.int64)
            if not len(mine):
                continue
            mine = mine[np.lexsort((mine, deal.day[mine], deal.owner[mine]))]
            amount = np.abs(out[mine])
            if sampler is not None:
                amount = np.maximum(sampler.draw(hash_ints(self._key("burst", burst.name), rows[mine])), 1)
            if burst.then:
                begins = np.append(True, np.diff(deal.owner[mine] * 32 + deal.day[mine]) != 0)
                first = np.flatnonzero(begins)
                size = np.diff(np.append(first, len(mine)))
                each = amount[first] * 96 // (100 * np.maximum(size - 1, 1))
                amount = np.where(begins, amount, np.repeat(np.maximum(each, 1), size))
            out[mine] = amount * signs[codes[mine]]

    def _scales(self, number: int) -> bool:
        return self._program.spending is not None and number in self._program.spending.entries

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

    def bounds(self, frame: Frame, codes: Ints) -> tuple[Ints, Ints]:
        """The least and the most of every row whose entry is scaled to what there is."""
        least, most = np.ones(frame.count, np.int64), np.full(frame.count, _HUGE, np.int64)
        told = self._program.spending
        for number in told.entries if told is not None else ():
            mine = np.flatnonzero(codes == number)
            found = self._bounds(self._entries.all[number], frame, mine) if len(mine) else None
            if found is not None:
                least[mine], most[mine] = found
        return least, most

    def _bounds(self, entry: Entry, frame: Frame, mine: Ints) -> tuple[Ints, Ints] | None:
        """The least and the most of some rows of an entry, in cents; None where it has none."""
        if entry.between is None:
            return None
        out = []
        for path, unknown in zip(entry.between, (1, _HUGE), strict=True):
            vec = frame.follow(*path).take(mine)
            cents = np.clip(np.floor(vec.values.astype(np.float64) * (100.0 / 10.0**vec.scale) + 0.5), 0, _HUGE).astype(np.int64)
            out.append(cents if vec.valid is None else np.where(vec.valid, cents, unknown))
        least = np.maximum(out[0], 1)
        return least, np.maximum(out[1], least)

    def _inside(self, entry: Entry, amount: Ints, bounds: tuple[Ints, Ints], rows: Ints) -> Ints:
        """Amounts of which those beyond the bounds are drawn anew: near the least or the most, and not all alike."""
        least, most = bounds
        span = np.minimum(most - least, least).astype(np.float64)
        part = unit(hash_ints(self._key("between", entry.name), rows))
        out = np.where(amount < least, least + np.floor(part * span).astype(np.int64), amount)
        deep = (most - least).astype(np.float64) * 0.5
        return np.where(amount > most, most - np.floor(part * deep).astype(np.int64), out)

    def rounded(self, entry: Entry, amount: Ints, rows: Ints) -> Ints:
        """Amounts of an entry, above zero, with the shares of multiples and endings that it declares."""
        if not entry.rounds and not entry.endings:
            return amount
        chosen = unit(hash_ints(self._key("rounded", entry.name), rows))
        edge, out = 0.0, amount.copy()
        for multiple, share in entry.rounds:
            mine = np.flatnonzero((chosen >= edge) & (chosen < edge + share))
            out[mine] = np.maximum((amount[mine] + multiple // 2) // multiple, 1) * multiple
            edge += share
        for ending, share in entry.endings:
            mine = np.flatnonzero((chosen >= edge) & (chosen < edge + share))
            # Of the two amounts with this ending beside it, the nearest one that is above zero.
            low = (amount[mine] - ending + 50) // 100 * 100 + ending
            out[mine] = np.where(low > 0, low, low + 100)
            edge += share
        return out

    def scaled(
        self,
        amount: Ints,
        code: Ints,
        posted: Mask,
        rows: Ints,
        fixed: Mask,
        owner: Ints,
        who: Ints,
        left: Ints,
        income: Ints,
        bounds: tuple[Ints, Ints],
        spares: Mask,
    ) -> Ints:
        """Amounts with those of `spending` scaled: `owner`: the place of each row's owner in `who`,
        their rows. `left` is, for each of them, what may be spent if nothing were saved, `income` what is
        due to come in; rows that are `fixed` keep their amounts, the others stay within `bounds`; `spares`: who saves something."""
        told = self._program.spending
        if told is None:
            return amount
        spends = np.isin(code, told.entries) & ~fixed
        fixed_spent = np.bincount(owner[fixed & posted], -amount[fixed & posted].astype(np.float64), minlength=len(left))
        least, most = told.saved
        saved = least + (most - least) * unit(hash_ints(self._key("saved"), who))
        wanted = left - fixed_spent - np.where(spares, saved * income, 0.0)
        factor = np.ones(len(left), np.float64)
        # What the bounds take away is made up for by the other amounts, once.
        for _ in range(1 + any(self._entries.all[number].between is not None for number in told.entries)):
            out = self.scaled_by(amount, code, spends, rows, owner, factor, bounds)
            whole = np.bincount(owner[spends & posted], -out[spends & posted].astype(np.float64), minlength=len(left))
            factor = np.clip(factor * wanted / np.maximum(whole, 1.0), *told.scale)
        return self.scaled_by(amount, code, spends, rows, owner, factor, bounds)

    def scaled_by(self, amount: Ints, code: Ints, spends: Mask, rows: Ints, owner: Ints, factor: Floats, bounds: tuple[Ints, Ints]) -> Ints:
        """Amounts with those that are spent multiplied by their owner's factor, and kept within their bounds."""
        out, told = amount.copy(), self._program.spending
        for number in told.entries if told is not None else ():
            mine, entry = np.flatnonzero(spends & (code == number)), self._entries.all[number]
            drawn = np.maximum(np.floor(-amount[mine] * factor[owner[mine]] + 0.5).astype(np.int64), 1)
            if entry.between is None:
                out[mine] = -self.rounded(entry, drawn, rows[mine])
            else:
                its = bounds[0][mine], bounds[1][mine]
                out[mine] = -np.clip(self.rounded(entry, self._inside(entry, drawn, its, rows[mine]), rows[mine]), *its)
        return out


def evened(rest: Ints, takes: Ints, amount: Ints) -> tuple[Ints, Ints]:
    """What settles, made a multiple of ten, and what is taken off the purchase at `takes` (-1 for none) for it."""
    off = np.mod(rest, ROUND)
    fits = (takes >= 0) & (-amount[takes] > 2 * off)
    off = np.where(fits, off, 0)
    return rest - off, off
