"""Drawn numbers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from ...program import columns
from ..laws import AnyLaw
from ..names import Name
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, decimal_places, register


@register
class Number(Column):
    """A number of a law, by default a whole one."""

    kind: Literal["number"]
    law: AnyLaw
    by: dict[Name, dict[str, AnyLaw]] = Field(default={}, max_length=1)
    """Other laws for rows where a category column has a value: `{column: {value: law}}`."""
    times: DottedPath | None = None
    """A number column that scales the draw."""
    places: int = Field(default=0, ge=0, le=9)
    """Digits after the point."""
    endings: list[float] = []
    """Price endings, for example [0.99, 0.49, 0.00]."""

    @model_validator(mode="after")
    def _fits(self) -> Number:
        if self.endings and self.places == 0:
            raise ValueError("price endings need places")
        if any(not 0 <= ending < 1 for ending in self.endings):
            raise ValueError("price endings lie between 0.00 and 0.99")
        for law in (self.law, *(law for laws in self.by.values() for law in laws.values())):
            if law.unit is not None:
                raise ValueError("a number has no unit of time; use kind date or timestamp")
        return self

    def compile(self, scope: Scope) -> Compiled:
        times, by = None, None
        nullable = sees = state = False
        if self.times is not None:
            found = scope.find(self.times)
            if not found.compiled.type.startswith(("bigint", "integer", "decimal", "double")):
                raise ValueError(f"`{self.times}` is no number")
            times = found.program
            nullable, sees, state = found.compiled.nullable, found.compiled.sees, found.compiled.state
        for column, laws in self.by.items():
            check_values(scope, column, laws)
            by = columns.NumberBy(column, {value: law.engine() for value, law in laws.items()})
        changes = scope.change()
        if changes is not None:
            if changes.times is None:
                raise ValueError("a changing number needs `times: law` under rows.changes.columns")
            if self.places == 0 and not self.endings:
                raise ValueError("a changing number needs places")
            sees = True
        kind = self.as_ or (f"decimal(18,{self.places})" if self.places else "bigint")
        if decimal_places(kind) != self.places and not (kind == "double" and self.places == 0):
            raise ValueError(f"`as: {kind}` does not agree with places: {self.places}")
        endings = tuple(round(ending * 10**self.places) for ending in self.endings)
        kernel = columns.Number(self.law.engine(), self.places, times, endings, by, changes)
        return Compiled(kernel, kind, None, nullable, sees, state)


def check_values(scope: Scope, column: str, values: object) -> None:
    """Raises ValueError where a category column never has one of the values."""
    from ...errors import hint

    found = scope.find(column)
    words = ("True", "False") if found.compiled.type == "boolean" else found.compiled.words
    if words is None:
        raise ValueError(f"`{column}` is not a category")
    for value in values if isinstance(values, dict) else ():
        if words and value not in words:
            raise ValueError(f"`{column}` is never `{value}`{hint(value, words)}")
