"""Values and texts of others, as they may stand in what is compiled: they end up as values and texts, never as code."""

from __future__ import annotations

import math
import re
from typing import Final

from ..errors import InputError
from ..format import printable

Scalar = str | int | float | bool | None
"""What a parameter of a notebook may be."""

_CONTROL: Final = re.compile("[\x00-\x1f\x7f]")
_SPECIAL: Final = re.compile(r"([\\`*_\[\]<>&$|~!#{}^])|(?<=:)/(?=/)|(?<=[Ww][Ww][Ww])\.|@")
_LIST: Final = re.compile(r"^(\d*)([-+=.):])")
_GRAMMAR: Final = re.compile(r"^(?:(?:META|MAGIC)(?!\w)|Fabric notebook source)")
_MOST_DIGITS: Final = 4_000
"""Python itself reads no longer number."""


def literal(value: Scalar) -> str:
    """A value as the source text of a Python literal: ASCII, on one line, and equal to the value when it is read.

    Raises InputError for a number that is not finite or has more than 4,000 digits.
    """
    if value is None or isinstance(value, bool):
        return repr(value)
    if isinstance(value, int):
        if abs(value) >= 10**_MOST_DIGITS:
            raise InputError(f"a whole number of more than {_MOST_DIGITS:,} digits cannot be a parameter of a notebook")
        return int.__repr__(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError(f"{float.__repr__(value)} cannot be a parameter of a notebook: numbers must be finite")
        return float.__repr__(value)
    # Subclasses, such as members of enumerations, may have a `str` and a `repr` of their own.
    text = str.__str__(value).replace("\\", "\\\\").replace('"', '\\"').encode("ascii", "backslashreplace").decode("ascii")
    return f'"{_CONTROL.sub(lambda found: repr(found[0])[1:-1], text)}"'


def markdown(text: str) -> str:
    """A text that a Markdown cell shows as it is, on one line: no markup, no HTML, no links, no marker of a notebook's format."""
    line = _SPECIAL.sub(lambda found: "\\" + found[0], " ".join(printable(text, "\n\r\t").split()))
    line = _LIST.sub(r"\1\\\2", line)
    return _GRAMMAR.sub(lambda found: f"&#{ord(found[0][0])};{found[0][1:]}", line)


def comment(text: str) -> str:
    """A text that may stand after `# ` or `-- `: on one line, and no marker of a notebook's format whatever it says."""
    line = " ".join(printable(text, "\n\r\t").split())
    # Blocks of SQL comments end and begin with these, and markers have twenty asterisks.
    line = re.sub(r"\*(?=[*/])", "* ", line).replace("/*", "/ *")
    return f'"{line}"' if _GRAMMAR.match(line) else line
