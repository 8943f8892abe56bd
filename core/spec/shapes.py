"""Shapes that come up in many places: values of columns as keys, factors, and a value that a column must have."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from ..errors import brief
from . import renamed
from .modelling import AfterValidator, BeforeValidator, Field
from .names import Name, Path, Strict

_EQUAL: Final = re.compile(r"\s*([a-z_][a-z0-9_]{0,62})\s*==?\s*(?:'((?:[^']|'')*)'|(true|false))\s*", re.IGNORECASE)


def spelled(value: Any) -> Any:
    """A value of a column as a key: `true` and `false` for booleans, digits for whole numbers."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value}" if isinstance(value, int) else value


Value = Annotated[str, BeforeValidator(spelled)]
"""A value of a column, where it is a key."""

Times = Annotated[dict[Value, Annotated[float, Field(ge=0, le=1_000)]], Field(min_length=1)]
"""Factors by the values of a column, or by half-open bands of whole numbers such as "09-12"."""


def listed(value: Any) -> Any:
    """Factors as they are written; raises ValueError for the mappings that they were once."""
    if isinstance(value, dict):
        raise ValueError(renamed.FACTORS.sentence)
    return value


def cased(value: Any) -> Any:
    """What differs by a column's values, as it is written; raises ValueError for the mapping of one entry that it was once."""
    if isinstance(value, dict) and "column" not in value and "values" not in value and len(value) == 1:
        raise ValueError(renamed.BY.sentence)
    return value


def _equality(text: str) -> str:
    equal(text)
    return text


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        raise ValueError(renamed.WHERE.sentence)
    return value


Equality = Annotated[str, BeforeValidator(_as_text), AfterValidator(_equality)]
"""SQL that compares a column with a value: `outcome = 'order'`."""


def equal(text: str) -> tuple[str, str]:
    """The column and the value of an equality; raises ValueError for other SQL."""
    found = _EQUAL.fullmatch(text)
    if found is None:
        raise ValueError(f"`{brief(text)}` does not compare a column with one value; write for example `outcome = 'order'`")
    return found[1], found[3].lower() if found[3] else found[2].replace("''", "'")


class Factors(Strict):
    """How often, or how popular, by the values of a column of the row."""

    column: Path
    """A column, or a path, of the row that decides."""
    times: Times
    """Factor of each of its values; 1 where none is given."""


class OwnFactors(Strict):
    """Factors on a step's or an entry's share."""

    column: Name
    """The category, or boolean, that decides."""
    times: Times
    """Factor of each of its values; 1 where none is given."""


class ValueFactors(Factors):
    """Factors on the weight of a value."""

    of: Value
    """The value whose weight is multiplied."""


class CountFactors(Factors):
    """Factors on how often a parent has a count."""

    of: Annotated[int, Field(ge=0)]
    """The number of children."""


class RowFactors(Factors):
    """Factors on the popularity of some rows."""

    of: Equality
    """Which rows of the target: `line = 'restaurant'`."""


def by_column(factors: Sequence[OwnFactors | Factors]) -> dict[str, dict[str, float]]:
    """{column: {value: factor}}; raises ValueError where a column stands twice."""
    out: dict[str, dict[str, float]] = {}
    for one in factors:
        if one.column in out:
            raise ValueError(f"`factors` name `{one.column}` twice")
        out[one.column] = one.times
    return out


def grouped(factors: Sequence[tuple[str, OwnFactors | Factors]]) -> dict[str, dict[str, dict[str, float]]]:
    """{what is weighed: {column: {value: factor}}}, in the order in which they are written; raises ValueError where one stands twice."""
    names = dict.fromkeys(of for of, _ in factors)
    return {name: by_column([one for of, one in factors if of == name]) for name in names}


def capital(values: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping by values of a boolean as the engine spells them."""
    return {key.capitalize(): value for key, value in values.items()}
