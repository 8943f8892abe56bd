"""Drawn categories."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from ..names import Name
from .base import Column, Compiled, Scope, decimal_places, register
from .number import check_values


def _weights(value: Any) -> Any:
    if isinstance(value, list):
        if len({str(v) for v in value}) != len(value):
            raise ValueError("a value stands in the list twice")
        return {_text(v): 1.0 for v in value}
    if isinstance(value, dict):
        return {_text(k): v for k, v in value.items()}
    return value


def _text(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError("`true` and `false` are booleans; use kind boolean, or quote them")
    return f"{value}"


Weights = Annotated[dict[str, Annotated[float, Field(ge=0)]], BeforeValidator(_weights)]
"""Values and their weights; a list means equal weights."""


@register
class Category(Column):
    """One of a few values."""

    kind: Literal["category"]
    weights: Weights = Field(min_length=1, max_length=4096)
    by: dict[Name, dict[str, Weights]] = Field(default={}, max_length=1)
    """Other weights for rows where another category has a value: `{column: {value: weights}}`."""
    factors: dict[str, dict[Name, dict[str, Annotated[float, Field(ge=0)]]]] = {}
    """Factors on the weight of a value: `{value: {column: {its value: factor}}}`."""
    exact: bool = False
    """Quotas instead of draws: of each day for events, of each 64 ids for entities."""

    @model_validator(mode="after")
    def _fits(self) -> Category:
        if sum(self.weights.values()) <= 0:
            raise ValueError("the weights are all 0")
        if self.exact and (self.by or self.factors):
            raise ValueError("an exact category takes no `by` and no `factors`: its quotas are the same for all rows")
        return self

    def values(self) -> tuple[str, ...]:
        """All values, those of `by` after those of `weights`."""
        others = (value for laws in self.by.values() for weights in laws.values() for value in weights)
        return tuple(dict.fromkeys((*self.weights, *others)))

    def compile(self, scope: Scope) -> Compiled:
        values = self.values()
        program: dict[str, Any] = {"kernel": "category", "weights": [self.weights.get(v, 0.0) for v in values]}
        if self.exact:
            program["exact"] = True
        for column, laws in self.by.items():
            check_values(scope, column, laws)
            shares = {value: [weights.get(v, 0.0) for v in values] for value, weights in laws.items()}
            program["by"] = {"column": column, "values": shares}
        if self.factors:
            program["factors"] = {}
            for value, columns in self.factors.items():
                if value not in values:
                    raise ValueError(f"`factors` speaks of `{value}`, which is no value; the values are {', '.join(values)}")
                for column, factors in columns.items():
                    check_values(scope, column, factors)
                program["factors"][str(values.index(value))] = columns
        changes = scope.change()
        if changes is not None:
            if len(values) < 2:
                raise ValueError("a category of one value cannot change")
            program["changes"] = changes
        kind = self.as_ or "varchar"
        if kind == "varchar":
            program["words"] = list(values)
            return Compiled(program, kind, values, sees=changes is not None)
        if not kind.startswith(("bigint", "integer", "decimal")):
            raise ValueError(f"a category is a text or a number, not `{kind}`")
        places = decimal_places(kind)
        try:
            program["numbers"] = [round(float(value) * 10**places) for value in values]
        except ValueError:
            raise ValueError(f"not all values are numbers, as `as: {kind}` says") from None
        program["scale"] = places
        return Compiled(program, kind, sees=changes is not None)
