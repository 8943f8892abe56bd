"""What sets in in the course of a life, and which of it stands on a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, Literal

from ...errors import hint
from ...program import columns
from ...program.values import Path
from ..modelling import Field
from ..names import Name, Strict
from ..names import Path as DottedPath
from .base import Column, Compiled, Found, Scope, register

_TEXTS: Final = ("cluster", "one_of")
_RANGES: Final = {"loading": (0.0, 1.0), "years": (0.0, 120.0)}
_AGE_RANGES: Final = {"age": (0.0, 120.0), "percent": (0.0, 100.0)}


class Raise(Strict):
    """Who is more liable to some rows of the list."""

    match: Annotated[dict[Name, DottedPath], Field(min_length=1, max_length=1)]
    """A field of the list, and the text that it equals: `{specialty: _specialist}`."""
    by: float = Field(ge=-5, le=5)
    """By how many standard deviations the liability is raised."""


def _texts(scope: Scope, pool: str, theirs: str, mine: str) -> Found:
    """A column of texts that a field of a list may equal; raises ValueError."""
    fields = scope.pool(pool)
    if theirs not in fields:
        raise ValueError(f"the pool `{pool}` has no field `{theirs}`{hint(theirs, list(fields))}")
    found = scope.find(mine)
    if found.compiled.words is None or fields[theirs].words is None:
        raise ValueError(f"a list is matched by texts; `{theirs}` is a {fields[theirs].type}, `{mine}` a {found.compiled.type}")
    return found


def _numbers(scope: Scope, pool: str, field: str) -> list[float]:
    """A field of a list as numbers, row by row; raises ValueError where it holds others."""
    kind = scope.pool(pool)[field].type
    if kind not in ("bigint", "integer") and not kind.startswith("decimal"):
        raise ValueError(f"`{field}` of `{pool}` is a number; here it is a {kind}")
    scale = int(kind.removesuffix(")").split(",")[1]) if kind.startswith("decimal") else 0
    return [value / 10.0**scale for value in scope.pool_column(pool, field)]


def _typed(scope: Scope, pool: str, texts: Iterable[str], ranges: Mapping[str, tuple[float, float]]) -> None:
    """Raises ValueError where fields of a list, as far as they are there, are not texts, or not numbers in a range."""
    fields = scope.pool(pool)
    for field in texts:
        if field in fields and fields[field].words is None:
            raise ValueError(f"`{field}` of `{pool}` is a text; here it is a {fields[field].type}")
    for field, (least, most) in ranges.items():
        for number in _numbers(scope, pool, field) if field in fields else ():
            if not least <= number <= most:
                raise ValueError(f"`{field}` of `{pool}` is {number:g}; it is a number from {least:g} to {most:g}")


def _told(scope: Scope, pool: str, theirs: str, mine: str, found: Found) -> None:
    """Raises ValueError where a column has values of which a list tells nothing."""
    known = set(map(str, scope.pool_column(pool, theirs)))
    strange = next((word for word in found.compiled.words or () if word not in known), None)
    if strange is not None:
        raise ValueError(f"`{mine}` may be `{strange}`, and no row of `{pool}` has that as `{theirs}`{hint(strange, sorted(known))}")


def _date(scope: Scope, key: str, path: str) -> Found:
    found = scope.find(path)
    if found.compiled.type != "date" or found.compiled.nullable:
        raise ValueError(
            f"`{key}` is a date that is always there; `{path}` is {'one that may be NULL' if found.compiled.nullable else 'none'}"
        )
    return found


@register
class Onsets(Column):
    """What sets in in the life of a row, and on which day; the column's own value is how many stand on the day `at`.

    A list names what may set in; another says how many per cent have it by an age. Rows of a cluster come together: `loading` is the
    part of the liability that they have in common (0 to 1). Of rows with the same `one_of` only the first in the list comes. What has
    `years` passes after so many (from half to one and a half times as long). Inside are the days, by name; NULL: never.
    """

    kind: Literal["onsets"]
    pool: Name
    """The list of what may set in, by its first field; `cluster`, `loading`, `one_of` and `years` may be there."""
    ages: Name
    """The list of how many per cent have it by an age, in straight lines: the first field, `age`, `percent`, the fields of `match`."""
    born: DottedPath
    """The date from which ages count."""
    at: DottedPath
    """The date on which the column's own value counts what stands."""
    counts: Name | None = None
    """A field of booleans: only what is true there is counted."""
    match: dict[Name, DottedPath] = Field(default={}, max_length=3)
    """Only rows of `ages` whose fields equal columns: `{sex: sex}`."""
    raises: list[Raise] = Field(default=[], max_length=4)
    """Who is more liable to some of it, at the same ages: `[{match: {specialty: _specialist}, by: 1.2}]`."""
    frailty: DottedPath | None = None
    """A number column: by how many standard deviations this row is more liable to everything."""

    def compile(self, scope: Scope) -> Compiled:
        if self.nulls or self.when is not None:
            raise ValueError("`onsets` take no `nulls` and no `when`")
        first = next(iter(scope.pool(self.pool)))
        ages = scope.pool(self.ages)
        _typed(scope, self.pool, (first, *_TEXTS), _RANGES)
        names = list(scope.pool_column(self.pool, first))
        if self.counts is not None and getattr(scope.pool(self.pool).get(self.counts), "type", "") != "boolean":
            raise ValueError(
                f"the pool `{self.pool}` has no field `{self.counts}` of booleans{hint(self.counts, list(scope.pool(self.pool)))}"
            )
        for field in (first, "age", "percent"):
            if field not in ages:
                raise ValueError(f"the pool `{self.ages}` has no field `{field}`{hint(field, list(ages))}")
        _typed(scope, self.ages, (first,), _AGE_RANGES)
        strange = next((name for name in scope.pool_column(self.ages, first) if name not in names), None)
        if strange is not None:
            raise ValueError(f"`{self.ages}` tells of `{strange}`, which is not in `{self.pool}`{hint(str(strange), names)}")
        if len(set(names)) < len(names):
            raise ValueError(f"`{self.pool}` has a {first} twice")
        self._rising(scope, first)
        match = {theirs: _texts(scope, self.ages, theirs, mine) for theirs, mine in self.match.items()}
        for theirs, found in match.items():
            _told(scope, self.ages, theirs, self.match[theirs], found)
        raised = tuple(
            columns.Raise(theirs, _texts(scope, self.pool, theirs, mine).program, one.by)
            for one in self.raises
            for theirs, mine in one.match.items()
        )
        frailty: Path | None = None
        if self.frailty is not None:
            found = scope.find(self.frailty)
            if not found.compiled.type.startswith(("bigint", "integer", "decimal")) or found.compiled.nullable:
                raise ValueError(f"`{self.frailty}` is not a number that is always there")
            frailty = found.program
        born, at = _date(scope, "born", self.born), _date(scope, "at", self.at)
        kernel = columns.Onsets(
            self.pool,
            first,
            self.ages,
            born.program,
            at.program,
            tuple((k, v.program) for k, v in match.items()),
            raised,
            frailty,
            self.counts,
        )
        day = Compiled(None, "date", nullable=True)
        return Compiled(kernel, "bigint", parts=dict.fromkeys(map(str, names), day))

    def _rising(self, scope: Scope, first: str) -> None:
        """Raises ValueError where fewer have it at a later age."""
        last: dict[tuple[str, ...], tuple[float, float]] = {}
        keys = [scope.pool_column(self.ages, field) for field in (first, *self.match)]
        for row, (age, percent) in enumerate(zip(_numbers(scope, self.ages, "age"), _numbers(scope, self.ages, "percent"), strict=True)):
            key = tuple(str(column[row]) for column in keys)
            before = last.get(key)
            if before is not None and (age <= before[0] or percent < before[1]):
                raise ValueError(
                    f"`{self.ages}`: ages rise, and no fewer have it later; {' '.join(key)} at {age:g} does not follow {before[0]:g}"
                )
            last[key] = (age, percent)


@register
class CurrentOnset(Column):
    """One of the onsets of another row that stand on a day; NULL where there are fewer than `rank`.

    It is drawn by the weights of a list whose first field names onsets. Inside are the list's fields, `since` (the day on which it set
    in) and `pace` (0 to 0.999, the same for all rows about it: how fast it goes on).
    """

    kind: Literal["current_onset"]
    of: DottedPath
    """A path to the column of kind `onsets`: `appointment_id.patient_id._health`."""
    pool: Name
    """The list that is drawn from."""
    at: DottedPath
    """The date on which it stands."""
    per: DottedPath
    """A column of whole numbers: rows that share its value draw together."""
    rank: DottedPath | None = None
    """A column of whole numbers from 1 on: the first, second .. of those that share `per`, each another one."""
    match: dict[Name, DottedPath] = Field(default={}, max_length=3)
    """Only rows of the list whose fields equal columns: `{specialty: _specialty}`."""

    def compile(self, scope: Scope) -> Compiled:
        found = scope.find(self.of)
        told = found.compiled.kernel
        if not isinstance(told, columns.Onsets) or found.part is not None or not found.path:
            raise ValueError(f"`of` is a path to a column of kind `onsets` of another table; `{self.of}` is none")
        fields = scope.pool(self.pool)
        first = next(iter(fields))
        known = set(scope.pool_column(told.pool, told.field))
        strange = next((name for name in scope.pool_column(self.pool, first) if name not in known), None)
        if strange is not None:
            raise ValueError(
                f"`{self.pool}` tells of `{strange}`, which is not in `{told.pool}`{hint(str(strange), sorted(map(str, known)))}"
            )
        match = {theirs: _texts(scope, self.pool, theirs, mine) for theirs, mine in self.match.items()}
        ours: dict[str, Path | None] = {"per": None, "rank": None}
        for key, path in (("per", self.per), ("rank", self.rank)):
            if path is not None:
                whole = scope.find(path)
                if whole.compiled.type not in ("bigint", "integer") or whole.compiled.nullable:
                    raise ValueError(f"`{path}` is not a whole number that is always there")
                ours[key] = whole.program
        at = _date(scope, "at", self.at)
        kernel = columns.CurrentOnset(
            found.path,
            self._table(scope, found),
            found.column,
            self.pool,
            first,
            at.program,
            ours["per"] or Path((), ""),
            ours["rank"],
            tuple((theirs, mine.program) for theirs, mine in match.items()),
        )
        return Compiled(kernel, fields[first].type, fields[first].words, True, parts=_parts(fields), longest=fields[first].longest)

    def _table(self, scope: Scope, found: Found) -> str:
        """The table that the path leads to."""
        table = scope.table
        for step in found.path:
            told = scope.find_in(table, step).compiled.kernel
            if isinstance(told, columns.Parent):
                table = told.of
            elif isinstance(told, columns.Pointing):
                table = told.to
            else:
                raise ValueError(f"`{self.of}`: `{step}` points at no table")
        return table


def _parts(fields: Mapping[str, Compiled]) -> dict[str, Compiled]:
    parts = {name: Compiled(None, field.type, field.words, True, longest=field.longest) for name, field in fields.items()}
    return {
        **parts,
        "since": Compiled(None, "date", nullable=True),
        "pace": Compiled(None, "decimal(18,3)", nullable=True),
    }
