"""Functions of SQL on texts and moments, as DuckDB defines them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .calendar import DAY, HOUR, Calendar
from .hashing import Ints
from .numbers import fitted, typed
from .vector import Mask, Vec, Words, arrow_type, codes_in, plain, string_array


def _left(text: pa.StringArray, count: int) -> pa.StringArray:
    return pc.utf8_slice_codeunits(text, 0, count)


def _right(text: pa.StringArray, count: int) -> pa.StringArray:
    return pc.utf8_slice_codeunits(text, -count) if count else _left(text, 0)


def _lpad(text: pa.StringArray, width: int, padding: str) -> pa.StringArray:
    return _left(pc.utf8_lpad(text, width, padding), width)


def _rpad(text: pa.StringArray, width: int, padding: str) -> pa.StringArray:
    return _left(pc.utf8_rpad(text, width, padding), width)


def _replace(text: pa.StringArray, old: str, new: str) -> pa.StringArray:
    return pc.replace_substring(text, old, new) if old else text


_TEXTS: Final[Mapping[str, Callable[..., Any]]] = {
    "lower": pc.utf8_lower,
    "upper": pc.utf8_upper,
    "left": _left,
    "right": _right,
    "lpad": _lpad,
    "rpad": _rpad,
    "replace": _replace,
}
_NUMBERS: Final[Mapping[str, Callable[..., Any]]] = {
    "length": pc.utf8_length,
    "contains": pc.match_substring,
    "starts_with": pc.starts_with,
}


def text_function(name: str, text: Vec, constants: Sequence[int | str]) -> Vec:
    """A function of a text and constants; a text out of a list is computed once a word."""
    text = typed(text, "varchar")
    array = text.strings() if text.words is None else text.words.array
    if name in _TEXTS:
        out = _TEXTS[name](array, *constants)
        if text.words is None:
            return Vec(np.zeros(0), text.valid, text=out)
        distinct = pc.unique(out)
        codes = codes_in(distinct, out).astype(np.int32)
        return Vec(codes[text.values], text.valid, words=Words([word.as_py() for word in distinct]))
    numbers = plain(_NUMBERS[name](array, *constants))
    if name == "length":
        numbers = numbers.astype(np.int64)
    return Vec(numbers if text.words is None else numbers[text.values], text.valid)


def to_text(vec: Vec, kind: str) -> Vec:
    """Numbers, booleans and dates as DuckDB casts them to texts."""
    if kind == "boolean":
        return Vec(vec.values.astype(np.int32), vec.valid, words=Words(("false", "true")))
    vec = fitted(typed(vec, kind), kind)
    plain = Vec(vec.values, None, vec.scale).to_arrow(arrow_type(kind))
    return Vec(np.zeros(0), vec.valid, text=plain.cast(pa.string()))


def concat(texts: Sequence[Vec]) -> Vec:
    """Texts one after the other; NULL where one is."""
    joined = pc.binary_join_element_wise(*(typed(text, "varchar").strings() for text in texts), string_array([""])[0])
    valid: Mask | None = None
    for text in texts:
        valid = text.valid if valid is None else valid if text.valid is None else valid & text.valid
    return Vec(np.zeros(0), valid, text=joined)


_STEPS: Final = {"hour": HOUR, "minute": HOUR // 60, "second": HOUR // 3600}


def _local(calendar: Calendar, moment: Vec, is_date: bool) -> Ints:
    return fitted(moment, "date").values.astype(np.int64) * DAY if is_date else calendar.to_local(moment.values)


def date_diff(calendar: Calendar, part: str, first: Vec, second: Vec, dates: Sequence[bool]) -> Vec:
    """How many borders of years, months, days, hours, minutes or seconds lie between two moments, in the calendar's time zone."""
    valid = first.valid if second.valid is None else second.valid if first.valid is None else first.valid & second.valid
    local = [_local(calendar, moment, is_date) for moment, is_date in zip((first, second), dates, strict=True)]
    if part in _STEPS:
        # Elapsed time between the starts of both hours, minutes or seconds: clocks that change between them do not matter. The hour
        # that comes twice starts once, as in DuckDB; its minutes and seconds are told apart.
        step = _STEPS[part]
        if all(dates):
            start, end = local
        elif part == "hour":
            start, end = (calendar.to_utc(each - each % step) for each in local)
        else:
            start, end = (
                calendar.to_utc(each) if is_date else moment.values - each % step
                for moment, each, is_date in zip((first, second), local, dates, strict=True)
            )
        return Vec((end - start) // step, valid)
    start, end = (each // DAY for each in local)
    if part in ("year", "month"):
        unit = "datetime64[Y]" if part == "year" else "datetime64[M]"
        start, end = (each.astype("datetime64[D]").astype(unit).astype(np.int64) for each in (start, end))
    return Vec(end - start, valid)
