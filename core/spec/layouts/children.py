"""Children: rows in groups under a parent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Literal

from ...errors import hint
from ...program import rows
from ...program.values import Factor, Scaled, Way
from ..distributions import AnyDistribution, Distribution
from ..modelling import BeforeValidator, Discriminator, Field, Tag, field_validator
from ..names import Name, Strict
from ..renamed import COUNT
from ..shapes import CountFactors, Factors, Value, by_column, listed
from .base import LayoutModel, RowScope, RowsError, register

_TIMES: Final = frozenset({"begin", "end", "date", "timestamp", "lifecycle", "aggregate"})
"""Kinds that depend on moments, or on the rows of a parent."""
_COUNTS: Final = ("constant", "uniform", "geometric", "poisson", "normal", "empirical")


def _whole(value: Distribution) -> Distribution:
    if value.unit is not None:
        raise ValueError("a count has no unit")
    if (value.min or 0) < 0:
        raise ValueError("a count cannot be below 0")
    return value


class CountBy(Strict):
    """A distribution of its own for each value of a category of the parent that deals blocks (`exact: per_1024`)."""

    column: Name
    """The parent's category."""
    values: dict[Value, AnyDistribution] = Field(min_length=1)
    """The distribution of each of its values."""

    @field_validator("values")
    @classmethod
    def _counts(cls, value: dict[str, Distribution]) -> dict[str, Distribution]:
        for distribution in value.values():
            _whole(distribution)
        return value

    @property
    def type(self) -> str:
        """As a distribution's type, which this is not."""
        return "by"

    @property
    def least(self) -> float | None:
        """The smallest count that may come."""
        return min((distribution.least or 0 for distribution in self.values.values()), default=0)

    @property
    def most(self) -> float | None:
        """The largest count that may come; None if there is none."""
        ends = [distribution.most for distribution in self.values.values()]
        return None if None in ends else max(end for end in ends if end is not None)


def _counted(value: Any) -> str:
    return "by" if isinstance(value, CountBy) or (isinstance(value, dict) and "column" in value) else "distribution"


def _count(value: Any) -> Any:
    if isinstance(value, dict) and "by" in value:
        raise ValueError(COUNT.sentence)
    return value


AnyCount = Annotated[
    Annotated[AnyDistribution, Tag("distribution")] | Annotated[CountBy, Tag("by")],
    Discriminator(_counted),
    BeforeValidator(_count),
]
"""A distribution of counts, or one for each value of a category of the parent."""


@register
class Children(LayoutModel):
    """Rows in groups under a parent, with an exact total.

    Where they are what `target_rows` counts, their number is exact and that of their parents follows.
    """

    layout: Literal["children"]
    of: Name
    """The parents."""
    count: AnyCount = Distribution(type="constant", value=1)
    """How many a parent has: a number, a distribution, or one for each value of a category of the parent."""
    factors: Annotated[list[CountFactors], BeforeValidator(listed)] = []
    """How often a parent has a count, by its columns: `[{of: 0, column: is_new, times: {true: 1.5}}]`, among the parents of a day in
    each 1,024. How many parents have it stays the same."""
    duration: AnyDistribution | None = None
    """How long a row lasts: then each row of a parent begins when the one before ends. Without it all begin with the parent."""
    duration_factors: Annotated[list[Factors], BeforeValidator(listed)] = []
    """Factors on how long a row lasts, by columns of it: `[{column: page_type, times: {article: 2.5}}]`. No time may decide the column."""

    may_drive: ClassVar[bool] = True
    has_position: ClassVar[bool] = True
    same_time: ClassVar[bool] = True

    @property
    def children_of(self) -> str:
        return self.of

    @field_validator("count")
    @classmethod
    def _whole(cls, value: Distribution | CountBy) -> Distribution | CountBy:
        return value if isinstance(value, CountBy) else _whole(value)

    @field_validator("duration")
    @classmethod
    def _time(cls, value: Distribution | None) -> Distribution | None:
        if value is not None:
            value.microseconds()
            if (value.least or 0) < 0:
                raise ValueError("a row cannot last less than 0")
        return value

    @property
    def spans(self) -> bool:
        return self.duration is not None

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    def happens(self, scope: RowScope) -> bool:
        return scope.happens(self.of)

    def row_count(self, scope: RowScope) -> float:
        return scope.number(self.of) * self._group(scope) / 1024

    def parent_rows(self, scope: RowScope, rows: int) -> int:
        self._group(scope)
        try:
            if isinstance(self.count, CountBy):
                return scope.shared_out(*self.packed(scope), rows)[0]
            return scope.parents_of(self.count, rows)
        except ValueError as error:
            raise RowsError("count", str(error)) from None

    def parents_head(self, scope: RowScope, column: str) -> list[int] | None:
        if not isinstance(self.count, CountBy) or self.count.column != column:
            return None
        return scope.shared_out(*self.packed(scope), int(scope.number(scope.table)))[1]

    def packed(self, scope: RowScope) -> tuple[list[Distribution], list[int]]:
        """The distribution of each value of the parent's category, and how many of 1,024 parents have it; raises RowsError."""
        if not isinstance(self.count, CountBy):
            raise TypeError("one distribution is for all parents")
        from ..kinds.category import Category, causes

        column = self.count.column
        model = scope.kind(self.of, column)
        if not isinstance(model, Category) or not model.deals:
            raise RowsError("count", f"`{column}` of `{self.of}` is not a category with `exact: per_1024`")
        along = causes(scope.columns(self.of), column)
        if along:
            raise RowsError("count", f"`{column}` of `{self.of}` is dealt along `{along[0]}`; a count goes by `{along[0]}`")
        for value in model.values():
            if value not in self.count.values:
                raise RowsError("count", f"says nothing of `{value}`, which `{column}` may be")
        for value in self.count.values:
            if value not in model.values():
                raise RowsError("count", f"speaks of `{value}`, which `{column}` never is{hint(value, list(model.values()))}")
        return [self.count.values[value] for value in model.values()], model.sizes()

    def _group(self, scope: RowScope) -> int:
        distributions = list(self.count.values.values()) if isinstance(self.count, CountBy) else [self.count]
        for distribution in distributions:
            if distribution.type not in _COUNTS:
                raise RowsError(
                    "count", f"a {distribution.type} distribution gives no counts; {', '.join(_COUNTS[:-1])} and {_COUNTS[-1]} do"
                )
            if distribution.type not in ("constant", "empirical") and distribution.max is None:
                raise RowsError("count", "needs a max: no parent may have more children")
        try:
            total = scope.pack_total(*self.packed(scope)) if isinstance(self.count, CountBy) else scope.group_total(self.count)
        except RowsError:
            raise
        except ValueError as error:
            raise RowsError("count", str(error)) from None
        if total < 1:
            raise RowsError("count", "no parent ever has a child")
        return total

    def matches(self, scope: RowScope, columns: Sequence[str]) -> Way | None:
        if len(columns) != 1 or scope.kind(scope.table, columns[0]).kind != "parent":
            return super().matches(scope, columns)
        if isinstance(self.count, CountBy) or self.count.type != "constant" or self.count.value != 1:
            raise ValueError(f"`{columns[0]}` of `{scope.table}` may stand in several rows; only children of count 1 are found by it")
        key = scope.key_of(self.of)
        found = scope.layout(self.of).matches(scope.of_table(self.of), [key])
        if found is not None:
            return Way("parent", columns[0], replace(found, column=columns[0]), found.draws)
        return None

    def compile(self, scope: RowScope) -> rows.Children | rows.ChildrenByCategory:
        if not scope.layout(self.of).dense:
            raise RowsError(
                "of", f"`{self.of}` holds {scope.layout(self.of).layout}; children stand on rows that are numbered without gaps"
            )
        self._group(scope)
        total = scope.exact_total()
        lasts = Scaled(self.duration.engine(), self.duration.microseconds()) if self.duration is not None else None
        stretch = self._stretch(scope)
        named = self._factors(scope, total) if self.factors else None
        if isinstance(self.count, CountBy):
            distributions, sizes = self.packed(scope)
            head = scope.of_table(self.of).head(self.count.column)
            return rows.ChildrenByCategory(
                of=self.of,
                number=total or 0,
                lasts=lasts,
                stretch=stretch,
                dealt_by=self.count.column,
                counts=tuple(distribution.engine() for distribution in distributions),
                sizes=tuple(sizes),
                parents=int(scope.number(self.of)),
                head=tuple(head) if head is not None else None,
            )
        if named is not None:
            return rows.WeightedChildren(self.of, total or 0, lasts, stretch, self.count.engine(), *named)
        return rows.Children(self.of, total or 0, lasts, stretch, self.count.engine())

    def _stretch(self, scope: RowScope) -> tuple[Factor, ...]:
        """The factors of each value of the columns that decide how long a row lasts; raises RowsError."""
        if self.duration_factors and self.duration is None:
            raise RowsError("duration_factors", "need a `duration`")
        out = []
        for number, (path, given) in enumerate(by_column(self.duration_factors).items()):
            key = f"duration_factors.{number}"
            out.append(_factor(scope, scope.table, path, given, key))
            for table, column in sorted(scope.columns_behind(scope.table, path)):
                model = scope.kind(table, column)
                if table in (scope.table, self.of) and model.kind in _TIMES:
                    raise RowsError(key, f"`{path}` is computed from `{table}.{column}`, which follows from how long rows last")
        return tuple(out)

    def _factors(self, scope: RowScope, total: int | None) -> tuple[int, tuple[Factor, ...]]:
        """The count that has factors, and those of each value of the parent's columns; raises RowsError."""
        count, given = self.factors[0].of, by_column(self.factors)
        odd = next((one.of for one in self.factors if one.of != count), None)
        if odd is not None:
            raise RowsError("factors", f"are of one count, not of both {count} and {odd}")
        if isinstance(self.count, CountBy) or total is not None or not scope.happens(self.of):
            raise RowsError("factors", "are of children of one distribution that do not drive the dataset, and whose parents happen")
        possible = [int(value) for value, weight in (self.count.values or {}).items() if weight]
        inside = count in possible if self.count.values else (self.count.least or 0) <= count <= (self.count.most or 0)
        if self.count.type == "constant" or not inside:
            raise RowsError("factors", f"speak of {count}, which is not one of several counts that a parent may have")
        by = []
        for number, (path, factors) in enumerate(given.items()):
            key = f"factors.{number}"
            by.append(_factor(scope, self.of, path, factors, key))
            for table, column in sorted(scope.columns_behind(self.of, path)):
                model = scope.kind(table, column)
                if table == scope.table or (model.kind == "aggregate" and model.of.partition(".")[0] == scope.table):
                    raise RowsError(key, f"`{path}` is computed from `{table}.{column}`, which follows from the counts")
            if getattr(scope.layout(self.of), "within_day", None) == scope.table:
                raise RowsError(key, f"the moments of `{self.of}` follow from the counts (`within_day: {scope.table}`)")
        return count, tuple(by)


def _factor(scope: RowScope, table: str, path: str, given: Mapping[str, float], key: str) -> Factor:
    """The factors on one thing by the values of a column; raises RowsError at a key of the rows."""
    from ..kinds.base import fixed_values, told_words, unknown_value

    try:
        found = scope.find_in(table, path)
        values = fixed_values(path, found.compiled)
    except ValueError as error:
        raise RowsError(key, str(error)) from None
    for value in given:
        if value not in values:
            raise RowsError(key, unknown_value(path, value, values))
    return Factor(found.program, (tuple(given.get(value, 1.0) for value in values),), told_words(found.compiled, values))
