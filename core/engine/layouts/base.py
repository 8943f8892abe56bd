"""What every layout answers; columns never ask which one they stand on."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar, overload

import numpy as np

from ...program import rows as told
from ...program.values import Way
from ..hashing import Bits, Ints, make_key
from ..vector import Mask, Vec

if TYPE_CHECKING:
    from ..engine import Table
    from ..frame import Frame

LAYOUTS: dict[str, type[Layout]] = {}
Ranges = tuple[tuple[int, int], ...]
"""First row and one past the last of each range."""


@dataclass(frozen=True, slots=True)
class EvenParts(Sequence[Ranges]):
    """The rows start .. stop - 1 in `number` parts of one range each, as equal as can be; known without being listed."""

    start: int
    stop: int
    number: int

    def __len__(self) -> int:
        return self.number

    @overload
    def __getitem__(self, index: int) -> Ranges: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Ranges]: ...

    def __getitem__(self, index: int | slice) -> Ranges | Sequence[Ranges]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(self.number))]
        n = range(self.number)[index]
        low, high = (self.start + (self.stop - self.start) * edge // self.number for edge in (n, n + 1))
        return ((low, high),)


class Layout(ABC):
    """How rows are numbered from 0. Rows that *happen* have a time of their own; rows that *last* are seen as of a day."""

    program: told.Rows
    """Of the layout's own class of `core.program.rows`."""
    name: ClassVar[str]
    """The `kind` that programs use."""
    happens: ClassVar[bool] = False
    of_many: ClassVar[bool] = False
    """Whether rows stand on several tables."""
    at_once: ClassVar[int] = 0
    """Rows of one frame at most, where each needs much memory (0: as many as asked for)."""

    def __init__(self, program: told.Rows, table: Table) -> None:
        self.program = program
        self.of = ""
        """The one table that rows stand on."""
        self.table = table
        self.calendar = table.engine.calendar

    def key(self, *names: str) -> int:
        """A key of this table's layout."""
        return make_key(self.table.engine.seed, self.table.world, self.table.name, "rows", *names)

    @property
    def own_number(self) -> int:
        """Rows that happen by the end of the history, where they are counted exactly; else 0."""
        return 0

    @property
    def kept_bytes(self) -> int:
        """Bytes at most that a process keeps of rows that it has worked out and may be asked for again, where they are many."""
        return 0

    @abstractmethod
    def before(self, day: int) -> int:
        """Rows that have begun before a local day: the row number at which the day starts."""

    @abstractmethod
    def begin(self, frame: Frame) -> Ints:
        """The moment at which each row begins, microseconds UTC."""

    @abstractmethod
    def day(self, frame: Frame) -> Ints:
        """The local day on which each row begins."""

    def seen(self, frame: Frame) -> Ints | int:
        """The day as of which changing columns are seen from a row of its own."""
        return self.day(frame) if self.happens else self.table.engine.as_of

    def rows(self, first: int, last: int) -> tuple[int, int]:
        """Row range of the days first .. last: of rows that last, all that have begun by then."""
        return (self.before(first) if self.happens else 0), self.before(last + 1)

    def parts(self, start: int, stop: int, most: int) -> Sequence[Ranges]:
        """The rows start .. stop - 1 in parts of at most `most`, each made of ranges that are worth working out together."""
        return EvenParts(start, stop, max(-(-(stop - start) // most), 1))

    def counted(self) -> told.Rows:
        """The program with what a plan has counted of all rows, for previews and workers: 300 bytes for 65,536 rows at most."""
        return self.program

    def prepare(self, ranges: Sequence[Sequence[int]]) -> None:  # noqa: B027  # most layouts have nothing to prepare
        """Told which ranges of rows will be asked for next, in this order; it changes no value."""

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        """The rows that a row stands on: a frame of table `of`, and each row's place in it (None: one to one)."""
        raise TypeError(f"rows of layout {self.name} stand on no other row")

    def has_parent(self, frame: Frame) -> Mask | None:
        """Which rows stand on a row of `parent` (None: all)."""
        return None

    def whole(self, frame: Frame) -> tuple[Frame, Ints | None]:
        """A frame that holds each row's siblings too, and each row's place in it (None: the frame itself)."""
        return frame, None

    def block(self, start: int, count: int) -> Frame:
        """The frame of consecutive written rows; layouts whose row numbers have gaps put them in order here."""
        return self.table.frame(start, count)

    def recalled(self, frame: Frame) -> Frame:
        """A frame with each row that repeats an earlier one replaced by that one."""
        return frame

    def position(self, frame: Frame) -> Ints:
        """Each row's number among those of its parent, from 1."""
        raise TypeError(f"rows of layout {self.name} have no position")

    def end(self, frame: Frame) -> Ints:
        """The moment at which each row ends that takes a stretch of time, microseconds UTC."""
        raise TypeError(f"rows of layout {self.name} take no stretch of time")

    def left_day(self, frame: Frame) -> Ints:
        """The local day on which each row ends."""
        raise TypeError(f"rows of layout {self.name} do not end")

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        """The moment at which each row ends on its leaving day."""
        raise TypeError(f"rows of layout {self.name} do not end")

    def alive(self, rows: Ints, days: Ints) -> Mask:
        """Which rows have begun by a local day each, and not ended by then."""
        return self.table.rows_frame(rows).day <= days

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        """For each asking row, the row of this table whose columns equal the given values and which is alive on its local day.

        Where several rows fit, `bits` draw one; where `how` says that none are drawn there are none. Returns row numbers (any
        valid one where there is none) and which there are (None: all). NULLs on the asking side are the caller's.
        """
        if how.by != "key":
            raise TypeError(f"rows of layout {self.name} are not found by {', '.join(columns)}")
        rows = columns[how.column].values - 1
        if how.sure:
            return rows, None
        inside = (rows >= 0) & (rows < self.table.size)
        rows = np.where(inside, rows, 0)
        return rows, inside & self.alive(rows, days)


L = TypeVar("L", bound=type[Layout])


def register(layout: L) -> L:
    """Class decorator: makes a layout known by its name."""
    LAYOUTS[layout.name] = layout
    return layout


def make_layout(program: told.Rows, table: Table) -> Layout:
    """The layout of a table's program."""
    return LAYOUTS[program.kind](program, table)
