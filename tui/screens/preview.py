"""Preview: the very rows that a run would write, from any place of a table, and the ways from one to another."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Input, Label, Tabs

from ...core.errors import InputError, SyntheticDataError
from ...core.spec.form import settings
from ..looking import AsOf, ToDay, ToRow, destination
from ..ways import on_day, opened, searched, sorted_by, to_children, to_parent
from ..widgets.grid import Grid
from ..widgets.panel import panel
from ..widgets.statistics import StatisticsPanel
from ..work import told
from .tabbed import Tabbed

if TYPE_CHECKING:
    from ...core.virtual.follow import Link

_ASKED: Final = {
    "go": ("go to", "1M, -1 (last), 2024-03-05, or @2024-03-05 (as of)"),
    "find": ("rows where", "SQL, such as total_amount > 500 and status = 'returned'"),
}
"""What the field asks for: its label, and what may stand in it."""


class Rows(Grid):
    """The rows."""

    HELP = """
# Rows

The very rows that the run will write, from anywhere in the table. No other row is generated to show them.

- **arrows**, **h j k l**, **PageUp**, **PageDown**, **g**, **G**: go about; the wheel and the bar work as well
- **o** goes to a row (`1M`, `-1` for the last), to a day (`2024-03-05`), or shows the tables as of a day (`@2024-03-05`)
- **Enter** follows a key: from a column marked `>` to the row that it refers to, as it was then; from a key to the rows that
  refer to it. **Backspace** goes back
- **/** looks for rows by a condition in SQL, Escape stops, **+** goes on
- **s** sorts by the column, and once more the other way round; a click on its name does so, too
- **t**: the next table
- **i** shows a row in full with its family: the rows that it refers to, and those that refer to it
- **y** copies the cell; **Y** the cell, the row or what is on the screen as text, CSV, JSON or SQL

`NULL` is no value, `''` an empty text, `!` a key that no row has.
The panel describes the column under the cursor: the rows around it, and the whole column by a sample.
"""
    BINDINGS: ClassVar = [
        Binding("enter", "screen.follow", "Follow", id="preview.follow"),
        Binding("backspace", "screen.back", "Back", show=False, id="preview.back"),
        Binding("o,colon", "screen.ask('go')", "Go to", key_display="o", id="preview.go"),
        Binding("slash", "screen.ask('find')", "Find", id="preview.find"),
        Binding("plus", "screen.further", "Find more", show=False, id="preview.more"),
        Binding("s", "screen.sort", "Sort", show=False, id="preview.sort"),
        Binding("t", "screen.table(1)", "Table", show=False, id="preview.table"),
        Binding("T", "screen.table(-1)", "Previous table", show=False, id="preview.table_back"),
        Binding("i", "screen.family", "Family", show=False, id="preview.family"),
        Binding("y", "screen.copy", "Copy cell", show=False, id="preview.copy_cell"),
        Binding("Y", "screen.copy_as", "Copy as", show=False, id="preview.copy"),
    ]


class PreviewScreen(Tabbed):
    """Tables as tabs, rows, and figures of the column under the cursor."""

    NAME = "preview"
    FOCUS = "#rows"
    CSS_PATH = "preview.tcss"
    HELP = "Look at the rows that the run will write."

    def __init__(self) -> None:
        super().__init__()
        self._asking = ""

    def body(self) -> ComposeResult:
        """Tabs, the way to what is shown, rows and figures."""
        yield Tabs(id="tabs")
        yield Label("", id="where", markup=False)
        with Horizontal(id="asking"):
            yield Label("", id="ask", markup=False)
            yield Input(compact=True, id="asked")
        with Horizontal(id="preview"):
            yield panel(Rows(id="rows"), "Rows", "i family, s sort, y copy, Y copy as, t table")
            with panel(VerticalScroll(id="figures", can_focus=False), "Column"):
                yield StatisticsPanel(id="statistics")

    def on_mount(self) -> None:
        """Follows the plan."""
        self.query_one("#asking").display = False
        self.watch(self.app, "planned", self._planned)
        self.set_interval(0.2, self._progress)

    # Going and finding

    def action_ask(self, what: str) -> None:
        """Opens the field for a place or a condition."""
        self._asking = what
        label, example = _ASKED[what]
        self.query_one("#asking").display = True
        self.query_one("#ask", Label).update(label)
        field = self.query_one("#asked", Input)
        field.value, field.placeholder = "", example
        # At once: `focus` would come after keys that are typed in the same breath.
        self.set_focus(field)

    def action_leave(self) -> None:
        """Stops a search, which keeps what it found; closes the field as well."""
        if self._search is not None:
            self._search.stop()
            return
        super().action_leave()
        if self.focused is self.grid:
            self.query_one("#asking").display = False

    @on(Input.Submitted, "#asked")
    def _answered(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            self._answer(event.value)
        except SyntheticDataError as error:
            self.notify(told(error), severity="warning")

    def _answer(self, text: str) -> None:
        behind, view = self.behind, self.view
        if behind is None or view is None:
            return
        to = None
        if self._asking == "find" and text.strip():
            self._begin(partial(searched, behind, view, text.strip()))
        elif self._asking == "go":
            to = destination(text, self.count, _number)
        if isinstance(to, ToRow):
            self.grid.move(to.row, view.column)
        elif isinstance(to, AsOf):
            self.roots = {}
            self.look(replace(view, as_of=to.day, places=None, what="", order=None, more=None), instead=True)
        elif isinstance(to, ToDay):
            self.go(partial(on_day, behind, view, to.day))
        self.set_focus(self.grid)
        self.query_one("#asking").display = False

    # From row to row

    def action_follow(self) -> None:
        """Goes to the row that the cell refers to, or to the rows that refer to its key."""
        behind, view = self.behind, self.view
        if behind is None or view is None or self.grid.pages.page(self.grid.row) is None:
            return
        # Whoever made the page has imported it.
        from ...core.virtual.follow import reference, references_to

        column = behind.plan.table(view.table).columns[view.column].name
        link = reference(behind.plan, view.table, column)
        links = references_to(behind.plan, view.table, column)
        if link is not None:
            self.go(partial(to_parent, behind, view, link))
        elif len(links) == 1:
            self._children(links[0])
        elif links:
            from .choosing import Choose

            named = {f"{each.table} by {each.column}": each for each in links}
            self.app.push_screen(Choose(f"Rows that refer to this {column}", list(named)), lambda name: self._chosen(named, name))
        else:
            self.notify(f"{column} refers to no other table, and no table refers to it")

    def _chosen(self, links: dict[str, Link], name: str | None) -> None:
        if name is not None:
            self._children(links[name])

    def _children(self, link: Link) -> None:
        behind, view = self.behind, self.view
        if behind is not None and view is not None:
            self._begin(partial(to_children, behind, view, link))

    @on(Grid.Opened)
    def _opened(self) -> None:
        self.action_follow()

    def action_back(self) -> None:
        """Goes back to where the last way began."""
        if len(self.trail) > 1 and self.behind is not None:
            self.trail.pop()
            before = self.trail[-1]
            self.go(partial(opened, self.behind, before, replace(before, pinned=None), instead=True))

    def action_sort(self) -> None:
        """Sorts by the column under the cursor, and the other way round where that is so already."""
        self._sort(self.grid.column)

    @on(Grid.Headed)
    def _headed(self, event: Grid.Headed) -> None:
        self._sort(event.column)

    def _sort(self, column: int) -> None:
        behind, view = self.behind, self.view
        if behind is not None and view is not None and self.count:
            self.go(partial(sorted_by, behind, view, self.count, column))

    def action_family(self) -> None:
        """Shows the row under the cursor with all that belongs to it."""
        view = self.view
        if self.behind is not None and view is not None and self.count:
            from .family import Family

            self.app.push_screen(Family(self.behind, view), lambda found: self.look(found) if found is not None else None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers to go back where there is somewhere to go back to."""
        if action == "back":
            return len(self.trail) > 1
        if action == "further":
            return bool(self.trail) and self.trail[-1].more is not None
        return super().check_action(action, parameters)


def _number(text: str) -> int | None:
    """A number of rows as it is written in a form; raises InputError."""
    whole = next(setting for setting in settings() if setting.path == "target_rows")
    try:
        found = whole.read(text)
    except SyntheticDataError as error:
        raise InputError(str(error).removeprefix(f"{whole.title}: ")) from None
    except Exception:  # whatever was typed, the field stays usable
        raise InputError(f"`{text}` is not the number of a row") from None
    return int(found) if found is not None else None
