"""References: keys of rows of another table, computed without ever holding that table."""

from __future__ import annotations

from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np

from ...program import columns
from ..alias import build_alias, draw_alias, draw_stacked
from ..expressions import evaluate
from ..hashing import Bits, Ints, below, below_wide, hash_ints, subkey
from ..layouts.entities import Entities
from ..layouts.events import Events
from ..permute import permute, unpermute
from ..popularity import Popularity
from ..vector import Mask, Vec
from .base import Kernel, register
from .drawn import Category

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

ORPHANS: Final = 9_000_000_000_000_000
"""Keys of orphans start here: no table ever has so many rows, and doubles still hold them exactly."""

_ATTEMPTS = 24
_PERIOD = 8
_SMALL = 32_768
_FIXED = 1 << 20
_KEPT = 128
_ROUNDS = 7
_AT_ONCE = 4_096


class _Pointing(Kernel):
    """What drawn and shared references have in common."""

    program: columns.Pointing

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self.to = table.engine.table(self.program.to)

    def rows(self, frame: Frame) -> Ints:
        """The row that each row points at."""
        raise NotImplementedError

    def part(self, frame: Frame, name: str) -> Vec:
        if name == "row":
            return Vec(self.rows(frame))
        return super().part(frame, name)

    def values(self, frame: Frame) -> Vec:
        target, _, _ = frame.through(self.column) if not self._may_miss else self.target(frame)
        out = Vec(target.rows + 1) if self.program.dense else target.get(self.program.key)
        orphans = self._orphans(frame)
        if orphans is not None:
            strays = ORPHANS + below(frame.hash(self.subkey("orphan")), 1_000_000_000)
            out = Vec(np.where(orphans, strays, out.values), out.valid)
        return out

    @property
    def _may_miss(self) -> bool:
        return self.told.when is not None or bool(self.told.nulls) or bool(self.program.orphans)

    def _orphans(self, frame: Frame) -> Mask | None:
        share = self.program.orphans
        return self.table.quota(frame, self.subkey("nulls"), share, from_end=True) if share else None

    def target(self, frame: Frame) -> tuple[Frame, Ints | None, Mask | None]:
        rows = frame.get(self.column, "row").values
        seen = frame.day if self.table.layout.happens else frame.seen
        orphans = self._orphans(frame)
        return self.to.rows_frame(rows, seen), None, None if orphans is None else ~orphans


@register("reference")
class Reference(_Pointing):
    """A row drawn by popularity among those alive at the row's own day.

    Redraws are bounded: what is not found in 24 draws goes to an evergreen. Small populations use one exact alias table
    for each 8 days, fixed ones a single table, large ones the weights of blocks of ids.
    """

    program: columns.Reference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        skew = self.program.skew
        self._popularity = Popularity(self.key, skew.zipf, skew.head) if skew is not None else None
        layout = self.to.layout
        self._layout = layout if isinstance(layout, Entities) else None
        self._count = 0
        """Rows that are drawn from, where they are always the same."""
        if self.program.any:
            self._layout, self._count = None, max(layout.before(layout.calendar.days), 1)
        elif self._layout is None:
            self._count = layout.before(0) if not layout.happens and layout.before(0) == self.to.size else 0
        elif self._layout.early >= self._layout.number and not self._layout.leaves:
            self._count = layout.before(0)
        self._draws = [self.key] + [self.subkey("draw", str(n)) for n in range(1, _ATTEMPTS)]
        self._periods: OrderedDict[int, Bits] = OrderedDict()
        self._before: dict[int, int] = {}
        size = self._layout.number if self._layout is not None else 0
        self._small = self._popularity is not None and self._layout is not None and size <= _SMALL

    @cached_property
    def _single(self) -> Bits:
        if self._popularity is None:
            raise TypeError("an even reference needs no table")
        return build_alias(self._popularity.weights(self._count))

    @cached_property
    def _size(self) -> int:
        """Rows that are ever drawn from, up to the horizon."""
        return self.to.size

    def weights(self, count: int) -> Ints:
        """The popularity of each of the first `count` rows of the target."""
        return np.ones(count, np.int64) if self._popularity is None else self._popularity.weights(count)

    @cached_property
    def _all_weights(self) -> Ints:
        return self.weights(self._size)

    @cached_property
    def _all_left(self) -> Ints:
        if self._layout is None:
            raise TypeError("only entities leave")
        return self._layout.left(np.arange(self._size, dtype=np.int64))

    def _period(self, number: int) -> Bits:
        known = self._periods.get(number)
        if known is None:
            if self._layout is None:
                raise TypeError("only entities come and go")
            day = number * _PERIOD
            born = self._population(np.array([day], np.int64))[0]
            weights = np.where(self._all_left[:born] > day, self._all_weights[:born], 0)
            if not weights.any():
                weights = self._all_weights[:born]
            known = self._periods[number] = build_alias(weights)
            if len(self._periods) > _KEPT:
                self._periods.popitem(last=False)
        return known

    def _population(self, day: Ints) -> Ints:
        if self._layout is not None:
            born = self._layout.before_days(day)
            if not self.table.layout.happens:
                born = np.maximum(born, self._layout.early)
            return np.maximum(born, 1)
        if self._count:
            return np.full(len(day), self._count, np.int64)
        if isinstance(self.to.layout, Events):
            starts = self.to.layout.starts
            return np.maximum(starts[np.clip(day, 0, len(starts) - 1)], 1)
        days, place = np.unique(day, return_inverse=True)
        return np.array([self._begun(number) for number in days.tolist()], np.int64)[place]

    def _begun(self, day: int) -> int:
        """Rows of a target of any other layout that have begun before a day, at least 1."""
        known = self._before.get(day)
        if known is None:
            known = self._before[day] = max(self.to.layout.before(day if self.table.layout.happens else max(day, 0)), 1)
        return known

    def _classes(self, frame: Frame) -> Ints | None:
        """What each row's draw depends on besides its day; None: nothing."""
        return None

    def _once(self, bits: Bits, day: Ints, born: Ints | None, classes: Ints | None) -> Ints:
        if self._count:
            if self._popularity is None:
                return below_wide(bits, self._count)
            if self._count <= _FIXED:
                return draw_alias(self._single, bits)
        if self._small:
            return self._from_periods(bits, day)
        if born is None:
            born = self._population(day)
        if self._popularity is None:
            return below_wide(bits, born)
        return self._popularity.draw(bits, hash_ints(subkey(self.key, "tail"), bits), born)

    def _from_periods(self, bits: Bits, day: Ints) -> Ints:
        number = day // _PERIOD
        low, high = int(number.min()), int(number.max())
        if low == high:
            return draw_alias(self._period(low), bits)
        if high - low < len(day):
            used = np.arange(low, high + 1)
            place = number - low
        else:
            used, place = np.unique(number, return_inverse=True)
        tables = [self._period(int(n)) for n in used]
        edges = np.zeros(len(tables) + 1, np.int64)
        np.cumsum([len(table) for table in tables], out=edges[1:])
        return draw_stacked(np.concatenate(tables), edges[place], np.diff(edges)[place], bits)

    def _draw(self, frame: Frame, attempt: int, pending: Ints | None) -> Ints:
        """Draws that are alive, for the whole frame or some of its rows."""
        day = frame.day if pending is None else frame.day[pending]
        first = self._draws[attempt % _ATTEMPTS]
        if attempt >= _ATTEMPTS:
            first = subkey(self.key, "again", attempt)
        bits = frame.hash(first) if pending is None else hash_ints(first, frame.rows[pending])
        classes = self._classes(frame)
        if classes is not None and pending is not None:
            classes = classes[pending]
        simple = bool(self._count) and (self._popularity is None or self._count <= _FIXED)
        out = self._once(bits, day, None, classes)
        if simple or not len(out):
            return out
        born = self._population(day) if not self._count else np.full(len(day), self._count, np.int64)
        bad = np.flatnonzero(~self._alive(out, day, born))
        again = 0
        while len(bad):
            rows = frame.rows[bad] if pending is None else frame.rows[pending[bad]]
            if again == _ATTEMPTS:
                out[bad] = self._evergreen(hash_ints(subkey(first, "redraw", again), rows), born[bad])
                break
            # Few rows try several times at once: the first attempt that is alive counts, as if they had come one by one.
            times = min(max(_AT_ONCE // len(bad), 1), _ATTEMPTS - again)
            bits = np.concatenate([hash_ints(subkey(first, "redraw", again + n), rows) for n in range(times)])
            days, there = np.tile(day[bad], times), np.tile(born[bad], times)
            tried = self._once(bits, days, there, None if classes is None else np.tile(classes[bad], times))
            alive = self._alive(tried, days, there).reshape(times, -1)
            found = alive.any(axis=0)
            out[bad[found]] = tried.reshape(times, -1)[alive.argmax(axis=0), np.arange(len(bad))][found]
            bad = bad[~found]
            again += times
        return out

    def _alive(self, rows: Ints, day: Ints, born: Ints) -> Mask:
        alive = rows < born
        if self._layout is not None and self._layout.leaves:
            if self._small:
                alive &= self._all_left[rows] > day
            else:
                alive &= self._layout.left(rows) > day
        return alive

    def _evergreen(self, bits: Bits, born: Ints) -> Ints:
        if self._layout is None or not self._layout.leaves:
            return below_wide(bits, born)
        return self._layout.evergreens(bits, born)

    def rows(self, frame: Frame) -> Ints:
        if not self.program.distinct:
            return self._draw(frame, 0, None)
        whole, place = self.table.layout.whole(frame)
        if place is not None:
            return whole.get(self.column, "row").values[place]
        return self._distinct(whole)

    def _distinct(self, whole: Frame) -> Ints:
        _, owner = whole.parents
        when = self.told.when
        if owner is None or when is None:
            rows = None
        else:
            # Where the reference is NULL nothing is drawn, so that the others are distinct among themselves alone.
            condition = evaluate(when, whole)
            rows = np.flatnonzero(condition.values if condition.valid is None else condition.values & condition.valid)
        out = self._draw(whole, 0, rows)
        if owner is None:
            return out
        owner = owner if rows is None else owner[rows]
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        counts = np.diff(np.append(starts, len(owner)))
        place = np.arange(len(owner), dtype=np.int64) - np.repeat(starts, counts)
        twice = _repeated(out, place)
        for attempt in range(1, _ROUNDS + 1):
            if not len(twice):
                break
            out[twice] = self._draw(whole, attempt, twice if rows is None else rows[twice])
            # Only the siblings of what was drawn anew can be alike now.
            families = np.unique(np.searchsorted(starts, twice, side="right") - 1)
            first, size = starts[families], counts[families]
            ends = np.cumsum(size)
            asked = np.repeat(first - (ends - size), size) + np.arange(int(ends[-1]), dtype=np.int64)
            twice = asked[_repeated(out[asked], place[asked])]
        if len(twice):
            self._walk(whole.day if rows is None else whole.day[rows], out, place, twice)
        if rows is None:
            return out
        everyone = np.zeros(whole.count, np.int64)
        everyone[rows] = out
        return everyone

    def _walk(self, day: Ints, out: Ints, place: Ints, twice: Ints) -> None:
        """The last resort, for few lines: the next rows that are alive and not yet among the siblings."""
        for row in twice.tolist():
            first = row - int(place[row])
            last = row
            while last + 1 < len(out) and place[last + 1] > 0:
                last += 1
            siblings = set(out[first : last + 1].tolist()) - {int(out[row])} | set(out[first:row].tolist())
            one = day[row : row + 1]
            born = self._population(one) if not self._count else np.array([self._count], np.int64)
            candidate = int(out[row])
            for _ in range(int(born[0])):
                candidate = (candidate + 1) % int(born[0])
                if candidate not in siblings and self._alive(np.array([candidate]), one, born)[0]:
                    break
            out[row] = candidate


@register("earlier")
class Earlier(_Pointing):
    """A row of the same table that begins before this one and, of entities, has not ended by this row's day; NULL for the first row."""

    def rows(self, frame: Frame) -> Ints:
        mine = np.maximum(frame.rows, 1)
        out = below_wide(frame.hash(self.key), mine)
        layout = self.table.layout
        if not isinstance(layout, Entities) or not layout.leaves:
            return out
        day = frame.day
        bad = np.flatnonzero(layout.left(out) <= day)
        for attempt in range(_ROUNDS):
            if not len(bad):
                return out
            out[bad] = below_wide(hash_ints(self.subkey("again", str(attempt)), frame.rows[bad]), mine[bad])
            bad = bad[layout.left(out[bad]) <= day[bad]]
        out[bad] = layout.evergreens(hash_ints(self.subkey("evergreen"), frame.rows[bad]), mine[bad])
        return out

    def values(self, frame: Frame) -> Vec:
        return super().values(frame).where(frame.rows > 0)

    @property
    def _may_miss(self) -> bool:
        return True

    def target(self, frame: Frame) -> tuple[Frame, Ints | None, Mask | None]:
        target, places, valid = super().target(frame)
        some = frame.rows > 0
        return target, places, some if valid is None else valid & some


def _repeated(values: Ints, place: Ints) -> Ints:
    """Rows whose value an earlier sibling has; siblings stand together, `place` counts them from 0."""
    bad = np.zeros(len(values), np.bool_)
    for back in range(1, int(place.max(initial=0)) + 1):
        alike = values[back:] == values[:-back]
        # Few are alike, so few are asked whether they are siblings.
        rows = np.flatnonzero(alike) + back
        bad[rows[place[rows] >= back]] = True
    return np.flatnonzero(bad)


@register("share")
class Share(_Pointing):
    """A quota of each day by weight: the d-th day's rows of one member are found without a scan.

    Of n rows (of the day, or of one value of an exact category of that day) slot s gets the member at
    (s W + h) div n of the cumulative weights W of the living, h hashed from the day.
    """

    program: columns.ShareReference

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        super().__init__(told, table, column)
        self._deal_key, self._start_key = self.subkey("deal"), self.subkey("start")
        self._edges_by_day: dict[int, Ints] = {}
        if not isinstance(table.layout, Events):
            raise TypeError("a share is of the events of a day")
        self._events = table.layout

    @cached_property
    def _members(self) -> tuple[Ints, Ints]:
        frame = self.to.frame(0, self.to.size)
        weights = self.to.compute(frame, self.program.weight, None).values.astype(np.int64) * 1024
        layout = self.to.layout
        left = layout.left(frame.rows) if isinstance(layout, Entities) else np.full(frame.count, 1 << 40, np.int64)
        return np.maximum(weights, 1), left

    def edges(self, day: int) -> Ints:
        """Cumulative weight after each member on a day: shape (members,); those that are not alive add nothing."""
        known = self._edges_by_day.get(day)
        if known is None:
            weights, left = self._members
            born = max(self.to.layout.before(day), 1)
            alive = np.where((np.arange(len(weights)) < born) & (left > day), weights, 0)
            if not alive.any():
                alive[0] = weights[0]
            if len(self._edges_by_day) > 1024:
                self._edges_by_day.clear()
            known = self._edges_by_day[day] = np.cumsum(alive)
        return known

    def _category(self) -> tuple[Category, int] | None:
        stratum = self.program.stratum
        if stratum is None:
            return None
        kernel = self.table.kernel(stratum.column)
        if not isinstance(kernel, Category):
            raise TypeError("a stratum is an exact category")
        return kernel, stratum.code

    def _start(self, days: Ints, totals: Ints) -> Ints:
        return below_wide(hash_ints(self._start_key, days), totals)

    def rows(self, frame: Frame) -> Ints:
        if not frame.count:
            return np.zeros(0, np.int64)
        category = self._category()
        if category is None:
            place, size = self._events.place(frame)
            slot = permute(hash_ints(self._deal_key, frame.day), size, place)
        else:
            slot, size = category[0].strata(frame)
        low, high = int(frame.day.min()), int(frame.day.max())
        if high - low < frame.count:
            days = np.arange(low, high + 1, dtype=np.int64)
            place = frame.day - low
        else:
            days, place = np.unique(frame.day, return_inverse=True)
        edges = np.stack([self.edges(int(day)) for day in days])
        totals = edges[:, -1]
        goal = (slot * totals[place] + self._start(days, totals)[place]) // np.maximum(size, 1)
        # Rows of other values of the category run past the end: they are NULL, any member will do.
        goal = np.minimum(goal, totals[place] - 1)
        span = int(totals.max()) + 1
        stacked = (edges + (np.arange(len(days)) * span)[:, None]).ravel()
        found = np.searchsorted(stacked, goal + place * span, side="right")
        return found - place * edges.shape[1]

    def members(self, day: int, member: int) -> Ints:
        """Row numbers of a day's events that point at one member, ascending in no particular order."""
        edges = self.edges(day)
        low = int(edges[member - 1]) if member else 0
        high, total = int(edges[member]), int(edges[-1])
        category = self._category()
        first = self._events.before(day)
        size = self._events.before(day + 1) - first if category is None else category[0].stratum(day, category[1])
        if high == low or not size:
            return np.zeros(0, np.int64)
        start = int(self._start(np.array([day], np.int64), np.array([total], np.int64))[0])
        begin = max(-(-(low * size - start) // total), 0)
        end = size if high == total else -(-(high * size - start) // total)
        slots = np.arange(begin, min(max(end, begin), size), dtype=np.int64)
        if category is not None:
            return category[0].members(day, category[1], slots)
        key = int(hash_ints(self._deal_key, np.array([day], np.int64))[0])
        return first + unpermute(key, size, slots)


_NO_BITS: Final[Bits] = np.zeros(0, np.uint64)


class Found(_Pointing):
    """The row that its part `row` finds; NULL where there is none."""

    def values(self, frame: Frame) -> Vec:
        found = frame.get(self.column, "row")
        if self.program.dense:
            return Vec(found.values + 1, found.valid)
        out = self.target(frame)[0].get(self.program.key)
        return out if found.valid is None else out.where(found.valid)

    def target(self, frame: Frame) -> tuple[Frame, Ints | None, Mask | None]:
        found = frame.get(self.column, "row")
        seen = frame.day if self.table.layout.happens else frame.seen
        return self.to.rows_frame(found.values, seen), None, found.valid


@register("match")
class Match(Found):
    """The row whose columns equal values of this row, alive on the row's own day or on that of `at`; NULL where there is none."""

    program: columns.MatchReference

    def _days(self, frame: Frame) -> Ints:
        at = self.program.at
        if at is None:
            return frame.day
        moment, calendar = frame.follow(*at), self.table.engine.calendar
        return moment.values - calendar.origin if self.program.at_date else calendar.day_of(moment.values)

    def part(self, frame: Frame, name: str) -> Vec:
        if name != "row":
            return super().part(frame, name)
        climb = self.program.climb
        if climb:
            # Siblings ask for the same row: it is looked for once, from the row that they stand on.
            above, places, _ = frame.through(climb[0])
            for step in climb[1:]:
                above, further, _ = above.through(step)
                places = further if places is None else places if further is None else further[places]
            out = self._found(above, len(climb))
            return out if places is None else out.take(places)
        return self._found(frame, 0)

    def _found(self, frame: Frame, climbed: int) -> Vec:
        how, match = self.program.how, self.program.match
        if how is None or match is None:
            raise TypeError("a match says what is matched, and how")
        given = {theirs: frame.follow(path[climbed:], column, part) for theirs, (path, column, part) in match.items()}
        bits = frame.hash(self.key) if how.draws else _NO_BITS
        rows, found = self.to.layout.match(how, given, self._days(frame), bits)
        out = Vec(rows, found)
        for vec in given.values():
            out = out if vec.valid is None else out.where(vec.valid)
        return out
