"""Numbers as people read them; one way for every front end."""

from __future__ import annotations


def rows(count: int) -> str:
    """`1,234` rows."""
    return f"{count:,}"


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
