"""What follows what among the children of one parent."""

from __future__ import annotations

from typing import Any, Literal

from ...errors import hint
from ...program import columns
from ..layouts.children import CountBy
from ..modelling import Field, model_validator
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register
from .category import Weights


@register
class Sequence(Column):
    """The first row of a parent is drawn from `first`, its last rows are those that its category asks for, the others are drawn.

    Its part `in_last` tells whether a row is one of the last ones.
    """

    kind: Literal["sequence"]
    first: Weights = Field(min_length=1)
    """Weights of the first row's values."""
    between: Weights = Field(min_length=1)
    """Weights of the values of those behind it."""
    column: DottedPath
    """The category that says how the rows end."""
    last: dict[str, list[str]] = {}
    """The last values of each of the category's values, in order; others end as it comes."""
    without: dict[str, list[str]] = {}
    """Values that are never drawn where the category has a value: `{its value: [values]}`."""

    @model_validator(mode="after")
    def _fits(self) -> Sequence:
        if sum(self.first.values()) <= 0 or sum(self.between.values()) <= 0:
            raise ValueError("the weights are all 0")
        return self

    def compile(self, scope: Scope) -> Compiled:
        layout = scope.layout(scope.table)
        if not layout.children_of:
            raise ValueError("only rows of children follow each other")
        found = scope.find(self.column)
        known = found.compiled.words
        if not known:
            raise ValueError(f"`{self.column}` is not a category")
        for value in self.without:
            if value not in known:
                raise ValueError(f"`without` speaks of `{value}`, which `{self.column}` never is{hint(value, known)}")
        for value in self.last:
            if value not in known:
                raise ValueError(f"`last` speaks of `{value}`, which `{self.column}` never is{hint(value, known)}")
        self._room(layout, found.column)
        values = tuple(dict.fromkeys((*self.first, *self.between, *(v for ends in self.last.values() for v in ends))))
        kernel = columns.Sequence(
            words=values,
            first=self._weights(self.first, values),
            between=self._weights(self.between, values),
            by=found.program,
            last={value: tuple(values.index(v) for v in ends) for value, ends in self.last.items()},
        )
        return Compiled(kernel, "varchar", values, parts={"in_last": Compiled(None, "boolean")})

    def _weights(self, weights: dict[str, float], values: tuple[str, ...]) -> dict[str, tuple[float, ...]]:
        """The weights under the empty text, and those where the category has a value that rules some out."""
        out = {"": tuple(weights.get(v, 0.0) for v in values)}
        for value, never in self.without.items():
            for gone in never:
                if gone not in values:
                    raise ValueError(f"`without` speaks of `{gone}`, which is not a value; the values are {', '.join(values)}")
            out[value] = tuple(0.0 if v in never else weights.get(v, 0.0) for v in values)
            if sum(out[value]) <= 0:
                raise ValueError(f"`without` leaves nothing for `{value}`")
        return out

    def _room(self, layout: Any, column: str) -> None:
        distributions = layout.count.values if isinstance(layout.count, CountBy) and layout.count.column == column else {}
        for value, ends in self.last.items():
            least = int(distributions[value].least or 0) if value in distributions else int(layout.count.least or 0)
            if least < len(ends) + 1:
                raise ValueError(
                    f"`{value}` ends with {len(ends)} rows after the first one, but a parent may have {least}: "
                    f"give the count a min of {len(ends) + 1} for it"
                )
