"""Works off parts on Spark: a part is a task, and what came of it lies in a folder that this process watches."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Self
from uuid import uuid4

from ..errors import DiskFullError, RunCancelled, RunError, WorkerError, is_full
from ..program.codec import from_json, to_json
from ..program.tasks import Answer, Done, Failed, ParquetSink, PartResult, Work
from .session import Cluster, Place, open_cluster, said

if TYPE_CHECKING:
    from ..program.program import Program
    from ..run.cancel import CancelToken
    from ..run.means import Means

Take = Callable[[PartResult], None]

_LOOK: Final = 0.1
"""Seconds between two looks at what has come."""
_PATIENCE: Final = 10
"""Seconds in which tasks that were told to stop are waited for."""
_NUMBER: Final = re.compile(r"part-(\d+)-")
"""Of the task in the name of a file that Spark wrote."""
_CODECS: Final = {"none": "uncompressed", "lz4": "lz4_raw"}
"""Compressions that Spark calls otherwise."""


class OnSpark:
    """Executors of a cluster that see the output root: each part is a task of theirs."""

    def __init__(self, program: Program, place: Place, writer: str, means: Means) -> None:
        self._program, self._place, self._writer, self._means = program, place, writer, means
        self._scratch = means.scratch
        self._cluster: Cluster | None = None
        self._package = ""
        self._tag = f"synthetic-data-{uuid4().hex}"
        self._jobs = 0

    def __enter__(self) -> Self:
        return self

    def work(self, parts: Sequence[Work], cancel: CancelToken, report: Callable[[str, int, int], None], take: Take) -> None:
        """As `core.run.executor.Executor.work`; parts are reported when they are done."""
        if self._cluster is None:
            self._cluster = open_cluster(self._place, self._means.session, cancel, self._means.say)
            self._package = self._cluster.send(self._program)
        for job in self._jobs_of(parts):
            try:
                self._run(job, self._cluster, cancel, take)
            finally:
                shutil.rmtree(job.folder, ignore_errors=True)

    def _jobs_of(self, parts: Sequence[Work]) -> Iterator[_Job]:
        if self._writer == "direct":
            yield _Written(self._folder(), self._package, parts)
            return
        from ..engine.engine import Engine

        engine = Engine(self._program)
        for name, delivery in dict.fromkeys((part.task.table, part.task.delivery) for part in parts):
            own = [part for part in parts if (part.task.table, part.task.delivery) == (name, delivery)]
            yield _BySpark(self._folder(), self._package, own, engine)

    def _folder(self) -> Path:
        self._jobs += 1
        return self._scratch / f"job-{self._jobs}"

    def _run(self, job: _Job, cluster: Cluster, cancel: CancelToken, take: Take) -> None:
        errors: list[BaseException] = []

        def start() -> None:
            try:
                with cluster.tagged(self._tag):
                    job.start(cluster)
            except BaseException as error:  # told below
                errors.append(error)

        thread = Thread(target=start, name="spark-job", daemon=True)
        try:
            job.answers.mkdir(parents=True)
            thread.start()
            while thread.is_alive():
                job.look(take)
                if cancel.is_set():
                    raise RunCancelled
                thread.join(_LOOK)
            job.look(take)
            if errors:
                raise self._sentence(errors[0])
            job.finish(take)
            if cancel.is_set():
                raise RunCancelled
        except BaseException:
            cluster.stop(self._tag)
            thread.join(_PATIENCE)
            raise

    def _sentence(self, error: BaseException) -> RunError:
        if is_full(error, self._scratch):
            # Of a staging folder in the output root.
            return DiskFullError(self._scratch.parents[2])
        return WorkerError(said(error))

    def __exit__(self, *_: object) -> None:
        pass


class _Job:
    """Some parts, as one action of Spark's."""

    def __init__(self, folder: Path, package: str, parts: Sequence[Work]) -> None:
        self.folder, self.package, self.parts = folder, package, parts
        self.answers = folder / "answers"
        self.there: dict[int, PartResult] = {}
        """What came of each part, by its place."""

    @property
    def told(self) -> tuple[str, list[str], str]:
        """What executors are told: the package, the parts, and where answers go."""
        return self.package, [json.dumps(to_json(part)) for part in self.parts], str(self.answers)

    def start(self, cluster: Cluster) -> None:
        """Starts the action, and waits for its end."""
        raise NotImplementedError

    def look(self, take: Take) -> None:
        """Takes the answers that have come; raises WorkerError where one tells of a failure."""
        for path in self.answers.glob("[0-9]*.json"):
            place = int(path.stem)
            answer: Answer = from_json(Answer, json.loads(path.read_text(encoding="utf-8")))
            path.unlink()
            if isinstance(answer, Failed):
                raise WorkerError(answer.sentence)
            # A task that was tried again says the same once more.
            if isinstance(answer, Done) and place not in self.there:
                self.there[place] = answer.result
                self.came(answer.result, take)

    def came(self, result: PartResult, take: Take) -> None:
        """A part is done."""
        raise NotImplementedError

    def finish(self, take: Take) -> None:
        """After the action: raises WorkerError where a part is missing."""
        missing = next((part.task for place, part in enumerate(self.parts) if place not in self.there), None)
        if missing is not None:
            raise WorkerError(f"{missing.table}: nothing came of part {missing.index}")


class _Written(_Job):
    """Executors write the files."""

    def start(self, cluster: Cluster) -> None:
        """As `_Job.start`."""
        from .on_executor import WrittenParts

        cluster.mapped(len(self.parts), WrittenParts(*self.told), "id long").write.format("noop").mode("overwrite").save()

    def came(self, result: PartResult, take: Take) -> None:
        """As `_Job.came`."""
        take(result)


class _BySpark(_Job):
    """Spark writes parquet files of one table, a file a task, which take the places of the parts."""

    def __init__(self, folder: Path, package: str, parts: Sequence[Work], engine: Any) -> None:
        super().__init__(folder, package, parts)
        self._engine = engine
        self._rows = folder / "rows"

    @property
    def _sinks(self) -> list[ParquetSink]:
        return [part.sink for part in self.parts if isinstance(part.sink, ParquetSink)]

    def start(self, cluster: Cluster) -> None:
        """As `_Job.start`."""
        from .on_executor import RowsOfParts
        from .types import spark_schema

        task = self.parts[0].task
        rows = cluster.mapped(len(self.parts), RowsOfParts(*self.told), spark_schema(self._engine, task.table, task.delivery))
        compression = self._sinks[0].compression
        writer = rows.write.mode("overwrite").option("maxRecordsPerFile", 0)
        # Spark takes the path as it is, and escapes for letters of it.
        writer.option("compression", _CODECS.get(compression, compression)).parquet(f"file:{self._rows.absolute()}")

    def came(self, result: PartResult, take: Take) -> None:
        """As `_Job.came`: there is a file only when the action is done."""

    def finish(self, take: Take) -> None:
        """As `_Job.finish`; moves the files to where they belong."""
        super().finish(take)
        found: dict[int, Path] = {}
        for path in self._rows.glob("part-*.parquet"):
            number = _NUMBER.match(path.name)
            if number is not None:
                found[int(number[1])] = path
        for place, sink in enumerate(self._sinks):
            self._move(found.get(place), sink, self.parts[place])
            size = Path(sink.path).stat().st_size
            take(replace(self.there[place], bytes=size, statistics=self._statistics(sink)))

    def _move(self, file: Path | None, sink: ParquetSink, part: Work) -> None:
        from ..engine.delivery import schema_of
        from ..sinks.files import ParquetPart, sync

        path = Path(sink.path)
        if file is not None:
            file.replace(path)
        else:
            # Spark writes no file of a task without rows.
            schema = schema_of(self._engine.schema(part.task.table), part.task.delivery)
            writer = ParquetPart(path, schema, sink.key, sink.compression)
            writer.write([])
            writer.close()
        sync(path)

    @staticmethod
    def _statistics(sink: ParquetSink) -> str:
        from ..sinks.statistics import footer_statistics

        return footer_statistics(Path(sink.path)) if sink.statistics else ""
