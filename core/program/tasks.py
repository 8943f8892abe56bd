"""The parts of a job as they travel: what to generate, where it goes, and what came of it. All are JSON by `codec`.

Whoever works off parts is sent a program once, with the content that it names; each task names its program by `program_id`.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any, ClassVar, Final

from ..frozen import dataclass
from .program import Program
from .values import Distribution, Json


def program_id(program: Json) -> str:
    """The SHA-256 of a program as JSON, 64 hexadecimal digits: of the value that travels, so that both ends count the same."""
    return sha256(json.dumps(program, sort_keys=True).encode()).hexdigest()


CHANGE_TYPE: Final = "_change_type"
"""Column that says why a row came, in the words of Delta's change data feed."""
CHANGES: Final = ("insert", "update_postimage")
"""Its values: the row is new, or has changed."""


SNAPSHOT_DATE: Final = "snapshot_date"
"""Column that says at the end of which day a row was seen."""


@dataclass(frozen=True, slots=True)
class Late:
    """Rows that come some days after their own."""

    share: float
    days: Distribution


@dataclass(frozen=True, slots=True)
class Delivery:
    """Which rows of a range some days bring: those that begin on them, late ones whose day it is, and those that changed.

    The last day is the one as of which the task's rows are seen. Whatever began before the history comes with its first day.
    """

    compared: tuple[str, ...] = ()
    """Columns whose values change with time: a row that came earlier is brought again where one of them differs from what it was."""
    late: Late | None = None
    marked: bool = False
    """Whether the rows say in `_change_type` whether they are new: insert, or update_postimage."""
    days: int = 1
    dated: bool = False
    """Whether all rows come, and say in `snapshot_date` as of which day they are seen."""


@dataclass(frozen=True, slots=True)
class PartTask:
    """Rows of one table, as of one day."""

    program: str
    """Its `program_id`."""
    table: str
    index: int
    """Of this part among the table's, from 0."""
    ranges: tuple[tuple[int, int], ...]
    """First row, counted from 0 over the whole history (-1: the row for the unknown), and one past the last."""
    as_of: int
    """Day number, from the origin of the program's calendar."""
    chunk: int
    """Rows that are handed to the sink at a time."""
    key: tuple[str, ...]
    """Columns of the primary key: rows of a sampled digest are chosen by it."""
    sample: int
    """1: the digest counts every row; n: one row of n; 0: there is none."""
    delivery: Delivery | None = None
    """Which of the rows; None: all of them."""
    day_columns: tuple[str, ...] = ()
    """Of `year`, `month` and `day` those that the rows get besides: of the local day on which each begins. No digest counts them."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(stop - start for start, stop in self.ranges)


class Sink:
    """Base of where rows go; a subclass is known by its `kind`, and `core.sinks.parts` opens it."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Sink]]] = {}
    """Every subclass by its kind."""
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Sink.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class ParquetSink(Sink):
    """One parquet file, whose row groups are the chunks of the task."""

    kind = "parquet"
    path: str
    key: tuple[str, ...]
    """Columns whose whole numbers rise with the rows."""
    compression: str
    """snappy, zstd, lz4, gzip or none."""
    statistics: bool = False
    """Whether the result tells rows, bounds and NULLs of columns, as Delta writes them."""
    bounds: int = 32
    """Columns, from the first, that have bounds and NULLs; 0: statistics are the number of rows alone."""


@dataclass(frozen=True, slots=True)
class CsvSink(Sink):
    """One CSV file with a header."""

    kind = "csv"
    path: str


@dataclass(frozen=True, slots=True)
class ArrangedSink(Sink):
    """Files by the values of partition columns, in folders of theirs, or files whose rows are in order."""

    kind = "arranged"
    into: Sink
    """The one file that it were without partitions: others are like it, in folders beside it."""
    partitions: tuple[str, ...]
    inside: bool
    """Whether the files hold the partition columns too, as those of Delta tables do here."""
    sorted_by: tuple[str, ...]
    hold: int
    """Rows that are held at once."""
    chunk: int
    """Rows of a row group."""
    spill: str = ""
    """Folder for what does not fit; empty: each `hold` rows are put in order by themselves, into files of their own."""
    whole: bool = False
    """Whether there is one file whatever fits; of no partitions."""


@dataclass(frozen=True, slots=True)
class PartFile:
    """One of several files that a sink wrote, or of a table that was put together from them."""

    path: str
    """Below the folder of the table, with `/` between its steps."""
    rows: int
    bytes: int
    statistics: str = ""
    values: tuple[str | None, ...] = ()
    """Of the partition columns; None is NULL."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a sink says when it is closed."""

    bytes: int
    statistics: str = ""
    """Delta's JSON statistics, where they were asked for."""
    files: tuple[PartFile, ...] = ()
    """Of a sink of several files."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a part took."""

    began: float
    """Seconds since 1970."""
    ended: float
    core_seconds: float
    peak_memory: int
    """Bytes: the largest resident set of the process so far."""


@dataclass(frozen=True, slots=True)
class PartResult:
    """What came of a task."""

    table: str
    index: int
    rows: int
    bytes: int
    digest: tuple[int, int, int]
    """State of `core.engine.digest.Digest`: rows, and two sums of 64 bits."""
    cost: Cost
    statistics: str = ""
    """As the sink told them."""
    files: tuple[PartFile, ...] = ()
    """As the sink told them; none: one file at the sink's path."""


class Order:
    """Base of what is sent to a worker, a line each."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Order]]] = {}
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Order.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class Content(Order):
    """Content that a program names: the text of a list."""

    kind = "content"
    text: str


@dataclass(frozen=True, slots=True)
class Begin(Order):
    """A program that tasks will name."""

    kind = "program"
    program: Program


@dataclass(frozen=True, slots=True)
class Work(Order):
    """A part to be worked off."""

    kind = "part"
    task: PartTask
    sink: Sink


class Answer:
    """Base of what a worker says, a line each."""

    kind: ClassVar[str]
    members: ClassVar[dict[str, type[Answer]]] = {}
    __slots__ = ()

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "kind" in cls.__dict__:
            Answer.members[cls.kind] = cls


@dataclass(frozen=True, slots=True)
class Ready(Answer):
    """A program was read: tasks of it may come."""

    kind = "ready"


@dataclass(frozen=True, slots=True)
class Progress(Answer):
    """Rows of a part so far."""

    kind = "progress"
    table: str
    index: int
    rows: int


@dataclass(frozen=True, slots=True)
class Done(Answer):
    """A part is written."""

    kind = "done"
    result: PartResult


@dataclass(frozen=True, slots=True)
class Failed(Answer):
    """A part could not be made, and a sentence why."""

    kind = "failed"
    sentence: str
