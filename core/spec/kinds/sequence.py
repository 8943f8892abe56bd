"""What follows what among the children of one parent."""

from __future__ import annotations

from typing import Any, Literal

from ...errors import hint
from ...program import columns
from ..layouts.children import CountBy
from ..modelling import Field, model_validator
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register
from .cases import told_cases
from .category import Weights, WeightsBy


@register
class Sequence(Column):
    """The first row of a parent is drawn from `first`, its last rows are those that its category asks for, the others are drawn.

    Its part `in_last` tells whether a row is one of the last ones.
    """

    kind: Literal["sequence"]
    first: Weights = Field(min_length=1)
    """Weights of the first row's values."""
    first_by: WeightsBy | None = None
    """Other weights of the first row's values where a category has a value: `{column: visit_id.channel, values: {mail: {item: 1}}}`."""
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
        others = self.first_by.values.values() if self.first_by is not None else ()
        if any(sum(weights.values()) <= 0 for weights in (self.first, self.between, *others)):
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
        values = self.listed
        by, firsts = None, {}
        if self.first_by is not None:
            place, cases = told_cases(scope, self.first_by.column, self.first_by.values)
            by, firsts = place.program, {case: self._weights(weights, values) for case, weights in cases.items()}
        kernel = columns.Sequence(
            words=values,
            first=self._weights(self.first, values),
            between=self._weights(self.between, values),
            by=found.program,
            last={value: tuple(values.index(v) for v in ends) for value, ends in self.last.items()},
            first_by=by,
            firsts=firsts or None,
        )
        return Compiled(kernel, "varchar", values, parts={"in_last": Compiled(None, "boolean")})

    @property
    def firsts(self) -> dict[str, float]:
        """The values that a first row may have, with their weights or those of some case."""
        others = self.first_by.values.values() if self.first_by is not None else ()
        return {value: weight for weights in (*others, self.first) for value, weight in weights.items() if weight > 0}

    @property
    def listed(self) -> tuple[str, ...]:
        """All values, each once."""
        others = self.first_by.values.values() if self.first_by is not None else ()
        ends = (value for ends in self.last.values() for value in ends)
        return tuple(dict.fromkeys((*self.first, *(value for weights in others for value in weights), *self.between, *ends)))

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
