"""Schema: tables, columns, keys and relationships of the chosen dataset."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import DataTable, Static
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.cells import cut
from ...core.explain.column import ColumnFacts, column_facts
from ...core.explain.words import DRIVING, layout_words
from ...core.format import printable
from ...core.plan.plan import Plan, TablePlan
from ..moving import CELLS, LINES
from ..widgets.column_card import ColumnCard
from ..widgets.diagram import DiagramView
from ..widgets.lines import fill
from ..widgets.panel import panel
from ..work import do_aside, told
from .step import Step

if TYPE_CHECKING:
    from ...core.explain.sample import ColumnSample, Sampler

_LEGEND: Final = "rows : rows - n many, 1 one, 0..1 one or none"
_OF_TABLES: Final = (Text("table"), Text("rows", justify="right"), Text("layout"))
_OF_COLUMNS: Final = ("column", "type", "role", "unit", "about")
_EDGE: Final = 4
"""Cells beside the text of the last cell: its padding, and the bar that scrolls."""
_LEAST: Final = 15
"""Cells of what is said about a column, where it is cut at all."""
_A_MOMENT: Final = 0.12
"""Seconds that the cursor stands on a column before rows are generated for it."""


class TableList(DataTable[Text]):
    """The tables."""

    HELP = """
# Tables

The tables that will be written, parents first, with their rows. The columns of the one under the cursor are shown; **enter** goes to
them, **d** shows how the tables are related, **r** its rows.
The **driving table** (*) is the one whose rows you choose with "Target rows"; the rows of the others follow from it.

**layout** says how the rows of a table come about: **entities** appear over time, **events** happen day by day, **children** belong
to a row of another table, **snapshot** holds what is there on one day, **panel** books many rows to owners and keeps a running sum,
**grid** fills opening hours, **posts** are places (seats, jobs) that are never empty, **renewals** follow each other for one owner,
**versions** tell how an owner changed, **subset** and **recurring** go with some rows of another table.
"""
    BINDINGS: ClassVar = LINES


class ColumnList(DataTable[Text]):
    """The columns of a table."""

    HELP = """
# Columns

**key** marks the primary key, **-> table** a reference, **as of** a value that depends on the day as of which it is seen, **null** a
value that may be missing. Beside them stands all about the column under the cursor; **tab** goes there, to scroll.

**enter** on a reference goes to the table that it refers to, **r** shows the rows, at this column; **left** and **right** scroll.
"""
    BINDINGS: ClassVar = CELLS
    _lines: Sequence[tuple[str, ...]] = ()
    _wide = 0

    def fill(self, lines: Sequence[tuple[str, ...]], at: int) -> None:
        """Shows other columns, with the cursor on one of them; what the last cell says has the room that the others leave."""
        self._lines, self._wide = lines, self.size.width
        taken = [max([len(name), *(cell_len(line[n]) for line in lines)]) + 2 for n, name in enumerate(_OF_COLUMNS[:-1])]
        room = max(self._wide - sum(taken) - _EDGE, _LEAST)
        cells = [[*map(Text, line[:-1]), Text(cut(line[-1], room))] for line in lines]
        fill(self, list(map(Text, _OF_COLUMNS)), cells, [line[0] for line in lines])
        self.move_cursor(row=at)

    def on_resize(self) -> None:
        """The room is another."""
        if self._lines and self._wide != self.size.width:
            with self.prevent(DataTable.RowHighlighted):
                self.fill(self._lines, self.cursor_row)


class SchemaScreen(Step):
    """Tables, the columns of the chosen one, all about the chosen column; or the relationships of all tables as a diagram."""

    NAME = "schema"
    FOCUS = "#tables"
    CSS_PATH = "schema.tcss"
    HELP = "What will be generated: tables, columns, keys and relationships, with the parameters as they are now."
    BINDINGS: ClassVar = [
        Binding("d", "diagram", "Diagram", id="schema.diagram"),
        Binding("r", "rows", "Rows", id="schema.rows"),
        Binding("slash", "app.command_palette", "Find", id="schema.find", tooltip="Find a table or a column in the palette"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._sampler: Sampler | None = None
        self._wanted: Timer | None = None
        self._facts: ColumnFacts | None = None
        self._is_stale = False
        """Whether there is a plan that is not shown."""
        self._sought = ("", "")
        """Where one is to go as soon as there is a plan: a table, or `table.column`; and what was chosen then."""

    def body(self) -> ComposeResult:
        """Tables, columns and a column; the diagram lies under them."""
        with Horizontal(id="schema"):
            with Vertical(id="whole"):
                yield panel(TableList(id="tables", cursor_type="row"), "Tables")
                with panel(VerticalScroll(id="table", can_focus=False), "About the table"):
                    yield Static(id="headline", markup=False)
                    yield Static(id="relations", markup=False)
            yield panel(ColumnList(id="columns", cursor_type="row", zebra_stripes=True, fixed_columns=1), "Columns")
            yield panel(ColumnCard(id="column"), "About the column")
        yield panel(DiagramView(id="diagram"), "Relationships", _LEGEND)

    def on_mount(self) -> None:
        """Follows the plan."""
        fill(self.query_one(TableList), _OF_TABLES, ())
        self.query_one(ColumnList).fill((), 0)
        self.watch(self.app, "planned", self._show)

    @property
    def _drawn(self) -> bool:
        return self.has_class("-drawn")

    def action_view(self, drawn: bool) -> None:
        """Shows the diagram, or the tables."""
        self.set_class(drawn, "-drawn")
        if drawn and self._plan is not None:
            diagram = self.query_one(DiagramView)
            diagram.show(self._plan, self._under_cursor())
            diagram.focus()
        elif not drawn:
            self.query_one(TableList).focus()

    def action_diagram(self) -> None:
        """Shows the diagram, or the tables again."""
        self.action_view(not self._drawn)

    async def action_rows(self) -> None:
        """Shows the rows of the table, at the column under the cursor."""
        if self._drawn:
            await self.wizard.go_to("preview", self.query_one(DiagramView).table)
        elif self._plan is not None:
            await self.wizard.go_to("preview", f"{self._under_cursor()}.{self._column_under_cursor()}")

    @on(DiagramView.Chosen)
    def _looked(self, event: DiagramView.Chosen) -> None:
        self._go(event.table)
        if event.opened:
            self.action_view(False)
            self.query_one(ColumnList).focus()

    def _go(self, table: str, column: str = "") -> None:
        """Puts the cursors on a table and one of its columns."""
        if self._plan is None or table not in self._plan.names:
            return
        tables = self.query_one(TableList)
        with tables.prevent(DataTable.RowHighlighted):
            tables.move_cursor(row=self._plan.names.index(table))
        self._table(self._plan.table(table), column)

    def _show(self) -> None:
        self._is_stale = not self.is_seen
        if self._is_stale:
            return
        planned = self.wizard.planned
        tables = self.query_one(TableList)
        if planned is None or planned.plan is None:
            self._plan = None
            fill(tables, _OF_TABLES, ())
            self.query_one(ColumnList).fill((), 0)
            text = "planning ..." if planned is None else printable("\n".join(sentence for _, sentence in planned.problems), keep="\n")
            self.query_one("#headline", Static).update(text)
            self.query_one("#relations", Static).update("")
            self._describe(None)
            if self._drawn:
                self.action_view(False)
            return
        name, column = self._under_cursor(), self._column_under_cursor()
        self._plan, self._sampler = planned.plan, None
        with tables.prevent(DataTable.RowHighlighted):
            lines = [
                (Text(one.name), Text(shown.rows(one.rows), justify="right"), Text(one.layout + (" *" if one.driving else "")))
                for one in self._plan.tables
            ]
            fill(tables, _OF_TABLES, lines, self._plan.names)
        row = self._plan.names.index(name) if name in self._plan.names else 0
        self._go(self._plan.names[row], column if self._plan.names[row] == name else "")
        if self._drawn:
            self.query_one(DiagramView).show(self._plan, self._plan.names[row])
        (sought, chosen), self._sought = self._sought, ("", "")
        if sought and chosen == self.wizard.draft.chosen:
            self.reach(sought)

    def reach(self, target: str) -> None:
        """Shows a table, and a column of it."""
        planned, draft = self.wizard.planned, self.wizard.draft
        if self._plan is None or planned is None or self._plan is not planned.plan or planned.draft is not draft:
            self._sought = (target, draft.chosen)
            return
        self.action_view(False)
        self._go(*target.split(".", 1))
        if "." in target:
            self.query_one(ColumnList).focus()

    def _under_cursor(self) -> str:
        tables = self.query_one(TableList)
        return str(tables.get_row_at(tables.cursor_row)[0]) if tables.row_count else ""

    def _column_under_cursor(self) -> str:
        columns = self.query_one(ColumnList)
        return str(columns.get_row_at(columns.cursor_row)[0]) if columns.row_count else ""

    @on(DataTable.RowHighlighted, "#tables")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        if self._plan is not None and event.row_key.value in self._plan.names:
            self._table(self._plan.table(str(event.row_key.value)))

    @on(DataTable.RowSelected, "#tables")
    def _opened(self) -> None:
        self.query_one(ColumnList).focus()

    @on(DataTable.RowSelected, "#columns")
    def _followed(self, event: DataTable.RowSelected) -> None:
        if self._plan is None:
            return
        table = self._plan.table(self._under_cursor())
        for key in table.foreign_keys:
            if key.column == event.row_key.value:
                self._go(key.parent, key.parent_column)

    @on(DataTable.RowHighlighted, "#columns")
    def _looked_at(self, event: DataTable.RowHighlighted) -> None:
        self._describe(event.row_key.value)

    def _table(self, table: TablePlan, column: str = "") -> None:
        self.query_one("#headline", Static).update(self._headline(table))
        columns = self.query_one(ColumnList)
        names = [each.name for each in table.columns]
        keys = {key.column: key for key in table.foreign_keys}
        with columns.prevent(DataTable.RowHighlighted):
            lines = []
            for each in table.columns:
                roles = ["key"] if each.name in table.primary_key else []
                if each.name in keys:
                    roles.append(f"-> {keys[each.name].parent}")
                if each.as_of:
                    roles.append("as of")
                if each.nullable:
                    roles.append("null")
                lines.append(tuple(map(printable, (each.name, each.type, ", ".join(roles), each.unit, each.about))))
            columns.fill(lines, names.index(column) if column in names else 0)
        self.query_one("#relations", Static).update("\n".join(self._relations(table)))
        self._describe(column if column in names else names[0])

    def _headline(self, table: TablePlan) -> Content:
        """What the table is, and the words of its layout; where lines are few, these stand first."""
        lines = [Content.assemble((f"{table.name}: ", "bold"), printable(table.about))] if table.about else []
        words = [Content.assemble((table.layout, "bold"), f": {layout_words(table.layout)}")]
        words += [Content.assemble(("driving (*)", "bold"), f": {DRIVING}")] if table.driving else []
        return Content("\n").join([*words, *lines] if self.has_class("-short") else [*lines, *words])

    def _describe(self, column: str | None) -> None:
        """Tells of a column at once, and a moment later what it gives."""
        card = self.query_one(ColumnCard)
        if self._wanted is not None:
            self._wanted.stop()
        if self._plan is None or column is None:
            self._facts = None
            card.show(None)
            return
        self._facts = column_facts(self._plan, f"{self._under_cursor()}.{column}")
        card.show(self._facts)
        card.scroll_home(animate=False)
        self._wanted = self.set_timer(_A_MOMENT, partial(self._sample, self._facts))

    def _sample(self, facts: ColumnFacts) -> None:
        from ...core.explain.sample import Sampler

        if self._plan is None or facts is not self._facts or not self.is_current:
            return
        if self._sampler is None:
            self._sampler = Sampler(self._plan)
        work = partial(_drawn_sample, self._sampler, facts)
        do_aside(self, "sample", work)

    def on_screen_resume(self) -> None:
        """A plan that came while another step was shown is looked at now."""
        if self._is_stale:
            self._show()
        if self._facts is not None:
            self._sample(self._facts)

    @on(Worker.StateChanged)
    def _sampled(self, event: Worker.StateChanged) -> None:
        if event.worker.group != "sample":
            return
        event.stop()
        card = self.query_one(ColumnCard)
        if event.state is WorkerState.ERROR and event.worker.error is not None and self._facts is not None:
            card.show(self._facts, problem=told(event.worker.error))
        elif event.state is WorkerState.SUCCESS and event.worker.result is not None:
            facts, sample = event.worker.result
            # What was looked at meanwhile is another column, or of another plan.
            if facts is self._facts:
                card.show(facts, sample)

    def _relations(self, table: TablePlan) -> list[str]:
        from ...core.explain.relations import relations

        if self._plan is None:
            return []
        found = [one for one in relations(self._plan) if table.name in (one.child, one.parent)]
        names = [one.column if one.child == table.name else f"{one.child}.{one.column}" for one in found]
        lines = [f"{one.cardinality}  {name} -> {one.parent}" for name, one in zip(names, found, strict=True)]
        return lines or ["no relationships"]

    @property
    def can_leave(self) -> bool:
        """Also from the columns, the card and the diagram, to the tables."""
        return super().can_leave or self._drawn or isinstance(self.focused, ColumnList | ColumnCard)

    def action_leave(self) -> None:
        """Goes back to the tables."""
        if self._drawn:
            self.action_view(False)
        else:
            super().action_leave()


def _drawn_sample(sampler: Sampler, facts: ColumnFacts) -> tuple[ColumnFacts, ColumnSample]:
    return facts, sampler.column(facts.table, facts.column)
