"""Values of models inside compiled notebooks: what is wrong with one, and texts, numbers, booleans and days as pydantic reads them."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from math import inf, isfinite
from typing import Any, Final

Check = Callable[[Any, bool], Any]
"""(value, whether nothing may be converted) -> the value as its type has it; raises ValidationError."""


class ValidationError(ValueError):
    """What is wrong with a value: each problem with its place."""

    def __init__(self, problems: list[dict[str, Any]]) -> None:
        self._problems = problems
        super().__init__("; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in problems))

    def errors(self, *, include_url: bool = False) -> list[dict[str, Any]]:
        """Each problem: `type`, `loc`, `msg`, `input` and, of most types, `ctx`."""
        return self._problems

    def error_count(self) -> int:
        """How many there are."""
        return len(self._problems)

    def under(self, *steps: Any) -> list[dict[str, Any]]:
        """The problems, of a value that stands below these steps."""
        return [{**each, "loc": (*steps, *each["loc"])} for each in self._problems]


def wrong(kind: str, value: Any, message: str = "", **context: Any) -> ValidationError:
    found: dict[str, Any] = {"type": kind, "loc": (), "msg": message or kind.replace("_", " "), "input": value}
    return ValidationError([{**found, "ctx": context} if context else found])


def literal(allowed: tuple[Any, ...]) -> Check:
    shown = [repr(each) for each in allowed]
    expected = " or ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))

    def checked(value: Any, strict: bool) -> Any:
        for each in allowed:
            if type(each) is type(value) and each == value:
                return each
        raise wrong("literal_error", value, f"Input should be {expected}", expected=expected)

    return checked


def _text(value: Any, strict: bool) -> str:
    if not isinstance(value, str):
        raise wrong("string_type", value, "Input should be a valid string")
    return value


def _int(value: Any, strict: bool) -> int:
    if isinstance(value, int) and not (strict and isinstance(value, bool)):
        return int(value)
    if strict or not isinstance(value, float | str):
        raise wrong("int_type", value)
    if isinstance(value, float):
        if not isfinite(value):
            raise wrong("finite_number", value)
        if not value.is_integer():
            raise wrong("int_from_float", value)
        if not _small(value):
            raise wrong("int_parsing_size", value)
        return int(value)
    if not re.fullmatch(r"\s*[-+]?\d+(?:_\d+)*(?:\.0*)?\s*", value, re.ASCII):
        raise wrong("int_parsing", value)
    try:
        return int(value.partition(".")[0])
    except ValueError:
        raise wrong("int_parsing_size", value) from None


def _small(value: float) -> bool:
    """Whether 64 bits hold a whole number."""
    return -(2**63) <= value < 2**63


def _float(value: Any, strict: bool) -> float:
    if (strict and type(value) is not float) or not isinstance(value, int | float | str):
        raise wrong("float_type", value)
    try:
        found = float(value)
    except ValueError:
        raise wrong("float_parsing", value) from None
    except OverflowError:
        found = float("inf")
    if not isfinite(found):
        raise wrong("finite_number", value)
    return found


_TRUE: Final = ("1", "on", "t", "true", "y", "yes")
_FALSE: Final = ("0", "off", "f", "false", "n", "no")


def _bool(value: Any, strict: bool) -> bool:
    if isinstance(value, bool):
        return value
    if not strict and isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    if not strict and isinstance(value, str) and value.lower() in (*_TRUE, *_FALSE):
        return value.lower() in _TRUE
    read = isinstance(value, str) or (isinstance(value, int | float) and value == value // 1 and _small(value))
    raise wrong("bool_parsing" if read and not strict else "bool_type", value)


def _date(value: Any, strict: bool) -> date:
    if isinstance(value, datetime):
        if strict or value.time() != datetime.min.time():
            raise wrong("date_from_datetime_inexact", value)
        return value.date()
    if isinstance(value, date):
        return value
    if not strict and isinstance(value, int | float) and not isinstance(value, bool):
        return _of_seconds(float(value) if abs(value) < 2**63 else inf, value)
    if not strict and isinstance(value, str):
        if re.fullmatch(r"[-+]?\d+(\.\d*)?", value, re.ASCII):
            return _of_seconds(float(value), value)
        with suppress(ValueError):
            if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
                return date.fromisoformat(value)
            found = datetime.fromisoformat(value)
            if found.time() == datetime.min.time():
                return found.date()
        raise wrong("date_from_datetime_parsing", value)
    raise wrong("date_type", value)


def _of_seconds(seconds: float, value: Any) -> date:
    """The day that begins so many seconds (where there are too many, milliseconds) after 1970; no other moment is one."""
    try:
        found = datetime(1970, 1, 1) + timedelta(seconds=seconds if abs(seconds) <= _MOST_SECONDS else seconds / 1000)
    except (OverflowError, ValueError):
        raise wrong("date_from_datetime_parsing", value) from None
    if found.time() != datetime.min.time():
        raise wrong("date_from_datetime_inexact", value)
    return found.date()


_MOST_SECONDS: Final = 20_000_000_000

SCALARS: Final[dict[Any, Check]] = {str: _text, int: _int, float: _float, bool: _bool, date: _date}
