"""What the owners of a panel's rows know of the entries: weights, levels and what is due to them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...program.rows import Entry
from ...program.rows import Panel as PanelRows
from ...program.values import Path
from ..exact import Floats
from ..expressions import evaluate
from ..ground import Frame, laid_as
from ..hashing import Ints, below, hash_ints, hash_pairs, unit
from ..layouts.entities import Entities
from ..layouts.streams import Streams, sibling_of
from ..shocks import ONE, from_table
from ..vector import Mask
from .census import Census
from .entries import Entries
from .months import Months

BLOCK_OWNERS: Final = 2_048
"""Owners of a unit: part of the algorithm, so it must never depend on a size."""
SLOTS: Final = 65_536
_NEVER: Final = 1 << 40
_SAMPLE: Final = 1_024
_KEPT: Final = 128
_EARLY_END: Final = 7
"""Who ends in the first days of a month settles in the month before."""
_LEVEL_ONE: Final = 1 << 20
_LEVEL_MONTHS: Final = 9
_TEN: Final = 1_000
"""Cents."""
_CUSHION: Final = 0.4
"""Of a month's payments, what an owner has for them when the month starts."""


@dataclass(slots=True)
class Owners:
    """What a unit needs to know of the owners of a block; arrays of shape (owners,)."""

    count: int
    born: Ints
    paid: Ints
    """The day on which the owner's sum is paid out."""
    weight: Ints
    level: Ints
    """The usual sum in cents, what is due in a month aside."""
    floor: Ints
    """How far below zero the sum may fall, in cents."""
    kind: Ints
    """The owner's class: its row in the table of shares."""
    need: Ints
    """What is due to or from the owner in a month, in cents."""
    due: dict[int, tuple[Mask, Ints]] = field(default_factory=dict)
    """Of each entry that is due on days of the month: who has it, and by which of its rules."""
    amounts: dict[int, Ints] = field(default_factory=dict)
    """Of each entry whose amount the owner knows: in cents."""
    rates: dict[int, Floats] = field(default_factory=dict)
    """Of each entry that accrues: a month's share of the sum."""
    beside: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)
    """Of each entry with a sibling: the day on which that is born, and the day on which it is paid out."""
    odd: list[NDArray[np.int16]] = field(default_factory=list)
    """What has accrued before each month, up to a multiple of ten: 0 to 999 cents, kept narrow as there are many months."""


class Members:
    """The owners of a panel, by blocks of 2,048."""

    def __init__(self, program: PanelRows, months: Months, census: Census, entries: Entries, key: Callable[..., int]) -> None:
        self._program, self._months, self._census, self._entries, self._key = program, months, census, entries, key
        self._blocks: OrderedDict[int, Owners] = OrderedDict()
        self._stretch: tuple[int, int, Owners] | None = None

    def owners(self, block: int) -> Owners:
        """The owners of a block up to the horizon."""
        known = self._blocks.get(block)
        if known is None:
            low = block * BLOCK_OWNERS
            count = min(BLOCK_OWNERS, self._census.before(self._months.horizon) - low)
            known = self._blocks[block] = self._look_at(low, max(count, 0))
            if len(self._blocks) > _KEPT:
                self._blocks.popitem(last=False)
        return known

    def stretch(self, low: int, count: int, frame: Frame) -> Owners:
        """The owners low .. low + count - 1, whatever their blocks; the last ones are kept. What a frame of them knows is taken from it."""
        if self._stretch is None or self._stretch[:2] != (low, count):
            same = (frame.start, frame.count) == (low, count) and frame.table is self._census.owner.table
            self._stretch = low, count, self._look_at(low, count, frame if same else None)
        return self._stretch[2]

    def _look_at(self, low: int, count: int, known: Frame | None = None) -> Owners:
        program, layout = self._program, self._census.owner
        frame = layout.table.frame(low, count) if known is None else known
        born = frame.day
        left = frame.left if layout.leaves else np.full(count, _NEVER, np.int64)
        out = Owners(
            count,
            born,
            self._paid(left),
            np.maximum(self._cents(frame, program.weight, 1), 1),
            self._cents(frame, program.level),
            self._cents(frame, program.floor),
            self._class_of(frame),
            np.zeros(count, np.int64),
        )
        for number, entry in enumerate(self._entries.all):
            if entry.accrues is not None:
                out.rates[number] = self._rate(frame, entry.accrues)
                out.amounts[number] = np.where(out.rates[number] > 0, 1, 0)
            elif entry.column is not None:
                out.amounts[number] = np.abs(self._cents(frame, entry.column))
            elif entry.role == "due":
                out.amounts[number] = np.abs(self._entries.samplers[number].draw(frame.hash(self._key("amount", entry.name))))
        for number in self._entries.due:
            entry = self._entries.all[number]
            mask = self._having(entry, frame) & (out.amounts[number] > 0)
            rule = self._rule(entry, frame)
            mask &= rule >= 0
            if entry.sibling:
                born, left, ever = _beside(layout, frame.rows, entry.sibling)
                out.beside[number] = born, self._paid(left)
                mask &= ever
            out.due[number] = mask, rule
            out.need += np.where(mask, self._needed(number, out.amounts[number], rule), 0)
        return out

    def _rule(self, entry: Entry, frame: Frame) -> Ints:
        """By which of an entry's rules each owner is due; -1 where none is of its category."""
        position = unit(frame.hash(self._key("rule", entry.name)))
        if entry.rhythm is None:
            return _drawn_rule([rule.weight for rule in entry.rules], position)
        out = np.full(frame.count, -1, np.int64)
        vec = frame.follow(*entry.rhythm)
        texts = list(vec.words.texts) if vec.words is not None else []
        for value in dict.fromkeys(rule.of for rule in entry.rules):
            numbers = np.array([n for n, rule in enumerate(entry.rules) if rule.of == value], np.int64)
            mine = np.flatnonzero(vec.values == texts.index(str(value))) if value in texts else np.zeros(0, np.int64)
            out[mine] = numbers[_drawn_rule([entry.rules[n].weight for n in numbers], position[mine])]
        return out if vec.valid is None else np.where(vec.valid, out, -1)

    def _needed(self, number: int, amount: Ints, rule: Ints) -> Ints:
        """What an entry asks an owner to have at the start of a month, in cents.

        With `spending` a part of a month's payments, `_waiting` aside; without, all that is due once.
        """
        if self._program.spending is None:
            return amount
        if self._entries.all[number].sign > 0:
            return np.zeros_like(amount)
        if self._entries.all[number].sibling:
            return (amount * np.ceil(self._entries.a_month(number)).astype(np.int64)[np.maximum(rule, 0)]).astype(np.int64)
        return (amount * self._entries.a_month(number)[np.maximum(rule, 0)] * _CUSHION).astype(np.int64)

    def due_amounts(self, owners: Owners, low: int, month: int) -> dict[int, Ints]:
        """The amounts of entries that the owner knows, as they are in a month, in cents."""
        return {number: self._due_amount(number, owners, low, month) for number in owners.amounts}

    @staticmethod
    def _rate(frame: Frame, path: Path) -> Floats:
        vec = frame.follow(*path)
        out = vec.values.astype(np.float64) / (12.0 * 10.0**vec.scale)
        return out if vec.valid is None else np.where(vec.valid, out, 0.0)

    def _due_amount(self, number: int, owners: Owners, low: int, month: int) -> Ints:
        entry, amount = self._entries.all[number], owners.amounts[number]
        if entry.accrues is not None:
            return _accrued(self.level(owners, low, month), owners.rates[number])
        if entry.raises is None and entry.seasons is None and not entry.scatter:
            return amount
        rows = low + np.arange(owners.count, dtype=np.int64)
        real = amount.astype(np.float64)
        if entry.raises is not None:
            every = entry.raises.every
            steps = (month + below(hash_ints(self._key("raise", entry.name), rows), every)) // every
            sampler = self._entries.raises[number]
            for step in range(1, int(steps.max(initial=0)) + 1):
                some = np.flatnonzero(steps >= step)
                drawn = sampler.draw(hash_pairs(self._key("raised", entry.name), rows[some], np.full(len(some), step, np.int64)))
                real[some] *= drawn * 1e-4
        if entry.seasons is not None:
            real *= entry.seasons[self._months.calendar_month(month)]
        if entry.scatter:
            bits = hash_pairs(self._key("scatter", entry.name), rows, np.full(owners.count, month, np.int64))
            real *= from_table(self._entries.scatter[number], bits) * (1.0 / ONE)
        return np.maximum(np.floor(real + 0.5).astype(np.int64), 1)

    def _having(self, entry: Entry, frame: Frame) -> Mask:
        if entry.where is None:
            return np.ones(frame.count, np.bool_)
        vec = evaluate(entry.where, frame)
        out = np.resize(vec.values.astype(np.bool_), frame.count)
        return out if vec.valid is None else out & vec.valid

    def _cents(self, frame: Frame, path: Path | None, unit_: int = 100) -> Ints:
        """A number of the owner as whole hundredths (or ones); 0 where it is NULL."""
        if path is None:
            return np.zeros(frame.count, np.int64)
        vec = frame.follow(*path)
        out = vec.values * unit_ // 10**vec.scale if vec.values.dtype.kind != "f" else np.floor(vec.values * unit_ + 0.5).astype(np.int64)
        return np.where(vec.valid, out, 0) if vec.valid is not None else out.astype(np.int64)

    def _paid(self, left: Ints) -> Ints:
        """The day on which who leaves is paid out: on the one before, or on the last of the month before that."""
        near = np.minimum(left - 1, 1 << 20)
        stamps = (near + self._months.calendar.origin).astype("datetime64[D]")
        inside = (stamps - stamps.astype("datetime64[M]")).astype(np.int64)
        return np.where(left > 1 << 20, _NEVER, np.where(inside < _EARLY_END, near - inside - 1, near))

    @cached_property
    def _factors(self) -> list[tuple[str, tuple[str, ...]]]:
        """The columns of the owner that shares depend on, and their values."""
        columns = sorted({column for n in self._entries.free for column in (self._entries.all[n].factors or {})})
        empty = self._census.owner.table.frame(0, 0)
        words = [empty.get(column).words for column in columns]
        return [(column, w.texts if w is not None else ("False", "True")) for column, w in zip(columns, words, strict=True)]

    def _class_of(self, frame: Frame) -> Ints:
        out = np.zeros(frame.count, np.int64)
        for column, texts in self._factors:
            out = out * len(texts) + frame.get(column).values.astype(np.int64)
        return out

    @cached_property
    def share_table(self) -> Ints:
        """The entry in each of 65,536 slots for each class of owners: shape (classes, 65536)."""
        classes: list[dict[str, str]] = [{}]
        for column, texts in self._factors:
            classes = [{**one, column: text} for one in classes for text in texts]
        out = np.zeros((len(classes), SLOTS), np.int64)
        for row, one in enumerate(classes):
            shares = []
            for number in self._entries.free:
                share = self._entries.all[number].share
                for column, factors in (self._entries.all[number].factors or {}).items():
                    share *= float(factors.get(one[column], 1.0))
                shares.append(share)
            edges = np.floor(np.cumsum(shares) / max(sum(shares), 1e-300) * SLOTS + 0.5).astype(np.int64)
            out[row] = np.array(self._entries.free, np.int64)[np.searchsorted(edges[:-1], np.arange(SLOTS), side="right")]
        return out

    def level(self, owners: Owners, low: int, month: int) -> Ints:
        """Each owner's sum at the start of a month: shape (owners,), in cents; 0 before its birth and after it was paid out."""
        day = self._months.start(month)
        rows = low + np.arange(owners.count, dtype=np.int64)
        # Between values of half to one and a half that lie months apart, each owner's in months of its own, the sum goes on a line.
        since = month + below(hash_ints(self._key("level"), rows), _LEVEL_MONTHS)
        step, inside = since // _LEVEL_MONTHS, since % _LEVEL_MONTHS
        then, next_ = (below(hash_pairs(self._key("level", "step"), rows, step + after), _LEVEL_ONE) for after in (0, 1))
        factor = (_LEVEL_ONE >> 1) + then + (next_ - then) * inside // _LEVEL_MONTHS
        out = owners.need + owners.level // 1024 * factor // (_LEVEL_ONE >> 10) + self._waiting(owners, low, max(month - 1, 0))
        for number, (mask, _) in owners.due.items():
            if self._entries.all[number].accrues is not None:
                # Whole tens but for what has accrued, so that the other movements can be round.
                out = np.where(mask, out // _TEN * _TEN + self._odd(owners, low, month), out)
        return np.where((owners.born < day) & (owners.paid >= day), out, 0)

    def _odd(self, owners: Owners, low: int, month: int) -> Ints:
        """What has accrued before a month since the history's start, up to a multiple of ten."""
        if not owners.odd:
            owners.odd.append(np.zeros(owners.count, np.int16))
        while len(owners.odd) <= month:
            before = len(owners.odd) - 1
            out = owners.odd[-1].astype(np.int64)
            for number, rate in owners.rates.items():
                mask = owners.due[number][0]
                there = mask & (owners.born < self._months.start(before)) & (owners.paid >= self._months.start(before + 1))
                out = out + np.where(there, _accrued(self.level(owners, low, before), rate), 0)
            owners.odd.append((out % _TEN).astype(np.int16))
        return owners.odd[month].astype(np.int64)

    def _waiting(self, owners: Owners, low: int, month: int) -> Ints:
        """With `spending`, one of each payment that comes in: what comes after a month's last free row leaves the sum above its floor."""
        out = np.zeros(owners.count, np.int64)
        if self._program.spending is not None:
            for number, (mask, _) in owners.due.items():
                if self._entries.all[number].sign > 0 and self._entries.all[number].accrues is None:
                    out += np.where(mask, self._due_amount(number, owners, low, month), 0)
        return out

    def expected_due(self) -> Ints:
        """Entries that are expected to be due before each day: cumulative, shape (days + 1,)."""
        standing = self._census.standing
        out = np.zeros(len(standing) + 1, np.int64)
        if not self._entries.due:
            return out
        count = min(_SAMPLE, self._census.before(self._months.calendar.days))
        frame = self._census.owner.table.frame(0, count)
        total = np.zeros(len(standing), np.int64)
        for number in self._entries.due:
            entry = self._entries.all[number]
            having = int(self._having(entry, frame).sum()) * 4096 // count
            weights = self._expected(entry, frame)
            share = np.zeros(len(standing), np.int64)
            for month in range(self._months.count):
                for days, weight in zip(self._entries.rule_days(number, month), weights, strict=True):
                    share[days[(days >= 0) & (days < len(share))]] += weight
            total += having * share // 1000 * standing
        np.cumsum(total >> 12, out=out[1:])
        return out >> 10

    def _expected(self, entry: Entry, frame: Frame) -> list[int]:
        """How many of 1,000 of the owners that have an entry are expected to have it by each of its rules."""
        weights = [rule.weight for rule in entry.rules]
        if entry.rhythm is None:
            return [round(1000 * weight / sum(weights)) for weight in weights]
        having = self._having(entry, frame)
        vec = frame.follow(*entry.rhythm)
        texts = list(vec.words.texts) if vec.words is not None else []
        out = []
        for rule in entry.rules:
            mine = having & (vec.values == texts.index(str(rule.of))) if rule.of in texts else np.zeros(frame.count, np.bool_)
            whole = sum(other.weight for other in entry.rules if other.of == rule.of)
            out.append(round(1000 * rule.weight / whole * int(mine.sum()) / max(int(having.sum()), 1)))
        return out


def _accrued(sums: Ints, rate: Floats) -> Ints:
    """What sums bring in a month, in cents: at least one."""
    return np.maximum(np.floor(sums * rate + 0.5).astype(np.int64), 1)


def _drawn_rule(weights: Sequence[float], position: NDArray[np.float64]) -> Ints:
    edges = np.cumsum(np.array(weights, np.float64))
    return np.searchsorted(edges, position * edges[-1], side="right")


def _beside(layout: Entities, rows: Ints, number: int) -> tuple[Ints, Ints, Mask]:
    """When the siblings of a number are born and leave, and where there ever are any."""
    others, known, ever = sibling_of(laid_as(layout.table, Streams), rows, number)
    born = layout.born(others)
    left = layout.left(others, born) if layout.leaves else np.full(len(rows), _NEVER, np.int64)
    return np.where(known, born, _NEVER), np.where(known, left, _NEVER), ever & (~known | (others != rows))
