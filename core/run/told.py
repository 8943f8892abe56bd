"""From errors of the engine to those that users see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..engine.errors import CellError
from ..errors import DataError, first_line
from ..errors import sentence as in_words


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
    if isinstance(error, ValueError | ArithmeticError):
        # Of data, so it is no defect.
        return f"`{table}`: {first_line(error)}"
    return in_words(error, f"`{table}`")
