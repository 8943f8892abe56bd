"""Runs the checks over what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from ..errors import InputError, NoOutputError, PlaceError, RunCancelled
from ..plan.plan import Plan
from ..run.anew import plan_of
from ..run.cancel import CancelToken
from ..run.events import RunResult, SeriesResult
from ..run.guarded import Guard, TooSlow, checked_tables, first
from ..run.limits import check_limits
from ..run.manifest import Noted, Say, find_manifest, manifests, replaced_by, unsaid
from ..run.root import refuse_bytes
from ..run.tables import settle
from ..sinks.warehouse import quoted
from ..spec.repository import DatasetConfigurationRepository
from ..spec.urls import OTHER_READERS, local_root
from .check import NO_ROWS, Check, Verdict
from .derived import derive, derived
from .report import Group, Matrix, Report, Result, Silent, TableLine
from .written import Views, opened, views_of_run

if TYPE_CHECKING:
    import duckdb

    from .brought import Days

Progress = Callable[[int, int, str], None]
"""Told after each step: steps done, steps in all, and what comes next."""


SECONDS: Final = 600.0
"""Seconds that a dataset's own check may run by default."""


def unwatched(done: int, total: int, next_: str) -> None:
    """A `progress` that drops every step."""


def validate_output(
    root: Path | str,
    dataset_id: str | None = None,
    *,
    schema: str | None = None,
    mode: str | None = None,
    environment: str | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
    seconds: float | None = SECONDS,
    associations: bool = False,
    say: Say = unsaid,
) -> Report:
    """Checks what the newest run that fits wrote under an output root, by its manifest, or the days of its series, by the ledger.

    `first_day` and `last_day` say which days of a series. A publication that was cut is finished first; `say` is told, and
    of what was passed over. A dataset's own check may run `seconds`. `associations` of columns are looked for where a run is checked.
    Raises InputError where there is no such run, or its dataset has changed since; RunCancelled.
    """
    # The check after a run has its plan, and needs none of what makes plans.
    from .loads import days_of_load
    from .series import Asked, days_of, missing_series, newest_series, written_at

    root = local_root(root, "the check reads", OTHER_READERS)
    check_limits("a check")
    refuse_bytes(root)
    if root.is_dir():
        settle(root, say)
    asked = Asked(dataset_id, schema, mode, environment, first_day, last_day)
    try:
        series = newest_series(root, asked)
    except PlaceError as error:
        if asked.by_day:
            raise
        say(str(error))
        series = None
    if series is not None and (asked.by_day or written_at(root, series) > asked.newest_run(root)):
        days = days_of(root, series, asked, repository)
        return validate(days.plan, days=days, progress=progress, cancel=cancel, seconds=seconds)
    if asked.by_day:
        raise missing_series(root, asked)
    try:
        noted = find_manifest(root, dataset_id, schema=schema, mode=mode, environment=environment, say=say)
    except NoOutputError as error:
        other = missing_series(root, asked) if root.is_dir() else error
        raise (error if isinstance(other, NoOutputError) else other) from None
    plan = plan_of(noted, root=root, repository=repository)
    load = days_of_load(root, plan, noted, repository)
    return validate(plan, noted, days=load, progress=progress, cancel=cancel, seconds=seconds, associations=associations)


def validate_run(
    result: RunResult | SeriesResult,
    *,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
) -> Report:
    """Checks what a run wrote, or all days of the series that it wrote some of; raises InputError where a later run has replaced it."""
    from .series import series_of_run

    root = local_root(result.output_root, "the check reads", OTHER_READERS)
    if not isinstance(result, RunResult):
        report = validate_output(root, result.dataset_id, repository=repository, progress=progress, cancel=cancel)
        if result.run_id and report.run_id != result.run_id and series_of_run(root, result.run_id) is None:
            raise InputError(f"run {report.run_id} has written {result.dataset_id} since, and is what can be checked")
        return report
    every = manifests(root)
    noted = next((noted for noted in every if noted.path == root / result.manifest), None)
    if noted is None or noted.run_id != result.run_id or replaced_by(noted, every) is not None:
        raise InputError(f"what run {result.run_id} wrote has been replaced since")
    return validate(plan_of(noted, repository=repository), noted, progress=progress, cancel=cancel)


def validate_past(
    root: Path | str,
    run_id: str,
    dataset_id: str,
    *,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
) -> Report:
    """Checks what a run of the history wrote, or all days of the series that it wrote some of.

    Raises InputError where a later run has replaced it, or it wrote nothing that is still there.
    """
    from .loads import days_of_load
    from .series import Asked, days_of, series_of_run

    root = local_root(root, "the check reads", OTHER_READERS)
    every = manifests(root)
    noted = next((noted for noted in every if noted.run_id == run_id), None)
    if noted is None:
        # Days of a series have no manifest of their own run; of anything else a later run has written another in its place.
        check_limits("a check")
        series = series_of_run(root, run_id)
        if series is None:
            raise InputError(f"what run {run_id} wrote has been replaced or deleted since")
        days = days_of(root, series, Asked(dataset_id), repository)
        return validate(days.plan, days=days, progress=progress, cancel=cancel)
    if replaced_by(noted, every) is not None:
        raise InputError(f"what run {run_id} wrote has been replaced since")
    plan = plan_of(noted, root=root, repository=repository)
    return validate(plan, noted, days=days_of_load(root, plan, noted, repository), progress=progress, cancel=cancel)


def validate(
    plan: Plan,
    noted: Noted | None = None,
    *,
    days: Days | None = None,
    groups: Sequence[Group] = ("structure", "shape", "rule"),
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
    seconds: float | None = SECONDS,
    associations: bool = False,
) -> Report:
    """Checks the written tables of a plan; `noted` is the manifest of the run, where there is one; or `days` of a series;
    or both, of tables that days were loaded into.

    Memory stays constant: DuckDB streams the files and uses temporary ones for what does not fit. A dataset's own check
    that runs longer than `seconds` fails. `associations`: also says which columns are associated, of tables that are no days of a series.
    Raises InputError where nothing was written, RunError where it cannot be read now, RunCancelled.
    """
    began = perf_counter()
    found = derived(plan) if days is None else derive(plan, days)
    wanted = [check for check in found.checks if check.group in groups]
    manifest = noted.value if noted is not None else None
    cancel = cancel or CancelToken()

    def prepare(connection: duckdb.DuckDBPyConnection) -> Views:
        if days is None:
            return views_of_run(connection, plan, manifest)
        from .brought import views_of_days

        return views_of_days(connection, days) if noted is None else views_of_run(connection, plan, manifest, days.view_in_table)

    with opened(plan, prepare, cancel=cancel) as (guard, problems):
        runner = _Runner(guard, plan.names, problems, progress, cancel, seconds)
        results = runner.work(wanted)
        sources = {name: brought.source for name, brought in days.tables.items()} if days is not None else {}
        rows = {table.name: runner.rows(table.name, sources.get(table.name, "")) for table in plan.tables}
        found_of = _associations(plan, guard, rows, cancel) if associations and days is None else ()
    first_day, last_day = (days.first, days.last) if days is not None else plan.window
    lines = []
    for table in plan.tables:
        mine = [result for result in results if result.table == table.name]
        lines.append(TableLine(table.name, table.about, rows[table.name], len(mine), sum(not result.passed for result in mine)))
    return Report(
        dataset_id=plan.dataset_id,
        dataset_name=plan.dataset_name,
        run_id=noted.run_id if noted is not None else days.run_id if days is not None else "",
        seed=plan.seed,
        target_rows=plan.target_rows,
        as_of=plan.as_of.isoformat(),
        window=(first_day.isoformat(), last_day.isoformat()),
        output=f"{plan.output.mode} ({plan.output.environment if days is None or noted is not None else 'by day'})",
        output_root=str(plan.output.root),
        tables=tuple(lines),
        results=tuple(results),
        silent=(*found.silent, *runner.silent),
        seconds=perf_counter() - began,
        associations=found_of,
    )


def _associations(plan: Plan, guard: Guard, rows: Mapping[str, int], cancel: CancelToken) -> tuple[Matrix, ...]:
    # Numbers are counted by numpy, which the checks do without.
    from .associations import matrices

    return matrices(plan, guard, rows, cancel)


class _Runner:
    def __init__(
        self,
        guard: Guard,
        names: Sequence[str],
        problems: Mapping[str, str],
        progress: Progress,
        cancel: CancelToken,
        seconds: float | None,
    ) -> None:
        self._guard, self._problems, self._progress, self._cancel = guard, problems, progress, cancel
        self._known = {("", name): None for name in names}
        self._seconds = seconds
        self.silent: list[Silent] = []

    def rows(self, table: str, source: str = "") -> int:
        """Rows of a table, or of another source of its rows, as found; 0 where it cannot be read."""
        import duckdb

        if table in self._problems:
            return 0
        try:
            ((found,),) = self._guard.rows(f"SELECT count(*) FROM {source or quoted(table)}")
        except duckdb.Error:
            # One of several files: its checks have failed.
            return 0
        return int(found)

    def work(self, wanted: Sequence[Check]) -> list[Result]:
        """All results, in the order of the checks."""
        out: dict[int, Result] = {}
        sources: dict[str, list[int]] = defaultdict(list)
        for number, check in enumerate(wanted):
            broken = next((name for name in (check.table, *check.reads) if name in self._problems), None)
            if broken is None:
                sources[check.source].append(number)
            elif check.name == "TableStructure":
                out[number] = self._result(check, Verdict(False, 0.0, self._problems[broken], "a table that can be read", 0, 0))
            else:
                self.silent.append(Silent(check.name, check.table, check.sentence, f"{broken} cannot be read"))
        for done, (source, numbers) in enumerate(sources.items()):
            if self._cancel.is_set():
                raise RunCancelled
            first = wanted[numbers[0]]
            self._progress(done, len(sources), first.table)
            for number, verdict in zip(numbers, self._verdicts(source, [wanted[n] for n in numbers]), strict=True):
                check = wanted[number]
                # Of what must not be there, nothing is an answer as well; of shares it is none.
                reason = verdict.unasked or (NO_ROWS if verdict.passed and not verdict.rows and check.group == "shape" else "")
                if reason:
                    self.silent.append(Silent(check.name, check.table, check.sentence, reason))
                else:
                    out[number] = self._result(check, verdict)
        self._progress(len(sources), len(sources), "")
        return [out[number] for number in sorted(out)]

    def _verdicts(self, source: str, asked: Sequence[Check]) -> Iterator[Verdict]:
        """One scan for all; where the answer cannot be had, each alone, so that only what is broken fails."""
        import duckdb

        told = ""
        try:
            answers = self._ask(source, asked)
        except TooSlow as error:
            told = str(error)
        except (InputError, MemoryError, duckdb.Error) as error:
            if len(asked) > 1:
                for check in asked:
                    yield from self._verdicts(source, [check])
                return
            told = f"cannot be asked: {first(str(error))}"
        if told:
            yield from (Verdict(False, 0.0, told, "values that can be read", 0, 0) for _ in asked)
            return
        for check, answer in zip(asked, answers, strict=True):
            yield check.judge(answer)

    def _ask(self, source: str, asked: Sequence[Check]) -> list[dict[str, Any]]:
        places: dict[str, int] = {}
        for check in asked:
            for sql in check.ask.values():
                places.setdefault(sql, len(places))
        row = self._rows(f"SELECT {', '.join(places)} FROM {source}", any(check.group == "rule" for check in asked))[0]
        return [{name: row[places[sql]] for name, sql in check.ask.items()} for check in asked]

    def _rows(self, sql: str, rule: bool) -> list[tuple[Any, ...]]:
        """The rows of a statement; one with a dataset's own SQL in it is looked at first, and may not take for ever."""
        if not rule:
            return self._guard.rows(sql)
        checked_tables(self._guard.asked(sql, "the check"), self._known, {})
        return self._guard.rows(sql, self._seconds)

    def _result(self, check: Check, verdict: Verdict) -> Result:
        offending = verdict.offending
        if not verdict.passed and check.culprits and not offending:
            offending = self._culprits(check.culprits, check.group == "rule")
        return Result(
            name=check.name,
            table=check.table,
            column=check.column,
            sentence=verdict.sentence or check.sentence,
            group=check.group,
            passed=verdict.passed,
            score=round(min(max(verdict.score, 0.0), 1.0), 6),
            observed=verdict.observed,
            expected=verdict.expected,
            limit=verdict.limit,
            rows=verdict.rows,
            offending=offending,
            plot=verdict.plot,
        )

    def _culprits(self, sql: str, rule: bool) -> tuple[str, ...]:
        import duckdb

        try:
            rows = self._rows(sql, rule)
        except (InputError, TooSlow, MemoryError, duckdb.Error):
            return ()
        return tuple(", ".join("NULL" if value is None else str(value) for value in row) for row in rows[:5])
