"""Rows of pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from ...errors import hint
from ...program import columns
from ...program.values import Path
from ..modelling import Field
from ..names import Name
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register


@register
class Pool(Column):
    """One row of a list; its fields belong together. The column's own value is the first field."""

    kind: Literal["pool"]
    pool: Name
    """The list: a shipped one, or a file of the dataset's folder `pools`."""
    match: dict[Name, DottedPath] = Field(default={}, max_length=6)
    """Only rows whose fields equal columns, texts or booleans: `{field: column}`."""
    alternate: DottedPath | None = None
    """A column of whole numbers: where it is even and where it is odd, different rows of the list are drawn."""
    per: DottedPath | None = None
    """A column of whole numbers, such as a key: rows that share its value, and match the same, share the draw."""

    def compile(self, scope: Scope) -> Compiled:
        fields = scope.pool(self.pool)
        nullable = sees = state = False
        matches = []
        for theirs, mine in self.match.items():
            if theirs not in fields:
                raise ValueError(f"the pool `{self.pool}` has no field `{theirs}`{hint(theirs, list(fields))}")
            found = scope.find(mine)
            words = found.compiled.words
            both = words is not None and fields[theirs].words is not None
            if not both and not found.compiled.type == fields[theirs].type == "boolean":
                kinds = f"`{theirs}` is a {fields[theirs].type}, `{mine}` a {found.compiled.type}"
                raise ValueError(f"a pool is matched by texts from a list, or booleans; {kinds}")
            known = set(scope.pool_values(self.pool, theirs))
            missing = [word for word in words or () if word not in known]
            if missing and len(missing) == len(words or ()):
                raise ValueError(f"no row of `{self.pool}` has {theirs} = {missing[0]}")
            matches.append((theirs, found.program))
            nullable, sees, state = nullable or found.compiled.nullable, sees or found.compiled.sees, state or found.compiled.state
        changes = scope.change()
        ours: dict[str, Path] = {}
        for name, path in (("alternate", self.alternate), ("per", self.per)):
            if path is not None:
                found = scope.find(path)
                if found.compiled.type not in ("bigint", "integer"):
                    raise ValueError(f"`{path}` is not a whole number")
                if changes is not None:
                    raise ValueError(f"a changing column takes no `{name}`")
                ours[name] = found.program
                nullable, sees, state = nullable or found.compiled.nullable, sees or found.compiled.sees, state or found.compiled.state
        if changes is not None:
            sees = True
        parts = {name: replace(part, nullable=nullable, sees=sees, state=state) for name, part in fields.items()}
        kernel = columns.PoolRow(self.pool, next(iter(fields)), tuple(matches), **ours, changes=changes)
        first = parts[kernel.field]
        return Compiled(kernel, first.type, first.words, nullable, sees, state, parts, longest=first.longest)
