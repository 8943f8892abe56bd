"""An output root on an object store: parts go to where they stay, and a commit a table makes them seen.

There is no staging folder and no lock: nobody sees a file that no commit names, and the commits of a table come one after another.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, Protocol

from ..engine.delivery import schema_of
from ..engine.engine import Engine
from ..errors import ExistsError, ForeignError, PlaceError, SyntheticDataError
from ..plan.plan import Plan
from ..sinks.store import Look, Part, Store
from .cancel import CancelToken
from .events import TableResult
from .manifest import FileEntry, TableEntry, manifest_name, manifest_of, run_of
from .place import above, target
from .schemas import DATASETS, JOBS, LOG, SAMPLES, SCHEMAS, DatasetRow, JobRow, LogRow, SampleRow
from .tally import Tally

MANIFESTS: Final = "Files/.manifests"
"""Below the output root. OneLake has no folders of others beside Tables and Files."""


class Storage(Protocol):
    """What reaches an object store: delta-rs (`core.sinks.store.Store`) or Spark. Paths are below the root; each may raise RunError."""

    @property
    def session(self) -> Any:
        """A `SparkSession` for the executor, or None."""

    def at(self, path: str) -> str:
        """The URL of a path."""

    def look(self, path: str, run_id: str = "") -> Look | None:
        """A Delta table; None where there is none. `run_id` is of a run that is known to have been here."""

    def commit(self, path: str, parts: Sequence[Part], schema: Any, run_id: str) -> Sequence[Part]:
        """Makes a table hold what a run wrote, and nothing else; gives its files as they are."""

    def undo(self, path: str, run_id: str) -> None:
        """Takes back what a run wrote to a table, committed or not."""

    def rows(self, path: str, schema: Any) -> list[dict[str, Any]]:
        """All rows of a small table."""

    def write_rows(self, path: str, rows: Sequence[Mapping[str, Any]], schema: Any, run_id: str, add: bool) -> None:
        """Adds rows to a small table, or replaces its rows."""

    def text(self, path: str) -> str | None:
        """The content of a small file; None where there is none."""

    def put(self, path: str, text: str) -> None:
        """Writes a small file, whole."""


def storage_of(plan: Plan, spark: Any, cancel: CancelToken) -> Storage:
    """What reaches the object store of a plan; raises RunError where Spark cannot be used, and RunCancelled while it starts."""
    if plan.work.mode == "python":
        return Store(plan.output.url)
    from ..spark.reach import spelled
    from ..spark.session import Place, open_cluster
    from ..spark.storage import SparkStore

    url = spelled(plan.output.url, os.environ)
    return SparkStore(open_cluster(Place(plan.work.master, plan.spark_conf, delta=True, url=url, by_spark=True), spark, cancel), url)


class Away:
    """The object store of a plan, as a run writes to it (`core.run.destination.Destination`)."""

    def __init__(self, plan: Plan, run_id: str, storage: Storage, scratch: Path) -> None:
        self._plan, self._run_id, self._storage, self.scratch = plan, run_id, storage, scratch
        self.aside = scratch
        self._open = False
        """Whether something may have been written that is not published."""
        self.log = AwayLog(storage, run_id)
        self.session = storage.session

    @property
    def manifest(self) -> str:
        """As `Destination.manifest`."""
        return f"{MANIFESTS}/{manifest_name(self._plan)}"

    def file(self, path: str) -> str:
        """As `Destination.file`: in the folder of its table."""
        return self._storage.at(f"{above(self._plan)}/{path}")

    def refuse(self) -> None:
        """Raises ExistsError, ForeignError and PlaceError for tables that may not be replaced, and RunError where nothing is there."""
        known = run_of(self._storage.text(self.manifest) or "")
        for name in self._plan.names:
            path = target(self._plan, name)
            found = self._storage.look(path, known)
            if found is None:
                continue
            if self._plan.output.if_exists == "fail":
                raise ExistsError(self._storage.at(path))
            if not found.own:
                raise ForeignError(self._storage.at(path), "is a Delta table that no run is known to have written, and would be replaced")
            if found.why:
                raise PlaceError(f"{self._storage.at(path)} {found.why}: choose another `output_dir` or `schema`")
        for name in SCHEMAS:
            found = self._storage.look(f"Tables/{name}")
            if found is not None and not found.own:
                told = "is a Delta table that no run is known to have written, and the log would be written to it"
                raise ForeignError(self._storage.at(f"Tables/{name}"), told, "`output_dir`")

    def prepare(self, tally: Tally) -> None:
        """As `Destination.prepare`."""
        self._open = True

    def settle(self, tally: Tally, stopped: Callable[[], bool]) -> None:
        """As `Destination.settle`: nothing is put together where files are as they stay."""

    def publish(self, tally: Tally, results: Sequence[TableResult], by_day: bool) -> Sequence[TableResult]:
        """As `Destination.publish`: a commit a table, then the manifest. Raises RunError."""
        engine = Engine(self._plan.program)
        out, entries = [], []
        for result in results:
            table = self._plan.table(result.name)
            made = [
                Part(path, part.bytes, part.statistics, part.rows)
                for path, part in zip(result.files, tally.parts(result.name), strict=True)
            ]
            schema = schema_of(engine.schema(table.name), table.delivery)
            files = self._storage.commit(target(self._plan, table.name), made, schema, self._run_id)
            out.append(replace(result, files=tuple(file.path for file in files), bytes=sum(file.bytes for file in files)))
            entries.append(
                TableEntry(
                    table.name,
                    result.rows,
                    result.digest,
                    result.digest_sample,
                    table.primary_key,
                    tuple(FileEntry(file.path, file.rows, file.bytes) for file in files),
                    table.partitions,
                )
            )
        self._storage.put(self.manifest, manifest_of(self._plan, self._run_id, entries, (), by_day).text())
        self._open = False
        return out

    def clear(self) -> Sequence[str]:
        """As `Destination.clear`: tables go back to what they were, and files that were written go."""
        told = []
        for name in self._plan.names if self._open else ():
            try:
                self._storage.undo(target(self._plan, name), self._run_id)
            except SyntheticDataError as error:
                told.append(f"`{name}` could not be put back: {error}")
        return told


class AwayLog:
    """The log and the config tables of an object store (`core.run.destination.Log`): rows come when a run has ended."""

    def __init__(self, storage: Storage, run_id: str) -> None:
        self._storage, self._run_id = storage, run_id

    def begin(self, log: LogRow, job: JobRow, datasets: Sequence[DatasetRow], samples: Sequence[SampleRow]) -> None:
        """Keeps the dataset tables equal to the YAML that is known; what else they have stays. Raises RunError."""
        for name, told in ((DATASETS, datasets), (SAMPLES, samples)):
            rows = [asdict(row) for row in told]
            known = {row["dataset_id"] for row in rows}
            there = self._storage.rows(f"Tables/{name}", SCHEMAS[name])
            rows += [row for row in there if row["dataset_id"] not in known]
            if sorted(rows, key=str) != sorted(there, key=str):
                self._storage.write_rows(f"Tables/{name}", rows, SCHEMAS[name], self._run_id, add=False)

    def days(self, rows: Sequence[LogRow], run_id: str) -> None:
        """Appends rows of days. Raises RunError."""
        self._storage.write_rows(f"Tables/{LOG}", [asdict(row) for row in rows], SCHEMAS[LOG], run_id, add=True)

    def end(self, log: LogRow, job: JobRow) -> None:
        """Appends a run's rows. Raises RunError."""
        for name, row in ((LOG, asdict(log)), (JOBS, asdict(job))):
            self._storage.write_rows(f"Tables/{name}", [row], SCHEMAS[name], self._run_id, add=True)
