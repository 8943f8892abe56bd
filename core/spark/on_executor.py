"""What runs in the Python of executors: numpy, pyarrow and what `travel` sends are all that it finds there."""

from __future__ import annotations

import gc
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from pkgutil import get_data
from shutil import rmtree
from time import perf_counter, process_time, time
from typing import Any, Final
from uuid import uuid4

import numpy as np
import pyarrow as pa

from ..engine.delivery import schema_of
from ..engine.digest import Digest
from ..engine.engine import Engine
from ..engine.vector import bitmap, integer_array, plain, validity
from ..errors import WorkerError
from ..program.codec import from_json, to_json
from ..program.content import Contents
from ..program.folders import text_of
from ..program.program import Program
from ..program.tasks import (
    Answer,
    ArrangedSink,
    Cost,
    CsvSink,
    Done,
    Failed,
    Order,
    ParquetSink,
    PartFile,
    PartResult,
    PartTask,
    Sink,
    Work,
)
from ..run.metrics import peak_memory
from ..run.part import generate, part_sentence, work_off
from ..sinks.arranged import PartitionFolders

PROGRAM: Final = "program.json"
"""The file of a program in its archive."""
_ENGINES: Final[dict[str, Engine]] = {}
"""Of this process, by the package of the program: Spark keeps its Python processes from task to task."""
_KEPT: Final = 2


def engine_of(package: str) -> Engine:
    """The engine of a program that was sent as a package; raises OSError where it has not come."""
    engine = _ENGINES.get(package)
    if engine is None:
        program: Program = from_json(Program, json.loads(_sent(package, PROGRAM)))
        contents = Contents()
        for pool in program.pools.values():
            contents.hold(_sent(package, pool.sha256))
        while len(_ENGINES) >= _KEPT:
            gc.unfreeze()
            del _ENGINES[next(iter(_ENGINES))]
        # One thread a task: Spark runs as many tasks at once as there are cores.
        pa.set_cpu_count(1)
        engine = _ENGINES[package] = Engine(program, contents)
        # Spark collects garbage after each task, and would look through all that stays: that takes as long as tens of thousands of rows.
        gc.freeze()
    return engine


def _sent(package: str, name: str) -> bytes:
    data = get_data(package, name)
    if data is None:
        raise OSError(f"{package} was not sent to this executor")
    return data


class Parts:
    """Works off one part of a list for each id that comes, so that a part is a task of Spark's.

    What came of a part is written into `answers`, a folder that the driver sees as well, as `<place in the list>.json`.
    """

    def __init__(self, package: str, works: list[str], answers: str) -> None:
        self._package, self._works, self._answers = package, works, answers

    def _work(self, place: int) -> Work:
        order: Order = from_json(Order, json.loads(self._works[place]))
        if not isinstance(order, Work):
            raise TypeError(f"{type(order).__name__} is no part")
        return order

    def _answer(self, place: int, answer: Answer) -> None:
        path = Path(self._answers) / f"{place}.json"
        draft = self._draft(place)
        draft.write_text(json.dumps(to_json(answer)), encoding="utf-8")
        # Whichever attempt comes last: their answers are the same but for what they took.
        draft.replace(path)

    def _draft(self, place: int) -> Path:
        """A file of this attempt alone, whatever becomes of it; it goes with the run's own folder."""
        return Path(self._answers) / f".{place}.{uuid4().hex}"

    def _failed(self, place: int, work: Work, error: BaseException) -> None:
        if not Path(self._answers).is_dir():
            # <root>/.staging/<run>/<scratch>/<job>/<answers>
            where = Path(self._answers).parents[4]
            raise WorkerError(f"the executors do not see {where}: the output root must be one path for all of them") from None
        self._answer(place, Failed(part_sentence(error, work.task, work.sink)))


def places(batches: Iterator[pa.RecordBatch]) -> Iterator[int]:
    """The ids that come."""
    for batch in batches:
        for value in batch.column(0):
            yield int(value.as_py())


class WrittenParts(Parts):
    """Each part is written here by the sinks of Python mode, byte for byte; what Spark gets to see is an id."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for place in places(batches):
            work = self._work(place)
            try:
                self._write(place, work)
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                self._failed(place, work, error)
            yield pa.RecordBatch.from_arrays([integer_array(np.array([place], np.int64), pa.int64())], names=["id"])

    def _write(self, place: int, work: Work) -> None:
        path, draft = Path(file_of(work.sink).path), self._draft(place)
        draft.mkdir()
        try:
            result = work_off(engine_of(self._package), work.task, _at(work.sink, str(draft / path.name)), lambda _: None, lambda: False)
            # Attempts write the same bytes, so that it does no harm where a second one comes.
            for name in [file.path for file in result.files] or [path.name]:
                (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
                (draft / name).replace(path.parent / name)
        finally:
            rmtree(draft, ignore_errors=True)
        self._answer(place, Done(result))


class RowsOfParts(Parts):
    """The rows of each part, for Spark to write; the rows are counted, and their digest taken, on the way."""

    def __init__(self, package: str, works: list[str], answers: str, in_units: bool) -> None:
        super().__init__(package, works, answers)
        self._in_units = in_units
        """Whether decimals come as `units_of` has them."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for place in places(batches):
            work = self._work(place)
            try:
                yield from self._rows(place, work)
            except GeneratorExit:
                raise
            except BaseException as error:
                self._failed(place, work, error)
                raise

    def _rows(self, place: int, work: Work) -> Iterator[pa.RecordBatch]:
        began, clock, cpu = time(), perf_counter(), process_time()
        task = work.task
        digest = Digest(task.key, task.sample) if task.sample else None
        engine, rows = engine_of(self._package), 0
        schema = schema_of_files(engine, work)
        folders = FoldersOfRows(work.sink) if is_parted(work.sink) else None
        for batch in rows_of(engine, task, digest):
            rows += batch.num_rows
            sent = batch
            if folders is not None:
                places = integer_array(folders.places(batch), pa.int32())
                kept = [batch.column(name) for name in schema.names]
                sent = pa.RecordBatch.from_arrays([*kept, places], schema=schema.append(PLACE))
            yield units_of(sent) if self._in_units else sent
        state = digest.state() if digest is not None else (rows, 0, 0)
        cost = Cost(began, began + perf_counter() - clock, process_time() - cpu, peak_memory())
        files = folders.files() if folders is not None else ()
        self._answer(place, Done(PartResult(task.table, task.index, rows, 0, state, cost, files=files)))


_IN_64_BITS: Final = 18
"""The digits of the longest decimals of which each fits into 64 bits."""
PLACE: Final = pa.field("_folder", pa.int32(), nullable=False)
"""Column of the place of a row's partition among those of its part, by which Spark tells files apart: no table has one that begins so."""


class FoldersOfRows:
    """The partitions of a part, in the order in which they come."""

    def __init__(self, sink: Sink) -> None:
        self._columns = sink.partitions if isinstance(sink, ArrangedSink) else ()
        self._folders = PartitionFolders(self._columns)
        self._name = Path(file_of(sink).path).name
        self._places: dict[tuple[str | None, ...], int] = {}
        self._steps: list[list[str]] = []
        self._rows: list[int] = []

    def places(self, batch: pa.RecordBatch) -> np.ndarray[Any, np.dtype[np.int32]]:
        """Of each row that of its partition. Raises RunError for values that no folder can have, and for too many of them."""
        columns = [batch.column(name) for name in self._columns]
        codes = np.zeros(batch.num_rows, np.int64)
        for column in columns:
            found = plain(column.dictionary_encode(null_encoding="encode").indices).astype(np.int64)
            _, codes = np.unique(codes * (int(found.max(initial=0)) + 1) + found, return_inverse=True)
        _, firsts, codes, counts = np.unique(codes, return_index=True, return_inverse=True, return_counts=True)
        known = np.zeros(len(firsts), np.int32)
        for number, (first, count) in enumerate(zip(firsts.tolist(), counts.tolist(), strict=True)):
            values = tuple(text_of(column[first].as_py()) for column in columns)
            known[number] = self._place(values)
            self._rows[known[number]] += count
        return known[codes]

    def _place(self, values: tuple[str | None, ...]) -> int:
        place = self._places.get(values)
        if place is None:
            self._steps.append(self._folders.steps(values))
            self._rows.append(0)
            place = self._places[values] = len(self._places)
        return place

    def files(self) -> tuple[PartFile, ...]:
        """A file for each partition, of which bytes and statistics are not known yet; where there is no row, one under NULL."""
        if not self._places:
            self._place((None,) * len(self._columns))
        found = zip(self._steps, self._rows, self._places, strict=True)
        return tuple(PartFile("/".join([*steps, self._name]), rows, 0, values=values) for steps, rows, values in found)


def is_parted(sink: Sink) -> bool:
    """Whether a sink has partitions."""
    return isinstance(sink, ArrangedSink) and bool(sink.partitions)


def schema_of_files(engine: Engine, work: Work) -> pa.Schema:
    """The schema of what a part's files hold, without dictionaries."""
    task, sink = work.task, work.sink
    left_out = sink.partitions if isinstance(sink, ArrangedSink) and not sink.inside else ()
    return pa.schema([field for field in _plain_schema(engine, task) if field.name not in left_out])


HALVES: Final = tuple(f"_digest_{n}_{half}" for n in (0, 1) for half in ("high", "low"))
"""Columns beside those of a table: no table has one that begins so. In them stand the halves of both sums of a part's digest."""
SUMS: Final = (*HALVES, "_digest_rows")
"""Those, and the rows of a part."""


class RowsAndSums(Parts):
    """The rows of each part, for Spark to write; in the last one stands the digest of all, which sums of Spark's bring to the driver."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for place in places(batches):
            work = self._work(place)
            try:
                yield from self._rows(work)
            except GeneratorExit:
                raise
            except BaseException as error:
                # No answer of ours would be seen: Spark tells the driver.
                raise WorkerError(part_sentence(error, work.task, work.sink)) from None

    def _rows(self, work: Work) -> Iterator[pa.RecordBatch]:
        task = work.task
        digest = Digest(task.key, task.sample) if task.sample else None
        folders = FoldersOfRows(work.sink) if is_parted(work.sink) else None
        held: pa.RecordBatch | None = None
        rows = 0
        for batch in rows_of(engine_of(self._package), task, digest):
            if folders is not None:
                # For what it refuses.
                folders.places(batch)
            rows += batch.num_rows
            if held is not None:
                yield _with_sums(held, None, 0)
            held = batch if batch.num_rows else held
        if held is not None:
            yield _with_sums(held, digest, rows)


def _with_sums(batch: pa.RecordBatch, digest: Digest | None, rows: int) -> pa.RecordBatch:
    state = digest.state()[1:] if digest is not None else ()
    halves = [half for total in state for half in (total >> 32, total & 0xFFFFFFFF)] or [0] * len(HALVES)
    columns = []
    for half in (*halves, rows):
        values = np.zeros(batch.num_rows, np.int64)
        values[-1:] = half
        columns.append(integer_array(values, pa.int64()))
    schema = pa.schema([*batch.schema, *(pa.field(name, pa.int64()) for name in SUMS)])
    return pa.RecordBatch.from_arrays([*batch.columns, *columns], schema=schema)


def rows_of(engine: Engine, task: PartTask, digest: Digest | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a task in batches that Spark takes: it knows no dictionaries."""
    schema = _plain_schema(engine, task)
    counted = [name for name in schema.names if name not in task.day_columns]
    for batch in generate(engine, task):
        if digest is not None:
            digest.update(batch.select(counted) if task.day_columns else batch)
        columns = [column.dictionary.take(column.indices) if pa.types.is_dictionary(column.type) else column for column in batch.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _plain_schema(engine: Engine, task: PartTask) -> pa.Schema:
    """The schema of a part's rows, without dictionaries."""
    schema = schema_of(engine.schema(task.table, task.day_columns), task.delivery)
    return pa.schema([pa.field(f.name, plain_type(f.type), f.nullable) for f in schema])


def plain_type(kind: Any) -> Any:
    """The type of a column without its dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def units_of(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The same rows, with decimals as whole numbers of the unit of their last digit, int64, where `in_units` says so."""
    columns = [_units(column) if in_units(column.type) else column for column in batch.columns]
    return pa.RecordBatch.from_arrays(columns, names=batch.schema.names)


def in_units(kind: pa.DataType) -> bool:
    """Whether the values of a type are decimals of which each fits into 64 bits."""
    return bool(pa.types.is_decimal128(kind)) and kind.precision <= _IN_64_BITS


def _units(column: pa.Array) -> pa.Array:
    units = np.frombuffer(column.buffers()[1], np.int64)[::2][column.offset : column.offset + len(column)]
    return integer_array(units, pa.int64(), bitmap(validity(column)) if column.null_count else None)


def file_of(sink: Sink) -> ParquetSink | CsvSink:
    """The file of a sink, or the one beside which its files lie."""
    inner = sink.into if isinstance(sink, ArrangedSink) else sink
    if isinstance(inner, ParquetSink | CsvSink):
        return inner
    raise TypeError(f"a sink of kind {sink.kind} has no file")


def _at(sink: Sink, path: str) -> Sink:
    file = replace(file_of(sink), path=path)
    return replace(sink, into=file) if isinstance(sink, ArrangedSink) else file
