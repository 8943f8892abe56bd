"""What engine, table, frame, layout and kernel may ask of each other: the one module in which these five know each other.

Layouts and kernels are base classes here; engine, table and frame are seen as protocols, so that nothing imports whoever uses it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Container, Hashable, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple, Protocol, TypeVar

import numpy as np

from ..program import columns
from ..program import rows as told_rows
from ..program.program import Table as TableProgram
from ..program.values import Path, Way
from .asof import AsOf
from .calendar import Calendar
from .edges import numbered
from .hashing import Bits, Ints, below_wide, make_key
from .parts import EvenParts, Ranges
from .permuted_blocks import PermutedBlocks
from .pools import Pool
from .vector import Mask, Vec

NEVER: Final = 1 << 40
"""A leaving day beyond every horizon."""

Bounds = tuple[Ints, Ints]
"""The least and the largest value that a column may have in each of some ranges of rows, in their physical form."""

T = TypeVar("T")


class Target(NamedTuple):
    """The rows that a column points at."""

    frame: Frame
    places: Ints | None
    """The place of each asking row in it; None: one to one."""
    there: Mask | None
    """Which of the asking rows point at a row; None: all."""


class Engine(Protocol):
    """The tables of one program."""

    seed: int
    planned: int
    """Day number of the plan's `as_of`."""
    moment: AsOf
    calendar: Calendar

    @property
    def as_of(self) -> int:
        """Day number of the day as of which tables are looked at."""

    @property
    def as_of_end(self) -> int:
        """The moment at which that day ends."""

    def table(self, name: str) -> Table:
        """A table of the program; raises KeyError."""

    def pool(self, name: str) -> Pool:
        """A pool of the program; raises KeyError, OSError and ValueError (changed file)."""


class Table(Protocol):
    """One table of the program."""

    engine: Engine
    name: str
    world: str
    program: TableProgram
    layout: Layout

    @property
    def size(self) -> int:
        """Rows up to the horizon, for tables whose rows last."""

    def key(self, column: str, *purpose: str) -> int:
        """A key of one column."""

    def kernel(self, column: str) -> Kernel:
        """The kernel of one column."""

    def permuted_blocks(self, column: str, number: int) -> PermutedBlocks:
        """The shuffle of blocks that a column of this table deals; `number` is the table's rows by the end of the history."""

    def frame(self, start: int, count: int, seen: Ints | int | None = None) -> Frame:
        """A frame of consecutive rows."""

    def rows_frame(self, rows: Ints, seen: Ints | int | None = None, day: Ints | None = None) -> Frame:
        """A frame of any rows; `day`: the local day on which each begins, where that is known."""

    def values(self, frame: Frame, column: str, part: str | None) -> Vec:
        """A column of a frame, or a part of a compound one."""

    def target(self, frame: Frame, column: str) -> Target:
        """The rows that a column of a frame points at."""

    def present(self, frame: Frame, column: str) -> Mask | None:
        """The rows of a frame that a column's condition and its share of NULLs leave; None: all."""

    def quota(self, frame: Frame, key: int, share: float, from_end: bool = False) -> Mask:
        """An exact share of the rows."""

    def bounds(self, first: Frame, last: Frame, column: str, part: str | None = None) -> Bounds | None:
        """Bounds of a column, or of a part of it, in ranges of rows, by the first and the last row of each; None: not known."""

    def climbed(self, frame: Frame, column: str) -> Frame | None:
        """The rows stood on by each of a frame's rows, which never fall from row to row; None: not known to be so."""

    def bounds_at(self, first: Frame, last: Frame, path: Path) -> Bounds | None:
        """As `bounds`, of what stands at the end of a path."""


class Frame(Protocol):
    """Some rows of one table while their columns are computed, each at most once."""

    table: Table
    start: int | None
    """The first row, of consecutive ones."""
    count: int
    clocks: dict[str, tuple[Ints, Ints]]
    is_whole: bool
    """Whether the rows are complete groups of siblings."""

    @property
    def rows(self) -> Ints:
        """Row numbers from 0."""

    @property
    def day(self) -> Ints:
        """The local day on which each row begins."""

    @property
    def begin(self) -> Ints:
        """The moment at which each row begins."""

    @property
    def seen(self) -> Ints | int:
        """The local day as of which changing columns are seen."""

    @property
    def version(self) -> Ints:
        """Changes of each row up to the day it is seen."""

    @property
    def left(self) -> Ints:
        """The leaving day of each row."""

    @property
    def parents(self) -> tuple[Frame, Ints | None]:
        """The one table that the rows stand on."""

    def lie_within(self, whole: Frame, shift: int) -> None:
        """Has all columns worked out for a few more rows, of which these are those from the `shift`-th on."""

    def stand_on(self, parents: Frame, places: Ints) -> None:
        """Tells the rows what they stand on; it keeps no parent alive."""

    def asked_for(self, places: Ints) -> tuple[Frame, Ints]:
        """A frame of the rows at `places`, which never fall, and where each is in it: without the others, if these are many."""

    def children(self, table: str) -> tuple[Frame, Ints]:
        """All rows of a table that stand on these rows, in order, and where each row's start (shape (count + 1,))."""

    def hash(self, key: int) -> Bits:
        """One hash for each row."""

    def get(self, column: str, part: str | None = None) -> Vec:
        """A column of this frame's rows, or a part of a compound one."""

    def through(self, column: str) -> Target:
        """The rows that a reference or parent column points at."""

    def follow(self, path: Sequence[str], column: str, part: str | None = None) -> Vec:
        """A column at the end of a path of references; NULL where the path is broken."""

    def follow_at(self, places: Ints, path: Sequence[str], column: str, part: str | None = None) -> Vec:
        """As `follow`, of the rows at some places: what lies behind a reference is worked out for these alone, if they are few."""

    def at(self, places: Ints) -> Frame:
        """The rows at some places, as a frame that takes over what is worked out of this one."""

    def known(self, path: Sequence[str]) -> Container[tuple[str, str | None]]:
        """The columns that are worked out at the end of a path."""

    def memo(self, owner: Hashable, name: str, compute: Callable[[], T]) -> T:
        """What an owner (a layout or kernel) works out of this frame under a name, once."""

    def remembers(self, owner: Hashable, name: str) -> bool:
        """Whether an owner has worked something out under a name."""


class Layout(ABC):
    """How rows are numbered from 0. Rows that *happen* have a time of their own; rows that *last* are seen as of a day.

    What a layout does not know raises TypeError.
    """

    program: told_rows.Rows
    """Of the layout's own class of `core.program.rows`."""
    happens: ClassVar[bool] = False
    of_many: ClassVar[bool] = False
    """Whether rows stand on several tables."""
    by_birth: ClassVar[bool] = False
    """Whether rows are numbered in order of birth, and `number` of them are born by the end of the history."""
    by_day: ClassVar[bool] = False
    """Whether each day is a range of rows of known size."""
    dense: ClassVar[bool] = True
    """Whether the written rows are those from 0 on, without a gap."""
    past_known: ClassVar[bool] = False
    """Whether who asks before the history is told who was there then, and not who is when it starts."""
    at_once: ClassVar[int] = 0
    """Rows of one frame at most, where each needs much memory (0: as many as asked for)."""

    def __init__(self, program: told_rows.Rows, table: Table) -> None:
        self.program = program
        self.of = ""
        """The one table that rows stand on."""
        self.number = 0
        self.table = table
        self.calendar = table.engine.calendar
        self._begun: dict[int, int] = {}

    def key(self, *names: str) -> int:
        """A key of this table's layout."""
        return make_key(self.table.engine.seed, self.table.world, self.table.name, "rows", *names)

    def lacks(self, what: str) -> TypeError:
        """The error of a question that rows of this layout have no answer to."""
        return TypeError(f"rows of {self.table.name} (layout {self.program.kind}) {what}")

    # What follows from a row's number

    @property
    def rises(self) -> bool:
        """Whether the day on which rows begin never falls from row to row."""
        return False

    @property
    def on_day(self) -> bool:
        """Whether the moment at which a row begins always lies on its day."""
        return False

    @property
    def in_order(self) -> bool:
        """Whether each row stands on a row of `of`, and these never fall from row to row."""
        return False

    # How many rows there are

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

    def before_days(self, days: Ints) -> Ints:
        """`before` of many days."""
        distinct, place = numbered(days)
        for day in distinct.tolist():
            if day not in self._begun:
                self._begun[day] = self.before(day)
        return np.array([self._begun[day] for day in distinct.tolist()], np.int64)[place]

    @property
    def fixed(self) -> int:
        """How many rows there are, where they are the same on every day; else 0."""
        return self.before(0) if not self.happens and self.before(0) == self.table.size else 0

    def rows(self, first: int, last: int) -> tuple[int, int]:
        """Row range of the days first .. last: of rows that last, all that have begun by then."""
        return (self.before(first) if self.happens else 0), self.before(last + 1)

    def parts(self, start: int, stop: int, most: int) -> Sequence[Ranges]:
        """The rows start .. stop - 1 in parts of at most `most`, each made of ranges that are worth working out together."""
        return EvenParts(start, stop, max(-(-(stop - start) // most), 1))

    def counted(self) -> told_rows.Rows:
        """The program with what a plan has counted of all rows, for previews and workers: 300 bytes for 65,536 rows at most."""
        return self.program

    def prepare(self, ranges: Sequence[Sequence[int]]) -> None:  # noqa: B027  # most layouts have nothing to prepare
        """Told which ranges of rows will be asked for next, in this order; it changes no value."""

    # When they begin and end

    @abstractmethod
    def begin(self, frame: Frame) -> Ints:
        """The moment at which each row begins, microseconds UTC."""

    @abstractmethod
    def day(self, frame: Frame) -> Ints:
        """The local day on which each row begins."""

    def place(self, frame: Frame) -> tuple[Ints, Ints]:
        """Each row's number in its day, and the day's number of rows."""
        raise self.lacks("are not numbered by day")

    def seen(self, frame: Frame) -> Ints | int:
        """The day as of which changing columns are seen from a row of its own."""
        return self.day(frame) if self.happens else self.table.engine.as_of

    def end(self, frame: Frame) -> Ints:
        """The moment at which each row ends that takes a stretch of time, microseconds UTC."""
        raise self.lacks("take no stretch of time")

    @property
    def leaves(self) -> bool:
        """Whether any row may end."""
        return False

    def left(self, rows: Ints, born: Ints | None = None) -> Ints:
        """The day on which each row ends, NEVER where it does not; `born`: its first day, where that is known."""
        return np.full(len(rows), NEVER, np.int64)

    def left_day(self, frame: Frame) -> Ints:
        """The local day on which each row of a frame ends."""
        raise self.lacks("do not end")

    def left_moment(self, frame: Frame, day: Ints) -> Ints:
        """The moment at which each row ends on its leaving day."""
        raise self.lacks("do not end")

    def evergreens(self, bits: Bits, born: Ints) -> Ints:
        """For each hash a row that never ends, among the first `born` rows."""
        return below_wide(bits, born)

    def alive(self, rows: Ints, days: Ints) -> Mask:
        """Which rows have begun by a local day each, and not ended by then."""
        return self.table.rows_frame(rows).day <= days

    def version(self, frame: Frame) -> Ints:
        """Changes of each row from its birth to the day it is seen."""
        raise self.lacks("do not change")

    def epoch(self, frame: Frame, column: str) -> Ints:
        """Changes of one column among the row's changes."""
        raise self.lacks("do not change")

    # What they stand on, and what stands on them

    def parent(self, frame: Frame, of: str) -> tuple[Frame, Ints | None]:
        """The rows that a row stands on: a frame of table `of`, and each row's place in it (None: one to one)."""
        raise self.lacks("stand on no other row")

    def has_parent(self, frame: Frame) -> Mask | None:
        """Which rows stand on a row of `parent` (None: all)."""
        return None

    def of_parents(self, parents: Frame) -> tuple[Frame, Ints]:
        """All rows that stand on a frame's rows, in order, and where each row's start (shape (rows + 1,))."""
        raise self.lacks("are no children")

    def whole(self, frame: Frame) -> tuple[Frame, Ints | None]:
        """A frame that holds each row's siblings too, and each row's place in it (None: the frame itself)."""
        return frame, None

    def position(self, frame: Frame) -> Ints:
        """Each row's number among those of its parent, from 1."""
        raise self.lacks("have no position")

    def siblings(self, frame: Frame) -> Ints:
        """How many rows each row's parent has."""
        raise self.lacks("have no siblings")

    def line(self, parents: Frame) -> tuple[Ints, Ints, Ints]:
        """Of all children of a frame's rows, how long each lasts and how long after its parent it begins; and each parent's sum.

        Microseconds, of whole milliseconds.
        """
        raise self.lacks("last no time")

    # Which of them are asked for

    def block(self, start: int, count: int) -> Frame:
        """The frame of consecutive written rows; layouts whose row numbers have gaps put them in order here."""
        return self.table.frame(start, count)

    def recalled(self, frame: Frame) -> Frame:
        """A frame with each row that repeats an earlier one replaced by that one."""
        return frame

    def match(self, how: Way, columns: Mapping[str, Vec], days: Ints, bits: Bits) -> tuple[Ints, Mask | None]:
        """For each asking row, the row of this table whose columns equal the given values and which is alive on its local day.

        Where several rows fit, `bits` draw one; where `how` says that none are drawn there are none. Returns row numbers (any
        valid one where there is none) and which there are (None: all). NULLs on the asking side are the caller's.
        """
        if how.by != "key":
            raise self.lacks(f"are not found by {', '.join(columns)}")
        rows = columns[how.column].values - 1
        if how.sure:
            return rows, None
        inside = (rows >= 0) & (rows < self.table.size)
        rows = np.where(inside, rows, 0)
        return rows, inside & self.alive(rows, days)


L = TypeVar("L", bound=Layout)


def laid_as(table: Table, kind: type[L]) -> L:
    """The layout of a table, known to be of a kind; raises TypeError."""
    if not isinstance(table.layout, kind):
        raise table.layout.lacks(f"are not laid out as {kind.__name__}")
    return table.layout


class Kernel(ABC):
    """Computes a column for the rows of a frame, from what the program says of the column alone."""

    program: columns.Kernel
    """Of the kernel's own class of `core.program.columns`."""

    checks: ClassVar[bool] = False
    """Whether a plan asks `check` before anything is generated."""

    def __init__(self, told: columns.Column, table: Table, column: str) -> None:
        self.told = told
        self.program = told.kernel
        self.table = table
        self.column = column
        self.key = table.key(column)

    def subkey(self, *purpose: str) -> int:
        """A key for one purpose of this column."""
        return self.table.key(self.column, *purpose)

    @abstractmethod
    def values(self, frame: Frame) -> Vec:
        """The column's own values."""

    def part(self, frame: Frame, name: str) -> Vec:
        """A value that the column knows besides its own; raises KeyError."""
        raise KeyError(f"{self.column} knows no {name}")

    def check(self) -> None:
        """Raises ValueError, with a sentence, where the column cannot be filled for all days of the plan."""
        raise NotImplementedError(f"{self.column} has nothing to check")

    def settled(self) -> int | None:
        """Days after the row's own by which the column is as it stays; None: not known."""
        return None

    def bounds(self, first: Frame, last: Frame, part: str | None) -> Bounds | None:
        """Bounds of the column, or of a part of it, in ranges of rows, by the first and the last row of each; None: not known."""
        return None

    def target(self, frame: Frame) -> Target:
        """The rows that this column's keys point at."""
        raise KeyError(f"{self.column} points at no table")
