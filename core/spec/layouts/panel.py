"""Panels: what happens to many owners, with a sum for each that is exact in order of time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, Final, Literal

from ...errors import hint
from ...program import columns
from ...program import rows as told
from ...program.values import Path as EnginePath
from ...program.values import Tree
from ..bands import hours
from ..bursts import Bursts, one_or_named
from ..distributions import Distribution, from_short
from ..dues import AllOf, ByRhythm, Every, OneOf, Raises, rules_of
from ..modelling import BeforeValidator, Field, field_validator, model_validator
from ..names import MICROSECONDS, Name, Strict, duration
from ..names import Path as DottedPath
from ..shapes import OwnFactors, by_column, capital, listed
from ..spending import Refused, Spending
from .base import LayoutModel, Number, RowScope, RowsError, register
from .entities import Entities

_LEAST_LIFE: Final = 45
"""Days: an owner is there for a whole month, so that it has a sum to settle."""

_WORKED_OUT: Final = ("amount", "balance", "undone", "refused", "retried")
"""Parts of an entry that are known once all of the owner's earlier rows are."""

Role = Literal["begin", "end", "settle", "shortage", "due", "undo", "free"]


def _amount(value: Any) -> Any:
    return value if isinstance(value, str) else from_short(value)


class Entry(Strict):
    """One thing that may happen to an owner: it is due, has a share of the free rows, or undoes an earlier row."""

    due: Literal["begin", "end", "settle", "shortage"] | ByRhythm | Every | AllOf | OneOf | None = None
    """`begin`, `end`: once in the owner's life. `settle`: its last free row of a month, with what the sum lacks to the level of
    the month's end. `shortage`: its first, where the sum would fall below the floor; with `refused`, one that is not affordable and
    not refused. Days of the month with weights: each owner has one of them, each month; a list of days: all of them; `last` is the
    month's last day. `{every: 14 days, on: friday}`: every so many weeks. `{column: .., values: {..}}`: by the owner's category."""
    business_day: Literal["before", "after"] | bool = False
    """Of what is due on days: the business day `before` (or true) or `after`, where it is none; within the month."""
    share: float | None = Field(default=None, gt=0)
    """Of the free rows, against the other entries' shares."""
    undoes: Name | None = None
    """The entry that it undoes: the row just before it of the same owner, once, with the amount the other way."""
    same: list[Name] = []
    """Of `undoes`: columns that are as in the row undone."""
    amount: Annotated[Distribution | str | None, BeforeValidator(_amount)] = None
    """A distribution, or a number column of the owner."""
    accrues: DottedPath | None = None
    """Of what is due on days and comes in, instead of `amount`: a number column of the owner, a rate a year. The amount is a twelfth of
    it on the sum that the month starts with, and at least a hundredth."""
    multiply_by: DottedPath | None = None
    """A number column of the row that scales the distribution; 1 where it is NULL."""
    between: tuple[DottedPath, DottedPath] | None = None
    """Number columns of the row: the least and the most of a drawn amount, however it is scaled; without effect where they are NULL."""
    raises: Raises | None = None
    """Of what is due on days: an amount that grows in steps, at months of the owner's own."""
    seasons: dict[Annotated[int, Field(ge=1, le=12)], Annotated[float, Field(gt=0, le=10)]] = {}
    """Of what is due on days: factors on the amount by the month of the year; 1 for those that are not named."""
    scatter: float = Field(default=0.0, ge=0, le=1)
    """Of what is due on days: how far the amount differs from month to month, as a relative standard deviation."""
    rounds: dict[Annotated[float, Field(gt=0, le=10_000)], Annotated[float, Field(gt=0, le=1)]] = {}
    """Of drawn amounts, the shares that are multiples of a number: `{100: 0.3, 10: 0.4}`."""
    endings: dict[Annotated[float, Field(ge=0, lt=1)], Annotated[float, Field(gt=0, le=1)]] = {}
    """Of drawn amounts, the shares with these hundredths: `{0.99: 0.3, 0.00: 0.1}`; after `rounds`."""
    direction: Literal["in", "out"] = "out"
    """Whether the amount adds to the sum; `out` is below zero."""
    hours: dict[str, float] = {}
    """When on the day it happens, instead of the dataset's hours: weights by bands, `{"02-06": 1, default: 0}`."""
    where: str | None = None
    """Of days of the month: SQL condition on the owner."""
    sibling: int | None = Field(default=None, ge=1, le=64)
    """Of days of the month, where owners are born of others: comes only in months for all of which the owner's sibling of this number
    stands, too, and is never refused: its amount is kept for it. So two entries of one amount and day are two sides of a transfer."""
    factors: Annotated[list[OwnFactors], BeforeValidator(listed)] = []
    """Factors on the share, by categories of the owner: `[{column: account_type, times: {savings: 0}}]`."""
    bursts: Annotated[dict[Name, Bursts], BeforeValidator(one_or_named)] = {}
    """Some rows come several at once: one such kind, or several by name, `{testing: {rate: .., rows: .., within: ..}}`."""

    @property
    def role(self) -> Role:
        """What decides when the entry comes."""
        if self.due is not None:
            return self.due if isinstance(self.due, str) else "due"
        return "undo" if self.undoes is not None else "free"

    @property
    def rules(self) -> tuple[told.Rule, ...]:
        """When it is due on days."""
        return rules_of(self.due) if self.due is not None and not isinstance(self.due, str) else ()

    @model_validator(mode="after")
    def _fits(self) -> Entry:
        role = self.role
        if (self.due is None) == (self.share is None):
            raise ValueError("an entry is either `due` or has a `share` of the free rows")
        decided = role in ("end", "settle", "shortage", "undo")
        if decided == (self.amount is not None or self.accrues is not None):
            raise ValueError(
                f"the amount of this entry {'follows from the others' if decided else 'is missing: a distribution or a column'}"
            )
        allowed = {
            "undoes": role == "undo",
            "same": role == "undo",
            "business_day": role == "due",
            "where": role == "due",
            "sibling": role == "due" and self.accrues is None,
            "factors": role in ("free", "undo"),
            "bursts": role == "free",
            "multiply_by": isinstance(self.amount, Distribution) and role in ("free", "begin"),
            "accrues": role == "due" and self.direction == "in" and self.amount is None,
            "between": isinstance(self.amount, Distribution) and role == "free",
            "direction": not decided,
            "hours": role in ("free", "due", "undo"),
            "raises": role == "due" and self.accrues is None,
            "seasons": role == "due" and self.accrues is None,
            "scatter": role == "due" and self.accrues is None,
            "rounds": isinstance(self.amount, Distribution),
            "endings": isinstance(self.amount, Distribution),
        }
        for key, fine in allowed.items():
            if key in self.model_fields_set and not fine:
                raise ValueError(f"`{key}` has no effect on an entry that is {'due' if self.due is not None else 'free'} in this way")
        if sum(self.rounds.values()) + sum(self.endings.values()) > 1:
            raise ValueError("the shares of `rounds` and `endings` add up to more than 1")
        return self


def _sibling(owner: LayoutModel, panel: Panel, name: str, number: int) -> int:
    """The number of the other one of a family of owners that a transfer goes to or comes from; raises RowsError with a sentence."""
    born = len(owner.per_owner) if isinstance(owner, Entities) and owner.of is not None else 0
    key = f"entries.{name}.sibling"
    if number > born:
        raise RowsError(key, f"rows of `{panel.of}` have {f'{born} siblings at most' if born else 'no owners, so no siblings'}")
    if panel.refused is not None and name in panel.refused.funds:
        raise RowsError(key, f"`{name}` is among `refused.funds`; what has a sibling is never refused, as its other side is not")
    return number


@register
class Panel(LayoutModel):
    """Rows of a day go to owners that stand, by weight; each owner's rows add up, to the cent, in order of time."""

    layout: Literal["panel"]
    of: Name
    """The owners: entities."""
    number: Number | None = None
    """Only for a panel that does not drive the dataset."""
    weight: Name
    """Number column of the owner: its share of the free rows."""
    typical_balance: Name | None = None
    """Number column of the owner: its usual sum."""
    overdraft_limit: Name | None = None
    """Number column of the owner: how far below zero its sum may fall."""
    moves_balance: str | None = None
    """SQL condition on the row: which rows move the sum. It must be true of entries that settle, top up, undo, begin and end."""
    exceeds_balance: str | None = None
    """SQL condition on rows that do not count: their amount is more than the owner has."""
    entries: dict[Name, Entry]
    """What may happen to an owner, by name."""
    spending: Spending | None = None
    """Free entries whose amounts are scaled to what an owner has to spend in a month."""
    refused: Refused | None = None
    """Entries that do not come about where there is too little, or a day's limit is reached."""

    is_event: ClassVar[bool] = True
    may_drive: ClassVar[bool] = True

    @property
    def sums_of(self) -> str:
        return self.of

    @field_validator("entries")
    @classmethod
    def _complete(cls, value: dict[str, Entry]) -> dict[str, Entry]:
        roles = [entry.role for entry in value.values()]
        for role in ("begin", "end", "settle", "shortage", "undo"):
            if roles.count(role) > 1:
                raise ValueError(f"two entries are {role}; there can be one")
        for role in ("begin", "settle", "shortage"):
            if role not in roles:
                raise ValueError(f"an entry with `due: {role}` is missing: without it the sums cannot be exact")
        if "free" not in roles:
            raise ValueError("some entry needs a `share` of the free rows")
        named = [name for entry in value.values() for name in entry.bursts]
        if len(set(named)) < len(named):
            raise ValueError("two kinds of bursts have one name")
        if len(value) > 100:
            raise ValueError("a panel has 100 entries at most")
        for entry in value.values():
            if entry.undoes is not None and (entry.undoes not in value or value[entry.undoes].role != "free"):
                raise ValueError(f"`undoes: {entry.undoes}` is not an entry with a share{hint(entry.undoes, list(value))}")
        return value

    @model_validator(mode="after")
    def _agree(self) -> Panel:
        if self.spending is not None:
            self.spending.check(self.entries)
        if self.refused is not None:
            self.refused.check(self.entries)
            if self.exceeds_balance is not None:
                raise ValueError("`exceeds_balance` has no effect beside `refused`, which says what is more than there is")
        return self

    @property
    def parents(self) -> tuple[str, ...]:
        return (self.of,)

    @property
    def burst_names(self) -> tuple[str, ...]:
        """The kinds of bursts of all entries, in their order."""
        return tuple(name for entry in self.entries.values() for name in entry.bursts)

    @property
    def recalled(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for entry in self.entries.values() for name in entry.same))

    def row_count(self, scope: RowScope) -> float:
        if self.number is None:
            raise ValueError("needs `number`: this panel does not drive the dataset")
        return scope.counted(self.number)

    def compile(self, scope: RowScope) -> told.Panel:
        self._check_owner(scope)
        for name in self.recalled:
            if scope.kind(scope.table, name).kind in ("key", "parent", "begin", "entry"):
                raise RowsError("entries", f"`{name}` is the row's own and cannot be the same as in another")
        return told.Panel(
            of=self.of,
            number=int(scope.number(scope.table)),
            weight=self._owner_number(scope, "weight", self.weight),
            level=self._owner_number(scope, "typical_balance", self.typical_balance) if self.typical_balance is not None else None,
            floor=self._owner_number(scope, "overdraft_limit", self.overdraft_limit) if self.overdraft_limit is not None else None,
            counts=self._condition(scope, "moves_balance", scope.table, self.moves_balance),
            beyond=self._condition(scope, "exceeds_balance", scope.table, self.exceeds_balance),
            entries=tuple(self._entry(scope, name, entry) for name, entry in self.entries.items()),
            spending=self.spending.program(list(self.entries)) if self.spending is not None else None,
            refused=self._refused(scope, self.refused) if self.refused is not None else None,
        )

    def _refused(self, scope: RowScope, refused: Refused) -> told.Refused:
        names = list(self.entries)
        out = told.Refused(
            funds=tuple(names.index(name) for name in refused.funds),
            tried=refused.retries.share if refused.retries is not None else 0.0,
            within=duration(refused.retries.within) if refused.retries is not None else 0,
        )
        limit = refused.limit
        if limit is None:
            return out
        of = scope.find_in(scope.table, limit.of)
        if not isinstance(of.compiled.kernel, columns.Pointing):
            raise RowsError("refused.limit.of", f"`{limit.of}` is not a reference")
        if not limit.is_owned(scope, self.of):
            raise RowsError(
                "refused.limit.of", f"`{limit.of}` must `match` a parent key: a row that several of `{self.of}` share has no limit"
            )
        self._check_free(scope, "refused.limit", scope.table, limit.of)
        return replace(
            out,
            limited=tuple(names.index(name) for name in limit.entries),
            of=EnginePath(of.path, of.column, "row"),
            most=self._row_number(scope, "refused.limit.most", limit.most),
            least=round(limit.least * 100),
        )

    def _rhythm(self, scope: RowScope, key: str, due: ByRhythm) -> EnginePath:
        found = scope.find_in(self.of, due.column)
        words = found.compiled.words
        if not words or found.compiled.sees or found.compiled.state:
            raise RowsError(key, f"`{due.column}` of `{self.of}` is not a fixed category")
        for value in due.values:
            if value not in words:
                raise RowsError(key, f"`{due.column}` of `{self.of}` is never {value}{hint(value, words)}")
        return found.program

    def _check_owner(self, scope: RowScope) -> None:
        owner = scope.layout(self.of)
        if not isinstance(owner, Entities):
            raise RowsError("of", f"`{self.of}` holds {owner.layout}; only entities own the rows of a panel")
        if owner.lifetime is not None:
            if not any(entry.role == "end" for entry in self.entries.values()):
                raise RowsError("entries", f"rows of `{self.of}` may leave: an entry with `due: end` is missing")
            least = (owner.lifetime.least or 0) * owner.lifetime.microseconds() / MICROSECONDS["day"]
            if least < _LEAST_LIFE:
                raise RowsError("of", f"rows of `{self.of}` must stay for {_LEAST_LIFE} days: give its `lifetime` a min")

    def _owner_number(self, scope: RowScope, key: str, column: str) -> EnginePath:
        found = scope.find_in(self.of, column)
        if not found.compiled.type.startswith(("bigint", "integer", "decimal")) or found.compiled.sees or found.compiled.state:
            raise RowsError(key, f"`{column}` of `{self.of}` is not a fixed number")
        return found.program

    def _row_number(self, scope: RowScope, key: str, path: str | None) -> EnginePath | None:
        """A number of the row that does not follow from its amount."""
        if path is None:
            return None
        found = scope.find_in(scope.table, path)
        if not found.compiled.type.startswith(("bigint", "integer", "decimal")):
            raise RowsError(key, f"`{path}` is not a number")
        self._check_free(scope, key, scope.table, path)
        return found.program

    def _condition(self, scope: RowScope, key: str, table: str, text: str | None) -> Tree:
        if text is None:
            return None
        compiled = scope.sql_in(table, text)
        if compiled.type != "boolean":
            raise RowsError(key, f"`{text}` is a {compiled.type}, not a condition")
        if compiled.state or compiled.sees:
            raise RowsError(key, f"`{text}` depends on the day as of which it is asked")
        self._check_free(scope, key, table, text)
        return compiled.tree

    def _check_free(self, scope: RowScope, key: str, table: str, text: str) -> None:
        """Raises RowsError where an expression is computed from the amounts that it decides about."""
        for where, column, part in sorted(scope.parts_behind(table, text)):
            if where != scope.table or scope.kind(where, column).kind != "entry":
                continue
            # What moves the sum may say why a row is refused: it is asked before any is, and who tries again is not refused again.
            allowed = key == "moves_balance" and part in ("refused", "retried") and f"{column}.retried" not in text
            if part in _WORKED_OUT and not allowed:
                raise RowsError(key, f"`{text}` must not depend on `{column}.{part}`, which is worked out from it")

    def _entry(self, scope: RowScope, name: str, entry: Entry) -> told.Entry:
        key = f"entries.{name}"
        if entry.business_day:
            scope.need_part("is_business_day")
        if isinstance(entry.amount, Distribution) and entry.amount.unit is not None:
            raise RowsError(f"{key}.amount", "an amount has no unit of time")
        column = self._owner_number(scope, f"{key}.amount", entry.amount) if isinstance(entry.amount, str) else None
        bands = hours(entry.hours) if entry.hours else []
        times = self._row_number(scope, f"{key}.multiply_by", entry.multiply_by)
        least, most = (self._row_number(scope, f"{key}.between", path) for path in entry.between or (None, None))
        where = self._condition(scope, f"{key}.where", self.of, entry.where)
        factors = {column: self._factors(scope, f"{key}.factors", column, times) for column, times in by_column(entry.factors).items()}
        return told.Entry(
            name=name,
            role=entry.role,
            sign=1 if entry.direction == "in" else -1,
            rules=entry.rules,
            rhythm=self._rhythm(scope, f"{key}.due", entry.due) if isinstance(entry.due, ByRhythm) else None,
            business=("before" if entry.business_day is True else entry.business_day) or None,
            share=entry.share or 0.0,
            undoes=list(self.entries).index(entry.undoes) if entry.undoes is not None else 0,
            distribution=entry.amount.engine() if isinstance(entry.amount, Distribution) else None,
            column=column,
            accrues=self._owner_number(scope, f"{key}.accrues", entry.accrues) if entry.accrues is not None else None,
            times=times,
            between=(least, most) if least is not None and most is not None else None,
            raises=entry.raises.program() if entry.raises is not None else None,
            seasons=tuple(entry.seasons.get(month, 1.0) for month in range(1, 13)) if entry.seasons else None,
            scatter=entry.scatter,
            rounds=tuple((round(multiple * 100), share) for multiple, share in entry.rounds.items()),
            endings=tuple((round(ending * 100), share) for ending, share in entry.endings.items()),
            hours=tuple(round(weight * 10_000 / max(bands)) for weight in bands) if bands else (),
            where=where,
            sibling=_sibling(scope.layout(self.of), self, name, entry.sibling) if entry.sibling is not None else 0,
            factors=factors or None,
            bursts=tuple(self._burst(key, name, burst) for name, burst in entry.bursts.items()),
        )

    def _burst(self, key: str, name: str, burst: Bursts) -> told.Bursts:
        names = list(self.entries)
        for then in burst.then:
            if then not in names or self.entries[then].role != "free":
                raise RowsError(f"{key}.bursts.{name}.then", f"`{then}` is not an entry with a share{hint(then, names)}")
        return replace(burst.program(), name=name, then=tuple(names.index(then) for then in burst.then))

    def _factors(self, scope: RowScope, key: str, column: str, factors: Mapping[str, float]) -> dict[str, float]:
        from ..kinds.base import BOOLEANS, unknown_value

        found = scope.find_in(self.of, column).compiled
        boolean = found.type == "boolean"
        words = BOOLEANS if boolean else found.words
        if not words or len(words) > 64 or found.sees or found.state:
            raise RowsError(key, f"`{column}` of `{self.of}` is not a fixed category of at most 64 values")
        for value in factors:
            if value not in words:
                raise RowsError(key, unknown_value(column, value, words))
        return capital(factors) if boolean else dict(factors)
