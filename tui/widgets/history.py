"""Every run of a folder, across sessions: taken up again, compared, deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import DataTable, Static
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.cells import cut
from ...core.format import printable
from ...core.spec.dotted import flat
from ..moving import LINES
from ..state import Past
from ..work import do_aside, told
from .lines import fill
from .panel import panel, retitle

if TYPE_CHECKING:
    from ...core.run.delete import Doomed
    from ...core.run.differences import Comparison
    from ...core.run.history import PastRun
    from ...core.spec.repository import DatasetConfigurationRepository

_WIDEST = 34
"""Cells of a verdict in the list; the whole of it is told below."""
_NARROW = 100
"""Cells below which of a verdict its mark alone is seen, and what it cost before the seed."""
_NAMED = 24
"""Cells of a dataset there."""


_COLUMNS = ("", "began, UTC", "dataset", "rows", "verdict", "seed", "took", "speed", "mode")
_NARROW_COLUMNS = ("", "began, UTC", "dataset", "rows", "took", "seed", "speed", "mode")
_NUMBERS = frozenset({"rows", "seed", "took", "speed"})


@dataclass(frozen=True, slots=True)
class Again:
    """The settings of a run, as a draft has them."""

    dataset_id: str
    config: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Listed:
    root: Path
    runs: tuple[PastRun, ...]


class PastRuns(DataTable[Text]):
    """A line a run."""

    HELP = """
# History

Every run of the output folder, whichever session or command started it; the newest first. `*` says that what it wrote is still there.

**enter** takes its settings into Parameters, so that it can be run again. **c** marks a run, and **c** or **enter** on another
one compares the two: settings, rows, digests and columns. **v** checks what it wrote, as `synthetic-data validate-data` does: the side
Quality shows how far that is and what was found, and **x** stops it there. **d** deletes what it wrote: files that its manifest
names, and nothing that a newer run has written.
"""
    BINDINGS: ClassVar = [
        *LINES,
    ]


class HistoryPanel(Vertical):
    """All runs, and one of them in full, or two beside each other."""

    BINDINGS: ClassVar = [
        Binding("c", "compare", "Compare", id="history.compare"),
        Binding("v", "check", "Check", id="history.check"),
        Binding("d", "delete", "Delete", id="history.delete"),
        Binding("r", "again", "Rerun", id="history.again"),
    ]

    class Wanted(Message):
        """Somebody wants the settings of a run."""

        def __init__(self, again: Again) -> None:
            super().__init__()
            self.again = again

    class Check(Message):
        """Somebody wants what a run wrote to be checked."""

        def __init__(self, past: Past) -> None:
            super().__init__()
            self.past = past

    class Doom(Message):
        """Somebody wants to delete what a run wrote."""

        def __init__(self, root: Path, doomed: Doomed) -> None:
            super().__init__()
            self.root, self.doomed = root, doomed

    def __init__(self) -> None:
        super().__init__(id="history")
        self._listed: _Listed | None = None
        self._marked: PastRun | None = None
        self._repository: DatasetConfigurationRepository | None = None
        self._is_narrow = False

    def compose(self) -> ComposeResult:
        """The runs, and one in full."""
        yield panel(PastRuns(id="past", cursor_type="row", zebra_stripes=True), "Runs of this folder")
        with panel(VerticalScroll(id="past-scroll"), "The run"):
            yield Static("", id="past-told", markup=False)

    def on_mount(self) -> None:
        """The columns."""
        self._draw()

    def on_resize(self) -> None:
        """What is short in few columns has its room again."""
        if self.size.width and self._is_narrow != (self.size.width < _NARROW):
            self._is_narrow = not self._is_narrow
            row = self.query_one(PastRuns).cursor_row
            with self.prevent(DataTable.RowHighlighted):
                self._draw()
                self.query_one(PastRuns).move_cursor(row=row)

    @property
    def _columns(self) -> tuple[str, ...]:
        return _NARROW_COLUMNS if self._is_narrow else _COLUMNS

    def _draw(self) -> None:
        runs: Sequence[PastRun] = self._listed.runs if self._listed is not None else ()
        fill(self.query_one(PastRuns), [_cell(name, name) for name in self._columns], [self._cells(run) for run in runs])

    def open(self, root: Path | None, repository: DatasetConfigurationRepository) -> None:
        """Reads, aside, the log of a folder."""
        self._repository = repository
        if root is None or (self._listed is not None and self._listed.root != root):
            # Keys would act on the runs of another folder.
            self._forget()
        if root is None:
            self._tell("there is no folder of this machine to look at: step 3 says what is wrong with the parameters")
        else:
            do_aside(self, "past", partial(_list, root))

    def _forget(self) -> None:
        self.workers.cancel_node(self)
        self._listed = self._marked = None
        runs = self.query_one(PastRuns)
        self._draw()
        retitle(runs, note="")
        self._show_one()

    def _tell(self, text: str) -> None:
        self.query_one("#past-told", Static).update(printable(text, keep="\n"))

    @on(Worker.StateChanged)
    def _ended(self, event: Worker.StateChanged) -> None:
        event.stop()
        found = event.worker.result
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self._tell(told(event.worker.error))
        elif event.state is not WorkerState.SUCCESS:
            return
        elif isinstance(found, _Listed):
            self._fill(found)
        elif isinstance(found, Again):
            self.post_message(self.Wanted(found))
        elif event.worker.group == "doomed" and isinstance(found, tuple):
            self.post_message(self.Doom(*found))
        elif event.worker.group == "compare":
            self._compared(found)

    def _compared(self, found: Any) -> None:
        comparison: Comparison = found
        retitle(self.query_one("#past-scroll"), "Two runs")
        self._tell("\n".join(comparison.lines))

    def _fill(self, listed: _Listed) -> None:
        at = self._current
        self._listed = listed
        runs = self.query_one(PastRuns)
        with self.prevent(DataTable.RowHighlighted):
            self._draw()
            ids = [run.run_id for run in listed.runs]
            if at is not None and at.run_id in ids:
                runs.move_cursor(row=ids.index(at.run_id))
        retitle(runs, note=f"{len(listed.runs)} in {listed.root}")
        self._show_one()

    def _cells(self, run: PastRun) -> list[Text]:
        mark = "A" if self._marked is not None and run.run_id == self._marked.run_id else "*" if run.stands else ""
        took = shown.duration(run.seconds) if run.seconds is not None else ""
        speed = shown.rate(run.rows_per_second) if run.rows_per_second else ""
        verdict = f"{'✓' if run.status == 'COMPLETED' else '✗' if run.status == 'FAILED' else '·'} {printable(run.verdict)}"
        cells = {
            "": f"{mark:1}{verdict[0]}" if self._is_narrow else mark,
            "began, UTC": f"{run.began:%Y-%m-%d %H:%M}",
            "dataset": cut(printable(run.dataset_id), _NAMED) if self._is_narrow else run.dataset_id,
            "rows": shown.rows(run.rows),
            "verdict": cut(verdict, _WIDEST),
            "seed": str(run.seed),
            "took": took,
            "speed": speed,
            "mode": run.mode,
        }
        return [_cell(name, printable(cells[name])) for name in self._columns]

    @property
    def _current(self) -> PastRun | None:
        runs: Sequence[PastRun] = self._listed.runs if self._listed is not None else ()
        row = self.query_one(PastRuns).cursor_row
        return runs[row] if 0 <= row < len(runs) else None

    @on(DataTable.RowHighlighted, "#past")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        event.stop()
        self._show_one()

    def _show_one(self) -> None:
        run = self._current
        retitle(self.query_one("#past-scroll"), "The run")
        if run is None:
            self._tell("nothing has been generated in this folder yet" if self._listed is not None else "")
            return
        size = f"{shown.many(run.rows, 'row')}" + (f" in {shown.many(run.days, 'day')}" if run.days else "")
        cost = [
            f"peak memory {shown.bytes_(run.peak_memory_bytes)}" if run.peak_memory_bytes else "",
            f"{run.cores:.1f} cores" if run.cores else "",
        ]
        where = f"{run.output_mode} ({run.environment}), schema {run.schema or 'none'}"
        lines = [
            f"{run.run_id}: {size}, {run.verdict}",
            ", ".join(filter(None, (where, *cost))),
            *_left(run),
            *(f"{name}: {value}" for name, value in flat(run.settings).items()),
        ]
        self._tell("\n".join(lines))

    # Keys

    def action_compare(self) -> None:
        """Marks a run; on another one compares the two."""
        run, listed = self._current, self._listed
        if run is None or listed is None:
            return
        if self._marked is None or self._marked.run_id == run.run_id:
            self._marked = None if self._marked is not None else run
            self._fill(listed)
            if self._marked is not None:
                self._tell(f"{run.run_id} is A: go to another run, and enter or c compares the two; c here once more unmarks it")
            return
        marked, self._marked = self._marked, None
        self._fill(listed)
        self._tell("comparing ...")
        do_aside(self, "compare", partial(_compare, listed.root, marked, run, self._repository))

    def action_delete(self) -> None:
        """Asks what deleting would take away."""
        run = self._current
        if run is not None and self._listed is not None:
            do_aside(self, "doomed", partial(_doomed, self._listed.root, run.run_id))

    def action_check(self) -> None:
        """Has what the run wrote checked, where it has written anything."""
        run = self._current
        if run is None or self._listed is None:
            return
        if run.status == "COMPLETED":
            self.post_message(self.Check(Past(self._listed.root, run.run_id, run.dataset_id, run.status)))
        else:
            why = "it still works" if run.status == "RUNNING" else "it has published nothing"
            self.notify(f"There is nothing to check of run {run.run_id}: {why}.", severity="warning")

    @on(DataTable.RowSelected, "#past")
    def _selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        # Whoever has marked one run chooses the other with this key as well.
        self.action_again() if self._marked is None else self.action_compare()

    def action_again(self) -> None:
        """Takes the settings of the run."""
        run = self._current
        if run is not None:
            do_aside(self, "again", partial(_again, run, self._repository))


def _cell(name: str, text: str) -> Text:
    return Text(text, justify="right" if name in _NUMBERS else "left", no_wrap=True)


def _left(run: PastRun) -> list[str]:
    """Whether anything of it is there; what failed or still works has never published anything."""
    if run.days_there:
        return [f"its days are still there: {run.days_there}"]
    if run.stands:
        return ["what it wrote is still there"]
    return ["nothing of it is left"] if run.status == "COMPLETED" else []


def _list(root: Path) -> _Listed:
    from ...core.run.history import history

    return _Listed(root, history(root))


def _compare(root: Path, first: PastRun, second: PastRun, repository: DatasetConfigurationRepository | None) -> Comparison:
    from ...core.run.differences import compare

    return compare(root, first, second, repository=repository)


def _doomed(root: Path, run_id: str) -> tuple[Path, Doomed]:
    from ...core.run.delete import doomed

    return root, doomed(root, run_id)


def _again(run: PastRun, repository: DatasetConfigurationRepository | None) -> Again:
    from ...core.run.differences import changed_of_run

    return Again(run.dataset_id, changed_of_run(run, repository))
