"""Folders of users' files: what is in them, whether that has changed, and what is wrong with one in short."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from ..errors import InputError

ENDINGS: Final = (".yaml", ".yml", ".json")
MOST_FILES: Final = 2_000
"""Files of one folder."""


def files_in(folder: Path, what: str = "datasets") -> list[Path]:
    """The YAML and JSON files of a folder, by name; raises InputError where it cannot be read, or holds more than there can be."""
    try:
        found = [file for file in folder.iterdir() if file.suffix in ENDINGS and not file.name.startswith(".")]
    except OSError as error:
        raise InputError(f"the folder {folder} cannot be read: {error.strerror or error}") from None
    if len(found) > MOST_FILES:
        raise InputError(f"the folder {folder} holds {len(found):,} YAML and JSON files; a folder of {what} has at most {MOST_FILES:,}")
    return sorted(found)


def told_of(error: InputError) -> tuple[str, ...]:
    """All that an error says, a sentence each."""
    return tuple(str(error).split("\n"))


def in_short(problems: Sequence[str]) -> str:
    """The first of some problems, and how many more there are; empty where there is none."""
    more = len(problems) - 1
    return problems[0] + (f" (and {more:,} more)" if more else "") if problems else ""


Stamp = tuple[tuple[str, int, int], ...]
"""Path, moment of the last change and size of each file."""


def stamp_of(places: Sequence[Path]) -> Stamp:
    """See `DatasetConfigurationRepository.stamp`; `places` are folders and files."""
    out = []
    for place in places:
        with suppress(OSError):
            files = [file for file in islice(place.iterdir(), MOST_FILES) if file.suffix in ENDINGS] if place.is_dir() else [place]
            for file in files:
                with suppress(OSError):
                    told = file.stat()
                    out.append((str(file), told.st_mtime_ns, told.st_size))
    return tuple(sorted(out))
