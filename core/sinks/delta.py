"""Delta tables: our own parquet files, added to the table's log in one commit."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from deltalake import DeltaTable


def is_table(path: Path) -> bool:
    """Whether a folder is a Delta table."""
    return (path / "_delta_log").is_dir()


def current_files(path: Path) -> list[Path]:
    """The files of the table's newest version; empty where there is no table."""
    return [] if not is_table(path) else [path / name for name in _open(path).file_uris_relative()] if False else _files(path)


def _files(path: Path) -> list[Path]:
    return [Path(uri) for uri in _open(path).file_uris()]


def _open(path: Path) -> DeltaTable:
    from deltalake import DeltaTable

    return DeltaTable(str(path))
