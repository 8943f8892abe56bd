"""Renewals: what is replaced every so often, in one or more slots of an owner."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import numpy as np

from ...frozen import dataclass
from ...program import rows
from ...program.values import Way
from ..distributions import multiset
from ..ground import NEVER, Frame
from ..hashing import Bits, Ints, below, hash_ints
from ..permute import shuffle_pow2
from ..places import BITS, GROUP, Places
from ..vector import Mask, Vec
from .base import register
from .streams import Stream, Streams

_CLASSES = 8
_SMALL = 65_536


@register("renewals")
class Renewals(Streams):
    """Generations of rows in the slots of an owner, which stand end to end while the owner lasts.

    Each 64 owners share one multiset of slots. Each generation begins `every` days after the one before it, less up to
    `early` days by the owner's class (one of eight) and the generation. Owners' places in a group tell their slots, class and lifetime:
    so each (slot, generation, class) is a stream of the owners that still stand at that age.
    """

    program: rows.Renewals

    def _kept_from(self) -> int:
        # Of owners with a long past: as far back as others have one, and so far that each slot has a row when the history starts.
        return min(self.owner.run_up, max(self.program.run_up, self.program.every))

    def _make_streams(self) -> list[Stream]:
        every, early = self.program.every, self.program.early
        lives = self.owner.lives if isinstance(self.owner, Streams) else np.full(GROUP, NEVER, np.int64)
        horizon = self.owner.run_up + len(self.calendar.weights) + 2
        out: list[Stream] = []
        sooner = [
            [early * ((5 * number + 3 * g) % _CLASSES) // (_CLASSES - 1) for g in range(horizon // (every - early) + 1)]
            for number in range(_CLASSES)
        ]
        for slot in range(int(self._slots.max())):
            for generation in range(horizon // (every - early) + 1):
                for number in range(_CLASSES):
                    lag = generation * every - sum(sooner[number][:generation])
                    standing = (self._classes_in(slot) == number) & (self._slots > slot) & (lives > lag)
                    places = np.flatnonzero(standing).tolist()
                    if places and lag < horizon:
                        self._places_of[slot, generation, number] = len(out)
                        out.append(Stream(places, lag, generation + 1))
        return out

    @cached_property
    def _slots(self) -> Ints:
        """How many slots an owner of each place has."""
        return multiset(self.program.count, GROUP)[self._shuffled("slots")]

    @cached_property
    def _classes(self) -> Ints:
        """The class of an owner of each place."""
        return self._shuffled("classes") % _CLASSES

    def _classes_in(self, slot: int) -> Ints:
        """The class of each place's owner in a slot: what stands in two of them is not replaced on one day."""
        return (self._classes + 3 * slot) % _CLASSES

    def _shuffled(self, purpose: str) -> Ints:
        # Dealt anew, so that slots and classes have nothing to do with lifetimes.
        places = np.arange(GROUP, dtype=np.int64)
        return shuffle_pow2(BITS, hash_ints(self.key(purpose), np.zeros_like(places)), places)

    def _owners_places(self) -> Places:
        # Owners' places tell their lifetimes as well, so that it is known which of them still stand.
        return self.owner.life_places if isinstance(self.owner, Streams) else super()._owners_places()

    @cached_property
    def _places_of(self) -> dict[tuple[int, int, int], int]:
        """Stream of each (slot, generation, class)."""
        return {}

    @cached_property
    def _numbers(self) -> Ints:
        """Stream of each (slot, generation, class), -1 where there is none: shape (slots, generations + 1, 8)."""
        most = max(generation for _, generation, _ in self._places_of) + 1
        out = np.full((int(self._slots.max()), most + 1, _CLASSES), -1, np.int64)
        for place, number in self._places_of.items():
            out[place] = number
        return out

    @cached_property
    def _lags(self) -> Ints:
        """Days from the owner's birth to each generation, by class: shape (8, generations + 1); NEVER beyond the last."""
        lags = np.array([stream.lag for stream in self.streams] + [NEVER], np.int64)
        return lags[self._numbers.max(axis=0)].T

    @property
    def leaves(self) -> bool:
        return True

    @cached_property
    def _next_lags(self) -> Ints:
        """Days from the owner's birth to the generation after that of each stream; NEVER where there is none."""
        out = np.full(len(self.streams), NEVER, np.int64)
        for (slot, generation, number), mine in self._places_of.items():
            later = self._places_of.get((slot, generation + 1, number))
            if later is not None:
                out[mine] = self.streams[later].lag
        return out

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        stream, owners = self.origin(rows)
        birth = self.owner.born(owners)
        return self._ended(stream, birth, self.owner.left(owners, birth))

    def left_day(self, frame: Frame) -> Ints:
        owners, place = frame.parents
        birth, left = (owners.day, owners.left) if place is None else (owners.day[place], owners.left[place])
        return self._ended(self.origin_of(frame)[0], birth, left)

    def _ended(self, stream: Ints, birth: Ints, left: Ints) -> Ints:
        """The day on which each row ends: that of the one after it, or that of its owner."""
        following = self._next_lags[stream]
        return np.minimum(np.where(following < NEVER, birth + following, NEVER), left)

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        # What follows begins at a moment of its own; the day is what counts.
        return self.calendar.to_utc((np.minimum(day, self.calendar.days * 64) + self.calendar.origin) * 86_400_000_000)

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        if how.by != "owner":
            return super().match(how, columns, days, bits)
        given = columns[how.column].values - 1
        size = self.owner.table.size
        if size <= _SMALL:
            known, back = self._all_slots, given
            inside = (given >= 0) & (given < size)
            if not bool(inside.all()):
                back = np.where(inside, given, size)
        else:
            asked, back = np.unique(given, return_inverse=True)
            known = self._slots_of(np.where((asked >= 0) & (asked < size), asked, -1))
        generation = np.full(len(days), -1, np.int64)
        slots = known.slots[back]
        slot = below(bits, np.maximum(slots, 1))
        of_slot = back * known.rows.shape[1] + slot
        for begins in known.begins:
            generation += days >= begins[of_slot]
        found = (generation >= 0) & (slots > 0) & (days < known.left[back])
        width = known.rows.shape[2]
        place = of_slot * width + np.maximum(generation, 0)
        rows = known.rows.reshape(-1)[np.where(found, place, 0)]
        found &= rows >= 0
        return np.maximum(rows, 0), None if bool(found.all()) else found

    @cached_property
    def _all_slots(self) -> _Slots:
        return self._slots_of(np.append(np.arange(self.owner.table.size, dtype=np.int64), -1))

    def _slots_of(self, owners: Ints) -> _Slots:
        """The rows of each owner in all its slots; none for owners below 0."""
        there = owners >= 0
        owners = np.maximum(owners, 0)
        place = self.owner_places.of_rows(owners)
        born = self.owner.born(owners)
        slots = np.where(there, self._slots[place], 0)
        rows = np.full((len(owners), *self._numbers.shape[:2]), -1, np.int64)
        starts = np.empty((self._numbers.shape[1], len(owners), self._numbers.shape[0]), np.int64)
        for slot, numbers in enumerate(self._numbers):
            classes = self._classes_in(slot)[place]
            starts[:, :, slot] = (born[:, None] + self._lags[classes]).T
            for generation, of_class in enumerate(numbers):
                stream = of_class[classes]
                mine = np.flatnonzero((slots > slot) & (stream >= 0))
                begins = born[mine] + self._lags[classes[mine], generation]
                mine = mine[self.member[stream[mine], place[mine]] & (begins < self._last_day) & (begins >= -self.run_up)]
                if len(mine):
                    rows[mine, slot, generation] = self.row_of(owners[mine], stream[mine])
        return _Slots(slots, starts.reshape(len(starts), -1), self.owner.left(owners, born), rows)

    @cached_property
    def _last_day(self) -> int:
        return len(self.calendar.weights) + 1


@dataclass(frozen=True, slots=True)
class _Slots:
    """What is known of some owners."""

    slots: Ints
    """How many slots each has."""
    begins: Ints
    """The day on which each generation begins in each slot: shape (generations, owners x slots)."""
    left: Ints
    """The day on which each owner leaves."""
    rows: Ints
    """The row in each slot and generation, -1 where there is none: shape (owners, slots, generations)."""
