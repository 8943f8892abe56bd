"""Schema: tables, columns, keys and relationships of the chosen dataset."""

from __future__ import annotations

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.widgets import DataTable, Static

from ...core import format as shown
from ...core.format import printable
from ...core.plan.plan import Plan, TablePlan
from ..widgets.panel import panel
from .step import Step


class TableList(DataTable[Text]):
    """The tables."""

    HELP = """
# Tables

The tables that will be written, parents first, with their rows. The columns of the one under the cursor are shown.
The **driving table** (*) is the one whose rows you choose with "Target rows"; the rows of the others follow from it.

**layout** says how the rows of a table come about: **entities** appear over time, **events** happen day by day, **children** belong
to a row of another table, **snapshot** holds what is there on one day, **panel** books many rows to owners and keeps a running sum,
**grid** fills opening hours, **posts** are places that are never empty, **renewals** follow each other for one owner, **versions** tell
how an owner changed, **subset** and **recurring** go with some rows of another table.
"""
    BINDINGS: ClassVar = [Binding("j", "cursor_down", "Down", show=False), Binding("k", "cursor_up", "Up", show=False)]


class ColumnList(DataTable[Text]):
    """The columns of a table."""

    HELP = """
# Columns

**key** marks the primary key, **-> table.column** a reference, **as of** a value that depends on the day as of which it is seen, **null** a
value that may be missing.
"""


class SchemaScreen(Step):
    """Tables to the left, the chosen one's columns to the right, its relationships below."""

    NAME = "schema"
    FOCUS = "#tables"
    CSS_PATH = "schema.tcss"
    HELP = "What will be generated: tables, columns, keys and relationships, with the parameters as they are now."
    BINDINGS: ClassVar = [Binding("n", "app.move(1)", "Next")]

    def body(self) -> ComposeResult:
        """Two tables and a text."""
        with Horizontal(id="schema"):
            yield panel(TableList(id="tables", cursor_type="row"), "Tables")
            with panel(Vertical(id="table"), "Columns"):
                yield Static(id="headline", markup=False)
                yield ColumnList(id="columns", cursor_type="row", zebra_stripes=True)
                yield Static(id="relations", markup=False)

    def on_mount(self) -> None:
        """Follows the plan."""
        self._plan: Plan | None = None
        tables = self.query_one(TableList)
        tables.add_columns("table", Text("rows", justify="right"), "layout")
        self.query_one(ColumnList).add_columns("column", "type", "role", "unit", "about")
        self.watch(self.app, "planned", self._show)

    def _show(self) -> None:
        planned = self.wizard.planned
        tables = self.query_one(TableList)
        if planned is None or planned.plan is None:
            self._plan = None
            tables.clear()
            self.query_one(ColumnList).clear()
            text = "planning ..." if planned is None else printable("\n".join(sentence for _, sentence in planned.problems), keep="\n")
            self.query_one("#headline", Static).update(text)
            self.query_one("#relations", Static).update("")
            return
        name = self._under_cursor()
        self._plan = planned.plan
        tables.clear()
        for table in self._plan.tables:
            rows = Text(shown.rows(table.rows), justify="right")
            tables.add_row(Text(table.name), rows, Text(table.layout + (" *" if table.driving else "")), key=table.name)
        row = self._plan.names.index(name) if name in self._plan.names else 0
        tables.move_cursor(row=row)
        self._table(self._plan.tables[row])

    def _under_cursor(self) -> str:
        tables = self.query_one(TableList)
        return str(tables.get_row_at(tables.cursor_row)[0]) if tables.row_count else ""

    @on(DataTable.RowHighlighted, "#tables")
    def _moved(self, event: DataTable.RowHighlighted) -> None:
        if self._plan is not None and event.row_key.value in self._plan.names:
            self._table(self._plan.table(str(event.row_key.value)))

    def _table(self, table: TablePlan) -> None:
        about = printable(table.about or table.layout) + (" (* the driving table)" if table.driving else "")
        self.query_one("#headline", Static).update(f"{table.name}: {about}")
        columns = self.query_one(ColumnList)
        columns.clear()
        keys = {key.column: key for key in table.foreign_keys}
        for column in table.columns:
            roles = ["key"] if column.name in table.primary_key else []
            if column.name in keys:
                roles.append(f"-> {keys[column.name].parent}.{keys[column.name].parent_column}")
            if column.as_of:
                roles.append("as of")
            if column.nullable:
                roles.append("null")
            cells = (column.name, column.type, ", ".join(roles), column.unit, column.about)
            columns.add_row(*(Text(printable(cell)) for cell in cells), key=column.name)
        columns.move_cursor(row=0)
        self.query_one("#relations", Static).update("\n".join(self._relations(table)))

    def _relations(self, table: TablePlan) -> list[str]:
        if self._plan is None:
            return []
        lines = [f"{table.name}.{key.column}  ──▶  {key.parent}.{key.parent_column}" for key in table.foreign_keys]
        for other in self._plan.tables:
            lines += [
                f"{table.name}.{key.parent_column}  ◀──  {other.name}.{key.column}"
                for key in other.foreign_keys
                if key.parent == table.name and other.name != table.name
            ]
        return lines or ["no relationships"]
