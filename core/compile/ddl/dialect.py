"""What every dialect of SQL answers for the tables of the model."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import ClassVar, Final

from ...errors import InputError, brief
from ...format import printable
from .model import Table, Type

CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NO_NAME: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
_MARKERS: Final = re.compile(r"(?<=-)(?=-)|(?<=/)(?=\*)|(?<=\*)(?=/)|(?<=\$)(?=[({$])")
"""Between the characters of whatever begins or ends a comment, a variable or a quote."""

NOTHING: Final = re.compile(r"(?!)")
"""Matches nowhere."""

Row = Mapping[str, str | int]


class Dialect(ABC):
    """A dialect. Whatever names, texts and comments hold, they stay what they are."""

    title: ClassVar[str]
    ends: ClassVar[str]
    """What its runners know the end of a statement by; comes after it in a script."""
    most: ClassVar[int]
    """Bytes of a name, in UTF-8."""
    refused: ClassVar[re.Pattern[str]]
    """What no name may hold."""
    default_schema: ClassVar[str] = ""

    def name(self, text: str) -> str:
        """An identifier; raises InputError for a text that the engine takes for none, or would cut."""
        if not text or _NO_NAME.search(text) or self.refused.search(text) or len(text.encode()) > self.most:
            raise InputError(
                f"{self.title} has no name `{brief(text)}`: choose one of letters, digits and underscores, {self.most} at most"
            )
        return self._quoted(text)

    def place(self, table: Table) -> str:
        """A table's name with its schema."""
        schema = table.schema or self.default_schema
        return f"{self.name(schema)}.{self.name(table.name)}" if schema else self.name(table.name)

    def names(self, columns: Sequence[str]) -> str:
        """Identifiers, separated by commas."""
        return ", ".join(map(self.name, columns))

    @abstractmethod
    def _quoted(self, text: str) -> str: ...

    @abstractmethod
    def literal(self, text: str) -> str:
        """An expression on one line whose value is a text; in place of NUL and of halves of characters stands U+FFFD."""

    @abstractmethod
    def type(self, kind: Type) -> str:
        """A type of a column."""

    @abstractmethod
    def create_schema(self, schema: str) -> str:
        """A statement that makes a schema where there is none."""

    @abstractmethod
    def create_table(self, table: Table) -> tuple[str, ...]:
        """Statements that make a table where there is none, and say what it is about."""

    @abstractmethod
    def keys(self, tables: Sequence[Table]) -> tuple[str, ...]:
        """Statements that add the keys that tables do not have yet; none where they are declared with the table, or cannot be."""

    @abstractmethod
    def fill(self, table: Table, rows: Sequence[Row]) -> tuple[str, ...]:
        """Statements that put rows into a table, in the place of those with the same first column."""

    def column_names(self, table: Table) -> str:
        """Of a table, separated by commas."""
        return self.names([column.name for column in table.columns])

    def values(self, table: Table, rows: Sequence[Row]) -> str:
        """Rows as after VALUES, a line each."""
        return ",\n".join(f"  ({', '.join(self.value(row[column.name]) for column in table.columns)})" for row in rows)

    def value(self, value: str | int) -> str:
        """An expression for a value."""
        return self.literal(value) if isinstance(value, str) else str(int(value))

    def replaced(self, table: Table, rows: Sequence[Row]) -> tuple[str, str]:
        """A DELETE of rows whose first column is that of others, and an INSERT of those."""
        key = table.columns[0].name
        there = ", ".join(self.value(row[key]) for row in rows)
        delete = f"DELETE FROM {self.place(table)} WHERE {self.name(key)} IN ({there})"
        return delete, f"INSERT INTO {self.place(table)} ({self.column_names(table)}) VALUES\n{self.values(table, rows)}"


def whole(text: str) -> str:
    """A text without what no engine stores: NUL, and halves of characters."""
    return re.sub(r"[\x00\ud800-\udfff]", "\ufffd", text)


def one_line(text: str) -> str:
    """A text on one line, with escapes for what nobody sees: as tables and columns are commented, where it is still to be quoted."""
    return printable(" ".join(whole(text).split()))


def remark(text: str) -> str:
    """A text as it may follow `--`: on one line, with nothing in it that ends or begins a comment, or stands for something else."""
    return _MARKERS.sub(" ", one_line(text))


def told(table: Table, column: str) -> str:
    """What a column is about, with its keys, for engines that have none."""
    about = next(each.about for each in table.columns if each.name == column)
    points = [f"refers to {key.parent}.{key.parent_column}" for key in table.foreign_keys if key.column == column]
    return "; ".join(filter(None, (about, "primary key" if column in table.primary_key else "", *points)))


def constraint(kind: str, *names: str, most: int) -> str:
    """The name of a constraint, cut where it is long, and still of its own."""
    name = "_".join((kind, *names))
    return name if len(name) <= most else f"{name[: most - 9]}_{sha256(name.encode()).hexdigest()[:8]}"
