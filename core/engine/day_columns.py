"""Year, month and day of rows as columns of their own, for tables that are partitioned by them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from .hashing import Ints
from .vector import bitmap, integer_array


def day_field(name: str) -> pa.Field:
    """The field of `year`, `month` or `day`."""
    return pa.field(name, pa.int32())


def day_part(days: Ints, name: str, unknown_row: bool) -> pa.Array:
    """Year, month or day of the month (both from 1) of days since 1970, after a NULL where there is a row for the unknown."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    if name == "day":
        found = (dates - months).astype(np.int64) + 1
    else:
        number = months.astype(np.int64)
        found = number // 12 + 1970 if name == "year" else number % 12 + 1
    if not unknown_row:
        return integer_array(found.astype(np.int32), pa.int32())
    filled = np.concatenate([[False], np.ones(len(found), np.bool_)])
    return integer_array(np.concatenate([[0], found]).astype(np.int32), pa.int32(), bitmap(filled))
