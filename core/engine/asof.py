"""The day as of which tables are looked at: it belongs to whoever asks, so that one engine answers for many days.

What reads the day tells so by reading it. That is how whatever is kept knows whether it holds for all days or for one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from .calendar import Calendar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class AsOf:
    """The day that is looked at now, and whether anybody has asked for it."""

    def __init__(self, calendar: Calendar, day: int) -> None:
        self._calendar = calendar
        self._day = day
        self._end = calendar.day_start(day + 1)
        self._asked = False

    @property
    def day(self) -> int:
        """Day number, from the origin of the history."""
        self._asked = True
        return self._day

    @property
    def end(self) -> int:
        """The moment at which the day ends, microseconds UTC."""
        self._asked = True
        return self._end

    @contextmanager
    def on(self, day: int) -> Iterator[None]:
        """Looks at another day for a while; raises ValueError for one that the calendar does not reach."""
        before = self._day, self._end
        if day != self._day:
            last = len(self._calendar.weights) - 1
            if not 0 <= day <= last:
                raise ValueError(f"rows can be seen as of the days 0 to {last}, not {day}")
            self._day, self._end = day, self._calendar.day_start(day + 1)
        try:
            yield
        finally:
            self._day, self._end = before

    def watched(self, compute: Callable[[], V]) -> tuple[V, bool]:
        """A value, and whether the day was asked for while it was computed."""
        before, self._asked = self._asked, False
        try:
            value = compute()
            return value, self._asked
        finally:
            self._asked |= before

    def told(self, asked: bool) -> int:
        """The day, for a key: it counts as asked for only where what is found under it depends on it."""
        self._asked |= asked
        return self._day


class Kept(Generic[K, V]):
    """Values that are computed once: for all days, or for one where computing them asked for it.

    At most `most` values of single days are kept, and `always` of the others (0: all of them).
    """

    def __init__(self, as_of: AsOf, most: int, always: int = 0) -> None:
        self._as_of, self._most, self._always = as_of, most, always
        self._every: OrderedDict[K, V] = OrderedDict()
        self._by_day: OrderedDict[tuple[K, int], V] = OrderedDict()

    def get(self, key: K, compute: Callable[[], V]) -> V:
        """The value of a key."""
        if key in self._every:
            return self._every[key]
        dated = key, self._as_of.told(asked=False)
        if dated in self._by_day:
            self._as_of.told(asked=True)
            return self._by_day[dated]
        value, asked = self._as_of.watched(compute)
        if asked:
            self._by_day[dated] = value
            if len(self._by_day) > self._most:
                self._by_day.popitem(last=False)
        else:
            self._every[key] = value
            if self._always and len(self._every) > self._always:
                self._every.popitem(last=False)
        return value
