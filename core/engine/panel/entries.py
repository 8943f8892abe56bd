"""The entries of a panel: what may happen to an owner, and on which days what is due falls."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...program.rows import Entry
from ..distributions import Sampler
from ..hashing import Ints
from ..moment_parts import is_business_day
from ..shocks import shock_table
from ..vector import Words
from .months import Months

_MONTH: Final = 30.4375
"""Days."""


class Entries:
    """A panel's entries by their place in the list and by their role."""

    def __init__(self, entries: Sequence[Entry], months: Months) -> None:
        self.all = entries
        self._months = months
        roles = [entry.role for entry in entries]
        self.words = Words([entry.name for entry in entries])
        self.code_of = {role: roles.index(role) for role in ("begin", "end", "settle", "shortage") if role in roles}
        self.due = [n for n, role in enumerate(roles) if role == "due"]
        self.free = [n for n, role in enumerate(roles) if role in ("free", "undo")]
        self.undo = roles.index("undo") if "undo" in roles else -1
        self.samplers = {
            n: Sampler(entry.distribution, 100.0 if entry.times is None else 1e6)
            for n, entry in enumerate(entries)
            if entry.distribution is not None
        }

        self.raises = {n: Sampler(entry.raises.by, 1e4) for n, entry in enumerate(entries) if entry.raises is not None}
        self.scatter = {n: shock_table(entry.scatter) for n, entry in enumerate(entries) if entry.scatter}
        self.hours = {n: smooth(entry.hours) for n, entry in enumerate(entries) if entry.hours}
        """The weight of each five minutes of the day, of those that have hours of their own."""
        self.bursts = [(n, burst) for n, entry in enumerate(entries) for burst in entry.bursts]
        """All bursts, which rows count from 1, and the entries that they begin with."""
        self.burst_words = Words([burst.name for _, burst in self.bursts] or [""])
        self.burst_samplers = [Sampler(burst.amount, 100.0) if burst.amount is not None else None for _, burst in self.bursts]
        self.burst_sizes = [Sampler(burst.rows) for _, burst in self.bursts]
        self._rule_days: dict[tuple[int, int], list[Ints]] = {}

    @property
    def undoes(self) -> int:
        """The place of the entry that one of role `undo` undoes."""
        return self.all[self.undo].undoes

    def rule_days(self, number: int, month: int) -> list[Ints]:
        """The days of each of an entry's rules in a month, none twice: business days where it says so, those beside the rule's own."""
        known = self._rule_days.get((number, month))
        if known is None:
            known = self._rule_days[number, month] = self._days_of(number, month)
        return known

    def _days_of(self, number: int, month: int) -> list[Ints]:
        entry, calendar = self.all[number], self._months.calendar
        here = np.datetime64(calendar.origin + self._months.start(month), "D").astype("datetime64[M]")
        first = int(here.astype("datetime64[D]").astype(np.int64)) - calendar.origin
        after = int((here + 1).astype("datetime64[D]").astype(np.int64)) - calendar.origin
        inside = np.arange(first, after, dtype=np.int64)
        open_ = inside[is_business_day(calendar, inside + calendar.origin)] if entry.business is not None else inside
        out = []
        for rule in entry.rules:
            if rule.every:
                days = inside[(inside + calendar.origin - rule.phase) % rule.every == 0]
            else:
                days = np.array([after - 1 if day == "last" else min(first + int(day) - 1, after - 1) for day in rule.days], np.int64)
            if len(open_):
                place = np.searchsorted(open_, days, side="right") - 1 if entry.business == "before" else np.searchsorted(open_, days)
                days = open_[np.clip(place, 0, len(open_) - 1)]
            out.append(np.unique(days))
        return out

    def a_month(self, number: int) -> NDArray[np.float64]:
        """How often a month has each of an entry's rules, on average."""
        return np.array([_MONTH / rule.every if rule.every else len(rule.days) for rule in self.all[number].rules], np.float64)


def smooth(hours: Sequence[int]) -> tuple[int, ...]:
    """The weight of each of 288 parts of a day, on straight lines between the middles of the hours; hours of weight 0 stay empty."""
    weights = np.array(hours, np.int64)
    twelfths = np.arange(288, dtype=np.int64) * 2 + 1 - 12
    hour, inside = np.divmod(twelfths, 24)
    out = weights[hour % 24] * (24 - inside) + weights[(hour + 1) % 24] * inside
    return tuple(np.where(weights[np.arange(288) // 12] > 0, out, 0).tolist())
