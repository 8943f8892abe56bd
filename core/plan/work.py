"""How work is shared out over a machine: never an input to a value."""

from __future__ import annotations

from typing import Final, Literal

from ..frozen import dataclass
from .machine import LOCAL, Machine

Mode = Literal["python", "pyspark"]
Writer = Literal["direct", "spark"]

MOST_HELD: Final = 2_000_000
"""Rows that are sorted in memory at most: their texts fit into one array."""
_COPIES: Final = 2
"""Of rows that are being sorted."""
_BYTES_A_CELL = 60
"""What a cell costs a worker while it is made and written, measured on the widest shipped tables, with a reserve."""


@dataclass(frozen=True, slots=True)
class WorkPlan:
    """How the work is shared out; never an input to a value."""

    mode: Mode
    mode_reason: str
    writer: Writer
    """What writes in pyspark mode."""
    writer_reason: str
    master: str
    """Of a session of Spark that has to be started."""
    chunk_size: int
    workers: int
    parallel_tables: bool
    memory_fraction: float
    spill: bool
    hold: int = MOST_HELD
    """Rows that a worker holds at once to sort them."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for, whatever the machine."""

    mode: Literal["python", "pyspark", "auto"]
    rows: int
    """Of the driving table."""
    threshold: int
    """Rows of the driving table from which `auto` is pyspark."""
    writer: Literal["auto", "direct", "spark"]
    master: str
    workers: int | None
    """None: one a core."""
    chunk_size: int
    parallel_tables: bool
    memory_fraction: float
    spill: bool
    spills: bool
    """Whether anything in the run can spill."""
    sorts: int = 0
    """Rows of the largest part whose rows are put in order; 0: none are."""
    away: bool = False
    """Whether the output root is on an object store."""
    alone: bool = False
    """Whether `auto` is python mode for this on an object store: days, and rows that are sorted and clustered."""

    def on(self, machine: Machine, widest: int) -> tuple[WorkPlan, list[str]]:
        """The work on a machine, and what the user should know of it; the widest table has `widest` columns."""
        notes = []
        wanted = self.workers or machine.cores
        workers = min(wanted, machine.cores)
        if workers < wanted:
            notes.append(f"{wanted} workers were asked for; this machine has {machine.cores} cores, so {workers} are used")
        chunk = self.chunk_size
        room = max(int(machine.free_memory * self.memory_fraction / (workers * widest * _BYTES_A_CELL)), 1_000)
        if room < chunk:
            share = f"{self.memory_fraction:.0%}"
            notes.append(f"chunks of {chunk:,} rows would need more than {share} of the free memory; {room:,} rows are used")
            chunk = room
        hold = max(min(room // _COPIES, MOST_HELD), 1_000)
        if self.sorts > hold:
            told = f"parts of up to {self.sorts:,} rows are put in order, and {hold:,} fit into the memory that may be used"
            how = (
                "the others wait on disk"
                if self.spill
                else "every such number of rows becomes a file of its own, unless `enable_spill` lets rows wait on disk"
            )
            notes.append(f"{told}: {how}")
        if self.spill and not self.spills:
            notes.append("spilling was enabled, but nothing in this run can spill: it streams in constant memory")
        mode, reason = self._mode(machine)
        if mode == "pyspark" and machine.no_spark:
            notes.append(f"this run cannot begin here: {machine.no_spark}")
        if mode == "python" and self.mode == "auto" and machine.no_spark and self.rows >= self.threshold and not self.alone:
            notes.append(f"{self.rows:,} rows would be generated on Spark, but {machine.no_spark[0].lower()}{machine.no_spark[1:]}")
        if mode == "python" and self.mode == "python" and (self.writer != "auto" or self.master != LOCAL):
            notes.append("`spark.master` and `spark.writer` are of pyspark mode, and not used in python mode")
        writer, why = self._writer()
        work = WorkPlan(
            mode=mode,
            mode_reason=reason,
            writer=writer,
            writer_reason=why,
            master=self.master,
            chunk_size=chunk,
            workers=workers,
            parallel_tables=self.parallel_tables,
            memory_fraction=self.memory_fraction,
            spill=self.spill,
            hold=hold,
        )
        return work, notes

    def _mode(self, machine: Machine) -> tuple[Mode, str]:
        if self.mode != "auto":
            return self.mode, "asked for"
        rows = f"{self.rows:,} rows of the driving table"
        if self.rows < self.threshold:
            return "python", f"auto: {rows} are below {self.threshold:,}"
        if self.alone:
            return "python", "auto: on an object store days, and tables that are sorted and clustered, are left to python mode"
        if machine.no_spark:
            return "python", f"auto: {rows}, and Spark cannot be used here"
        return "pyspark", f"auto: {rows}, from {self.threshold:,} on"

    def _writer(self) -> tuple[Writer, str]:
        if self.writer != "auto":
            return self.writer, "asked for"
        if self.away:
            return "spark", "auto: the output root is on an object store, which Spark writes to itself"
        return "direct", "auto: the output root is a folder, which executors see as well"
