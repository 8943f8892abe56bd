"""Numbers and texts as people read them; one way for every front end."""

from __future__ import annotations

import re
from typing import Final


def rows(count: int) -> str:
    """`1,234` rows."""
    return f"{count:,}"


def many(count: int, what: str) -> str:
    """`1 check`, `1,234 checks`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def bytes_(count: float) -> str:
    """`1.2 MB` in decimal units."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """`0.4 s`, `12 s`, `3 min 5 s`, `2 h 4 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def rate(per_second: float) -> str:
    """`1.2 M rows/s`."""
    if per_second >= 1e6:
        return f"{per_second / 1e6:.1f} M rows/s"
    return f"{per_second / 1e3:.0f} k rows/s" if per_second >= 1e4 else f"{per_second:,.0f} rows/s"


_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def printable(text: str, keep: str = "") -> str:
    """Text of others, safe for a terminal, XML and HTML (which escape `<` and `&` themselves).

    Control characters, marks that turn the direction of writing and halves of surrogate pairs are shown as escapes such as
    `\\x1b`; those in `keep` (such as a line's end) stay.
    """
    return _UNSAFE.sub(lambda found: found[0] if found[0] in keep else repr(found[0])[1:-1], text)
