"""Tables as they are declared, whatever the dialect."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import field
from typing import Final, Literal

from ...frozen import dataclass

Name = Literal["bigint", "integer", "boolean", "double", "varchar", "date", "timestamp", "decimal"]

_DECIMAL: Final = re.compile(r"decimal\((\d{1,2}),(\d{1,2})\)")


@dataclass(frozen=True, slots=True)
class Type:
    """A logical type. Timestamps are moments in UTC, to the microsecond."""

    name: Name
    length: int | None = None
    """Characters of a text at most; None: any number. Of others it is None."""
    precision: int = 0
    """Digits of a decimal."""
    scale: int = 0
    """Those after the point."""

    @classmethod
    def of(cls, sql: str, length: int | None = None) -> Type:
        """Of a plan's name of a type, such as `decimal(18,2)`; raises ValueError for one that no plan has."""
        found = _DECIMAL.fullmatch(sql)
        if found is not None:
            return cls("decimal", precision=int(found[1]), scale=int(found[2]))
        names: tuple[Name, ...] = ("bigint", "integer", "boolean", "double", "varchar", "date", "timestamp")
        name = next((name for name in names if name == sql), None)
        if name is None:
            raise ValueError(f"no table has the type {sql}")
        return cls(name, length if name == "varchar" else None)


@dataclass(frozen=True, slots=True)
class Column:
    """A column."""

    name: str
    type: Type
    nullable: bool = True
    about: str = ""
    """What it means, and in which unit."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """One column that holds keys of another table of the same schema."""

    column: str
    parent: str
    parent_column: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table."""

    schema: str
    """Empty: the default one."""
    name: str
    columns: tuple[Column, ...]
    about: str = ""
    primary_key: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    partitioned_by: tuple[str, ...] = ()
    clustered_by: tuple[str, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)
    """Of a Delta table."""
