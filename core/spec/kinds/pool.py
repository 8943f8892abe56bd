"""Rows of pools."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from ...errors import hint
from ...program import columns
from ...program.values import Path
from ..modelling import BeforeValidator, Field, model_validator
from ..names import Name, Strict
from ..names import Path as DottedPath
from ..validity import gap, spans
from .base import Column, Compiled, Found, Scope, register


def _circles(value: Any) -> Any:
    return [value] if isinstance(value, dict) else value


class Near(Strict):
    """Rows of the list that are near."""

    match: Annotated[dict[Name, DottedPath], Field(min_length=1, max_length=3)]
    """Fields of the list that equal columns, texts or booleans: `{area: home_area}`."""
    share: float = Field(gt=0, le=1)
    """Share of the rows that are drawn among them."""


@register
class Pool(Column):
    """One row of a list; its fields belong together. The column's own value is the first field."""

    kind: Literal["pool"]
    pool: Name
    """The list: a shipped one, or a file of the dataset's folder `pools`."""
    match: dict[Name, DottedPath] = Field(default={}, max_length=8)
    """Only rows whose fields equal columns, texts or booleans: `{field: column}`."""
    near: Annotated[list[Near], BeforeValidator(_circles), Field(max_length=4)] = []
    """Shares of the rows that are drawn among those that are near, the nearest first: `[{match: {area: home_area}, share: 0.9}]`. Where
    none is, or a column is NULL, the next share's are drawn from, at last all."""
    alternate: DottedPath | None = None
    """A column of whole numbers: where it is even and where it is odd, different rows of the list are drawn."""
    per: DottedPath | None = None
    """A column of whole numbers, such as a key: rows that share its value, and match the same, share the draw. Of a column that changes:
    after as many changes."""
    at: DottedPath | None = None
    """A date or timestamp: only rows of the list that are valid on its day, by the fields `valid_from` and `valid_to` (the last day) of the
    list; an empty one is open. Where none is valid, those that were so last, else those that will be next. At most 65,536 rows."""

    @model_validator(mode="after")
    def _fits(self) -> Pool:
        if sum(near.share for near in self.near) > 1 + 1e-9:
            raise ValueError("the shares of `near` add up to more than 1")
        if self.near and self.alternate is not None:
            raise ValueError("`near` goes with no `alternate`")
        if self.at is not None and (self.near or self.alternate is not None):
            raise ValueError(f"`at` goes with no {'`near`' if self.near else '`alternate`'}")
        return self

    def compile(self, scope: Scope) -> Compiled:
        fields = scope.pool(self.pool)
        matches = {theirs: self._equal(scope, fields, theirs, mine) for theirs, mine in self.match.items()}
        around = [{theirs: self._equal(scope, fields, theirs, mine) for theirs, mine in near.match.items()} for near in self.near]
        near = [found for circle in around for found in circle.values()]
        changes = scope.change()
        ours: dict[str, Found] = {}
        for name, path in (("alternate", self.alternate), ("per", self.per)):
            if path is not None:
                ours[name] = scope.find(path)
                if ours[name].compiled.type not in ("bigint", "integer"):
                    raise ValueError(f"`{path}` is not a whole number")
                if changes is not None and name == "alternate":
                    raise ValueError(f"a changing column takes no `{name}`")
        at = self._moment(scope, fields) if self.at is not None else None
        asked = [*matches.values(), *ours.values(), *([at] if at is not None else ())]
        nullable = any(found.compiled.nullable for found in asked)
        sees = changes is not None or any(found.compiled.sees for found in (*asked, *near))
        state = any(found.compiled.state for found in (*asked, *near))
        parts = {name: replace(part, nullable=nullable, sees=sees, state=state) for name, part in fields.items()}
        kernel = columns.PoolRow(self.pool, next(iter(fields)), _told(matches), **_paths(ours), changes=changes)
        if self.near:
            circles = tuple(columns.Near(one.share, _told(circle)) for one, circle in zip(self.near, around, strict=True))
            kernel = columns.NearPoolRow(self.pool, kernel.field, kernel.match, **_paths(ours), changes=changes, near=circles)
        if at is not None:
            per = ours["per"].program if "per" in ours else None
            is_date = at.compiled.type == "date"
            kernel = columns.DatedPoolRow(self.pool, kernel.field, kernel.match, per=per, at=at.program, at_date=is_date)
        first = parts[kernel.field]
        return Compiled(kernel, first.type, first.words, nullable, sees, state, parts, longest=first.longest)

    def _moment(self, scope: Scope, fields: Mapping[str, Compiled]) -> Found:
        """The moment on whose day rows of the list are valid; raises ValueError, too where one of our rows cannot have any."""
        found = scope.find(self.at or "")
        if found.compiled.type not in ("date", "timestamp"):
            raise ValueError(f"`{self.at}` is not a date or timestamp")
        if scope.change() is not None:
            raise ValueError("a changing column takes no `at`")
        valid = spans(scope, self.pool, fields)
        if isinstance(found.compiled.kernel, columns.Begin) and not found.path and scope.happens(scope.table):
            first, last = scope.history()
            missing = gap(valid, first, last)
            if missing is not None:
                raise ValueError(f"no row of the pool `{self.pool}` is valid on {missing}; the history is {first} to {last}")
        return found

    def _equal(self, scope: Scope, fields: Mapping[str, Compiled], theirs: str, mine: str) -> Found:
        """The column that a field of the list equals."""
        if theirs not in fields:
            raise ValueError(f"the pool `{self.pool}` has no field `{theirs}`{hint(theirs, list(fields))}")
        found = scope.find(mine)
        words = found.compiled.words
        both = words is not None and fields[theirs].words is not None
        if not both and not found.compiled.type == fields[theirs].type == "boolean":
            kinds = f"`{theirs}` is a {fields[theirs].type}, `{mine}` a {found.compiled.type}"
            raise ValueError(f"a pool is matched by texts from a list, or booleans; {kinds}")
        known = set(scope.pool_values(self.pool, theirs))
        if words and not known.intersection(words):
            raise ValueError(f"no row of `{self.pool}` has {theirs} = {words[0]}")
        return found


def _told(found: Mapping[str, Found]) -> tuple[tuple[str, Path], ...]:
    return tuple((theirs, mine.program) for theirs, mine in found.items())


def _paths(found: Mapping[str, Found]) -> dict[str, Path]:
    return {name: one.program for name, one in found.items()}
