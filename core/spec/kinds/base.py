"""The base of all kinds, and the register that makes a kind known.

A new kind is one module with its model (registered here) and one kernel in the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final, Protocol, TypeVar, get_args, get_type_hints

from ...errors import hint
from ...program.columns import Change, Clocked
from ...program.values import Scaled
from ..compiled import Compiled, Found, decimal_places, longest
from ..distributions import Distribution
from ..layouts.base import RowScope
from ..modelling import Field, field_validator
from ..names import Strict
from ..numbers import Share
from ..renamed import BOOLEAN

__all__ = [
    "KINDS",
    "Column",
    "Compiled",
    "Found",
    "Scope",
    "decimal_places",
    "fixed_number",
    "fixed_values",
    "longest",
    "register",
    "scaled",
]
"""What kinds are made of, compiled columns included."""

KINDS: dict[str, type[Column]] = {}
_MANY: Final = 64


class Scope(Protocol):
    """What a column may ask while it is compiled; errors name the column by themselves."""

    table: str
    column: str

    def find(self, path: str) -> Found:
        """Resolves a path from this row."""

    def find_in(self, table: str, path: str) -> Found:
        """Resolves a path from a row of another table."""

    def sql(self, text: str) -> Compiled:
        """Compiles an expression of this row."""

    def sql_in(self, table: str, text: str) -> Compiled:
        """Compiles an expression of a row of another table."""

    def pool(self, name: str) -> Mapping[str, Compiled]:
        """The fields of a pool, made known to the program."""

    def pool_values(self, name: str, field: str) -> Sequence[str]:
        """The distinct texts of a pool's field."""

    def pool_rows(self, pool: str) -> int:
        """Rows of a pool."""

    def pool_column(self, name: str, field: str) -> Sequence[Any]:
        """A field of a pool, row by row: texts, or whole numbers (decimals in units of their last place)."""

    def layout(self, table: str) -> Any:
        """The layout model of a table."""

    def kind(self, table: str, column: str) -> Any:
        """The model of a column."""

    def columns(self, table: str) -> Mapping[str, Any]:
        """The models of a table's columns."""

    def head(self, column: str) -> list[int] | None:
        """Of a category of this table that deals blocks: its values among the rows of the block that the history's end cuts.

        None where the history ends with a block.
        """

    def happens(self, table: str) -> bool:
        """Whether the rows of a table happen (or last)."""

    def of_table(self, table: str) -> RowScope:
        """What the layout of another table may ask."""

    def number(self, table: str) -> float:
        """Rows of a table at the end of the dataset's own history."""

    def key_of(self, table: str) -> str:
        """The key column of a table."""

    def has_unknown(self, table: str) -> bool:
        """Whether a table has a row for the unknown, with key -1."""

    def history(self) -> tuple[date, date]:
        """The first and the last day of the dataset's own history."""

    def days(self) -> int:
        """Days of the dataset's own history."""

    def marked_names(self, part: str) -> Sequence[str]:
        """The names that the part `event` or `holiday` of a moment may have."""

    def need_part(self, part: str) -> None:
        """Makes known that a part of a moment is computed; raises ValueError where the dataset's calendar lacks what it needs."""

    def clocked(self, clock: str, zone: str | None) -> Clocked:
        """A clock of the dataset, by the time zone that a path of this row names; raises ValueError."""

    def change(self) -> Change | None:
        """How this column changes, None where it does not."""

    def columns_of_kind(self, table: str, kind: str, **keys: object) -> list[str]:
        """The columns of a kind whose keys have these values."""

    def column_of_kind(self, table: str, kind: str, **keys: object) -> str:
        """The one column of a table with these keys."""


class Column(Strict, ABC):
    """What every column takes."""

    kind: str
    about: str = ""
    """What the column means; with `unit` it makes the data dictionary."""
    unit: str = ""
    """What its numbers count or measure."""
    when: str | None = None
    """SQL condition on this row; NULL elsewhere."""
    nulls: Share = 0
    """Exact share of NULL."""
    as_: str | None = Field(
        default=None, alias="as", pattern=r"^(bigint|integer|boolean|double|varchar|date|timestamp|decimal\(\d+, ?\d+\))$"
    )
    """SQL type, where the inferred one is not wanted."""

    @field_validator("as_")
    @classmethod
    def _digits(cls, value: str | None) -> str | None:
        if value is not None and value.startswith("decimal"):
            digits, places = (int(number) for number in value.removeprefix("decimal(").removesuffix(")").split(","))
            if not (1 <= digits <= 38 and places <= min(digits, 18)):
                raise ValueError(f"a decimal has 1 to 38 digits, at most 18 of them after the point, not `{value}`")
        return value

    @abstractmethod
    def compile(self, scope: Scope) -> Compiled:
        """The kernel's program; raises ValueError with a sentence."""


C = TypeVar("C", bound=type[Column])


def register(kind: C) -> C:
    """Class decorator: makes a kind known by the literal of its `kind` field."""
    KINDS[get_args(get_type_hints(kind)["kind"])[0]] = kind
    return kind


BOOLEANS: Final = ("false", "true")


def unknown_value(name: str, value: str, values: Sequence[str], of: str = "") -> str:
    """That a column never has a value, in a sentence."""
    if value.lower() in BOOLEANS and values == BOOLEANS:
        return BOOLEAN.sentence.replace("True", value).replace("true", value.lower())
    return f"`{name}`{of} is never `{value}`{hint(value, values)}"


def told_words(compiled: Compiled, values: Sequence[str]) -> tuple[str, ...]:
    """The values of a category or boolean as the engine spells them."""
    return tuple(value.capitalize() for value in values) if compiled.type == "boolean" else tuple(values)


def fixed_values(name: str, compiled: Compiled) -> list[str]:
    """The values of a category or boolean that factors may speak of; raises ValueError where they may change, be many or be missing."""
    words = BOOLEANS if compiled.type == "boolean" else compiled.words
    if not words or len(words) > _MANY or compiled.nullable or compiled.sees or compiled.state:
        raise ValueError(f"`{name}` is not a fixed category of at most {_MANY} values that is always there")
    return list(words)


def scaled(distribution: Distribution, scale: float) -> Scaled:
    """A distribution and the factor from its unit to the engine's."""
    return Scaled(distribution.engine(), scale)


def fixed_number(scope: Scope, table: str, column: str) -> str:
    """The name of a number column by which rows of a table count; raises ValueError where it is none or changes."""
    found = scope.find_in(table, column).compiled
    if not found.type.startswith(("bigint", "integer", "decimal")) or found.nullable or found.sees:
        raise ValueError(f"`{column}` of `{table}` is not a fixed number")
    return column
