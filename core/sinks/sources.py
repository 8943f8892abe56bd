"""Parquet files that are read again: of a folder, or of an object store, where only what is asked for is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..frozen import dataclass


@dataclass(frozen=True, slots=True)
class Stored:
    """A file of an object store."""

    url: str
    """Of the output root."""
    path: str
    """Below it."""


Source = Path | Stored


def parquet_of(source: Source) -> Any:
    """A `pyarrow.parquet.ParquetFile`, which closes what it opens. Raises RunError and OSError."""
    import pyarrow.parquet as pq

    if isinstance(source, Path):
        return pq.ParquetFile(source)
    from .store import Store

    return pq.ParquetFile(Store(source.url).read(source.path), pre_buffer=True)
