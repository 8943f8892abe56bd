"""Drawn categories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Annotated, Any, Final, Literal

from ...errors import hint
from ...program.columns import Available, BlockQuota, Change, Given, Lean, Living, Mostly, OutcomeGroup
from ...program.columns import Category as CategoryKernel
from ...program.columns import WeightsBy as ToldWeightsBy
from ..modelling import BeforeValidator, Field, model_validator
from ..names import Name, Strict
from ..names import Path as DottedPath
from ..quotas import SIZE, Sizes, apportioned, crossed, headed, leaning, runs
from ..shapes import Value, ValueFactors, cased, grouped, listed
from .base import Column, Compiled, Found, Scope, decimal_places, fixed_number, register
from .cases import told_cases
from .habits import Favourites

AUTO: Final = "auto"
"""A weight that the plan works out."""


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


def _or_auto(schema: dict[str, Any]) -> None:
    number = dict(schema)
    schema.clear()
    schema["anyOf"] = [number, {"const": AUTO}]


SomeWeights = Annotated[dict[str, Annotated[float, Field(ge=0, json_schema_extra=_or_auto)] | Literal["auto"]], BeforeValidator(_weights)]
"""Weights, of which one may follow from the others."""


class _WeightsBy(Strict):
    column: DottedPath
    """A category, a boolean, or a whole number, such as `ordered_at.hour`; of this row, or at the end of a path."""
    values: dict[Value, Weights] = Field(min_length=1)
    """The weights for each of its values, or for bands of whole numbers such as "0-8"; others have those of `default`, or of the column."""


WeightsBy = Annotated[_WeightsBy, BeforeValidator(cased)]


class OnlyWhile(Strict):
    """Rows of another table without which some values do not come."""

    to: Name
    """The other table: entities."""
    match: Name
    """Their column that holds our values."""
    weight: Name | None = None
    """Their number column by which a row counts. Default: all count the same."""


class Inherit(Strict):
    """A category whose value most rows take."""

    from_: DottedPath = Field(alias="from")
    """A category of the same values and weights; where it is NULL, the value is drawn."""
    share: float = Field(gt=0, le=1)
    """Share of the rows that take its value."""


@register
class Category(Column):
    """One of a few values."""

    kind: Literal["category"]
    given: SomeWeights = Field(alias="weights", min_length=1, max_length=4096)
    """Values and their weights; a list means equal weights. One may be `auto`: that of the rows in which recurring rows come back."""
    by: WeightsBy | None = None
    """Other weights for rows where another category has a value."""
    factors: Annotated[list[ValueFactors], BeforeValidator(listed)] = []
    """Factors on the weights of values: `[{of: order, column: device, times: {mobile: 0.8}}]`.

    Where this category deals blocks its own quotas stay, and the named columns are drawn given its value, so that it
    comes out so many times as frequent among their values.
    """
    only_while: OnlyWhile | None = None
    """Values that rows of another table may have come only on days on which such rows are there, and more often the more there are."""
    inherit: Inherit | None = None
    """Most rows take the value of a category of the same weights; the others are drawn."""
    favourites: Favourites | None = None
    """Most rows have one of a few values that an owner returns to: `{of: customer_id, number: 2, share: 0.8}`."""
    exact: Literal[False, True, "per_1024"] = False
    """Quotas instead of draws: of each day for events, of each 64 ids for entities; `per_1024`: of each 1,024 events."""

    @model_validator(mode="after")
    def _fits(self) -> Category:
        if list(self.given.values()).count(AUTO) > 1:
            raise ValueError("two weights are `auto`; one can follow from the others")
        if self.unsolved is not None and not self.deals:
            raise ValueError(f"the weight of `{self.unsolved}` can only be `auto` with `exact: per_1024`")
        if self.unsolved is None and sum(self.weights.values()) <= 0:
            raise ValueError("the weights are all 0")
        if len(self.values()) == 1:
            raise ValueError(f"a category has several values; one is written `{{kind: constant, value: {self.values()[0]}}}`")
        if self.exact and (self.by is not None or (self.factors and not self.deals)):
            raise ValueError("an exact category takes no `by` and no `factors`: its quotas are the same for all rows")
        if (self.only_while or self.inherit) and (self.exact or self.by or self.factors or (self.only_while and self.inherit)):
            raise ValueError("`only_while` and `inherit` go neither together nor with `exact`, `by` or `factors`")
        if self.favourites and (self.exact or self.only_while or self.inherit):
            raise ValueError("`favourites` go with no `exact`, `only_while` or `inherit`")
        for value in self.weighed():
            if value not in self.values():
                raise ValueError(f"`factors` speaks of `{value}`, which is not a value; the values are {', '.join(self.values())}")
        return self

    @property
    def unsolved(self) -> str | None:
        """The value whose weight is `auto`."""
        return next((value for value, weight in self.given.items() if weight == AUTO), None)

    @property
    def weights(self) -> dict[str, float]:
        """Values and their weights; raises ValueError where one is `auto` and nothing says what it is."""
        out = {value: weight for value, weight in self.given.items() if not isinstance(weight, str)}
        if len(out) < len(self.given):
            raise ValueError(f"the weight of `{self.unsolved}` is `auto`, but no recurring rows come back in it")
        return out

    @property
    def deals(self) -> bool:
        """Whether each 1,024 rows hold the same values."""
        return self.exact == "per_1024"

    def weighed(self) -> dict[str, dict[str, dict[str, float]]]:
        """The factors as {value: {column: {its value: factor}}}."""
        return grouped([(one.of, one) for one in self.factors])

    def sizes(self) -> Sizes:
        """How many of 1,024 rows have each value, where blocks are dealt."""
        return apportioned([self.weights.get(v, 0.0) for v in self.values()], SIZE)

    def values(self) -> tuple[str, ...]:
        """All values, those of `by` after those of `weights`."""
        others = (value for weights in (self.by.values.values() if self.by is not None else ()) for value in weights)
        return tuple(dict.fromkeys((*self.given, *others)))

    def compile(self, scope: Scope) -> Compiled:
        values, changes = self.values(), scope.change()
        kind = self.as_ or "varchar"
        kernel = self._block_quota(scope) if self.deals else self._drawn(scope, changes)
        causes_ = [self.by.column] if self.by is not None else []
        found = [scope.find(path).compiled for path in (*causes_, *(one.column for one in self.factors)) if "." in path]
        sees = changes is not None or any(cause.sees for cause in found)
        state = any(cause.state for cause in found)
        if self.deals and changes is not None:
            raise ValueError("a category that deals blocks does not change")
        if kind == "varchar":
            return Compiled(replace(kernel, words=values), kind, values, sees=sees, state=state)
        if not kind.startswith(("bigint", "integer", "decimal")):
            raise ValueError(f"a category is a text or a number, not `{kind}`")
        places = decimal_places(kind)
        try:
            numbers = tuple(round(float(value) * 10**places) for value in values)
        except ValueError:
            raise ValueError(f"not all values are numbers, as `as: {kind}` says") from None
        return Compiled(replace(kernel, numbers=numbers, scale=places), kind, sees=sees, state=state)

    def _drawn(self, scope: Scope, changes: Change | None) -> CategoryKernel:
        """What the engine is told where the values are drawn, or are quotas of days or ids; without the values themselves."""
        values, by = self.values(), None
        if self.by is not None:
            place, cases = told_cases(scope, self.by.column, self.by.values)
            told = {value: tuple(weights.get(v, 0.0) for v in values) for value, weights in cases.items()}
            by = ToldWeightsBy(place.program, told)
        factors: dict[int, dict[str, dict[str, float]]] = {}
        for value, named in self.weighed().items():
            mine = factors.setdefault(values.index(value), {})
            for column, times in named.items():
                place, given_times = told_cases(scope, column, times)
                mine[place.program.text] = given_times
        alive = self._while(self.only_while, scope) if self.only_while is not None else None
        source = self._like(scope)
        cause = _cause(scope)
        given = self._given(cause[0], cause[1], scope.column) if cause is not None and not self.exact else None
        out = CategoryKernel(
            weights=tuple(self.weights.get(v, 0.0) for v in values),
            exact=bool(self.exact),
            by=by,
            factors=factors or None,
            mostly=Mostly(source.program, self.inherit.share) if source is not None and self.inherit is not None else None,
            favourites=self.favourites.program(scope) if self.favourites is not None else None,
            given=given,
            changes=changes,
        )
        if alive is None:
            return out
        if given is not None:
            self._sure(out.weights, alive, given)
        return Living(**{field.name: getattr(out, field.name) for field in fields(out)}, alive=alive)

    def _while(self, alive: OnlyWhile, scope: Scope) -> Available:
        """Which values need rows of another table, and how these are found."""
        happens = scope.happens(scope.table) and not scope.layout(scope.table).of_states
        if not happens or (self.as_ or "varchar") != "varchar" or scope.change() is not None:
            raise ValueError("`only_while` is of texts that do not change, in rows that happen")
        layout = scope.layout(alive.to)
        how = layout.matches(scope.of_table(alive.to), [alive.match]) if layout.owns else None
        theirs = scope.find_in(alive.to, alive.match).compiled.words
        if how is None or how.by != "value" or not theirs:
            raise ValueError(f"`only_while` is of entities that a category of theirs tells apart; `{alive.match}` of `{alive.to}` is none")
        needs = tuple(value in theirs for value in self.values())
        if not any(needs):
            near = hint(self.values()[0], theirs)
            raise ValueError(f"no value needs a row of `{alive.to}`: its `{alive.match}` is {', '.join(theirs)}{near}")
        if not any(weight and not need for weight, need in zip(self.weights.values(), needs, strict=True)):
            raise ValueError(f"each value needs a row of `{alive.to}`, so that none could be drawn on a day without them")
        weight = fixed_number(scope, alive.to, alive.weight) if alive.weight is not None else None
        return Available(alive.to, alive.match, weight, needs)

    @staticmethod
    def _sure(weights: Sequence[float], alive: Available, given: Given) -> None:
        """Raises ValueError where an outcome has no value left on a day without the rows that values need."""
        sure = [weight > 0 and not need for weight, need in zip(weights, alive.needs, strict=True)]
        for lean in given.leans:
            if not any(there and factor > 0 for there, factor in zip(sure, lean.factors, strict=True)):
                raise ValueError(f"`factors` of `{given.column}` leave no value for `{lean.value}` on a day without a row of `{alive.to}`")

    def _like(self, scope: Scope) -> Found | None:
        """Where the value stands that most rows take."""
        if self.inherit is None:
            return None
        found = scope.find(self.inherit.from_)
        there = found.compiled.kernel
        alike = (
            type(there) is CategoryKernel
            and not (there.by or there.factors or there.given or there.changes or there.mostly or there.favourites)
            and found.compiled.words == self.values()
            and _even(there.weights, list(self.weights.values()))
        )
        if not alike or scope.change() is not None or (self.as_ or "varchar") != "varchar":
            # Other weights there would become ours, and then neither the shares nor the factors on them held.
            path = self.inherit.from_
            raise ValueError(f"`inherit` takes texts of a category with the same values and weights, and no others; `{path}` is not one")
        return found

    def _block_quota(self, scope: Scope) -> BlockQuota:
        """The values of a block's slots: in order of the values, or within each value of the category that this one depends on."""
        if not scope.layout(scope.table).by_day:
            raise ValueError("`exact: per_1024` is of each 1,024 events, so the rows must be events; `exact: true` is for all others")
        for column in dict.fromkeys(one.column for one in self.factors):
            if "." in column:
                raise ValueError(f"a category that deals blocks takes no factors by `{column}`: blocks do not know it; leave out `exact`")
            other = scope.kind(scope.table, column)
            if not isinstance(other, Category) or other.exact is True or column == scope.column:
                raise ValueError(f"`factors` speak of other categories that are drawn or deal blocks; `{column}` is not one of them")
            if other.deals and causes(scope.columns(scope.table), scope.column):
                raise ValueError(f"it is dealt along another category, so `{column}` cannot be dealt along it")
        cause = _cause(scope)
        root = cause[0] if cause is not None and cause[1].deals else scope.column
        mine, head = self.sizes(), scope.head(root)
        if cause is None or not cause[1].deals:
            table = [mine]
            cut = [head, [size - first for size, first in zip(mine, head, strict=True)]] if head else []
        else:
            table, cut = self._across(cause[1], scope.column, head or [])
        return BlockQuota(root, runs(table), runs(cut), int(scope.number(scope.table)))

    def _across(self, root: Category, column: str, head: Sizes) -> tuple[list[Sizes], list[Sizes]]:
        values, mine = self.values(), self.sizes()
        weighed = root.weighed()
        factors = [weighed.get(value, {}).get(column, {}) for value in root.values()]
        for known in factors:
            if any(value not in values for value in known):
                raise ValueError(f"the factors speak of values other than {', '.join(values)}")
        weights = [[size * known.get(v, 1.0) for v, size in zip(values, mine, strict=True)] if known else None for known in factors]
        # The named outcomes choose first; what they leave is shared out among the others.
        order = sorted(range(len(factors)), key=lambda n: not factors[n])
        filled = crossed([root.sizes()[n] for n in order], mine, [weights[n] for n in order])
        table = [filled[order.index(n)] for n in range(len(factors))]
        first = [headed(row, taken) for row, taken in zip(table, head, strict=True)] if head else []
        rest = [[a - b for a, b in zip(row, taken, strict=True)] for row, taken in zip(table, first, strict=True)] if head else []
        return table, [*first, *rest]

    def _given(self, name: str, root: Category, column: str) -> Given:
        """How this column is drawn anew given the outcome: what is kept of each value, and the weights of what is not."""
        values = self.values()
        weights = [self.weights.get(v, 0.0) for v in values]
        whole = [weight / sum(weights) for weight in weights]
        sizes = dict(zip(root.values(), root.sizes(), strict=True))
        rest, left, groups = whole, 1.0, []
        leans: list[Lean] = []
        for value, columns in root.weighed().items():
            known = columns.get(column, {})
            if not known:
                continue
            if any(v not in values for v in known):
                raise ValueError(f"`factors` of `{name}` speak of values that `{column}` never has; it has {', '.join(values)}")
            share = sizes[value] / SIZE
            inside = leaning(weights, [known.get(v, 1.0) for v in values])
            groups.append(([value], inside))
            leans.append(Lean(value, share, tuple(known.get(v, 1.0) for v in values)))
            rest = [mine - share * taken for mine, taken in zip(rest, inside, strict=True)]
            left -= share
            if min(rest) < -1e-12:
                raise ValueError(f"`factors` of `{name}` ask for more rows of `{value}` than a value of `{column}` has rows")
        if self.only_while is not None:
            # The shares are those of the day, so the engine does the same for each.
            return Given(name, leans=tuple(leans))
        named = [value for known, _ in groups for value in known]
        others = [v for v in root.values() if v not in named]
        # Shares are whole parts of a block: less than half of one is what adding up left over.
        if others and left > 0.5 / SIZE:
            groups.append((others, [max(mine, 0.0) / left for mine in rest]))
        out = []
        for known_values, shares in groups:
            keep = [min(1.0, share / mine) if mine else 1.0 for share, mine in zip(shares, whole, strict=True)]
            missing = [max(share - mine, 0.0) for share, mine in zip(shares, whole, strict=True)]
            out.append(OutcomeGroup(tuple(known_values), tuple(keep), tuple(missing if sum(missing) > 0 else shares)))
        return Given(name, tuple(out))


def _even(first: Sequence[float], second: Sequence[float]) -> bool:
    """Whether two lists of weights are the same shares."""
    return all(abs(a / sum(first) - b / sum(second)) < 1e-9 for a, b in zip(first, second, strict=True))


def causes(columns: Mapping[str, Any], column: str) -> list[str]:
    """The categories of a table that deal blocks and whose factors name a column."""
    return [
        name
        for name, model in columns.items()
        if isinstance(model, Category) and model.deals and any(column == one.column for one in model.factors)
    ]


def _cause(scope: Scope) -> tuple[str, Category] | None:
    """The one category of this table that deals blocks and whose factors name this column."""
    columns = scope.columns(scope.table)
    found = causes(columns, scope.column)
    if len(found) > 1:
        raise ValueError(f"the factors of {' and '.join(f'`{name}`' for name in found)} name it; it can be drawn given one of them")
    if not found:
        return None
    scope.find(found[0])
    return found[0], columns[found[0]]
