"""Pools: lists of rows whose fields belong together, read from CSV files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from csv import Error as CsvError
from csv import reader
from dataclasses import dataclass
from functools import lru_cache
from io import StringIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..program.content import Contents
from ..program.program import Pool as PoolProgram
from .hashing import Ints
from .vector import Vec, Words

_DIGITS: Final = 18
_BOOLEANS: Final = {"false": False, "true": True}
_EXACT: Final = 2.0**50
_WEIGHT: Final = re.compile(r"[0-9]{1,12}")
_NUMBER: Final = re.compile(r"-?(?=.{1,16}\Z)(?:0|[1-9][0-9]*)(\.[0-9]+)?")
_KEPT: Final = 32
"""Pools that a process keeps: each new engine of a wizard, a generator or a plan reads the same ones again."""
_LARGEST: Final = 1 << 20
"""Bytes of the text of a pool that is kept."""


@dataclass(frozen=True, eq=False)
class Pool:
    """The fields of a pool, each with one value a row."""

    fields: Mapping[str, Vec]
    weights: Ints
    rows: int

    @classmethod
    def load(cls, program: PoolProgram, contents: Contents) -> Pool:
        """The pool that a program names: its SHA-256 and the type of each field. Raises as `Contents.read`."""
        content, types = contents.read(program.sha256), tuple(program.fields.items())
        return _kept(content, types) if len(content) <= _LARGEST else _read(content, types)

    @classmethod
    def parse(cls, text: str, types: Mapping[str, str]) -> Pool:
        """A pool from CSV text and the SQL type of each field; raises ValueError as `read_columns`."""
        return cls.of(read_columns(text), types)

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[str]], types: Mapping[str, str]) -> Pool:
        """A pool from the texts of its fields and the SQL type of each."""
        rows = len(next(iter(columns.values())))
        weights = np.array(list(map(int, columns["weight"])) if "weight" in columns else [1] * rows, np.int64)
        return cls(_Fields(columns, types), _fixed(weights), rows)


class _Fields(Mapping[str, Vec]):
    """Fields that become numbers and words when they are first used: most tables use few of a pool's."""

    def __init__(self, columns: Mapping[str, Sequence[str]], types: Mapping[str, str]) -> None:
        self._columns, self._types = columns, types
        self._made: dict[str, Vec] = {}

    def __getitem__(self, name: str) -> Vec:
        made = self._made.get(name)
        if made is None:
            # Engines of several threads share it, and must all have the same words.
            made = self._made.setdefault(name, _field(self._columns[name], self._types[name]))
        return made

    def __iter__(self) -> Iterator[str]:
        return iter(self._types)

    def __len__(self) -> int:
        return len(self._types)


def _read(content: bytes, types: tuple[tuple[str, str], ...]) -> Pool:
    return Pool.parse(content.decode("utf-8-sig"), dict(types))


_kept = lru_cache(_KEPT)(_read)


def read_columns(text: str) -> dict[str, tuple[str, ...]]:
    """The values of each field of a CSV text with a header; raises ValueError where there are no rows, or one has too few or many."""
    try:
        header, *rows = [row for row in reader(StringIO(text.replace("\r\n", "\n").replace("\r", "\n"))) if row] or [[]]
    except CsvError as error:
        raise ValueError(str(error)) from error
    if not rows or any(len(row) != len(header) for row in rows):
        raise ValueError("a header and rows with a value in every field are needed")
    if len(set(header)) < len(header):
        raise ValueError("two fields have one name")
    out = dict(zip(header, zip(*rows, strict=True), strict=True))
    weights = out.get("weight", ("1",))
    if not all(_WEIGHT.fullmatch(weight) for weight in weights) or not any(map(int, weights)):
        raise ValueError("each weight must be a whole number of at most 12 digits, and one above 0")
    return out


def field_type(values: Sequence[str]) -> str:
    """The narrowest SQL type that holds a field's texts: boolean (all `true` or `false`), bigint, decimal or varchar.

    Where any number has a leading zero (postal codes, merchant category codes), all stay texts.
    """
    if all(value in _BOOLEANS for value in values):
        return "boolean"
    numbers = [_NUMBER.fullmatch(value) for value in values]
    if None in numbers:
        return "varchar"
    places = max((len(number[1] or ".") - 1 for number in numbers if number), default=0)
    whole = max((len(number[0]) - len(number[1] or "") for number in numbers if number), default=0)
    if whole + places > _DIGITS:
        return "varchar"
    return f"decimal(18,{places})" if places else "bigint"


def _field(values: Sequence[str], kind: str) -> Vec:
    if kind == "varchar":
        words = Words(list(dict.fromkeys(values)))
        return Vec(_fixed(np.array([words.places[value] for value in values], np.int32)), words=words)
    if kind == "boolean":
        return Vec(_fixed(np.array([_BOOLEANS[value] for value in values], np.bool_)))
    scale = 0 if kind == "bigint" else int(kind.removesuffix(")").split(",")[1])
    return Vec(_fixed(_scaled(values, scale) if scale else np.array(list(map(int, values)), np.int64)), scale=scale)


def _fixed(values: NDArray[Any]) -> NDArray[Any]:
    """What several engines share, nobody may change."""
    values.setflags(write=False)
    return values


def _scaled(values: Sequence[str], scale: int) -> NDArray[Any]:
    """Decimals as whole numbers of their last place."""
    near = np.array(list(map(float, values))) * 10.0**scale
    if np.abs(near).max(initial=0.0) < _EXACT:
        # Both steps err by less than half of the last place.
        return np.rint(near).astype(np.int64)
    parts = [value.partition(".") for value in values]
    return np.array([int(whole + part.ljust(scale, "0")) for whole, _, part in parts], np.int64)
