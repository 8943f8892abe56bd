"""The entries of a panel: what may happen to an owner, and on which days what is due falls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...program.rows import Entry
from ..distributions import Sampler
from ..hashing import Ints
from ..moment_parts import is_business_day
from ..vector import Words
from .months import Months


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

    @property
    def undoes(self) -> int:
        """The place of the entry that one of role `undo` undoes."""
        return self.all[self.undo].undoes

    def rule_days(self, number: int, month: int) -> Ints:
        """The day of each of an entry's rules in a month: a business day, the one before where the rule's falls on none."""
        calendar = self._months.calendar
        here = np.datetime64(calendar.origin + self._months.start(month), "D").astype("datetime64[M]")
        first = int(here.astype("datetime64[D]").astype(np.int64)) - calendar.origin
        after = int((here + 1).astype("datetime64[D]").astype(np.int64)) - calendar.origin
        out = []
        for rule, _ in self.all[number].rule:
            day = after - 1 if rule == "last" else min(first + int(rule) - 1, after - 1)
            if self.all[number].business:
                inside = np.arange(first, after, dtype=np.int64)
                open_ = inside[is_business_day(calendar, inside + calendar.origin)]
                earlier = open_[open_ <= day]
                day = int(earlier[-1]) if len(earlier) else int(open_[0]) if len(open_) else day
            out.append(day)
        return np.array(out, np.int64)
