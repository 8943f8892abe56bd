"""What a compiled notebook does, a method a cell: parameters, plan, generation, check, log, metrics, exit value."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from shutil import rmtree
from typing import Any, Final
from uuid import uuid4

from ..errors import ParameterError, RunError, brief
from ..plan.machine import Machine
from ..plan.make import make_plan
from ..plan.make_series import as_files, make_series
from ..plan.plan import Plan
from ..plan.series import Series
from ..run.events import Event, LogLine, RunFinished, RunResult, SeriesResult, TableFinished, to_json
from ..run.run import run
from ..run.series import run_series
from ..spec.arrival import DEFAULT_BATCH
from ..spec.flags import option
from ..spec.repository import SHIPPED, DatasetInfo
from ..spec.resolve import Resolved, resolve_parameters
from ..version import __version__
from .checks import Finding, asked, questions
from .parsed_sql import take_further
from .places import Kernel, places_of
from .reading import reader
from .warehouse import Warehouse, connected

SETTINGS: Final = {
    "dataset_id": "dataset_id",
    "target_rows": "target_rows",
    "scale_factor": "scale_factor",
    "seed": "seed_value",
    "generation_mode": "generation_settings.mode",
    "output_mode": "output_settings.output_mode",
    "path_format": "output_settings.path_format",
    "schema_name": "output_settings.schema",
    "enable_partitioning": "partition_config.enabled",
}
"""Parameter of a notebook -> the setting that it sets, where it is neither empty, 0 nor False."""
OWN: Final = ("start_date", "end_date", "batch_size", "ignore_state", "lakehouse_root", "check", "runtime_params")
"""Further parameters."""
_CUSTOM: Final = "custom_schema"
_EXPRESSIONS: Final = "expressions"


class Job:
    """One run of a notebook.

    `given` holds the values of its parameters, `utils` is Fabric's `notebookutils`, `spark` the session of a Spark notebook. `offered`
    tells of each parameter that a template offers which setting it is (`path`), and its range (`min`, `max`) or `choices`.
    Raises InputError for what parameters may not be.
    """

    def __init__(
        self,
        environment: str,
        kernel: Kernel,
        given: Mapping[str, Any],
        *,
        offered: Mapping[str, Mapping[str, Any]] = {},
        utils: Any = None,
        spark: Any = None,
    ) -> None:
        self._environment, self._kernel, self._given, self._offered = environment, kernel, dict(given), offered
        self._utils, self._spark = utils, spark
        self._waiting: Path | None = None
        self._connection: Warehouse | None = None
        # Nothing is kept in a home that goes with the session.
        os.environ.setdefault("SYNTHETIC_DATA_CACHE", "off")
        self._places = places_of(kernel, str(self._given.get("lakehouse_root") or ""), utils)
        self._resolved = self._resolve()
        self._days = _asked_days(self._given)
        self._plan, self._series = self._planned()
        self._result: RunResult | SeriesResult | None = None
        self._findings: list[Finding] = []

    @property
    def plan(self) -> Plan:
        """What will be generated."""
        return self._plan

    def _config(self) -> dict[str, Any]:
        """The settings of the JSON text, in the shape of a config file; a dataset in it is taken aboard."""
        text = str(self._given.get("runtime_params") or "{}")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ParameterError("runtime_params", f"is not JSON: {error}") from None
        if not isinstance(value, dict):
            raise ParameterError("runtime_params", f"must be an object of settings, such as {{}}, not `{brief(text)}`")
        custom = value.pop(_CUSTOM, None)
        if custom is not None:
            _take_aboard(custom)
            value.setdefault("dataset_id", custom.get("dataset_id"))
            # The parameter is of those that the notebook brings.
            self._given["dataset_id"] = ""
        return value

    def _scalars(self) -> dict[str, Any]:
        """The settings of the scalars, by their dotted names; raises ParameterError for what a template does not let them be."""
        out = {path: self._given[name] for name, path in SETTINGS.items() if self._given.get(name) not in ("", 0, False, None)}
        if self._given.get("seed") is not None:
            out["seed_value"] = self._given["seed"]
        for name, told in self._offered.items():
            value = self._given.get(name)
            if value not in ("", None):
                _refuse_outside(name, value, told)
                out[told["path"]] = value
        return out

    def _resolve(self) -> Resolved:
        config, scalars = self._config(), self._scalars()
        output = config.get("output_settings")
        mode = scalars.get("output_settings.output_mode") or (output.get("output_mode", "") if isinstance(output, dict) else "")
        own: dict[str, Any] = {"output_settings.target_environment": "lakehouse"}
        if self._environment == "warehouse":
            if mode not in ("", "table"):
                raise ParameterError("output_mode", "a warehouse holds tables: use `table`, or the notebook for the lakehouse")
            own["output_settings.output_mode"], mode = "parquet", "parquet"
            # Rows wait in a folder of their own until the warehouse has them.
            self._waiting = self._places.files / f".to_warehouse-{uuid4().hex[:8]}"
        tables = mode in ("", "table") and not (mode == "" and self._by_day)
        by_spark = self._kernel == "spark"
        if by_spark and not tables:
            raise ParameterError("output_mode", "a Spark notebook writes tables: use `table`, or the Python notebook (kernel `python`)")
        has = "pyspark" if by_spark else "python"
        if scalars.get("generation_settings.mode", "auto") not in ("auto", has):
            told = f"this is a notebook of the {self._kernel} kernel: use `auto` or `{has}`, or the notebook of the other kernel"
            raise ParameterError("generation_mode", told)
        own["output_settings.output_dir"] = self._places.tables if tables else str(self._waiting or self._places.files)
        own["generation_settings.mode"] = has
        if by_spark:
            own["spark.writer"] = "spark"
        try:
            return resolve_parameters(None, edited=config, flags=scalars | own)
        except ParameterError as error:
            raise self._renamed(error) from None

    def _renamed(self, error: ParameterError) -> ParameterError:
        """A mistake in a setting, by the name of the notebook's parameter that sets it."""
        names = {path: name for name, path in SETTINGS.items()} | {told["path"]: name for name, told in self._offered.items()}
        path = next((path for path in names if error.name in (path, option(path))), "")
        return ParameterError(names[path], error.problem) if path else error

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
        if self._series is not None:
            batch = self._given.get("batch_size", DEFAULT_BATCH)
            again = bool(self._given.get("ignore_state"))
            only = self._missing(self._series, again)
            self._result = run_series(
                self._series, batch=batch, again=again, only=only, emit=self._tell, datasets=datasets, spark=self._spark
            )
        else:
            self._result = run(self._plan, emit=self._tell, datasets=datasets, spark=self._spark)
        if self._result.status != "COMPLETED":
            raise RunError(self._result.message or "the run did not complete")
        if self._waiting is not None:
            self._load(self._result, self._waiting, datasets)
        return f"{self._result.rows:,} rows in {self._result.seconds:.1f} s"

    @property
    def _warehouse(self) -> Warehouse:
        if self._connection is None:
            name = str(self._given.get("warehouse_name") or "")
            self._connection = Warehouse(self._plan, name, connected(self._utils, name))
        return self._connection

    def _missing(self, series: Series, again: bool) -> list[date] | None:
        """The days that a warehouse has not; None: whatever stands where the days are written says it."""
        if self._waiting is None:
            return None
        there = set() if again else self._warehouse.days()
        return [day for day in series.days if day not in there]

    def _load(self, result: RunResult | SeriesResult, waiting: Path, datasets: Sequence[DatasetInfo]) -> None:
        """Brings the rows that wait into the warehouse; they go, whatever comes of it."""
        url = f"{self._places.url}/{waiting.name}"
        try:
            if isinstance(result, RunResult):
                self._warehouse.load(result, url, datasets)
            elif self._series is not None:
                self._warehouse.load_days(self._series, result, url, datasets)
        finally:
            rmtree(waiting, ignore_errors=True)
        self._result = replace(result, output_root=str(self._given.get("warehouse_name") or ""))

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
        self._findings = [asked(question, found) for question, found in self._answers()]
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
                yield question, ask.number(question.sql)
            return
        with reader(self._plan, result, self._kernel, self._spark) as ask:
            for question in questions(self._plan, ask.named, ask.quoted):
                yield question, ask.number(question.sql)

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


def _refuse_outside(name: str, value: Any, told: Mapping[str, Any]) -> None:
    """Raises ParameterError for a value that a template does not offer."""
    choices, low, high = told.get("choices"), told.get("min"), told.get("max")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if choices is not None and value not in choices:
        raise ParameterError(name, f"may be {', '.join(map(str, choices))}, not `{brief(str(value))}`")
    if (low is not None or high is not None) and not number:
        raise ParameterError(name, f"must be a number, not `{brief(str(value))}`")
    if low is not None and not value >= low:
        raise ParameterError(name, f"must be at least {low:g}, not `{value:g}`")
    if high is not None and not value <= high:
        raise ParameterError(name, f"must be at most {high:g}, not `{value:g}`")


def _take_aboard(custom: Any) -> None:
    """Puts a dataset that came as a parameter beside those that are there; raises ParameterError."""
    if not isinstance(custom, dict) or not isinstance(custom.get("dataset_id"), str) or not custom["dataset_id"].isidentifier():
        raise ParameterError(_CUSTOM, "must be an object that declares a dataset, with its `dataset_id`")
    take_further(custom.pop(_EXPRESSIONS, {}))
    file = SHIPPED / f"{custom['dataset_id']}.json"
    if file.exists():
        raise ParameterError(_CUSTOM, f"`{custom['dataset_id']}` is the name of a dataset that this notebook has: call it otherwise")
    file.write_text(json.dumps(custom), encoding="utf-8")


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
