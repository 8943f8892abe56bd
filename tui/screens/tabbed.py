"""The tables of a plan as tabs over their rows, and the ways to one of them, to a column of it, or to a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

from textual import on
from textual.widgets import Tab, Tabs

from ...core.errors import InputError
from ..looking import Behind, View
from ..ways import Way, opened
from ..work import told
from .searching import Searches


class Tabbed(Searches):
    """A step that shows rows of the plan of the wizard, a table at a time."""

    def __init__(self) -> None:
        super().__init__()
        self._tabbed: tuple[str, ...] = ()
        self.roots: dict[str, View] = {}
        """Where the cursor was in each table."""
        self._sought = ("", "")
        """`table.column` or `@day` that is gone to as soon as its plan is looked at, and what was chosen then."""
        self._is_tabbed = False
        """Whether the tabs are those of the plan that is looked at: whoever is sent elsewhere before is led there once they are."""

    async def on_screen_resume(self) -> None:
        """A plan that changed meanwhile is looked at now."""
        await self._planned()

    async def _planned(self) -> None:
        planned = self.wizard.planned
        if not self.is_current or planned is None:
            return
        if planned.plan is None:
            self.say("; ".join(sentence for _, sentence in planned.problems))
            self.query_one("#preview").add_class("-stale")
            return
        if self.behind is not None and self.behind.plan is planned.plan:
            if self._is_tabbed:
                self._seek()
            return
        plan, here = planned.plan, self.view
        self._stop()
        behind = self.behind = Behind(plan)
        self.roots, self._is_tabbed = {}, False
        table = here.table if here is not None else ""
        if table not in plan.names:
            table = next((each.name for each in plan.tables if each.driving), plan.names[0])
        if self._tabbed != plan.names:
            self._tabbed = plan.names
            tabs = self.query_one(Tabs)
            with self.prevent(Tabs.TabActivated):
                await tabs.clear()
                for name in plan.names:
                    await tabs.add_tab(Tab(name, id=f"tab-{name}"))
        if self.behind is not behind:
            return
        self._is_tabbed = True
        kept = here if here is not None and here.table == table and here.places is None else View(table)
        self.trail = []
        if not self._seek():
            self.look(View(table, row=kept.row, column=kept.column))

    def reach(self, target: str) -> None:
        """Shows the rows of a table, with the cursor on a column of it for `table.column`; `@2024-03-05` shows those of a day."""
        self._sought = (target, self.wizard.draft.chosen)
        if self._is_tabbed and self.behind is not None and self.wizard.planned is not None and self.behind.plan is self.wizard.planned.plan:
            self._seek()

    def _seek(self) -> bool:
        """Goes where one was sent, if there is such a table, and the plan is that of what was chosen then."""
        planned, draft = self.wizard.planned, self.wizard.draft
        sought, chosen = self._sought
        if chosen == draft.chosen and (planned is None or planned.draft is not draft):
            return False
        self._sought = ("", "")
        if chosen != draft.chosen:
            return False
        if self.behind is not None and sought.startswith("@"):
            self._on(self.behind, date.fromisoformat(sought[1:]))
            return True
        table, _, column = sought.partition(".")
        if self.behind is None or table not in self.behind.plan.names:
            return False
        names = [each.name for each in self.behind.plan.table(table).columns]
        here = self.view
        kept = here if here is not None and here.table == table and here.places is None else self.roots.get(table, View(table))
        if here is not None and here.table != table and here.places is None:
            self.roots[here.table] = here
        self.trail = []
        self.look(replace(kept, column=names.index(column) if column in names else kept.column))
        return True

    def _on(self, behind: Behind, day: date) -> None:
        """Shows the driving table as of a day, at the first row of the day."""
        table = next((each.name for each in behind.plan.tables if each.driving), behind.plan.names[0])
        self.go(partial(_first_row, behind, self.view, table, day))

    def arrived(self, way: Way) -> None:
        """As of another day, the cursor stands elsewhere in each table."""
        super().arrived(way)
        if way.alone and self.trail and self.trail[-1] is way.view:
            self.roots = {}

    @on(Tabs.TabActivated)
    def _tab(self, event: Tabs.TabActivated) -> None:
        name, here = str(event.tab.id).removeprefix("tab-"), self.view
        if here is not None and name != here.table:
            if here.places is None:
                self.roots[here.table] = here
            self.trail = []
            self.look(replace(self.roots.get(name, View(name)), as_of=here.as_of))

    def action_table(self, distance: int) -> None:
        """Goes to another table."""
        tabs = self.query_one(Tabs)
        tabs.action_next_tab() if distance > 0 else tabs.action_previous_tab()


def _first_row(behind: Behind, here: View | None, table: str, day: date) -> Way:
    """To a day, if the plan reaches it: days can be chosen after its history. What is looked at else stays."""
    try:
        return replace(opened(behind, here, View(table, as_of=day, row=behind.shown.begun_before(table, day) or 0)), alone=True)
    except InputError as error:
        return Way(here, None, note=told(error)) if here is not None else replace(opened(behind, None, View(table)), note=told(error))
