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


def sentence(table: str, error: BaseException) -> str:
    """What went wrong with a part of a table."""
    if isinstance(error, CellError):
        return str(DataError(error.table, error.column, error.reason))
    if isinstance(error, MemoryError):
        return f"`{table}`: there is not enough memory"
    return f"{table}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
