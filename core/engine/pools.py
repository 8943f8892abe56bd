"""Pools: lists of rows whose fields belong together, read from CSV files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from csv import DictReader
from dataclasses import dataclass
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any, Final

import numpy as np

from .hashing import Ints
from .vector import Vec, Words

_BOOLEANS: Final = {"false": False, "true": True}


@dataclass(frozen=True, eq=False)
class Pool:
    """The fields of a pool, each with one value a row."""

    fields: Mapping[str, Vec]
    weights: Ints
    rows: int

    @classmethod
    def load(cls, program: Mapping[str, Any]) -> Pool:
        """Reads a pool named by a program: its path, SHA-256 and the type of each field.

        Raises OSError where the file is missing and ValueError where it is not the one that was planned with.
        """
        data = Path(program["path"]).read_bytes()
        if sha256(data).hexdigest() != program["sha256"]:
            raise ValueError(f"the pool {program['path']} has changed since the plan was made")
        return cls.parse(data.decode("utf-8-sig"), program["fields"])

    @classmethod
    def parse(cls, text: str, types: Mapping[str, str]) -> Pool:
        """A pool from CSV text and the SQL type of each field."""
        rows = list(DictReader(StringIO(text)))
        fields = {name: _field([row[name] for row in rows], kind) for name, kind in types.items()}
        weight = [int(row["weight"]) for row in rows] if rows and "weight" in rows[0] else [1] * len(rows)
        return cls(fields, np.array(weight, np.int64), len(rows))


def field_type(values: Sequence[str]) -> str:
    """The narrowest SQL type that holds a field's texts: boolean (all `true` or `false`), bigint, decimal or varchar.

    Where any number has a leading zero (postal codes, merchant category codes), all stay texts.
    """
    if all(value in _BOOLEANS for value in values):
        return "boolean"
    places = 0
    for value in values:
        digits = value.removeprefix("-")
        whole, point, part = digits.partition(".")
        if not whole.isdigit() or (point and not part.isdigit()) or (len(whole) > 1 and whole[0] == "0") or len(digits) > 16:
            return "varchar"
        places = max(places, len(part))
    return f"decimal(18,{places})" if places else "bigint"


def _field(values: Sequence[str], kind: str) -> Vec:
    if kind == "varchar":
        words = Words(list(dict.fromkeys(values)))
        return Vec(np.array([words.places[value] for value in values], np.int32), words=words)
    if kind == "boolean":
        return Vec(np.array([_BOOLEANS[value] for value in values], np.bool_))
    scale = 0 if kind == "bigint" else int(kind.removesuffix(")").split(",")[1])
    numbers = [_scaled(value, scale) for value in values]
    return Vec(np.array(numbers, np.int64), scale=scale)


def _scaled(value: str, scale: int) -> int:
    whole, _, part = value.partition(".")
    return int(whole + part.ljust(scale, "0"))
