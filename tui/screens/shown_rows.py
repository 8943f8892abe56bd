"""The rows of the preview: pages that are worked out while somebody scrolls, figures beside them, and the way that led here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from textual import events, on
from textual.widgets import Label, Tabs
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.format import printable
from ..looking import Behind, View, frozen, grid_columns, trail
from ..pages import Page, Pages
from ..ways import Way, opened
from ..widgets.grid import Grid
from ..widgets.panel import retitle
from ..widgets.statistics import StatisticsPanel
from ..work import do_aside, told
from .step import Step

if TYPE_CHECKING:
    from ...core.run.sampled import Sampled

_SOON = 0.05
"""Seconds after which a column is described."""
_LATER = 0.25
"""Seconds that a column is looked at before a sample of it is drawn."""


class ShowsRows(Step):
    """A step with a grid `#rows`, the figures of its column, a line `#where` and tabs of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.behind: Behind | None = None
        """The rows of the plan that is looked at."""
        self.trail: list[View] = []
        """What was looked at on the way here; the last is shown."""
        self.count = 0
        """Rows of what is shown."""
        self._loading = self._sampling = self._waiting = False
        self._wanted = (Pages(0), 0)
        """The page that is worked out, and whose it is."""
        self._sample: tuple[View, int, Sampled | None] | None = None
        self._described: object = None
        """What the figures say: while the cursor stays in a page and a column they are not drawn anew."""

    @property
    def grid(self) -> Grid:
        """The rows."""
        return self.query_one("#rows", Grid)

    @property
    def view(self) -> View | None:
        """What is shown, with the place of the cursor."""
        return replace(self.trail[-1], row=self.grid.row, column=self.grid.column) if self.trail else None

    # Ways

    def look(self, view: View, *, instead: bool = False) -> None:
        """Shows a view; the one that is shown now can be gone back to, unless the new one is there `instead`."""
        if self.behind is not None:
            self.go(partial(opened, self.behind, self.view, view, instead=instead))

    def go(self, way: Callable[[], Way]) -> None:
        """Works out where something leads, and goes there when that is known."""
        self.query_one("#preview").add_class("-stale")
        do_aside(self, "way", way)

    def arrived(self, way: Way) -> None:
        """Shows where a way led, if that is still wanted."""
        self.query_one("#preview").remove_class("-stale")
        here = self.trail[-1] if self.trail else None
        if (way.origin is None) != (here is None) or (way.origin is not None and here is not None and not way.origin.same(here)):
            return
        if way.note:
            self.notify(way.note)
        if way.view is None:
            self.tell()
            return
        if way.origin is not None:
            self.trail.pop()
            if way.alone:
                self.trail = []
            elif not way.instead:
                self.trail.append(replace(way.origin, pinned=way.origin.place(way.origin.row) if self.count else None))
        self.trail.append(way.view)
        self._show(way.view, way.count)

    def _show(self, view: View, count: int) -> None:
        if self.behind is None:
            return
        tabs = self.query_one(Tabs)
        if tabs.active != f"tab-{view.table}":
            with self.prevent(Tabs.TabActivated):
                tabs.active = f"tab-{view.table}"
        table = self.behind.plan.table(view.table)
        self.count, self._sample = count, None
        row = min(view.row, max(count - 1, 0))
        retitle(self.grid, f"Rows of {view.table}{' (Backspace goes back)' if len(self.trail) > 1 else ''}")
        self.grid.show(grid_columns(table, view.order), count, row=row, column=view.column, frozen=frozen(table))
        self.refresh_bindings()

    # Pages and figures

    @on(Grid.Wants)
    def load(self) -> None:
        """Works out one page at a time, always that which is wanted now: whoever scrolls on leaves none behind that nobody sees."""
        wanted = self.grid.missing
        if self._loading or wanted is None or self.behind is None or not self.trail:
            return
        self._loading, self._wanted = True, (self.grid.pages, wanted)
        work = partial(_page, self.behind, self.trail[-1], self.grid.pages.count, wanted)
        do_aside(self, "page", work, exclusive=False)

    @on(Worker.StateChanged)
    def _worked(self, event: Worker.StateChanged) -> None:
        event.stop()
        worker, found = event.worker, event.worker.result
        if event.state not in (WorkerState.SUCCESS, WorkerState.ERROR, WorkerState.CANCELLED):
            return
        if worker.group == "page":
            self._loading = False
        elif worker.group == "sample":
            self._sampling = False
        if event.state is WorkerState.ERROR and worker.error is not None:
            self.failed(worker.group, worker.error)
        elif event.state is WorkerState.SUCCESS:
            if isinstance(found, Way):
                self.arrived(found)
            elif isinstance(found, tuple):
                (self._paged if worker.group == "page" else self._sampled)(*found)
        if worker.group == "page":
            self.load()

    def failed(self, group: str, error: BaseException) -> None:
        """Says what could not be worked out."""
        if group == "page":
            pages, number = self._wanted
            pages.fail(number)
            if pages is self.grid.pages:
                self.say(told(error))
        elif group == "sample":
            # Rows that cannot be computed say it as well; once is enough for a column.
            self.say(told(error))
        else:
            self.query_one("#preview").remove_class("-stale")
            self.notify(told(error), severity="warning")

    def _paged(self, behind: Behind, view: View, page: Page) -> None:
        if behind is self.behind and self.trail and view.same(self.trail[-1]):
            self.grid.put(page)
            self.tell()

    def say(self, text: str) -> None:
        """Writes above the rows."""
        self.query_one("#where", Label).update(printable(text), layout=False)

    @on(Grid.Moved)
    @on(events.Resize)
    def tell(self) -> None:
        """Says where the cursor is, and what its column looks like."""
        view = self.view
        if view is None or self.behind is None:
            return
        rows = f"row {shown.rows(view.row + 1)} of {shown.rows(self.count)}" if self.count else "no rows"
        more = " so far (+ goes on)" if view.more is not None else ""
        here = f"{view.title}: {rows}{more}, seed {self.behind.plan.seed}"
        self.say(trail([*(each.title for each in self.trail[:-1]), here], self.query_one("#where").content_size.width))
        if not self._waiting:
            # Whoever goes on at once does not wait for figures that nobody reads.
            self._waiting = True
            self.set_timer(_SOON, self.figures)

    @on(events.Resize)
    def figures(self) -> None:
        """Describes the column under the cursor: in short where the terminal is narrow."""
        self._waiting = False
        grid, view = self.grid, self.view
        page = grid.pages.page(grid.row)
        if page is None or view is None or self.behind is None or grid.column >= len(page.rows.column_names):
            return
        # Whoever made the page has imported it.
        from ...core.run.look import column_statistics

        known = self._sample
        if known is None or not known[0].same(view) or known[1] != grid.column:
            known = (view, grid.column, None)
            self.set_timer(_LATER, partial(self._draw_sample, known))
        narrow = self.has_class("-narrow")
        if self._described == (page, grid.column, known[2], narrow):
            return
        self._described = page, grid.column, known[2], narrow
        table = self.behind.plan.table(view.table)
        column, sample = table.columns[grid.column], known[2]
        found = replace(column_statistics(page.rows, column.name), type=column.type)
        if column.name in table.primary_key or any(column.name == link.column for link in table.foreign_keys):
            # The mean of keys says nothing.
            found = replace(found, mean=None, stddev=None)
            sample = replace(sample, mean=None, quantiles=()) if sample is not None else None
        self.query_one(StatisticsPanel).show(found, column.about, narrow, sample)

    @property
    def is_described(self) -> bool:
        """Whether all is told of the column under the cursor, its sample included; of nothing there is nothing to tell."""
        view, known = self.view, self._sample
        if view is None or self.behind is None:
            return True
        drawn = known is not None and known[0].same(view) and known[1] == self.grid.column and known[2] is not None
        return drawn and self._described is not None

    def _draw_sample(self, wanted: tuple[View, int, None]) -> None:
        """Draws a sample for the column that is still looked at, one at a time."""
        view, known = self.view, self._sample
        stale = view is None or not wanted[0].same(view) or wanted[1] != self.grid.column
        if self.behind is None or stale or self._sampling or (known is not None and known[0].same(wanted[0]) and known[1] == wanted[1]):
            return
        self._sampling, self._sample = True, wanted
        do_aside(self, "sample", partial(_sample, self.behind, wanted[0], wanted[1]), exclusive=False)

    def _sampled(self, behind: Behind, view: View, column: int, found: Sampled) -> None:
        known = self._sample
        if behind is self.behind and known is not None and known[0].same(view) and known[1] == column:
            self._sample = (view, column, found)
        self._described = None
        self.figures()


def _page(behind: Behind, view: View, count: int, number: int) -> tuple[Behind, View, Page]:
    return behind, view, behind.page(view, count, number)


def _sample(behind: Behind, view: View, column: int) -> tuple[Behind, View, int, Sampled]:
    return behind, view, column, behind.sampled(view, column)
