"""Spells: the rows that stand for what holds for a while."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal

from ...errors import hint
from ...program import rows
from ...program.values import Way
from ..modelling import BeforeValidator, Field
from ..names import Name
from .base import LayoutModel, RowScope, RowsError, register

if TYPE_CHECKING:
    from ..kinds.spell import Spell

_MOST: Final = 65_536


def _texts(value: Any) -> Any:
    return [f"{one}" if isinstance(one, int | float) else one for one in value] if isinstance(value, list) else value


def _or_numbers(schema: dict[str, Any]) -> None:
    schema["items"] = {"type": ["string", "number"]}


@register
class Spells(LayoutModel):
    """One row for each spell of a column `kind: spell`, such as a promotion, for each value of its `per` that any row has by then.

    A row stands on the first row with that value, as of the spell's first day: what it copies from there is whose spell it is, its value
    and its days.
    """

    layout: Literal["spells"]
    of: Name
    """The table whose rows the spells are of."""
    column: Name
    """The column of the spells."""
    without: Annotated[list[str], BeforeValidator(_texts), Field(max_length=256, json_schema_extra=_or_numbers)] = []
    """Values whose spells are no rows, such as that of no promotion."""

    of_states: ClassVar[bool] = True

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def happens(self, scope: RowScope) -> bool:
        return True

    def _spell(self, scope: RowScope) -> Spell:
        """The column; raises RowsError."""
        table, column = self.of, self.column
        model = scope.kind(table, column)
        if model.kind != "spell":
            raise RowsError("column", f"`{column}` of `{table}` is of the kind {model.kind}, not a spell")
        if model.per is None or "." in model.per:
            raise RowsError("column", f"the spells of `{column}` are those of single rows; give it a `per` that is a column of `{table}`")
        if not scope.layout(table).known_at_once or scope.number(table) > _MOST:
            raise RowsError("of", f"`{table}` is not entities or a list of at most {_MOST:,} rows")
        found: Spell = model
        return found

    def row_count(self, scope: RowScope) -> float:
        model, table = self._spell(scope), self.of
        words = scope.find_in(table, model.per or "").compiled.words
        whose = min(float(len(words)), scope.number(table)) if words else scope.number(table)
        some = sum(weight for value, weight in model.given.items() if value not in self.without) / sum(model.given.values())
        return max(whose * some * (scope.days() / model.days + 1), 1.0)

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        by_key = super().matches(scope, columns)
        if by_key is not None:
            return by_key
        per = self._spell(scope).per
        if len(columns) == 1:
            model = scope.kind(scope.table, columns[0])
            above = [name for name, other in scope.columns(scope.table).items() if other.kind == "parent"]
            if model.kind == "copy" and (model.from_ or f".{columns[0]}") in {f".{per}", *(f"{name}.{per}" for name in above)}:
                return Way("value", columns[0], draws=False)
        return None

    def compile(self, scope: RowScope) -> rows.Spells:
        model = self._spell(scope)
        values = model.values()
        for value in self.without:
            if value not in values:
                raise RowsError("without", f"`{self.column}` is never `{value}`{hint(value, values)}")
        if set(values) <= set(self.without):
            raise RowsError("without", f"`{self.column}` has no other values")
        return rows.Spells(self.of, self.column, tuple(values.index(value) for value in self.without))
