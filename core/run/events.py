"""What a run tells while it works. Frontends only read these; a recorded stream can be replayed into any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field
from typing import Any, Final, Literal, get_args

from ..format import bytes_, duration
from ..frozen import dataclass

Status = Literal["COMPLETED", "FAILED", "CANCELLED"]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """First event: the shape of the work."""

    run_id: str
    dataset_id: str
    tables: tuple[tuple[str, int], ...]
    """(table, rows) in the order of the plan."""
    workers: int
    time: float
    """Seconds since the epoch; the only wall clock in the stream besides SystemSample."""


@dataclass(frozen=True, slots=True)
class PhaseChanged:
    """The run entered a phase: prepare, generate, publish, check, log."""

    phase: str
    elapsed: float
    """Seconds since RunStarted, on every later event."""


@dataclass(frozen=True, slots=True)
class TableProgress:
    """Rows and bytes of one table so far (staged, not yet visible)."""

    table: str
    rows: int
    total: int
    bytes: int
    elapsed: float
    parts: int = 0
    """Files, or pieces that become files, that are done."""
    all_parts: int = 0
    """Of them in all; 0 where they are not told."""


@dataclass(frozen=True, slots=True)
class TableFinished:
    """All parts of a table are staged."""

    table: str
    rows: int
    bytes: int
    seconds: float
    """First part's start to last part's end."""
    elapsed: float


@dataclass(frozen=True, slots=True)
class DaysProgress:
    """Days of a series that are written, or published."""

    done: int
    total: int
    day: str
    """ISO date of the one that it is at, or that was last."""
    rows: int
    """So far, with those of days that are not published yet."""
    bytes: int
    elapsed: float


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """Questions of the check that are answered, after everything is published."""

    done: int
    total: int
    elapsed: float


@dataclass(frozen=True, slots=True)
class LogLine:
    """A sentence worth keeping."""

    level: Literal["info", "warning", "error"]
    text: str
    elapsed: float
    table: str = ""


@dataclass(frozen=True, slots=True)
class SystemSample:
    """About once a second: the process tree's use of the machine."""

    cpu_percent: float
    """100 is one core."""
    memory_bytes: int
    """Summed proportional set size where the platform tells it, else resident set size."""
    elapsed: float


@dataclass(frozen=True, slots=True)
class RunFinished:
    """Last event, whatever happened."""

    status: Status
    message: str
    """Empty when completed; else the sentence the user reads."""
    elapsed: float


Event = RunStarted | PhaseChanged | TableProgress | TableFinished | DaysProgress | CheckProgress | LogLine | SystemSample | RunFinished
_EVENTS: Final = {kind.__name__: kind for kind in get_args(Event)}


def to_json(event: Event) -> dict[str, Any]:
    """The event as plain JSON values, its class name under `event`."""
    return {"event": type(event).__name__, **asdict(event)}


def from_json(value: Mapping[str, Any]) -> Event:
    """The event that `to_json` told; raises KeyError and TypeError for anything else."""
    fields = {name: inner for name, inner in value.items() if name != "event"}
    if value["event"] == "RunStarted":
        fields["tables"] = tuple((name, rows) for name, rows in fields["tables"])
    return _EVENTS[value["event"]](**fields)


@dataclass(frozen=True, slots=True)
class TableResult:
    """One table as it was written."""

    name: str
    rows: int
    bytes: int
    files: tuple[str, ...]
    """Paths relative to the output root."""
    digest: str
    """Order-independent; empty where `digest: none`."""
    digest_sample: int
    """1: every row counted; n: the fixed 1-in-n sample; 0: none."""
    seconds: float
    """First part's start to last part's end."""
    core_seconds: float
    """Sum over parts."""
    rows_per_second: float
    peak_memory_bytes: int
    """Largest worker peak while on this table."""


@dataclass(frozen=True, slots=True)
class DayResult:
    """One day as it was written."""

    day: str
    """ISO date."""
    rows: int
    bytes: int
    tables: Mapping[str, int]
    """Rows of each table that was due."""
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SeriesResult:
    """What a run of a series did."""

    run_id: str
    dataset_id: str
    status: Status
    days: tuple[DayResult, ...]
    """Those that were written, in order."""
    there: int
    """Days that were there before."""
    seconds: float
    rows: int
    bytes: int
    rows_per_second: float
    peak_memory_bytes: int
    """Of the whole process tree."""
    cpu_cores_used: float
    output_root: str
    message: str
    """Empty when completed; else the sentence the user reads."""
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        size = f"{len(self.days):,} days, {self.rows:,} rows" if self.days else "no day"
        told = f"; {self.message}" if self.message else ""
        return f"<SeriesResult of {self.dataset_id} {self.status}: {size}, {self.there:,} there before, under {self.output_root}{told}>"

    def _repr_html_(self) -> str:
        from ..html import html_card

        facts = {"written": f"{self.rows:,} rows, {bytes_(self.bytes)}, in {duration(self.seconds)}", "under": self.output_root}
        facts |= {"there before": f"{self.there:,} days" if self.there else "", "message": self.message}
        days = [(day.day, day.rows, day.bytes) for day in self.days]
        return html_card(f"{self.dataset_id} {self.status}", facts, ("day", "rows", "bytes"), days)

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run did."""

    run_id: str
    dataset_id: str
    status: Status
    tables: tuple[TableResult, ...]
    seconds: float
    rows: int
    bytes: int
    rows_per_second: float
    peak_memory_bytes: int
    """Of the whole process tree."""
    cpu_cores_used: float
    """CPU seconds of the process tree / wall seconds."""
    manifest: str
    """Path of the manifest relative to the output root; empty if nothing was published."""
    output_root: str
    message: str = ""
    notes: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        told = f"; {self.message}" if self.message else ""
        size = f"{self.rows:,} rows in {len(self.tables)} tables"
        return f"<RunResult of {self.dataset_id} {self.status}: {size}, {duration(self.seconds)}, under {self.output_root}{told}>"

    def _repr_html_(self) -> str:
        return self.html()

    def html(self, further: Mapping[str, str] = {}) -> str:
        """A small table for notebooks, with further facts above it."""
        from ..html import html_card

        facts = {"written": f"{self.rows:,} rows, {bytes_(self.bytes)}, in {duration(self.seconds)}", "under": self.output_root}
        tables = [(table.name, table.rows, table.bytes, table.digest[:16]) for table in self.tables]
        facts |= {"message": self.message, **further}
        return html_card(f"{self.dataset_id} {self.status}", facts, ("table", "rows", "bytes", "digest"), tables)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RunResult:
        """The result that `to_json` told."""
        tables = tuple(TableResult(**{**table, "files": tuple(table["files"])}) for table in value["tables"])
        return cls(**{**value, "tables": tables, "notes": tuple(value["notes"])})


def ignore(event: Event) -> None:
    """An `emit` that drops every event."""
