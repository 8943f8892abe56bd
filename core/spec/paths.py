"""Patterns of paths: where the file of a table and a day lies below the dataset's folder."""

from __future__ import annotations

import re
from datetime import date, timedelta
from string import Formatter
from typing import Any, Final

from ..errors import brief, nearest
from ..frozen import dataclass
from ..program.folders import is_folder

_SPELLINGS: Final = {"nested": "nested_daily", "flat": "flat_with_date"}
BUILT_IN: Final = {
    "nested_daily": "{year}/{month}/{day}/{table}/data{part}.{ext}",
    "flat_with_date": "{table}_{date:%Y%m%d}{part}.{ext}",
    "hive_partitioned": "{table}/year={year}/month={month}/day={day}/data{part}.{ext}",
}
"""The patterns that have a name."""
_FIELDS: Final = ("table", "date", "year", "month", "day", "dataset", "part", "ext")
_DATE: Final = re.compile(r"(?:%[Ymdj]|[A-Za-z0-9._=-])+")
_TEXT: Final = re.compile(r"[A-Za-z0-9_.=/-]*")
_STEP: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.=-]{0,200}")
_COLUMN: Final = re.compile(r"(?:^|/)([A-Za-z0-9_]+)=(?=[^/]*/)")
_DAY_PATH: Final = re.compile(rf"{_STEP.pattern}(?<!\.)(?:/{_STEP.pattern}(?<!\.))*")
_LONGEST_PATH: Final = 1_000
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""
_DEEPEST: Final = 12
_LONGEST: Final = 200
_TRIED: Final = tuple(date(2023, 12, 31) + timedelta(days=n) for n in range(760))
"""Days on which a pattern is tried: every one of two years."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a path is made for."""

    table: str
    day: date
    dataset: str
    index: int
    """Of the part among the table's of the day, from 0."""
    count: int
    """Parts."""
    ext: str
    """parquet or csv."""


def pattern(value: Any) -> str:
    """A pattern that is known by a name, or a text with placeholders; raises ValueError, with a sentence."""
    if not isinstance(value, str):
        raise ValueError(f"a path pattern is a text, one of {', '.join(BUILT_IN)}, or one with placeholders such as {{table}}")
    name = _SPELLINGS.get(value, value)
    if name in BUILT_IN:
        return name
    if "{" not in value:
        raise ValueError(
            f"there is no path pattern `{brief(value)}`; use {', '.join(BUILT_IN)}, or placeholders such as {{table}}{_meant(value)}"
        )
    _check(value)
    return value


def _meant(value: str) -> str:
    """The nearest name, where one is near."""
    near = nearest(value, BUILT_IN)
    return f"; did you mean `{near}`?" if near is not None else ""


def path_of(pattern: str, place: Place) -> str:
    """The path of a file below the dataset's folder, with `/` between its steps."""
    part = "" if place.count == 1 else f"-{place.index:05}-of-{place.count:05}"
    day = place.day
    values = {"table": place.table, "dataset": place.dataset, "part": part, "ext": place.ext, "date": day}
    values |= {"year": f"{day:%Y}", "month": f"{day:%m}", "day": f"{day:%d}"}
    return BUILT_IN.get(pattern, pattern).format(**values)


def has_own_folders(pattern: str) -> bool:
    """Whether the files of a table and a day lie in a folder of their own, so that several can come at once."""
    folders = {path_of(pattern, Place("t", day, "d", 0, 2, "csv")).rpartition("/")[0] for day in _TRIED}
    other = path_of(pattern, Place("u", _TRIED[0], "d", 0, 2, "csv")).rpartition("/")[0]
    return len(folders) == len(_TRIED) and other not in folders


def columns_of(pattern: str) -> tuple[str, ...]:
    """The columns that readers of Hive's folders, such as `year=2024`, find in the paths of a pattern."""
    return tuple(_COLUMN.findall(BUILT_IN.get(pattern, pattern)))


def is_day_path(path: str) -> bool:
    """Whether a path may be one of a day's file, or of a partition's: no step leads elsewhere or is hidden."""
    if len(path) > _LONGEST_PATH:
        return False
    return _DAY_PATH.fullmatch(path) is not None or all(is_folder(step) or _DAY_PATH.fullmatch(step) for step in path.split("/"))


def _check(value: str) -> None:
    try:
        pieces = list(Formatter().parse(value))
    except ValueError as error:
        raise ValueError(f"the path pattern `{brief(value)}` cannot be read: {error}") from None
    found = set()
    for text, field, form, conversion in pieces:
        if not _TEXT.fullmatch(text):
            raise ValueError(
                f"the path pattern `{brief(value)}` may hold letters, digits and _ . = - / between its placeholders, not `{text}`"
            )
        if field is None:
            continue
        if field not in _FIELDS:
            known = ", ".join(f"{{{name}}}" for name in _FIELDS)
            raise ValueError(f"the path pattern `{brief(value)}` has `{{{field}}}`, which is none of {known}")
        if conversion or (form and field != "date"):
            raise ValueError(f"the path pattern `{brief(value)}`: only {{date}} takes a form, for example {{date:%Y%m%d}}")
        if form and not _DATE.fullmatch(form):
            raise ValueError(f"the path pattern `{brief(value)}`: `{form}` is not a form of a date such as %Y%m%d")
        found.add(field)
    for needed, why in (("table", "two tables"), ("part", "two parts of a table"), ("ext", "files without their ending")):
        if needed not in found:
            raise ValueError(f"the path pattern `{brief(value)}` needs {{{needed}}}: it would give {why} one path")
    for count in (1, 2):
        paths = [path_of(value, Place("t", day, "d", 0, count, "csv")) for day in _TRIED]
        if len(set(paths)) < len(paths):
            raise ValueError(
                f"the path pattern `{brief(value)}` would give two days one path: it needs {{date}}, or {{year}}, {{month}} and {{day}}"
            )
        for path in (paths[0], paths[-1]):
            _check_path(value, path)


def _check_path(value: str, path: str) -> None:
    if path.count("/") >= _DEEPEST or len(path) > _LONGEST:
        raise ValueError(f"the path pattern `{brief(value)}` makes paths of more than {_DEEPEST} steps or {_LONGEST} characters")
    for step in path.split("/"):
        if not _STEP.fullmatch(step) or step.endswith(".") or _RESERVED.fullmatch(step):
            raise ValueError(f"the path pattern `{brief(value)}` makes `{step}`, which cannot name a folder or file on every system")
