"""The frozen result of planning: everything a run, a preview or a front end needs to know, and nothing it has to ask for."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field, fields, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, overload

from ..errors import UnknownNameError
from ..frozen import dataclass
from ..program.tasks import Delivery
from ..spec.paths import Place, path_of
from .later import Later
from .storage import Buckets, DeltaPlan, Partition
from .work import Wanted, WorkPlan

if TYPE_CHECKING:
    from ..program.program import Program
    from ..spec.dataset import Dataset
    from .drawn_pools import Drawn

OutputMode = Literal["table", "parquet", "csv"]
Environment = Literal["lakehouse", "warehouse"]
Compression = Literal["snappy", "zstd", "lz4", "gzip", "none"]
Digest = Literal["auto", "full", "sample", "none"]
Column = tuple[str, str]
"""Table and column."""


MOST_FILES: Final = 100_000
"""Files of one run."""
_LISTED: Final = 1_000
"""Parts of a table that a plan's JSON lists; it counts all."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One written column."""

    name: str
    type: str
    """SQL type: bigint, integer, boolean, double, varchar, date, timestamp or decimal(p,s)."""
    kind: str
    nullable: bool
    as_of: bool
    """Whether the value depends on the plan's `as_of` (a state column)."""
    about: str = ""
    unit: str = ""
    longest: int = 0
    """Most characters that a text has; 0 for values of other types."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A reference of one column to another table's key."""

    column: str
    parent: str
    parent_column: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Part:
    """Rows that one worker turns into one file."""

    table: str
    index: int
    """Among all parts of its table, from 0."""
    number: int
    """Among those of its day, from 0; of its table, where parts have no day."""
    count: int
    """Parts of its day, or of its table."""
    ranges: tuple[tuple[int, int], ...]
    """First row, counted from 0 over the whole table, and one past the last: one range for most layouts."""
    day: date | None = None
    """As of whose end the rows are seen; None: as of that of the plan."""
    under: date | None = None
    """The day under which its file lies; None where paths have no day."""

    @property
    def rows(self) -> int:
        """Number of rows."""
        return sum(stop - start for start, stop in self.ranges)

    def file_name(self, suffix: str) -> str:
        """The part's file name: `data.parquet`, or `data-00000-of-00004.parquet` where the table has more than one."""
        return f"data.{suffix}" if self.count == 1 else f"data-{self.number:05}-of-{self.count:05}.{suffix}"


@dataclass(frozen=True, slots=True)
class Parts(Sequence[Part]):
    """All parts of a table, each made when it is asked for: a trillion rows have a million."""

    table: str
    ranges: Sequence[tuple[tuple[int, int], ...]]
    days: Sequence[date] = ()
    """Of each part its `day`, where parts have one."""
    under: tuple[date, ...] = ()
    """The days under which the files lie; none where paths have no day."""
    starts: tuple[int, ...] = ()
    """The first part of each day."""

    def __len__(self) -> int:
        return len(self.ranges)

    @overload
    def __getitem__(self, index: int) -> Part: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Part]: ...

    def __getitem__(self, index: int | slice) -> Part | Sequence[Part]:
        if isinstance(index, slice):
            return [self[n] for n in range(*index.indices(len(self)))]
        n = range(len(self))[index]
        day = self.days[n] if self.days else None
        if not self.under:
            return Part(self.table, n, n, len(self), self.ranges[n], day)
        place = bisect_right(self.starts, n) - 1
        first, end = self.starts[place], self.starts[place + 1] if place + 1 < len(self.starts) else len(self)
        return Part(self.table, n, n - first, end - first, self.ranges[n], day, self.under[place])


@dataclass(frozen=True, slots=True)
class TablePlan:
    """One written table."""

    name: str
    about: str
    layout: str
    rows: int
    first_row: int
    """Row number (from 0, over the dataset's history) of the first row in the window; -1 is the row for the unknown."""
    columns: tuple[ColumnPlan, ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[ForeignKey, ...]
    parts: Parts
    driving: bool
    delivery: Delivery | None = None
    """Which rows of the parts are written; None: all of them."""
    state_of: tuple[tuple[str, str], ...] = ()
    """(table, column) of what the state columns of a table whose rows happen come from."""
    partitions: tuple[Partition, ...] = ()
    """Columns by whose values the table is cut into folders."""
    sorted_by: tuple[str, ...] = ()
    """Columns by which the rows of each file are sorted."""
    clustered_by: tuple[str, ...] = ()
    """Columns of which rows that are near come into the same files."""
    buckets: Buckets | None = None
    """What is wanted of an engine that has buckets; where there are none, its columns are among `clustered_by`."""

    @property
    def day_columns(self) -> tuple[str, ...]:
        """The partition columns that are no columns of the table."""
        return tuple(partition.name for partition in self.partitions if partition.derived)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Of all that is written of it into tables."""
        return (*(column.name for column in self.columns), *self.day_columns)


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Where and how the tables are written."""

    mode: OutputMode
    environment: Environment
    root: Path
    schema: str
    """Folder or database schema of the tables; empty: directly under Tables/."""
    compression: Compression
    if_exists: Literal["replace", "fail"]
    digest: Digest
    rows_per_file: int
    pattern: str = ""
    """Name or text of the pattern of paths; empty: each table has a folder of its own."""
    delta: DeltaPlan = field(default_factory=DeltaPlan)
    url: str = ""
    """Of the output root, where it is on an object store; then `root` means nothing."""

    @property
    def place(self) -> str:
        """The output root, as a user writes it."""
        return self.url or str(self.root)

    @property
    def ending(self) -> Literal["csv", "parquet"]:
        """Of the files."""
        return "csv" if self.mode == "csv" else "parquet"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Counts that the declaration gives or that follow from it, of tables that are written and of others."""

    rows: Mapping[str, int]
    """Rows of each table of entities, posts or a list: those that references draw from."""
    posts: Mapping[str, int]
    """Posts of the tables that hold some."""


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list of rows whose fields belong together."""

    path: Path
    """A CSV file with a header."""
    fields: Mapping[str, str]
    """SQL type of each field."""


@dataclass(frozen=True, slots=True)
class Outline:
    """What a plan says of itself, whatever the machine; travels as JSON (`core.program.codec`)."""

    dataset_id: str
    """As asked for, e.g. `retail_oltp_small`."""
    dataset_name: str
    domain: str
    world: str
    """The `dataset_id` written in the YAML: values are keyed by it."""
    seed: int
    target_rows: int
    """Rows of the driving table over the dataset's own history, scale factor included."""
    as_of: date
    window: tuple[date, date]
    """First and last day, both included."""
    tables: tuple[TablePlan, ...]
    output: OutputPlan
    spec_hash: str
    algorithm_version: int
    parameters: Mapping[str, Any]
    """The resolved runtime parameters, in the shape of a config file."""
    checks: Mapping[str, tuple[int, str]]
    """Sentence -> (smallest target_rows at which it speaks, SQL that returns no row when it holds)."""
    changed: tuple[tuple[str, str], ...]
    """(table, column) of every column, written or not, whose values settings changed, with all that is computed from it."""
    sizes: Sizes
    """Rows as the declaration counts them at the end of the dataset's own history."""
    lists: Mapping[str, ListFile]
    """The lists that are drawn from, by name."""
    wanted: Wanted
    """What `Plan.work` is made of, on the machine at hand."""

    @property
    def widest(self) -> int:
        """Columns of the table that has most."""
        return max(len(table.columns) for table in self.tables)


@dataclass(frozen=True, slots=True)
class Plan(Outline):
    """What will be generated: exact row counts, parts, and the program that workers run."""

    work: WorkPlan
    notes: tuple[str, ...]
    """Sentences the user should see before the run."""
    drawn: Mapping[str, Drawn]
    """Those of the lists that Faker drew."""
    declared: Later[Dataset]
    """See `dataset`."""
    compiled: Later[Program]
    """See `program`."""
    computed_from: Later[Mapping[Column, frozenset[Column]]] = field(default_factory=lambda: Later(dict), compare=False)
    """See `uses`."""
    entry: Path | None = field(default=None, compare=False)
    """Where it is kept (`core.plan.store`); None: nowhere."""
    spark_conf: Mapping[str, str] = field(default_factory=dict)
    """Options of a session of Spark that has to be started; there may be secrets among them, so no JSON has them."""

    def __repr__(self) -> str:
        tables = f"{len(self.tables)} table{'s' if len(self.tables) != 1 else ''}"
        return f"<Plan of {self.dataset_id}: {tables}, {self.rows:,} rows, seed {self.seed}, as of {self.as_of}>"

    def _repr_html_(self) -> str:
        from ..html import html_card

        window = f"{self.window[0]} to {self.window[1]}, as of {self.as_of}"
        facts = {"seed": str(self.seed), "history": window, "output": f"{self.output.mode} under {self.output.place}"}
        tables = [(table.name, table.rows, len(table.columns), ", ".join(table.primary_key), table.about) for table in self.tables]
        facts |= {"note": " ".join(self.notes)}
        return html_card(f"{self.dataset_id}: {self.rows:,} rows", facts, ("table", "rows", "columns", "key", "meaning"), tables)

    @property
    def dataset(self) -> Dataset:
        """The declaration with this run's settings in it: what the quality report and the data dictionary read."""
        return self.declared.value

    @property
    def program(self) -> Program:
        """What `engine.Engine` is made of; travels as JSON (`core.program.codec`). Nothing else reads it."""
        return self.compiled.value

    @property
    def uses(self) -> Mapping[Column, frozenset[Column]]:
        """Which columns each column is computed from directly, written or not."""
        return self.computed_from.value

    @property
    def outline(self) -> Outline:
        """What it says of itself."""
        return Outline(**{each.name: getattr(self, each.name) for each in fields(Outline)})

    @property
    def rows(self) -> int:
        """Rows of all written tables."""
        return sum(table.rows for table in self.tables)

    @property
    def files(self) -> int:
        """Files that a run writes."""
        return sum(len(table.parts) for table in self.tables)

    @property
    def too_many(self) -> str:
        """A sentence where a run would write more files than it may; else empty."""
        if self.files <= MOST_FILES:
            return ""
        if self.output.pattern and self.rows // self.output.rows_per_file <= MOST_FILES // 2:
            return (
                f"output_settings.path_format: a file for each table and day would make {self.files:,} files, more than the {MOST_FILES:,}"
                " that a run may write; leave it out, or write fewer tables or days"
            )
        return (
            f"output_settings.rows_per_file: {self.output.rows_per_file:,} rows a file would make {self.files:,} files, more than the"
            f" {MOST_FILES:,} that a run may write; set it to {self._fewer:,} or more, or lower target_rows"
        )

    @property
    def _fewer(self) -> int:
        """Rows a file with which there are few enough files: a tenth more than it takes, rounded up to two digits."""
        wanted = self.rows * 11 // (MOST_FILES * 10)
        step = 10 ** max(len(str(wanted)) - 2, 0)
        return -(-wanted // step) * step

    def day_of(self, part: Part) -> int:
        """The number of the day as of which a part is seen, from the origin of the program's calendar."""
        number = self.program.as_of
        return number if part.day is None else number - (self.as_of - part.day).days

    def table(self, name: str) -> TablePlan:
        """The written table of this name; raises UnknownNameError."""
        found = next((table for table in self.tables if table.name == name), None)
        if found is None:
            raise UnknownNameError("table", name, self.names)
        return found

    def has_orphans(self, table: str, column: str) -> bool:
        """Whether keys of no row are wanted in a column: a foreign key would not be true."""
        return bool(getattr(self.dataset.tables[table].columns.get(column), "orphans", 0))

    def path(self, part: Part) -> str:
        """Of a part's file, below the folder of the dataset, as a plain run writes it: by the pattern, else in a folder of its table."""
        if part.under is None:
            return f"{part.table}/{part.file_name(self.output.ending)}"
        place = Place(part.table, part.under, self.dataset_id, part.number, part.count, self.output.ending)
        return path_of(self.output.pattern, place)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the written tables, parents first."""
        return tuple(table.name for table in self.tables)

    def to_json(self) -> dict[str, Any]:
        """The plan without its program and its declaration, as plain JSON values; of each table at most 1,000 parts are listed."""
        tables = tuple(replace(table, parts=table.parts[:_LISTED]) for table in self.tables)  # type: ignore[arg-type]  # listed
        bare = replace(self, compiled=None, computed_from=None, lists={}, drawn={}, sizes=Sizes({}, {}), declared=None, tables=tables)  # type: ignore[arg-type]  # none is copied in vain
        value = asdict(bare)
        for table, listed in zip(self.tables, value["tables"], strict=True):
            listed["files"] = len(table.parts)
            for part in listed["parts"]:
                part["under"] = part["under"].isoformat() if part["under"] is not None else None
        for name in ("compiled", "entry", "lists", "sizes", "declared", "computed_from", "changed", "wanted", "spark_conf"):
            del value[name]
        value["drawn"] = {name: drawn.to_json() for name, drawn in self.drawn.items()}
        value["as_of"] = self.as_of.isoformat()
        value["window"] = [day.isoformat() for day in self.window]
        value["output"]["root"] = self.output.place
        return value
