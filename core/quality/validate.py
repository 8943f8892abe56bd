"""Runs the checks over what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from ..errors import InputError, RunCancelled
from ..plan.plan import Plan
from ..run.cancel import CancelToken
from ..sinks.warehouse import quoted
from ..spec.repository import DatasetConfigurationRepository
from . import checks  # noqa: F401  # makes the derivers known
from .check import DERIVERS, Check, Verdict
from .manifest import Noted, find_manifest, manifests, plan_of
from .report import Group, Report, Result, Silent, TableLine
from .subject import Subject
from .written import opened

if TYPE_CHECKING:
    import duckdb

    from ..run.events import RunResult

Progress = Callable[[int, int, str], None]
"""Told after each step: steps done, steps in all, and what comes next."""


def unwatched(done: int, total: int, next_: str) -> None:
    """A `progress` that nobody listens to."""


def validate_output(
    root: Path,
    dataset_id: str | None = None,
    *,
    schema: str | None = None,
    mode: str | None = None,
    environment: str | None = None,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
) -> Report:
    """Checks what the newest run that fits wrote under an output root, by its manifest.

    Raises InputError where there is none, or its dataset has changed since.
    """
    noted = find_manifest(root, dataset_id, schema=schema, mode=mode, environment=environment)
    return validate(plan_of(noted, root=root, repository=repository), noted, progress=progress, cancel=cancel)


def validate_run(
    result: RunResult,
    *,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
) -> Report:
    """Checks what a run wrote; raises InputError where a later run has replaced it."""
    root = Path(result.output_root)
    noted = next((noted for noted in manifests(root) if noted.path == root / result.manifest), None)
    if noted is None or noted.run_id != result.run_id:
        raise InputError(f"what run {result.run_id} wrote has been replaced since")
    return validate(plan_of(noted, repository=repository), noted, progress=progress, cancel=cancel)


def derive(plan: Plan) -> tuple[list[Check], list[Silent]]:
    """All checks that a plan's declaration says enough for, and the rules that cannot speak of it."""
    subject = Subject(plan)
    every = [found for deriver in DERIVERS for found in deriver(subject)]
    tables = list(subject.tables)
    columns = {(table.name, column.name): n for table in plan.tables for n, column in enumerate(table.columns)}

    def place(check: Check) -> tuple[int, int]:
        last = len(columns) if check.group == "rule" else -1
        return tables.index(check.table), columns.get((check.table, check.column.split(", ")[0]), last)

    speaking = sorted((found for found in every if isinstance(found, Check)), key=place)
    return speaking, [found for found in every if isinstance(found, Silent)]


def validate(
    plan: Plan,
    noted: Noted | None = None,
    *,
    groups: Sequence[Group] = ("structure", "shape", "rule"),
    progress: Progress = unwatched,
    cancel: CancelToken | None = None,
) -> Report:
    """Checks the written tables of a plan; `noted` is the manifest of the run, where there is one.

    Memory stays constant: DuckDB streams the files and uses temporary ones for what does not fit. Raises InputError
    where nothing was written, RunError where it cannot be read now, RunCancelled.
    """
    began = perf_counter()
    wanted, silent = derive(plan)
    wanted = [check for check in wanted if check.group in groups]
    manifest: Mapping[str, Any] | None = noted.value if noted is not None else None
    with opened(plan, manifest) as (connection, problems):
        runner = _Runner(connection, problems, progress, cancel or CancelToken())
        results = runner.work(wanted)
        rows = {table.name: runner.rows(table.name) for table in plan.tables}
    silent += runner.silent
    lines = []
    for table in plan.tables:
        mine = [result for result in results if result.table == table.name]
        lines.append(TableLine(table.name, table.about, rows[table.name], len(mine), sum(not result.passed for result in mine)))
    return Report(
        dataset_id=plan.dataset_id,
        dataset_name=plan.dataset_name,
        run_id=noted.run_id if noted is not None else "",
        seed=plan.seed,
        target_rows=plan.target_rows,
        as_of=plan.as_of.isoformat(),
        window=(plan.window[0].isoformat(), plan.window[1].isoformat()),
        output=f"{plan.output.mode} ({plan.output.environment})",
        output_root=str(plan.output.root),
        tables=tuple(lines),
        results=tuple(results),
        silent=tuple(silent),
        seconds=perf_counter() - began,
    )


class _Runner:
    def __init__(self, connection: duckdb.DuckDBPyConnection, problems: Mapping[str, str], progress: Progress, cancel: CancelToken) -> None:
        self._connection, self._problems, self._progress, self._cancel = connection, problems, progress, cancel
        self.silent: list[Silent] = []

    def rows(self, table: str) -> int:
        """Rows of a table as found; 0 where it cannot be read."""
        if table in self._problems:
            return 0
        found = self._connection.execute(f"SELECT count(*) FROM {quoted(table)}").fetchone()
        return int(found[0]) if found else 0

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
                out[number] = self._result(wanted[number], verdict)
        self._progress(len(sources), len(sources), "")
        return [out[number] for number in sorted(out)]

    def _verdicts(self, source: str, asked: Sequence[Check]) -> Iterator[Verdict]:
        """One scan for all; where the answer cannot be had, each alone, so that only what is broken fails."""
        import duckdb

        try:
            answers = self._ask(source, asked)
        except duckdb.Error as error:
            if len(asked) > 1:
                for check in asked:
                    yield from self._verdicts(source, [check])
            else:
                told = str(error).splitlines()[0]
                yield Verdict(False, 0.0, f"cannot be asked: {told}", "values that can be read", 0, 0)
            return
        for check, answer in zip(asked, answers, strict=True):
            yield check.judge(answer)

    def _ask(self, source: str, asked: Sequence[Check]) -> list[dict[str, Any]]:
        places: dict[str, int] = {}
        for check in asked:
            for sql in check.ask.values():
                places.setdefault(sql, len(places))
        row = self._connection.execute(f"SELECT {', '.join(places)} FROM {source}").fetchone()
        if row is None:
            raise RuntimeError("an aggregate gave no row")
        return [{name: row[places[sql]] for name, sql in check.ask.items()} for check in asked]

    def _result(self, check: Check, verdict: Verdict) -> Result:
        offending = verdict.offending
        if not verdict.passed and check.culprits and not offending:
            offending = self._culprits(check.culprits)
        return Result(
            name=check.name,
            table=check.table,
            column=check.column,
            sentence=check.sentence,
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

    def _culprits(self, sql: str) -> tuple[str, ...]:
        import duckdb

        try:
            rows = self._connection.execute(sql).fetchmany(5)
        except duckdb.Error:
            return ()
        return tuple(", ".join("NULL" if value is None else str(value) for value in row) for row in rows)
