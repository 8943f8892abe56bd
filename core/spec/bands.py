"""Bands of whole numbers, such as hours: `09-12` is 9, 10 and 11."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import brief

_LONGEST = 5


def banded(bands: Mapping[str, float], most: int, what: str) -> list[float | None]:
    """What each number from 0 to below `most` is given, None outside of every band; `default` is no band.

    Raises ValueError for a band that is none (of `what`, such as hours), and for two that overlap.
    """
    out: list[float | None] = [None] * most
    for band, given in bands.items():
        if band == "default":
            continue
        start, dash, end = band.partition("-")
        if not (
            dash
            and len(band) <= _LONGEST
            and f"{start}{end}".isascii()
            and start.isdecimal()
            and end.isdecimal()
            and 0 <= int(start) < int(end) <= most
        ):
            raise ValueError(f'`{brief(band)}` is not a band of {what}; write for example "09-12"')
        for number in range(int(start), int(end)):
            if out[number] is not None:
                raise ValueError(f"the {what.removesuffix('s')} {number:02} stands in two bands")
            out[number] = given
    return out


def hours(bands: Mapping[str, float]) -> list[float]:
    """The weight of each of the 24 hours; raises ValueError for a band that is none, or two that overlap."""
    rest = bands.get("default", 1.0)
    filled = [rest if weight is None else weight for weight in banded(bands, 24, "hours")]
    if sum(filled) <= 0:
        raise ValueError("no hour has any weight")
    return filled
