"""References to rows of other tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any, Literal

from ...errors import hint
from ...program.columns import (
    AgedReference,
    AlikeReference,
    DrawnVisitReference,
    EarlierReference,
    Kernel,
    Key,
    MatchReference,
    Mostly,
    Parent,
    Popularity,
    PostReference,
    Rates,
    ShareReference,
    Stratum,
    TimedReference,
    VariedReference,
    VisitReference,
)
from ...program.columns import Reference as ReferenceKernel
from ...program.trees import constant_of
from ...program.values import Path as EnginePath
from ...program.values import Way
from ..modelling import BeforeValidator, Field, model_validator
from ..names import Name
from ..names import Path as DottedPath
from ..noise import AnyNoise
from ..numbers import Share
from ..popularity import MOST, Affinity, Elasticity, Fads, ageing_of_many, alike, check_born, check_room, check_small, conditional
from ..rates import ByAge, Skew, ageing
from ..shapes import RowFactors, equal, listed
from .base import Column, Compiled, Scope, fixed_number, register
from .habits import Favourites, InheritKey

_EVEN_BELOW = 50
"""Populations under this size are drawn from evenly unless a skew is written: a head of one row would be all of it."""


@register
class Reference(Column):
    """The key of a row of another table, alive at this row's own day."""

    kind: Literal["reference"]
    to: Name
    """The other table."""
    pick: Literal["draw", "share", "earlier", "visit"] = "draw"
    """`draw`: by popularity. `share`: a quota of each day by `weight`. `earlier`: a row of the same table before this one. `visit`: of
    what is born in these rows and comes back."""
    skew: Skew | Literal["none"] | None = None
    """How uneven the popularity is: `{zipf: 0.9, head: 0.001}`, `{gamma: 0.7}`, `{lognormal: 1.1}`, or `none`, which is even. Default:
    even under 50 rows, else `{zipf: 0.9, head: 0.001}`."""
    weight: Name | None = None
    """The target's number column that the quota of `share` follows, by which rows are drawn instead of a skew, or by which `match` draws
    where several rows fit."""
    distinct: bool = False
    """No two children of one parent share it."""
    affinity: Affinity | None = None
    """Most children of one parent refer to rows that are alike.

    What they are alike in is drawn for the parent with a row of its own, so the rows stay as popular as they are.
    """
    factors: Annotated[list[RowFactors], BeforeValidator(listed)] = []
    """Factors on the popularity of some rows, by this row: `[{of: line = 'bar', column: at.hour, times: {"20-24": 3}}]`. Values of whole
    numbers are written as bands ("09-12" is 9, 10 and 11), and `default` is for numbers in none. What is not named has factor 1. They may
    be of two columns of the target; a factor of 0 keeps rows out."""
    ageing: ByAge | None = None
    """Factors on the popularity of a row by its age on this row's day: `{0 days: 0.3, 60 days: 1.6, 1 year: 1, 3 years: 0.5}`, in straight
    lines from one age to the next, and constant before the first and after the last."""
    fads: Fads | None = None
    """Popularity that wanders: now these rows are in fashion, now those."""
    elasticity: Elasticity | None = None
    """Popularity that follows a number of the row that is drawn as it changes, such as its price."""
    inherit: InheritKey | None = None
    """Most rows refer to the row that another reference points at: `{from: customer_id.home_id, share: 0.85}`."""
    favourites: Favourites | None = None
    """Most rows go to one of a few rows that an owner returns to: `{of: customer_id, number: 3, share: 0.7, every: 300 days}`. They are
    drawn by popularity; where one is not there on this row's day, the owner's next one is taken."""
    noise: AnyNoise = None
    """Of `share`: how far a row's share scatters from day to day, as a relative standard deviation (0.25), or `{stddev: 0.25, by:
    _place.area, common: 0.6}`, where rows of one area have a part of it in common. A day has as many rows as before."""
    available: bool = True
    """false: any row of the dataset's own history, whether or not it is there on this row's day."""
    orphans: Share = 0
    """Exact share of keys that point at no row, from a range that is never assigned."""
    match: Annotated[dict[Name, DottedPath], BeforeValidator(lambda v: {v: v} if isinstance(v, str) else v)] = {}
    """The row whose columns equal values of this row: `{theirs: ours}`, or one name for both."""
    or_match: list[Annotated[dict[Name, DottedPath], Field(min_length=1)]] = []
    """Of `match` by values: what is matched where nothing was found before, one after the other: `[{state: home_state}]`."""
    at: DottedPath | None = None
    """Of `match`: the moment at which that row must be alive; of a calendar: the moment that the row is of. Default: the begin
    of this row."""
    required: bool = False
    """Never NULL, whatever the settings."""

    @model_validator(mode="before")
    @classmethod
    def _no_weights(cls, value: Any) -> Any:
        if isinstance(value, dict) and "weights" in value:
            raise ValueError(
                "`weights` are of a category: draw a value there and find its row by `match: {their_column: category}`,"
                " or write `pick: share, weight: their_number`"
            )
        return value

    @model_validator(mode="after")
    def _fits(self) -> Reference:
        if self.pick == "share" and self.weight is None:
            raise ValueError(f"`pick: share` needs a `weight`: a number column of `{self.to}`")
        if self.weight is not None and (self.pick not in ("share", "draw") or self.skew is not None or not self.available):
            raise ValueError("`weight` goes with `pick: share`, with `match` or with a drawn reference; no `skew`, no `available: false`")
        if self.pick != "share" and self.noise is not None:
            raise ValueError("`noise` is of the quotas of `pick: share`; draws scatter by themselves")
        if self.pick != "draw" and (self.skew is not None or self.distinct or self.affinity):
            raise ValueError(f"`skew`, `distinct` and `affinity` have no effect on `pick: {self.pick}`")
        for word in ("factors", "ageing", "fads", "elasticity"):
            if getattr(self, word) and (self.pick != "draw" or self.match or not self.available):
                raise ValueError(
                    f"`{word}` {'are' if word.endswith('s') else 'is'} of a drawn reference; no `match`, no `available: false`"
                )
        if self.affinity is not None and self.affinity.returning and self.favourites is None:
            raise ValueError("`returning` of `affinity` needs `favourites`: they say to whom the values belong")
        of, column = [equal(one.of)[0] for one in self.factors], self.affinity.column if self.affinity is not None else None
        if of and column is not None and column not in of:
            raise ValueError(f"`factors` and `affinity` are of one column of `{self.to}`, not of both `{of[0]}` and `{column}`")
        if self.inherit and (self.pick not in ("draw", "share") or self.match or self.distinct):
            raise ValueError("`inherit` is of references by `pick: draw` or `pick: share`; it goes with no `match` and no `distinct`")
        if self.favourites and self.pick != "draw":
            raise ValueError("`favourites` are of a drawn reference, or of one by `match`; they go with no other `pick`")
        if self.or_match and not self.match:
            raise ValueError("`or_match` comes after a `match`")
        if self.pick == "visit" and (self.required or self.orphans or self.nulls):
            raise ValueError("`required`, `orphans` and `nulls` have no effect on `pick: visit`: the rows say who comes")
        if self.pick == "earlier" and self.required:
            raise ValueError("`pick: earlier` takes no `required`: the first row has none before it")
        if not self.available and (self.pick != "draw" or self.match):
            raise ValueError(f"`available: false` has no effect on {'`match`' if self.match else f'`pick: {self.pick}`'}")
        if self.match and (self.pick != "draw" or self.skew is not None or self.distinct or self.affinity or self.orphans or self.required):
            raise ValueError("`pick`, `skew`, `distinct`, `affinity`, `orphans` and `required` have no effect on a reference by `match`")
        if self.nulls + self.orphans > 1:
            raise ValueError("the shares of nulls and orphans add up to more than 1")
        if self.required and (self.nulls or self.when):
            raise ValueError("a required reference has no `nulls` and no `when`")
        return self

    @property
    def optional(self) -> bool:
        """Whether settings may make it NULL, or point at nothing; a key's columns aside, which only their table knows."""
        return self.pick in ("draw", "earlier") and not self.required and not self.distinct and self.when is None and not self.match

    @property
    def moves(self) -> bool:
        """Whether a row's popularity differs from day to day."""
        return self.ageing is not None or self.fads is not None or self.elasticity is not None

    def compile(self, scope: Scope) -> Compiled:
        out = self._key(scope)
        if scope.has_unknown(self.to) and (out.nullable or self.when is not None or self.nulls):
            return replace(out, unknown=True, nullable=False)
        return out

    def _key(self, scope: Scope) -> Compiled:
        target = scope.layout(self.to)
        key = scope.key_of(self.to)
        inner = scope.find_in(self.to, key).compiled
        if (not target.dense or target.of_states) and not self.match:
            raise ValueError(f"`{self.to}` holds {target.layout}, whose rows are not drawn; refer to what it is of, or give a `match`")
        dense = isinstance(inner.kernel, Key)
        by_post = target.of_posts and not self.match
        if by_post and (self.pick != "draw" or not scope.happens(scope.table)):
            raise ValueError(f"`{self.to}` holds posts; its rows are drawn (`pick: draw`), by rows that happen")
        if self.match:
            return self._matched(scope, key, dense, inner.type)
        if target.by_time:
            return self._timed(scope, key, dense, inner.type)
        if self.at is not None:
            raise ValueError("`at` has no effect without `match`: a drawn row is alive at the begin of this row")
        if self.pick == "visit":
            if target.born_in != scope.table:
                raise ValueError(f"`pick: visit` is of rows that are born in `{scope.table}`; `{self.to}` holds {target.layout}")
            if target.rates is not None:
                law, by_age = target.rates
                common = DrawnVisitReference(self.to, key, dense, skew=law, ageing=by_age)
                return Compiled(common, inner.type, nullable=True)
            parts = {"visit": Compiled(None, "bigint", nullable=True)}
            return Compiled(VisitReference(self.to, key, dense), inner.type, nullable=True, parts=parts)
        if target.comes_back:
            raise ValueError(f"rows of `{self.to}` come back; refer to the rows of `{target.of}` in which they do")
        if getattr(target, "lifetime", None) is not None and not target.some_stay:
            raise ValueError(f"all rows of `{self.to}` leave (`some_stay: false`), so one is only found by `match`, which may miss")
        if self.orphans and not dense:
            raise ValueError("orphans need a target whose key is `key`")
        kernel: Kernel
        if self.pick == "share":
            noise = self.noise.told(scope, self.to) if self.noise is not None else None
            kernel = ShareReference(
                self.to, key, dense, self.orphans, self._weight(scope), self._stratum(scope), self._mostly(scope), noise
            )
        elif self.pick == "earlier":
            if self.to != scope.table:
                raise ValueError(f"`pick: earlier` is of the same table; `{self.to}` is another")
            kernel = EarlierReference(self.to, key, dense, self.orphans)
        else:
            kernel = self._drawn(scope, key, dense, by_post)
            if self.inherit is not None or self.favourites is not None:
                if target.of_posts:
                    raise ValueError(f"`{self.to}` holds posts, whose rows take no `inherit` and no `favourites`")
                favourites = self.favourites.program(scope) if self.favourites is not None else None
                kernel = replace(kernel, mostly=self._mostly(scope), favourites=favourites)
        if self.distinct:
            check_room(scope, self.to, self.available)
        return Compiled(kernel, inner.type, nullable=self.pick == "earlier")

    def _drawn(self, scope: Scope, key: str, dense: bool, by_post: bool) -> ReferenceKernel:
        skew = self.drawn_by(scope)
        common = (self.to, key, dense, self.orphans, skew, self.distinct, not self.available)
        target = scope.layout(self.to)
        if self.affinity is not None:
            self._alike(scope, self.affinity.column)
        steady = not (self.factors or self.fads or self.elasticity or self.weight or self.affinity)
        if self.ageing is not None and steady and scope.number(self.to) > MOST:
            return replace(AgedReference(*common), ageing=ageing_of_many(scope, self.to, self.ageing))
        varies = self.factors or self.moves or self.weight is not None
        if varies or (self.affinity is not None and (self.affinity.returning or not target.always_there)):
            return self._varied(scope, common)
        if self.affinity is not None:
            return replace(AlikeReference(*common), alike=self.affinity.column, share=self.affinity.share)
        kernel = PostReference if by_post and self.available else ReferenceKernel
        return kernel(*common)

    def _mostly(self, scope: Scope) -> Mostly | None:
        return self.inherit.program(scope, self.to) if self.inherit is not None else None

    def _varied(self, scope: Scope, common: tuple[Any, ...]) -> VariedReference:
        factors = conditional(scope, self.to, self.factors) if self.factors else None
        if factors is None and self.affinity is not None:
            factors = alike(scope, self.to, self.affinity.column)
        for word in ("ageing", "fads", "elasticity", "weight"):
            if getattr(self, word) is not None:
                check_small(scope, self.to, word)
        if self.ageing is not None:
            check_born(scope, self.to)
        return replace(
            VariedReference(*common),
            factors=factors,
            share=self.affinity.share if self.affinity is not None else 0.0,
            returning=self.affinity.returning if self.affinity is not None else 0.0,
            ageing=ageing(self.ageing) if self.ageing is not None else None,
            fads=self.fads.program() if self.fads is not None else None,
            weight=fixed_number(scope, self.to, self.weight) if self.weight is not None else None,
            elasticity=self.elasticity.program(scope, self.to) if self.elasticity is not None else None,
        )

    def _alike(self, scope: Scope, column: str) -> None:
        """Raises ValueError where siblings cannot be alike in a column."""
        target = scope.layout(self.to)
        if not scope.layout(scope.table).children_of:
            raise ValueError("`affinity` is of the children of one parent")
        if not target.known_at_once or scope.number(self.to) > MOST:
            raise ValueError(f"`affinity` is for at most {MOST:,} entities or rows of a list")
        found = scope.find_in(self.to, column).compiled
        if found.nullable or found.sees or found.type not in ("varchar", "bigint", "integer", "boolean"):
            raise ValueError(f"`{column}` of `{self.to}` changes, may be NULL, or is not a text, whole number or boolean")

    def _matched(self, scope: Scope, key: str, dense: bool, kind: str) -> Compiled:
        how = scope.layout(self.to).matches(scope.of_table(self.to), list(self.match))
        if how is None:
            raise ValueError(f"rows of `{self.to}` ({scope.layout(self.to).layout}) cannot be found by {', '.join(self.match)}")
        paths, state = {}, False
        climb = self._climb(scope) if self.at is None else []
        sure = self.at is None and not (how.by == "owner" and scope.layout(self.to).may_lack_rows)
        for theirs, ours in self.match.items():
            there, here = scope.find_in(self.to, theirs).compiled, scope.find(ours)
            if there.type != here.compiled.type:
                raise ValueError(f"`{ours}` is a {here.compiled.type}, but `{theirs}` of `{self.to}` is a {there.type}")
            if there.words and here.compiled.words and not set(there.words) & set(here.compiled.words):
                raise ValueError(f"`{theirs}` of `{self.to}` is never {here.compiled.words[0]}{hint(here.compiled.words[0], there.words)}")
            paths[theirs] = here.program
            state = state or here.compiled.state or (here.compiled.sees and not scope.happens(scope.table))
            key_of_a_row = type(here.compiled.kernel) in (ReferenceKernel, ShareReference, Parent)
            sure = sure and key_of_a_row and not here.compiled.nullable and not here.compiled.unknown
            # Only a key that was drawn at this row's own time points at a row that lives then.
            sure = sure and list(here.path) == climb
        how = _surely(how) if sure else how
        others = [self._other(scope, other) for other in self.or_match]
        if (others or self.favourites is not None) and how.by != "value":
            raise ValueError("`or_match` and `favourites` are of entities of which several may fit; this match finds one by its key")
        if self.weight is not None:
            if how.by != "value" or not scope.layout(self.to).owns:
                raise ValueError(f"`weight` is of entities of which several may fit; `{self.to}` is found by its key or holds other rows")
            how = replace(how, weight=fixed_number(scope, self.to, self.weight))
        moment, at, at_date = self._moment(scope)
        kernel = MatchReference(
            self.to,
            key,
            dense,
            at=at,
            at_date=at_date,
            match=paths,
            how=how,
            climb=() if how.draws else tuple(climb),
            others=tuple(others),
            favourites=self.favourites.program(scope) if self.favourites is not None else None,
        )
        return Compiled(kernel, kind, nullable=not sure, state=state or (moment is not None and (moment.state or moment.sees)))

    def _other(self, scope: Scope, match: dict[str, str]) -> dict[str, EnginePath]:
        out = {}
        for theirs, ours in match.items():
            there, here = scope.find_in(self.to, theirs).compiled, scope.find(ours)
            if there.type != here.compiled.type or there.sees or there.state or here.compiled.state:
                raise ValueError(f"`or_match` compares fixed values of one type: `{ours}` with `{theirs}` of `{self.to}`")
            out[theirs] = here.program
        return out

    def _climb(self, scope: Scope) -> list[str]:
        """The steps that all values of `match` are reached by, as far as they lead to the row stood on, which begins with this one."""
        out: list[str] = []
        here = scope.table
        paths = [ours.split(".") for ours in self.match.values()]
        while True:
            steps = {path[len(out)] if len(path) > len(out) + 1 else "" for path in paths}
            step = steps.pop()
            if steps or not step or not scope.layout(here).same_time or scope.kind(here, step).kind != "parent":
                return out
            out.append(step)
            here = scope.layout(here).parents[0]

    def _timed(self, scope: Scope, key: str, dense: bool, kind: str) -> Compiled:
        if self.skew is not None or self.distinct or self.orphans or self.pick != "draw" or not self.available:
            raise ValueError(
                f"`pick`, `skew`, `available`, `distinct` and `orphans` have no effect on a reference to the calendar `{self.to}`"
            )
        moment, at, at_date = self._moment(scope)
        kernel = TimedReference(self.to, key, dense, at=at, at_date=at_date)
        if moment is None:
            # What happens lies in the history; what lasts may have begun before the calendar does.
            return Compiled(kernel, kind, nullable=not scope.happens(scope.table))
        return Compiled(kernel, kind, nullable=True, sees=moment.sees, state=moment.state)

    def _moment(self, scope: Scope) -> tuple[Compiled | None, EnginePath | None, bool]:
        """The moment `at`, where it is found, and whether it is a date."""
        if self.at is None:
            return None, None, False
        found = scope.find(self.at)
        if found.compiled.type not in ("date", "timestamp"):
            raise ValueError(f"`{self.at}` is not a date or timestamp")
        return found.compiled, found.program, found.compiled.type == "date"

    def _weight(self, scope: Scope) -> str:
        if not scope.layout(scope.table).by_day:
            raise ValueError("`pick: share` is a quota of each day, so the rows must be events")
        return fixed_number(scope, self.to, self.weight or "")

    def _stratum(self, scope: Scope) -> Stratum | None:
        """The value of an exact category that `when` names: its rows are numbered, so the quota can be of them."""
        if self.when is None:
            return None
        tree = scope.sql(self.when).tree
        if not isinstance(tree, list) or tree[0] != "=" or not isinstance(tree[1], str):
            return None
        path, told = EnginePath.of_text(tree[1]), constant_of(tree[2])
        if path.through or told is None:
            return None
        model = scope.kind(scope.table, path.column)
        if getattr(model, "kind", "") != "category" or model.exact is not True or model.as_ not in (None, "varchar"):
            return None
        return Stratum(path.column, model.values().index(told[1]))

    def popularity(self, population: float) -> Skew | None:
        """How uneven the popularity of so many rows is; None where all are drawn alike."""
        if self.skew == "none" or self.weight is not None or (self.skew is None and population < _EVEN_BELOW):
            return None
        return self.skew or Skew()

    def drawn_by(self, scope: Scope) -> Popularity | Rates | None:
        """The law by which rows are drawn, None: evenly; raises ValueError where there can be none."""
        skew = self.popularity(scope.number(self.to))
        if skew is None:
            return None
        if not scope.layout(self.to).popular:
            if self.skew is None:
                return None
            raise ValueError("only entities and lists have a skew")
        return skew.law()


def _surely(how: Way) -> Way:
    """A way to find rows that need not look whether they are there."""
    return replace(how, sure=True, parent=_surely(how.parent) if how.parent is not None else None)
