"""What a compiled notebook does, a method a cell: parameters, plan, generation, check, log, metrics, exit value."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

from ..errors import ParameterError, RunError, brief
from ..plan.machine import Machine
from ..plan.make import make_plan
from ..plan.make_series import as_files, make_series
from ..plan.plan import Plan
from ..plan.series import Series
from ..run.away import AwayLog
from ..run.cancel import CancelToken
from ..run.events import Event, LogLine, RunFinished, RunResult, SeriesResult, TableFinished, to_json
from ..run.place import log_folder
from ..run.run import new_id, run
from ..run.series import run_series
from ..spec.arrival import DEFAULT_BATCH
from ..spec.repository import DatasetInfo
from ..version import __version__
from .asked import Asked
from .checks import Finding, questions
from .checks import asked as answered
from .places import Kernel, places_of
from .reading import reader
from .warehouse import Warehouse, connected


class Job:
    """One run of a notebook.

    `given` holds the values of its parameters, `defaults` those that they have unless somebody says otherwise: a scalar that is at its
    default gives way to `runtime_params`, which is laid over `presets`, a JSON text. `offered` tells of each parameter that a template
    offers which setting it is (`path`), and its range (`min`, `max`) or `choices`. `utils` is Fabric's `notebookutils`, `spark` the
    session of a Spark notebook.
    Raises InputError for what parameters may not be.
    """

    def __init__(
        self,
        environment: str,
        kernel: Kernel,
        given: Mapping[str, Any],
        *,
        defaults: Mapping[str, Any] = {},
        presets: str = "{}",
        offered: Mapping[str, Mapping[str, Any]] = {},
        utils: Any = None,
        spark: Any = None,
    ) -> None:
        self._environment, self._kernel, self._given = environment, kernel, dict(given)
        self._utils, self._spark = utils, spark
        self._connection: Warehouse | None = None
        self._there: frozenset[date] = frozenset()
        """Days that the warehouse has."""
        # Nothing is kept in a home that goes with the session.
        os.environ.setdefault("SYNTHETIC_DATA_CACHE", "off")
        self._places = places_of(kernel, str(self._given.get("lakehouse_root") or ""), utils)
        asked = Asked(environment, kernel, self._given, defaults, presets, offered, self._places)
        self._resolved, self._waiting = asked.resolve(), asked.waiting
        self._days = _asked_days(self._given)
        self._plan, self._series = self._planned()
        self._result: RunResult | SeriesResult | None = None
        self._findings: list[Finding] = []

    @property
    def plan(self) -> Plan:
        """What will be generated."""
        return self._plan

    @property
    def _by_day(self) -> bool:
        return "start_date" in self._given

    def _planned(self) -> tuple[Plan, Series | None]:
        machine = replace(Machine.here(), no_spark="")
        if self._days is None:
            return make_plan(self._resolved, machine=machine), None
        series = make_series(as_files(self._resolved), *self._days, machine=machine)
        return series.plan, series

    def summary(self) -> str:
        """The plan, in lines."""
        plan = self._plan
        days = f", {self._days[0]} to {self._days[1]}" if self._days is not None else ""
        lines = [
            f"{plan.dataset_id}: {plan.rows:,} rows in {len(plan.tables)} tables, seed {plan.seed}{days}",
            f"to {plan.output.place} ({plan.output.mode}, {plan.work.mode}, version {__version__}, specification {plan.spec_hash[:12]})",
            *(f"  {table.name:<24} {table.rows:>15,} rows  {len(table.columns):>3} columns" for table in plan.tables),
        ]
        return "\n".join([*lines, *(f"note: {note}" for note in plan.notes)])

    def generate(self) -> str:
        """Generates and writes everything; raises RunError where it fails."""
        datasets = self._resolved.repository.list()
        try:
            self._result = self._generated(datasets)
        finally:
            if self._waiting is not None:
                rmtree(self._waiting, ignore_errors=True)
        return f"{self._result.rows:,} rows in {self._result.seconds:.1f} s"

    def _generated(self, datasets: Sequence[DatasetInfo]) -> RunResult | SeriesResult:
        result: RunResult | SeriesResult
        if self._waiting is not None:
            # Before an hour's work, not after it.
            self._warehouse.look()
        if self._series is not None:
            batch = self._given.get("batch_size", DEFAULT_BATCH)
            again = bool(self._given.get("ignore_state"))
            if self._waiting is not None and not again:
                there = self._warehouse.days()
                self._there = frozenset(there)
                if there.issuperset(self._series.days):
                    return _nothing_to_do(self._series)
                first = min({*there, self._series.days[0]})
                if first < self._series.days[0]:
                    # What changed since in rows of earlier days comes with these days alone.
                    self._series = make_series(self._resolved, first, self._series.days[-1], machine=replace(Machine.here(), no_spark=""))
            result = run_series(self._series, batch=batch, again=again, emit=self._tell, datasets=datasets, spark=self._spark)
        else:
            result = run(self._plan, emit=self._tell, datasets=datasets, spark=self._spark, log=self._log_of_spark())
        if result.status != "COMPLETED":
            if self._waiting is not None:
                self._warehouse.failed(result.run_id, result.message)
            raise RunError(result.message or "the run did not complete")
        return result if self._waiting is None else self._loaded(result, self._waiting, datasets)

    @property
    def _warehouse(self) -> Warehouse:
        if self._connection is None:
            name = str(self._given.get("warehouse_name") or "")
            self._connection = Warehouse(self._plan, name, connected(self._utils, name))
        return self._connection

    def _loaded(self, result: RunResult | SeriesResult, waiting: Path, datasets: Sequence[DatasetInfo]) -> RunResult | SeriesResult:
        """Brings the rows that wait into the warehouse."""
        url = f"{self._places.url}/{waiting.name}"
        if isinstance(result, RunResult):
            self._warehouse.load(result, url, datasets)
        elif self._series is not None:
            seen = self._places.files / waiting.name
            try:
                copytree(waiting / "Tables", seen / "Tables", ignore=lambda folder, names: [name for name in names if name == "_delta_log"])
                again = bool(self._given.get("ignore_state"))
                self._warehouse.load_days(self._series, result, url, datasets, again, self._there)
            finally:
                rmtree(seen, ignore_errors=True)
        return replace(result, output_root=str(self._given.get("warehouse_name") or ""))

    def _log_of_spark(self) -> Callable[[str], AwayLog] | None:
        """The log of a Spark notebook that writes files: its image has no other library for Delta tables."""
        if self._kernel != "spark" or self._plan.output.url:
            return None
        from ..spark.session import Place, open_cluster
        from ..spark.storage import SparkStore

        url = self._places.tables
        cluster = open_cluster(Place(delta=True, url=url, by_spark=True), self._spark, CancelToken())
        folder = log_folder(url, self._plan.output.schema)
        return lambda run_id: AwayLog(SparkStore(cluster, url), run_id, folder)

    def _tell(self, event: Event) -> None:
        emit: Callable[[dict[str, Any]], None] | None = getattr(self._utils, "emit", None)
        if emit is not None:
            # Whoever listens shows them.
            emit(to_json(event))
            return
        if isinstance(event, TableFinished):
            print(f"{event.table:<24} {event.rows:>15,} rows  {event.seconds:>8.1f} s")
        elif isinstance(event, LogLine) and event.level != "info":
            print(f"{event.level}: {event.text}")
        elif isinstance(event, RunFinished) and event.status != "COMPLETED":
            print(f"{event.status}: {event.message}")

    def check(self) -> str:
        """Counts rows, and looks for keys that come twice or point at nothing; raises RunError where a check fails."""
        if not self._given.get("check", True):
            return "not asked for"
        if self._series is not None:
            return "days of a series are not checked here"
        self._findings = [answered(question, found) for question, found in self._answers()]
        failed = [each for each in self._findings if not each.passed]
        if failed:
            raise RunError("; ".join(f"{each.table}: {each.name}: {each.sentence}" for each in failed))
        return f"{len(self._findings)} checks of {len(self._plan.tables)} tables hold"

    def _answers(self) -> Iterator[tuple[Any, int]]:
        result = self._done()
        if not isinstance(result, RunResult):
            return
        if self._connection is not None:
            ask = self._connection.reader()
            for question in questions(self._plan, ask.named, ask.quoted):
                yield question, ask.number(question)
            return
        with reader(self._plan, result, self._kernel, self._spark) as ask:
            for question in questions(self._plan, ask.named, ask.quoted):
                yield question, ask.number(question)

    def log(self) -> str:
        """The run's row in the log."""
        result = self._done()
        return f"log_synthetic_data_generation: run {result.run_id} {result.status}, {result.rows:,} rows under {result.output_root}"

    def metrics(self) -> str:
        """What the run took."""
        result = self._done()
        lines = [f"{result.rows_per_second:,.0f} rows/s, peak memory {result.peak_memory_bytes / 1e9:.2f} GB"]
        if isinstance(result, RunResult):
            lines += [f"  {each.name:<24} {each.rows_per_second:>12,.0f} rows/s  {each.bytes / 1e6:>10,.1f} MB" for each in result.tables]
        return "\n".join(lines)

    def exit_value(self) -> str:
        """What the notebook returns to whoever runs it: a JSON object."""
        result = self._done()
        if self._connection is not None:
            self._connection.close()
        value: dict[str, Any] = {
            "run_id": result.run_id,
            "dataset_id": result.dataset_id,
            "status": result.status,
            "rows": result.rows,
            "seconds": round(result.seconds, 3),
            "output_root": result.output_root,
            "checks": len(self._findings),
        }
        if isinstance(result, RunResult):
            value["tables"] = {each.name: {"rows": each.rows, "digest": each.digest} for each in result.tables}
        else:
            value["days"] = [asdict(day) for day in result.days]
        return json.dumps(value)

    def _done(self) -> RunResult | SeriesResult:
        if self._result is None:
            raise RunError("nothing has been generated: run the cells in their order")
        return self._result


def _nothing_to_do(series: Series) -> SeriesResult:
    """What comes of days that are all there."""
    place, days = series.plan.output.place, series.days
    return SeriesResult(new_id(), series.plan.dataset_id, "COMPLETED", (), len(days), 0.0, 0, 0, 0.0, 0, 0.0, place, "all days are there")


def _asked_days(given: Mapping[str, Any]) -> tuple[date, date] | None:
    """The first and the last day, where a notebook has days; raises ParameterError."""
    if "start_date" not in given:
        return None
    batch = given.get("batch_size", DEFAULT_BATCH)
    if type(batch) is not int or batch < 1:
        raise ParameterError("batch_size", f"must be a whole number of days, at least 1, not `{brief(str(batch))}`")
    found = []
    for name in ("start_date", "end_date"):
        text = str(given.get(name) or given["start_date"])
        try:
            found.append(date.fromisoformat(text))
        except ValueError:
            raise ParameterError(name, f"must be a day such as 2024-12-31, not `{brief(text)}`") from None
    return found[0], found[1]
