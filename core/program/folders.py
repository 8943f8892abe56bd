"""The folders of partitions, `column=value`, as Hive names them and Spark writes them.

Values are texts; NULL has a name of its own. Letters that would end a folder or mean something to a reader are escaped, all others stand
as they are: Spark reads an escape as one letter, so that those of UTF-8 would not come back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

NULL: Final = "__HIVE_DEFAULT_PARTITION__"
"""The folder's value where there is none."""
_ESCAPED: Final = re.compile(r"[\x00-\x1f\"#%'*/:=?\\\x7f{\[\]^]")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
_FOLDER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}=[^\x00-\x1f/\\:*?\"]{1,255}")
MOST_BYTES: Final = 255
"""Of a folder's name: what file systems take."""
MOST_VALUES: Final = 1_000
"""Folders that the rows of one part may make."""


def folder(column: str, value: str | None) -> str:
    """The name of a partition's folder."""
    return f"{column}={NULL if value is None else _ESCAPED.sub(lambda found: f'%{ord(found[0]):02X}', value)}"


def is_folder(name: str) -> bool:
    """Whether a step of a path may be the folder of a partition: it leads nowhere else, and is not hidden."""
    return _FOLDER.fullmatch(name) is not None


def above(path: str) -> str:
    """The folder of a path with `/` between its steps, without folders of partitions: that of the table."""
    steps = path.split("/")[:-1]
    while steps and is_folder(steps[-1]):
        steps.pop()
    return "/".join(steps)


def values(path: str, columns: Sequence[str]) -> tuple[str | None, ...]:
    """The values of partition columns that the folders of a path name; raises ValueError where one is not named."""
    found: dict[str, str | None] = {}
    for step in path.split("/")[:-1]:
        name, equals, text = step.partition("=")
        if equals and is_folder(step):
            found[name] = None if text == NULL else _ESCAPE.sub(lambda code: chr(int(code[1], 16)), text)
    missing = [column for column in columns if column not in found]
    if missing:
        raise ValueError(f"no folder names the partition column `{missing[0]}`")
    return tuple(found[column] for column in columns)


def text_of(value: object) -> str | None:
    """The value of a partition as a text, from a Python value."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def named(columns: Sequence[str], texts: Sequence[str | None]) -> Mapping[str, str | None]:
    """Column -> value, as Delta's log has them."""
    return dict(zip(columns, texts, strict=True))
