"""The base of all kinds, and the register that makes a kind known.

A new kind is one module with its model (registered here) and one kernel in the engine.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol, TypeVar, get_args, get_type_hints

from pydantic import Field, field_validator

from ...program.columns import Change, Kernel
from ...program.columns import Sql as SqlKernel
from ...program.values import Path, Scaled, Tree
from ..laws import Law
from ..names import Strict
from ..numbers import Share

if TYPE_CHECKING:
    from ..layouts.base import RowScope

KINDS: dict[str, type[Column]] = {}
_MANY: Final = 64
MOST_TEXT: Final = 30_000
"""Characters of a text: a block's 32,768 of them are one array of Arrow, of at most 2 GB."""
_SOME_TEXT: Final = 200
"""Characters that a text is thought to have at most where nothing else is known."""


def longest(kind: str, words: Sequence[str] | None) -> int:
    """Most characters of a text of these words; of values of other types, as texts."""
    if kind != "varchar":
        return 40
    return max(map(len, words)) if words else _SOME_TEXT


@dataclass(frozen=True)
class Compiled:
    """A column as the engine will run it, and what other columns need to know of it."""

    kernel: Kernel | None
    """What the engine is told; None for what is inside another column."""
    type: str
    """SQL type of the value."""
    words: tuple[str, ...] | None = None
    """All texts that the value may take, where they are known when the plan is made; () for unknown ones of a list."""
    nullable: bool = False
    sees: bool = False
    """Whether the value depends on the day as of which the row is seen."""
    state: bool = False
    """Whether it depends on `as_of` even in rows that happen."""
    parts: Mapping[str, Compiled] = field(default_factory=dict)
    """What a path may reach inside."""
    unknown: bool = False
    """Whether -1 stands for NULL: the key of the row for the unknown."""
    longest: int = 0
    """Most characters of a text; 0: those of its words, or a few hundred."""

    @property
    def tree(self) -> Tree:
        """The expression of a compiled one; raises TypeError for other columns."""
        if not isinstance(self.kernel, SqlKernel):
            raise TypeError("only expressions have a tree")
        return self.kernel.tree

    @property
    def most_characters(self) -> int:
        """Most characters of its value as a text."""
        return self.longest or longest(self.type, self.words)


@dataclass(frozen=True)
class Found:
    """Where a path leads."""

    path: tuple[str, ...]
    """References to follow first."""
    column: str
    part: str | None
    compiled: Compiled

    @property
    def program(self) -> Path:
        """The path as the engine takes it."""
        return Path(self.path, self.column, self.part)


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

    def days(self) -> int:
        """Days of the dataset's own history."""

    def need_part(self, part: str) -> None:
        """Makes known that a part of a moment is computed; raises ValueError where the dataset's calendar lacks what it needs."""

    def change(self) -> Change | None:
        """How this column changes, None where it does not."""

    def column_of_kind(self, table: str, kind: str, **keys: object) -> str:
        """The one column of a table with these keys."""


class Column(Strict, ABC):
    """What every column takes."""

    kind: str
    about: str = ""
    """What the column means; with `unit` it makes the data dictionary."""
    unit: str = ""
    when: str | None = None
    """SQL condition on this row; NULL elsewhere."""
    nulls: Share = 0
    """Exact share of NULL."""
    as_: str | None = Field(
        default=None, alias="as", pattern=r"^(bigint|integer|boolean|double|varchar|date|timestamp|decimal\(\d+, ?\d+\))$"
    )
    """SQL type, where the inferred one is not wanted."""

    is_structural: ClassVar[bool] = False

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


def fixed_values(name: str, compiled: Compiled) -> list[str]:
    """The values of a category or boolean that factors may speak of; raises ValueError where they may change, be many or be missing."""
    words = ("False", "True") if compiled.type == "boolean" else compiled.words
    if not words or len(words) > _MANY or compiled.nullable or compiled.sees or compiled.state:
        raise ValueError(f"`{name}` is not a fixed category of at most {_MANY} values that is always there")
    return list(words)


def scaled(law: Law, scale: float) -> Scaled:
    """A law and the factor from its unit to the engine's."""
    return Scaled(law.engine(), scale)


def decimal_places(kind: str) -> int:
    """Digits after the point of a SQL type; 0 for whole numbers."""
    return int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0


def fixed_number(scope: Scope, table: str, column: str) -> str:
    """The name of a number column by which rows of a table count; raises ValueError where it is none or changes."""
    found = scope.find_in(table, column).compiled
    if not found.type.startswith(("bigint", "integer", "decimal")) or found.nullable or found.sees:
        raise ValueError(f"`{column}` of `{table}` is not a fixed number")
    return column
