"""Actions of Spark's: each works off some parts, and tells what came of them."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from ..errors import WorkerError
from ..program.codec import from_json, to_json
from ..program.tasks import Answer, ArrangedSink, Done, Failed, ParquetSink, PartResult, Work
from .session import Cluster

Take = Callable[[PartResult], None]

_NUMBER: Final = re.compile(r"part-(\d+)-")
"""Of the task in the name of a file that Spark wrote."""
_CODECS: Final = {"none": "uncompressed", "lz4": "lz4_raw"}
"""Compressions that Spark calls otherwise."""


def sink_of(part: Work) -> ParquetSink:
    """The file of a part that Spark writes, or beside which its files lie; raises TypeError for anything but parquet."""
    file = part.sink.into if isinstance(part.sink, ArrangedSink) else part.sink
    if not isinstance(file, ParquetSink):
        raise TypeError(f"Spark does not write to a sink of kind {file.kind}")
    return file


def codec_of(sink: ParquetSink) -> str:
    """A compression as Spark calls it."""
    return _CODECS.get(sink.compression, sink.compression)


def order_of(part: Work) -> list[Any]:
    """By which columns Spark sorts the rows of each file, NULLs last, as columns of Spark's."""
    from pyspark.sql import functions as f

    sink = part.sink
    names = [name for name in sink.sorted_by if name not in sink.partitions] if isinstance(sink, ArrangedSink) else []
    return [f.col(f"`{name}`").asc_nulls_last() for name in names]


class Job(ABC):
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

    @abstractmethod
    def start(self, cluster: Cluster) -> None:
        """Starts the action, and waits for its end."""

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

    def came(self, result: PartResult, take: Take) -> None:  # noqa: B027  # of most jobs there is a file only when the action is done
        """A part is done."""

    def finish(self, take: Take) -> None:
        """After the action: raises WorkerError where a part is missing."""
        missing = next((part.task for place, part in enumerate(self.parts) if place not in self.there), None)
        if missing is not None:
            raise WorkerError(f"{missing.table}: nothing came of part {missing.index}")


class Written(Job):
    """Executors write the files."""

    def start(self, cluster: Cluster) -> None:
        """As `Job.start`."""
        from .on_executor import WrittenParts

        cluster.mapped(len(self.parts), WrittenParts(*self.told), "id long").write.format("noop").mode("overwrite").save()

    def came(self, result: PartResult, take: Take) -> None:
        """As `Job.came`."""
        take(result)


class BySpark(Job):
    """Spark writes parquet files of one table, a file for each task and partition, which take the places of those of the parts."""

    def __init__(self, folder: Path, package: str, parts: Sequence[Work], engine: Any) -> None:
        super().__init__(folder, package, parts)
        self._engine = engine
        self._rows = folder / "rows"

    @property
    def _sinks(self) -> list[ParquetSink]:
        return [sink_of(part) for part in self.parts]

    def start(self, cluster: Cluster) -> None:
        """As `Job.start`."""
        from .on_executor import PLACE, RowsOfParts, is_parted, schema_of_files
        from .types import schema_in_units, spark_schema, with_decimals

        first = self.parts[0]
        schema, by = schema_of_files(self._engine, first), [PLACE.name] if is_parted(first.sink) else []
        schema = schema.append(PLACE) if by else schema
        if cluster.makes_decimals:
            rows = cluster.mapped(len(self.parts), RowsOfParts(*self.told, in_units=True), schema_in_units(schema))
            rows = with_decimals(rows, schema)
        else:
            rows = cluster.mapped(len(self.parts), RowsOfParts(*self.told, in_units=False), spark_schema(schema))
        order = [*by, *order_of(first)]
        if order:
            rows = rows.sortWithinPartitions(*order)
        writer = rows.write.mode("overwrite").option("maxRecordsPerFile", 0).partitionBy(*by)
        for option in self._left_out:
            writer = writer.option(option, "false")
        # Pages end by their bytes alone, as those of python mode.
        writer = writer.option("parquet.page.row.count.limit", str(max(1, *(part.task.rows for part in self.parts))))
        # Spark takes the path as it is, and escapes for letters of it.
        writer.option("compression", codec_of(self._sinks[0])).parquet(f"file:{self._rows.absolute()}")

    @property
    def _left_out(self) -> list[str]:
        """Options of parquet for what python mode's files do without, which would be a fifth of the work of Java."""
        from ..engine.delivery import schema_of
        from ..sinks.files import with_bounds, with_words

        task = self.parts[0].task
        schema = schema_of(self._engine.schema(task.table, task.day_columns), task.delivery)
        words, bounds = with_words(schema), with_bounds(schema)
        found = [f"parquet.enable.dictionary#{name}" for name in schema.names if name not in words]
        return [*found, *(f"parquet.column.statistics.enabled#{name}" for name in schema.names if name not in bounds)]

    def finish(self, take: Take) -> None:
        """As `Job.finish`; moves the files to where they belong."""
        super().finish(take)
        found: dict[tuple[int, str], Path] = {}
        for path in self._rows.rglob("part-*.parquet"):
            number = _NUMBER.match(path.name)
            if number is not None:
                found[int(number[1]), path.parent.name.partition("=")[2]] = path
        for place, (part, sink) in enumerate(zip(self.parts, self._sinks, strict=True)):
            result, own = self.there[place], Path(sink.path)
            if not result.files:
                size, told = self._move(found.get((place, "")), own, sink, part)
                take(replace(result, bytes=size, statistics=told))
                continue
            files = []
            for folder, file in enumerate(result.files):
                size, told = self._move(found.get((place, f"{folder}")), own.parent / file.path, sink, part)
                files.append(replace(file, bytes=size, statistics=told))
            take(replace(result, bytes=sum(file.bytes for file in files), files=tuple(files)))

    def _move(self, file: Path | None, path: Path, sink: ParquetSink, part: Work) -> tuple[int, str]:
        """Puts a file where it belongs, and gives its bytes and statistics."""
        from ..sinks.files import ParquetPart, sync
        from ..sinks.statistics import footer_statistics
        from .on_executor import schema_of_files

        path.parent.mkdir(parents=True, exist_ok=True)
        if file is not None:
            file.replace(path)
        else:
            # Spark writes no file of a task without rows.
            writer = ParquetPart(path, schema_of_files(self._engine, part), sink.key, sink.compression)
            writer.write([])
            writer.close()
        sync(path)
        return path.stat().st_size, footer_statistics(path, sink.bounds) if sink.statistics else ""
