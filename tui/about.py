"""What there is to say about a setting, as lines; and which settings a filter leaves."""

from __future__ import annotations

import re
from typing import Any, Final

from ..core.spec.flags import option
from ..core.spec.form import Setting, settings
from ..core.spec.names import MONTHS
from ..core.spec.paths import BUILT_IN

EVERYTHING_CHANGED: Final = "*"
"""A filter that leaves what is changed."""
_WRITTEN: Final = {
    "whole": "write 10000, 10_000, 10k or 2M",
    "share": "write 5% or 0.05",
    "date": "write 2025-03-31; f4 opens a calendar",
    "mapping": "enter opens its editor",
    "tables": "enter opens a list to tick",
    "choice": "left and right choose",
    "switch": "left and right choose",
}
_A_DAY: Final = re.compile(r"(19|20)\d\d(-\d\d?){0,2}")
_OTHER_WORDS: Final = {
    "date": f"date day period range window time frame begin until {' '.join(MONTHS)} year",
    "target_rows": "number of records how many count volume",
    "seed_value": "random reproducible",
    "relationship_null_percentage": "missing empty foreign keys fk",
    "orphan_percentage": "broken dangling foreign keys fk",
    "output_settings.output_dir": "directory path where location destination",
    "output_settings.output_mode": "file format type delta",
    "output_settings.path_format": "hive directory directories partitioned layout",
}
"""What newcomers call settings of a control, or one by its path, besides the words that are said of it."""


SUGGESTED: Final[dict[str, tuple[str, ...]]] = {"output_settings.path_format": tuple(BUILT_IN)}
"""What is offered where a field takes more than a few words."""


def in_titles(sentence: str) -> str:
    """A sentence about config files with the names of settings as they stand in the form.

    Tables and columns may be called as settings are: what is translated is a setting with its whole path, and one to be used or set.
    """
    for setting in settings():
        block, _, leaf = setting.path.rpartition(".")
        if "_" in leaf:
            named = [rf"(\b(?:set|use|unless) )(`?){leaf}"]
            if block:
                named.append(rf"((?<![\w.`]))(`?){block}\.{leaf}")
            for name in named:
                sentence = re.sub(rf"{name}\2(?!\w|\.\w|`)", rf'\1"{setting.title}"', sentence)
    return sentence


def about(setting: Setting, value: Any, held: Any, changes: str) -> list[str]:
    """Its meaning, what it is called elsewhere, what it changes, what holds by default, and how it is entered."""
    unit = f" ({setting.unit})" if setting.unit and setting.unit not in setting.title.lower() else ""
    lines = [f"{setting.title}{unit}: {setting.about}"]
    # First of what may be cut where there are few lines.
    lines.append(called(setting))
    if changes:
        lines.append(changes)
    if value is not None and setting.control not in ("mapping", "tables"):
        lines.append(f"default {setting.shown(held) or 'none'}; ctrl+r goes back to it")
    if setting.path in SUGGESTED:
        lines.append(f"such as {', '.join(SUGGESTED[setting.path])}; right takes what is proposed")
    if setting.control in _WRITTEN:
        lines.append(_WRITTEN[setting.control])
    return lines


def called(setting: Setting) -> str:
    """How it is given elsewhere: its option, and its place in a config file."""
    flag = option(setting.path)
    return f"--set {setting.path}=.." if flag == "--set" else f"{flag}, or {setting.path} in a config file"


def leaves(setting: Setting, words: str, is_set: bool) -> bool:
    """Whether a filter leaves a setting: each of its words stands somewhere in what is said of it; `*` asks for changed ones."""
    text = f"{setting.title} {setting.group} {setting.path} {setting.about} {called(setting)} {_other(setting)}".lower()
    is_day = setting.control == "date"
    return all(
        is_set if word == EVERYTHING_CHANGED else word in text or (is_day and _A_DAY.fullmatch(word) is not None)
        for word in words.lower().split()
    )


def _other(setting: Setting) -> str:
    return f"{_OTHER_WORDS.get(setting.control, '')} {_OTHER_WORDS.get(setting.path, '')}"


def likeness(setting: Setting, words: str) -> tuple[int, int]:
    """How well words name a setting, the best first in order: its whole title, a word of it, what else it is called, a part of its title,
    or only what is said of it.
    """
    title, asked = setting.title.lower(), words.lower().strip()
    ways = (
        title == asked,
        any(word.startswith(asked) for word in title.split()) or title.split()[:1] == asked.split()[:1],
        asked in _other(setting).split(),
        asked in title,
        True,
    )
    return ways.index(True), -sum(word in title for word in asked.split())
