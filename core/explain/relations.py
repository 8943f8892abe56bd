"""How the written tables of a plan are related: keys, cardinalities, and what has a history."""

from __future__ import annotations

from ..frozen import dataclass
from ..plan.plan import Plan, TablePlan
from ..spec.layouts.children import Children


@dataclass(frozen=True, slots=True)
class Relation:
    """A column of a table that holds keys of another, or of the same one."""

    child: str
    column: str
    parent: str
    parent_column: str
    many: bool
    """Whether several rows of the child may refer to one row of the parent."""
    optional: bool
    """Whether a row of the child may refer to none."""

    @property
    def cardinality(self) -> str:
        """Rows of the child to rows of the parent: `n : 1`, `n : 0..1`, `1 : 1`."""
        return f"{'n' if self.many else '1'} : {'0..1' if self.optional else '1'}"

    @property
    def sentence(self) -> str:
        """What it means, for who cannot see lines."""
        one = "many rows" if self.many else "one row"
        to = "one row, or none," if self.optional else "one row"
        return f"{one} of {self.child} to {to} of {self.parent}"


def relations(plan: Plan) -> tuple[Relation, ...]:
    """Every foreign key between written tables, in the order of tables and columns."""
    names = set(plan.names)
    return tuple(
        Relation(table.name, key.column, key.parent, key.parent_column, _many(plan, table, key.column), _optional(table, key.column))
        for table in plan.tables
        for key in table.foreign_keys
        if key.parent in names
    )


def _optional(table: TablePlan, column: str) -> bool:
    return any(one.nullable for one in table.columns if one.name == column)


def _many(plan: Plan, table: TablePlan, column: str) -> bool:
    rows, model = plan.dataset.tables[table.name].rows, plan.dataset.tables[table.name].columns[column]
    if table.primary_key == (column,):
        return False
    if model.kind == "parent" and isinstance(rows, Children):
        return not rows.count.least == rows.count.most == 1
    return not (model.kind == "parent" and rows.picked_from)


def marks(plan: Plan, table: TablePlan) -> tuple[str, ...]:
    """What is special of a table: `driving`, `history` where it keeps each state, `changes` where it shows the last one."""
    rows = plan.dataset.tables[table.name].rows
    found = ["driving"] if table.driving else []
    if rows.of_states and rows.ends:
        found.append("history")
    elif getattr(rows, "changes", None) is not None:
        found.append("changes")
    return tuple(found)
