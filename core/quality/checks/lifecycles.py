"""Lifecycles: steps in order, a status that agrees with them, shares and lags as declared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta

from ...sinks.reading import literal
from ...spec.kinds.lifecycle import Lifecycle, Step
from ...spec.kinds.lifetime import Begin
from ..check import Check, never, register
from ..distributions import FEWEST, Branch, boundary, follows
from ..expected import Declared
from ..expressions import Seen, express
from ..judges.counts import StepShare
from ..subject import Subject, Written, moment, own
from .numbers import equals


@register
def lifecycles(subject: Subject) -> Iterator[Check]:
    """Every written lifecycle."""
    for table in subject.tables.values():
        for name, model in table.each(Lifecycle):
            cycle = Cycle(subject, table, name, model)
            yield from cycle.structure()
            if table.plan.rows >= FEWEST:
                yield from cycle.shapes()


class Cycle:
    """One lifecycle: its steps as a graph, and the columns that show their times."""

    def __init__(self, subject: Subject, table: Written, name: str, model: Lifecycle) -> None:
        self._subject, self._table, self._name = subject, table, name
        self._steps: Mapping[str, Step] = model.steps
        names = list(self._steps)
        self._first = names[0]
        self._ancestors: dict[str, set[str]] = {}
        self._certain: dict[str, set[str]] = {}
        for step, declared in self._steps.items():
            self._ancestors[step] = {a for before in declared.after for a in (before, *self._ancestors[before])}
            certain = [self._certain[before] | {before} for before in declared.after]
            self._certain[step] = set.intersection(*certain) if certain else set()
        self._times = {step: own(copy) for step in names if (copy := table.copy_of(f"{name}.{step}")) is not None}
        if self._first not in self._times:
            start = model.from_ or next((n for n, _ in table.each(Begin)), None)
            if start is not None and start in table.columns and table.columns[start].type == "timestamp":
                self._times[self._first] = own(start)

    def reach(self, step: str) -> list[str]:
        """A step and all that may follow it."""
        return [other for other in self._steps if other == step or step in self._ancestors[other]]

    def _is(self, steps: list[str]) -> str:
        return f"{own(self._name)} IN ({', '.join(literal(step) for step in steps)})"

    def structure(self) -> Iterator[Check]:
        """What holds of every row."""
        table, name, times = self._table, self._name, self._times
        yield never(table, "CategoryAdherence", name, f"{name} is one of {', '.join(self._steps)}", f"NOT ({self._is(list(self._steps))})",
                    counted=f"count({own(name)})")  # fmt: skip
        pairs = [
            f"{times[step]} < {times[before]}" for step in times for before in times
            if before in self._ancestors[step] and self._is_ordered(step)
        ]  # fmt: skip
        if pairs:
            yield never(table, "LifecycleOrder", name, f"the steps of {name} stand in order of time", " OR ".join(pairs))
        wrong = []
        for step in self._steps:
            inner = [f"{times[other]} IS NOT NULL" for other in times if other != step and other not in self._ancestors[step]]
            inner += [f"{times[other]} IS NULL" for other in times if other == step or other in self._certain[step]]
            if inner:
                wrong.append(f"{own(name)} = {literal(step)} AND ({' OR '.join(inner)})")
        if wrong:
            yield never(table, "LifecycleAdherence", name, f"{name} is the last step that has a time", " OR ".join(wrong))
        for step, declared in self._steps.items():
            seen = self._when(declared)
            if declared.when is not None and seen is not None:
                after = [other for other in self._steps if other == step or step in self._certain[other]]
                took = self._is(after) + (f" OR {times[step]} IS NOT NULL" if step in times else "")
                yield never(table, "LifecycleAdherence", name, f"{step} only where {declared.when}",
                            f"NOT coalesce({seen.sql}, false) AND ({took})", joins=seen.joins, reads=seen.reads)  # fmt: skip
        late = " OR ".join(f"{time} >= {moment(self._subject.end)}" for time in times.values())
        if late:
            sentence = f"no step of {name} has a time after {self._subject.plan.as_of}"
            yield never(table, "BoundaryAdherence", name, sentence, late)

    def _is_ordered(self, step: str) -> bool:
        """Whether no lag on the way to a step can be negative."""
        distributions = [self._steps[s].lag for s in (step, *self._ancestors[step])]
        return all(
            distribution is None
            or (distribution.least or 0) >= (0 if distribution.type != "normal" or distribution.least is not None else 1)
            for distribution in distributions
        )

    def _when(self, declared: Step) -> Seen | None:
        return Seen("true") if declared.when is None else express(self._subject, self._table, declared.when)

    def shapes(self) -> Iterator[Check]:
        """What holds of many rows."""
        for step, declared in self._steps.items():
            yield from self._lag(step, declared)
            share = self._share(step, declared)
            if share is not None:
                yield share

    def _lag(self, step: str, declared: Step) -> Iterator[Check]:
        times, distribution = self._times, declared.lag
        # What waits for an opening no longer follows its distribution.
        waits = declared.clock is not None
        if distribution is None or waits or step not in times or len(declared.after) != 1 or declared.after[0] not in times:
            return
        branch = Branch.of("true", distribution, 1.0, 6)
        # Longer lags show later: only rows that had time for the longest one tell the distribution.
        ripe = self._subject.end - timedelta(microseconds=float(branch.expected.values[-1]) * distribution.microseconds() + 1e6)
        base, column = times[declared.after[0]], times[step].removeprefix('t."').removesuffix('"')
        source = f"(SELECT * FROM {self._table.source} WHERE {base} < {moment(ripe)}) AS t"
        value, unit = (
            f"(date_diff('microsecond', {base}, {times[step]}) / {distribution.microseconds()!r})",
            f"{distribution.unit} after {declared.after[0]}",
        )
        # A lag is cut to whole milliseconds, which may leave it a little short of its least.
        slack = 2_000 / distribution.microseconds()
        yield from boundary(self._table, column, value, [branch], source, unit, slack=slack)
        if branch.expected.stddev > 0:
            yield from follows(self._table, column, value, [branch], source, unit)

    def _share(self, step: str, declared: Step) -> Check | None:
        if (declared.share == 1 and not declared.factors) or self._first not in self._times:
            return None
        seen = self._when(declared)
        taken = self.reach(step)
        base = {other for before in declared.after for other in self.reach(before)}
        for rival, other in self._steps.items():
            if rival == step:
                break
            if set(other.after) & set(declared.after):
                if set(self.reach(rival)) & set(taken):
                    return None
                base -= set(self.reach(rival))
        # A status that can also be reached past `after` does not tell whether the row ever stood there.
        if (
            seen is None
            or any(self._avoids(other, set(declared.after)) for other in base)
            or any(one.column not in self._table.columns for one in declared.factors)
        ):
            return None
        chance = " * ".join([repr(float(declared.share)), *(self._factor(one.column, one.times) for one in declared.factors)])
        among = f"({seen.sql}) AND {self._is(sorted(base))}"
        source = (
            f"(SELECT * FROM {self._table.source} WHERE {self._times[self._first]} < {moment(self._subject.end - self._horizon(taken))}) "
            f"AS t{seen.joins}"
        )

        return Check(
            name="TVComplement",
            table=self._table.name,
            column=self._name,
            sentence=f"of the rows that could take the step {step}, the declared share did",
            group="shape",
            source=source,
            ask={
                "rows": f"count(*) FILTER (WHERE {among})",
                "took": f"count(*) FILTER (WHERE {among} AND {self._is(taken)})",
                "meant": f"avg(least({chance}, 1.0)::DOUBLE) FILTER (WHERE {among})",
            },
            judge=StepShare(),
            reads=seen.reads,
        )

    def _factor(self, column: str, factors: Mapping[str, float]) -> str:
        branches = " ".join(f"WHEN {equals(self._table, column, value)} THEN {float(f)!r}" for value, f in factors.items())
        return f"(CASE {branches} ELSE 1.0 END)"

    def _avoids(self, step: str, gates: set[str]) -> bool:
        """Whether a step can be reached without any of the gates."""
        if step in gates:
            return False
        after = self._steps[step].after
        return not after or any(self._avoids(before, gates) for before in after)

    def _horizon(self, steps: list[str]) -> timedelta:
        """The longest time from the first step to any of these."""
        longest: dict[str, float] = {}
        for step, declared in self._steps.items():
            lag = declared.lag
            most = float(Declared(lag.engine(), lag.microseconds() / 1e6).expected.values[-1]) if lag is not None else 0.0
            if declared.clock is not None:
                most += self._subject.marks.longest_closed[declared.clock].total_seconds() + 3_600
            longest[step] = most + max((longest[before] for before in declared.after), default=0.0)
        return timedelta(seconds=max(longest[step] for step in steps) + 1)
