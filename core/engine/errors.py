"""What goes wrong with data while it is computed."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class OutOfRange(ArithmeticError):
    """A value that its type cannot hold, and the place of the first row in which it comes about, among those looked at."""

    def __init__(self, reason: str, place: int) -> None:
        super().__init__(reason)
        self.reason = reason
        self.place = place
        self.row: int | None = None
        """Its place among all rows of the frame, once that is known."""

    def among(self, rows: NDArray[np.int64]) -> OutOfRange:
        """The same, with the number of its row among a frame's in its sentence."""
        place = self.place if self.row is None else self.row
        return OutOfRange(f"{self.reason}, in row {int(rows[place]):,} counted from 0", place)


class CellError(ValueError):
    """Cells that cannot be computed: the table, the column (empty: not known) and why."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        super().__init__(f"`{table}.{column}`: {reason}" if column else f"`{table}`: {reason}")
        self.table, self.column, self.reason = table, column, reason


FAILURES: Final = (ArithmeticError, ValueError, MemoryError, pa.ArrowException)
"""What data may raise while it is computed."""


def named(error: Exception, table: str, column: str = "") -> CellError:
    """The error, saying of which table and column it is; the innermost has the last word."""
    if isinstance(error, CellError):
        return error
    if isinstance(error, MemoryError):
        return CellError(table, column, "its values need more memory than there is")
    if isinstance(error, pa.ArrowCapacityError) or (isinstance(error, pa.ArrowException) and "capacity" in str(error)):
        return CellError(table, column, "the texts of a chunk come to more than 2 GB; a smaller `chunk_size` has fewer of them at once")
    return CellError(table, column, str(error).splitlines()[0] if str(error) else type(error).__name__)
