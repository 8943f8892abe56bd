"""JSON documents."""

from __future__ import annotations

from typing import Literal

from ...program import columns
from ..modelling import Field
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Json(Column):
    """A document of columns, as text: `{kind: json, fields: {city: _place.city, score: score}}`."""

    kind: Literal["json"]
    fields: dict[str, DottedPath] = Field(min_length=1, max_length=100)
    """Name in the document -> column or path; moments are written in UTC."""

    def compile(self, scope: Scope) -> Compiled:
        fields = []
        sees = state = False
        characters = 2
        for name, path in self.fields.items():
            found = scope.find(path)
            # Quotes are escaped, and there are marks around both.
            characters += 2 * (len(name) + found.compiled.most_characters) + 8
            fields.append(columns.JsonField(name, found.program, found.compiled.type))
            sees |= found.compiled.sees and not (found.path and scope.happens(scope.table))
            state |= found.compiled.state
        return Compiled(columns.Document(tuple(fields)), "varchar", sees=sees, state=state, longest=characters)
