"""Lifecycles: how far a row has come."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ...errors import hint
from ...program import columns
from ..distributions import AnyDistribution
from ..modelling import BeforeValidator, Field, field_validator
from ..names import Name, Strict
from ..names import Path as DottedPath
from ..numbers import Share
from ..shapes import OwnFactors, by_column, listed
from .base import Column, Compiled, Scope, register, scaled
from .moment import moment_parts
from .number import told_values


class Step(Strict):
    """One step of a lifecycle."""

    after: Annotated[list[Name], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)] = []
    """The step, or steps, that it may follow; the first step follows none."""
    share: Share = 1
    """Share of the rows left at that point for which `when` holds."""
    when: str | None = None
    """SQL condition on the row."""
    lag: AnyDistribution | None = None
    """Time since the step before."""
    at: DottedPath | None = None
    """The date or timestamp at which it happens, instead of a lag; a row where it is NULL does not take the step."""
    clock: Name | None = None
    """One of the dataset's `clocks`: in closed time the step waits for the next opening."""
    time_zone: DottedPath | None = None
    """Of `clock`: a text of the row that names a time zone (IANA). Default: the dataset's."""
    factors: Annotated[list[OwnFactors], BeforeValidator(listed)] = []
    """Factors on the share, by columns of the row: `[{column: channel, times: {store: 0.7}}]`."""

    @field_validator("lag")
    @classmethod
    def _time(cls, value: Any) -> Any:
        if value is not None:
            value.microseconds()
        return value


@register
class Lifecycle(Column):
    """The last step reached as of the end of the data; its parts are the steps' times."""

    kind: Literal["lifecycle"]
    from_: DottedPath | None = Field(default=None, alias="from")
    """When the first step happens (default: the row's own begin)."""
    steps: dict[Name, Step] = Field(min_length=2, max_length=32)
    """The steps, in order; the first one takes no keys."""

    @field_validator("steps")
    @classmethod
    def _ordered(cls, steps: dict[str, Step]) -> dict[str, Step]:
        names = list(steps)
        for number, (name, step) in enumerate(steps.items()):
            if number == 0 and step != Step():
                raise ValueError(f"the first step `{name}` takes no keys: every row starts with it")
            if number and not step.after:
                raise ValueError(f"step `{name}` needs `after`")
            if step.time_zone is not None and step.clock is None:
                raise ValueError(f"step `{name}` has a `time_zone` but no `clock` that would go by it")
            if step.lag is not None and step.at is not None:
                raise ValueError(f"step `{name}` has both `lag` and `at`")
            for before in step.after:
                if before not in names:
                    raise ValueError(f"step `{name}` comes after `{before}`, which is not a step{hint(before, names)}")
                if names.index(before) >= number:
                    raise ValueError(f"step `{name}` is written before `{before}`, which it comes after")
        return steps

    def compile(self, scope: Scope) -> Compiled:
        names = tuple(self.steps)
        steps = []
        for name, step in self.steps.items():
            at = None
            if step.at is not None:
                found = scope.find(step.at)
                if found.compiled.type not in ("date", "timestamp"):
                    raise ValueError(f"step `{name}`: `{step.at}` is not a date or timestamp")
                at = found.program, found.compiled.type == "date"
            factors = {column: told_values(scope, column, times) for column, times in by_column(step.factors).items()}
            steps.append(
                columns.Step(
                    name=name,
                    after=tuple(names.index(s) for s in step.after),
                    share=step.share,
                    when=scope.sql(step.when).tree if step.when is not None else None,
                    lag=scaled(step.lag, step.lag.microseconds()) if step.lag is not None else None,
                    at=at,
                    factors=factors or None,
                    clocked=scope.clocked(step.clock, step.time_zone) if step.clock is not None else None,
                )
            )
        start = None
        if self.from_ is not None:
            found = scope.find(self.from_)
            if found.compiled.type != "timestamp":
                raise ValueError(f"`{self.from_}` is not a timestamp")
            start = found.program
        parts = {
            name: Compiled(None, "timestamp", nullable=number > 0, state=True, parts=moment_parts(number > 0))
            for number, name in enumerate(names)
        }
        return Compiled(columns.Lifecycle(tuple(steps), start), "varchar", names, state=True, parts=parts)
