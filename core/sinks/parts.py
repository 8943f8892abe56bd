"""Opens the sinks that parts name: each takes record batches of a schema, and says what it wrote when it is closed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from ..program.folders import above
from ..program.tasks import ArrangedSink, CsvSink, ParquetSink, Sink, Written
from .arranged import ArrangedParts, SortedPart
from .files import CsvPart, ParquetPart, sync

if TYPE_CHECKING:
    import pyarrow as pa


class Writer(Protocol):
    """An open sink."""

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """Takes some rows, which are read together later; no batch: rows of an empty table."""

    def close(self) -> None:
        """Gives up what it holds open; may be called twice."""

    def finish(self) -> Written:
        """After `close`: what was written is there to stay, and how much it is."""


class _File:
    """A file of some format."""

    def __init__(self, path: str, writer: ParquetPart | CsvPart, statistics: bool = False, bounds: int = 0) -> None:
        self._path, self._writer, self._statistics, self._bounds = Path(path), writer, statistics, bounds
        self.write = writer.write
        self.close = writer.close

    def finish(self) -> Written:
        """As `Writer.finish`."""
        sync(self._path)
        told = ""
        if self._statistics:
            from .statistics import footer_statistics

            told = footer_statistics(self._path, self._bounds)
        return Written(self._path.stat().st_size, told)


class _Object:
    """A parquet file on an object store, which is there once it is whole."""

    def __init__(self, sink: ParquetSink, schema: pa.Schema) -> None:
        from .store import Store

        # The store reads escapes in a URL, and takes those in the name of a file as they are.
        table = above(sink.path)
        self._upload = Store(table).upload(sink.path.removeprefix(f"{table}/"))
        self._writer = ParquetPart(self._upload.file, schema, sink.key, sink.compression)
        self._statistics, self._bounds = sink.statistics, sink.bounds

    def write(self, batches: Sequence[pa.RecordBatch]) -> None:
        """As `Writer.write`."""
        self._writer.write(batches)

    def close(self) -> None:
        """As `Writer.close`: nothing appears at the store yet."""
        self._writer.close()

    def finish(self) -> Written:
        """As `Writer.finish`; raises RunError."""
        from .statistics import statistics_of

        self._upload.complete()
        return Written(self._upload.bytes, statistics_of(self._writer.footer, self._bounds) if self._statistics else "")


def _parquet(sink: ParquetSink, schema: pa.Schema) -> Writer:
    if "://" in sink.path:
        return _Object(sink, schema)
    return _File(sink.path, ParquetPart(Path(sink.path), schema, sink.key, sink.compression), sink.statistics, sink.bounds)


def _csv(sink: CsvSink, schema: pa.Schema) -> Writer:
    return _File(sink.path, CsvPart(Path(sink.path), schema))


def _arranged(sink: ArrangedSink, schema: pa.Schema) -> Writer:
    return (SortedPart if sink.whole else ArrangedParts)(sink, schema, opened)


SINKS: Final[dict[str, Callable[[Any, pa.Schema], Writer]]] = {"parquet": _parquet, "csv": _csv, "arranged": _arranged}
"""How a sink of each kind is opened."""


def opened(sink: Sink, schema: pa.Schema) -> Writer:
    """The open sink; raises KeyError for a kind that nobody opens, and OSError."""
    return SINKS[sink.kind](sink, schema)
