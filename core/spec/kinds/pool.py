"""Rows of pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

from pydantic import Field

from ...errors import hint
from ..names import Name
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Pool(Column):
    """One row of a list; its fields belong together. The column's own value is the first field."""

    kind: Literal["pool"]
    pool: Name
    match: dict[Name, DottedPath] = Field(default={}, max_length=1)
    """Only rows whose field equals a column: `{field: column}`."""

    def compile(self, scope: Scope) -> Compiled:
        fields = scope.pool(self.pool)
        program: dict[str, Any] = {"kernel": "pool", "pool": self.pool, "field": next(iter(fields))}
        nullable = sees = state = False
        for theirs, mine in self.match.items():
            if theirs not in fields:
                raise ValueError(f"the pool `{self.pool}` has no field `{theirs}`{hint(theirs, list(fields))}")
            found = scope.find(mine)
            if found.compiled.words is None or fields[theirs].words is None:
                raise ValueError("a pool is matched by texts from a list")
            known = set(scope.pool_values(self.pool, theirs))
            missing = [word for word in found.compiled.words if word not in known]
            if missing and len(missing) == len(found.compiled.words):
                raise ValueError(f"no row of `{self.pool}` has {theirs} = {missing[0]}")
            program["match"] = [theirs, found.program]
            nullable, sees, state = found.compiled.nullable, found.compiled.sees, found.compiled.state
        changes = scope.change()
        if changes is not None:
            program["changes"] = changes
            sees = True
        parts = {name: replace(part, nullable=nullable, sees=sees, state=state) for name, part in fields.items()}
        first = parts[program["field"]]
        return Compiled(program, first.type, first.words, nullable, sees, state, parts)
