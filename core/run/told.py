"""From errors of the engine to those that users see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..engine.errors import CellError
from ..errors import DataError


@contextmanager
def told() -> Iterator[None]:
    """Raises DataError for cells that cannot be computed."""
    try:
        yield
    except CellError as error:
        raise DataError(error.table, error.column, error.reason) from error
