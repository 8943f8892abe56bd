"""Texts of numbers and moments, against Python's and Arrow's own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.digits import digit_texts, moment_texts

FIRST, LAST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Microseconds of the first and the last moment of the years 1 to 9999."""


@settings(deadline=None)
@given(st.lists(st.integers(FIRST, LAST) | st.integers(1_600_000_000_000_000, 1_600_010_000_000_000), max_size=40))
def test_moments_read_as_arrow_writes_them(micros: list[int]) -> None:
    """To the microsecond, before 1970 and after, close together and far apart."""
    values = np.array(micros, np.int64)
    assert moment_texts(values).equals(pc.cast(pa.array(micros, pa.timestamp("us", "UTC")), pa.string()))


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**18 - 1) | st.integers(0, 99_999), max_size=40))
def test_numbers_have_as_many_digits_as_they_need(numbers: list[int]) -> None:
    """And with a width, zeros before them."""
    values = np.array(numbers, np.int64)
    for width in (0, 18):
        texts, places = digit_texts(width, values)
        found = texts if places is None else texts.take(pa.array(places))
        assert found.to_pylist() == [f"{number:0{width}}" for number in numbers]
