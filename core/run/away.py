"""An output root on an object store: parts go to where they stay, and a commit a table makes them seen.

There is no staging folder and no lock: nobody sees a file that no commit names, and the commits of a table come one after another.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from ..engine.delivery import schema_of
from ..engine.engine import Engine
from ..errors import (
    DaysError,
    DiskSpaceError,
    ExistsError,
    ForeignError,
    InputError,
    PlaceError,
    RunError,
    SyntheticDataError,
    sentence,
)
from ..plan.plan import Plan, TablePlan
from ..sinks.lakehouse import Form
from ..sinks.store import Part, Store, Taken
from .cancel import CancelToken
from .events import TableResult
from .gather import filled, gather_table, go_on, is_gathered, sink_of
from .journal import How
from .manifest import FileEntry, Manifest, TableEntry, manifest_name, manifest_of, parsed
from .merge_away import merged_away
from .noted import AWAY
from .place import above, log_folder, target
from .root import Staged
from .schemas import DATASETS, JOBS, LOG, SAMPLES, SCHEMAS, DatasetRow, JobRow, LogRow, SampleRow
from .steps import standing_tables
from .storage import Absorbing, Storage
from .tally import Tally
from .targets import bytes_of

_INCOMING: Final = "Files/.incoming"
"""The folder, below a root on an object store, of rows that wait there until a table takes them in."""


def storage_of(plan: Plan, spark: Any, cancel: CancelToken) -> Store | Absorbing:
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

    def __init__(self, plan: Plan, run_id: str, storage: Store | Absorbing, scratch: Path, how: Mapping[str, How] = {}) -> None:
        self._plan, self._run_id, self._storage = plan, run_id, storage
        self._adds = {name: way for name, way in how.items() if way != "replace"}
        self._standing: dict[str, TableEntry] = {}
        self._versions: dict[str, int] = {}
        """Of the tables to which rows are added, as they were when the run began."""
        self._staged = Staged(scratch, run_id)
        self._incoming = f"{_INCOMING}/{Path(manifest_name(plan)).stem}" if self._adds and not isinstance(storage, Store) else ""
        """The folder in which rows that Spark has written wait until tables take them in."""
        self.scratch, self.aside = scratch, self._staged.folder
        # What Spark writes is as it stays.
        self._waiting = {table.name for table in plan.tables if isinstance(storage, Store) and is_gathered(plan, table)}
        """Tables whose parts wait on this machine, because they are put together before anybody sees them."""
        self._open = False
        """Whether something may have been written that is not published."""
        self.log = AwayLog(storage, run_id, log_folder(plan.output.url, plan.output.schema))
        self.session = storage.session

    @property
    def manifest(self) -> str:
        """As `Destination.manifest`."""
        return f"{AWAY}/{manifest_name(self._plan)}"

    def file(self, path: str) -> str:
        """As `Destination.file`: in the folder of its table, or where it waits to be put together with others."""
        if path.partition("/")[0] in self._waiting:
            return str(self._staged.new / path)
        if self._incoming and path.partition("/")[0] in self._adds:
            return self._storage.at(f"{self._incoming}/{self._run_id}/{path}")
        return self._storage.at(f"{above(self._plan)}/{path}")

    def refuse(self) -> None:
        """Raises ExistsError, ForeignError and PlaceError for tables that may not be replaced, InputError for those to which no rows

        can be added, and RunError where nothing is there.
        """
        noted = self._noted()
        known = noted.run_id if noted is not None else ""
        if self._adds:
            self._standing = self._stands(noted)
        for name in self._plan.names:
            path = target(self._plan, name)
            found = self._storage.look(path, known)
            if found is None:
                continue
            self._versions[name] = found.version
            if self._plan.output.if_exists == "fail":
                raise ExistsError(self._storage.at(path))
            if not found.own and not found.empty:
                raise ForeignError(self._storage.at(path), "is a Delta table that no run is known to have written, and would be replaced")
            if found.why:
                raise PlaceError(f"{self._storage.at(path)} {found.why}: choose another `output_dir` or `schema`")
        for name in SCHEMAS:
            path = f"{log_folder(self._plan.output.url, self._plan.output.schema)}/{name}"
            found = self._storage.look(path)
            # What a script has declared, or filled, has the very columns.
            if found is not None and not found.own and found.columns != set(SCHEMAS[name].names):
                told = "is a Delta table that no run is known to have written, and the log would be written to it"
                raise ForeignError(self._storage.at(path), told, "`output_dir`")

    def _noted(self) -> Manifest | None:
        try:
            return parsed(self._storage.text(self.manifest) or "")
        except ValueError:
            return None

    def _stands(self, noted: Manifest | None) -> dict[str, TableEntry]:
        """The tables to which rows are added, each as the last run left it that came to its end. Raises InputError and RunError."""
        found = standing_tables(self._plan, noted)
        missing = next((name for name in self._adds if name not in found), None)
        if noted is None or missing is not None:
            raise InputError(f"rows cannot be added to the Delta table `{missing}`, which no run of this dataset has written")
        if noted.as_of > self._plan.as_of.isoformat():
            raise DaysError(f"run {noted.run_id} has written days up to {noted.as_of} since")
        for name in found:
            self._storage.reset(target(self._plan, name), noted.run_id)
        return found

    def prepare(self, tally: Tally) -> None:
        """As `Destination.prepare`. Raises DiskSpaceError."""
        self._staged.new.mkdir(parents=True, exist_ok=True)
        needed, free = bytes_of(self._plan, self._waiting), shutil.disk_usage(self._staged.new).free
        if needed > free:
            raise DiskSpaceError(f"the disk for temporary files, {self._staged.root.parent},", needed, free)
        for name in {*self._waiting, *self._adds}:
            (self._staged.new / name).mkdir()
        self._open = True
        if self._incoming:
            # Of runs that were killed: one at a time writes to these tables.
            self._storage.remove(self._incoming)

    def settle(self, tally: Tally, stopped: Callable[[], bool]) -> None:
        """As `Destination.settle`: what is put together is sent when it is; other files are as they stay."""
        if not isinstance(self._storage, Store):
            return
        for table in self._plan.tables:
            top = target(self._plan, table.name)
            if table.name not in self._waiting:
                files, empty = filled(tally.files(table.name)) if table.partitions else (tally.files(table.name), [])
                for file in empty:
                    self._storage.remove(f"{top}/{file.path}")
                tally.put(table.name, files)
                continue
            try:
                gather_table(self._plan, self._staged, table, tally, lambda: go_on(stopped))
                for file in tally.files(table.name):
                    source = self._staged.new / table.name / file.path
                    self._storage.send(source, f"{top}/{file.path}", lambda: go_on(stopped))
                    source.unlink()
            except OSError as error:
                raise RunError(sentence(error, self._staged.root.parent)) from None

    def publish(self, tally: Tally, results: Sequence[TableResult], by_day: bool) -> Sequence[TableResult]:
        """As `Destination.publish`: a commit a table, then the manifest. Raises RunError."""
        engine = Engine(self._plan.program)
        out, entries = [], []
        for result in results:
            table = self._plan.table(result.name)
            top = target(self._plan, table.name)
            made = [Part(f"{top}/{file.path}", file.bytes, file.statistics, file.rows, file.values) for file in tally.files(table.name)]
            schema = schema_of(engine.schema(table.name, table.day_columns), table.delivery)
            delta = self._plan.output.delta
            form = Form(tuple(partition.name for partition in table.partitions), delta.properties, delta.bounds)
            taken = self._taken(table, tally, made, schema, form)
            files = taken.files if taken is not None else self._storage.commit(top, made, schema, form, self._run_id)
            # Parts tell what they have written, but where Spark wrote it.
            as_told = taken is not None and isinstance(self._storage, Store)
            size = sum(file.bytes for file in files)
            out.append(result if as_told else replace(result, files=tuple(file.path for file in files), bytes=size))
            entry = TableEntry(
                table.name,
                result.rows,
                result.digest,
                result.digest_sample,
                table.primary_key,
                tuple(FileEntry(file.path, file.rows, file.bytes) for file in files),
                table.partitions,
            )
            entries.append(self._standing[table.name].joined(entry, taken.gone, taken.went) if taken is not None else entry)
        if self._adds:
            # Nobody holds a lock: what others have done meanwhile must not be told as done by this run.
            for name in self._plan.names:
                self._storage.refuse_overtaken(target(self._plan, name), self._run_id)
        self._storage.put(self.manifest, manifest_of(self._plan, self._run_id, entries, (), by_day).text())
        self._open = False
        return out

    def _taken(self, table: TablePlan, tally: Tally, made: Sequence[Part], schema: Any, form: Form) -> Taken | None:
        """What became of a table to which rows were added; None: it is replaced. Raises RunError."""
        way, top = self._adds.get(table.name), target(self._plan, table.name)
        if way is None:
            return None
        version = self._versions[table.name]
        if not isinstance(self._storage, Store):
            staged = f"{self._incoming}/{self._run_id}/{table.name}"
            key = table.primary_key if way == "merge" else ()
            return self._storage.absorb(top, staged, key, sink_of(self._plan, table), self._run_id, version)
        try:
            merged = merged_away(self._plan, self._staged, self._storage, table, version, tally.files(table.name), way == "merge")
        except OSError as error:
            raise RunError(sentence(error, self._staged.root.parent)) from None
        kept = [Part(f"{top}/{file.path}", file.bytes, file.statistics, file.rows, file.values) for file in merged.written]
        files = [*made, *kept]
        self._storage.change(top, files, merged.gone, schema, form, self._run_id, version)
        return Taken(tuple(files), tuple(f"{top}/{path}" for path in merged.gone), merged.went)

    def clear(self) -> Sequence[str]:
        """As `Destination.clear`: tables go back to what they were, and files that were written go."""
        told = []
        for name in self._plan.names if self._open else ():
            try:
                self._storage.undo(target(self._plan, name), self._run_id)
            except SyntheticDataError as error:
                told.append(f"`{name}` could not be put back: {error}")
        if self._incoming:
            try:
                self._storage.remove(self._incoming)
            except SyntheticDataError as error:
                told.append(f"what was put aside could not be removed: {error}")
        return told


class AwayLog:
    """The log and the config tables of an object store (`core.run.destination.Log`): rows come when a run has ended."""

    def __init__(self, storage: Storage, run_id: str, folder: str = "Tables") -> None:
        self._storage, self._run_id, self._folder = storage, run_id, folder

    def begin(self, log: LogRow, job: JobRow, datasets: Sequence[DatasetRow], samples: Sequence[SampleRow]) -> None:
        """Keeps the dataset tables equal to the YAML that is known; what else they have stays. Raises RunError."""
        for name, told in ((DATASETS, datasets), (SAMPLES, samples)):
            rows = [asdict(row) for row in told]
            known = {row["dataset_id"] for row in rows}
            there = self._storage.rows(f"{self._folder}/{name}", SCHEMAS[name])
            rows += [row for row in there if row["dataset_id"] not in known]
            if sorted(rows, key=str) != sorted(there, key=str):
                self._storage.write_rows(f"{self._folder}/{name}", rows, SCHEMAS[name], self._run_id, add=False)

    def days(self, rows: Sequence[LogRow], run_id: str) -> None:
        """Appends rows of days. Raises RunError."""
        if rows:
            self._storage.write_rows(f"{self._folder}/{LOG}", [asdict(row) for row in rows], SCHEMAS[LOG], run_id, add=True)

    def end(self, log: LogRow, job: JobRow) -> None:
        """Appends a run's rows. Raises RunError."""
        for name, row in ((LOG, asdict(log)), (JOBS, asdict(job))):
            self._storage.write_rows(f"{self._folder}/{name}", [row], SCHEMAS[name], self._run_id, add=True)
