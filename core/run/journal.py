"""What a publication will do, as it lies in the staging folder: read strictly, because anyone may have written it.

Steps name tables and files, never paths: where these lie follows from the kind of the step, so no journal leads out of
its root.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from typing import ClassVar, Final, Literal

from ..frozen import dataclass
from ..program.codec import from_json, to_json
from ..program.folders import is_folder
from ..sinks.lakehouse import PROPERTIES
from ..spec.paths import is_day_path

MOST: Final = 1 << 28
"""Bytes of a journal; larger ones are not read."""
_STATISTICS: Final = 1 << 20
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")
_MANIFEST_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,150}\.json")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_PROPERTY: Final = re.compile(r"true|false|[0-9]{1,5}")
_MOST_COLUMNS: Final = 100_000
_FIRST_YEAR, _LAST_YEAR = 1800, 2399
_MOST_ROWS: Final = 10**13
_PLACE: Final = re.compile(r"[A-Za-z0-9_-]{0,150}")


def _must(pattern: re.Pattern[str], *texts: str) -> None:
    for text in texts:
        if not pattern.fullmatch(text):
            raise ValueError(f"`{text[:80]}` cannot stand there")


def _must_be_day(text: str) -> None:
    found = date.fromisoformat(text)
    if found.isoformat() != text or not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"`{text[:80]}` is not a day of a series")


def _must_be_files(*paths: str) -> None:
    """Names of files, in folders of partitions or in none."""
    for path in paths:
        *folders, name = path.split("/")
        _must(_FILE_NAME, name)
        if not all(map(is_folder, folders)):
            raise ValueError(f"`{path[:80]}` cannot stand there")


def _must_have(files: tuple[File, ...]) -> None:
    if not files:
        raise ValueError("a step has no file")


@dataclass(frozen=True, slots=True)
class File:
    """A staged file."""

    name: str
    """Below the folder of the table: in folders of partitions, where it has some."""
    bytes: int
    statistics: str = ""
    """Delta's JSON statistics of a parquet file, where the part told them."""
    values: tuple[str | None, ...] = ()
    """Of the table's partition columns."""

    def __post_init__(self) -> None:
        _must_be_files(self.name)
        if self.bytes < 0 or len(self.statistics) > _STATISTICS:
            raise ValueError("a file is out of bounds")


How = Literal["replace", "append", "merge"]
"""What becomes of the rows that stand: all go, all stay, or those go whose key comes anew."""


@dataclass(frozen=True, slots=True)
class FolderStep:
    """A staged folder becomes `Files/<schema>/<table>`, or its files join those that stand there."""

    kind: ClassVar = "folder"
    table: str
    files: tuple[File, ...]
    how: How = "replace"
    gone: tuple[str, ...] = ()
    """Files that go; of a merge alone."""

    def __post_init__(self) -> None:
        _must(_IDENTIFIER, self.table)
        _must_be_files(*self.gone)
        _must_have(self.files)


@dataclass(frozen=True, slots=True)
class DeltaStep:
    """Staged files become the newest version of the Delta table `Tables/<schema>/<table>`, or join those of the last one."""

    kind: ClassVar = "delta"
    table: str
    files: tuple[File, ...]
    before: int | None
    """Version of the table before; None where there is none."""
    how: How = "replace"
    gone: tuple[str, ...] = ()
    """Files that go; of a merge alone."""
    partitions: tuple[str, ...] = ()
    """Columns by whose values the files are told apart."""
    properties: Mapping[str, str] = field(default_factory=dict)
    """Of the table."""
    bounds: int = 32
    """Columns that have more statistics than the number of rows."""

    def __post_init__(self) -> None:
        _must(_IDENTIFIER, self.table, *self.partitions)
        _must_be_files(*self.gone)
        _must_have(self.files)
        if any(len(file.values) != len(self.partitions) for file in self.files):
            raise ValueError("a file is of no partition")
        if not set(self.properties) <= set(PROPERTIES) or not 0 <= self.bounds <= _MOST_COLUMNS:
            raise ValueError("the properties of a table are none that runs set")
        _must(_PROPERTY, *self.properties.values())
        if self.before is not None and self.before < 0:
            raise ValueError("no table has had a version below 0")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table of the warehouse."""

    table: str
    files: tuple[File, ...]
    how: How = "replace"
    key: tuple[str, ...] = ()
    """Columns by which rows are merged."""

    def __post_init__(self) -> None:
        _must(_IDENTIFIER, self.table, *self.key)
        _must_have(self.files)


@dataclass(frozen=True, slots=True)
class WarehouseStep:
    """Staged files become tables of the warehouse, all in one transaction."""

    kind: ClassVar = "warehouse"
    tables: tuple[Loaded, ...]
    memory: int
    """Bytes."""
    spill: bool

    def __post_init__(self) -> None:
        if not 1 << 20 <= self.memory <= 1 << 50:
            raise ValueError("the memory is out of bounds")


@dataclass(frozen=True, slots=True)
class ManifestStep:
    """A staged manifest takes the place of another, or (sha256: None) one is removed."""

    kind: ClassVar = "manifest"
    name: str
    sha256: str | None
    """Of its text."""

    def __post_init__(self) -> None:
        _must(_MANIFEST_NAME, self.name)
        if self.sha256 is not None:
            _must(_SHA256, self.sha256)


@dataclass(frozen=True, slots=True)
class DayFile:
    """A staged file of a day."""

    path: str
    """Below the dataset's folder, and below the staged one."""
    bytes: int
    sha256: str

    def __post_init__(self) -> None:
        _must(_SHA256, self.sha256)
        if not is_day_path(self.path) or self.bytes < 0:
            raise ValueError(f"`{self.path[:80]}` cannot stand there")


@dataclass(frozen=True, slots=True)
class DayTable:
    """A table of a day: its files come, and those that stood for it go."""

    day: str
    """ISO date."""
    table: str
    rows: int
    digest: str
    files: tuple[DayFile, ...]
    gone: tuple[str, ...] = ()
    """Paths of an earlier run of this day that have no place any more."""

    def __post_init__(self) -> None:
        _must(_IDENTIFIER, self.table)
        _must_be_day(self.day)
        if not 0 <= self.rows <= _MOST_ROWS or not self.files or not all(is_day_path(path) for path in self.gone):
            raise ValueError("a table of a day is out of bounds")


@dataclass(frozen=True, slots=True)
class DayDropped:
    """A table of a day that has no place any more, since its series is another one."""

    day: str
    table: str
    gone: tuple[str, ...]

    def __post_init__(self) -> None:
        _must(_IDENTIFIER, self.table)
        _must_be_day(self.day)
        if not all(is_day_path(path) for path in self.gone):
            raise ValueError("a table of a day is out of bounds")


@dataclass(frozen=True, slots=True)
class DaysStep:
    """Staged files of days take their places below `Files/<schema>`, and the ledger notes them."""

    kind: ClassVar = "days"
    place: str
    """Of the ledger; empty: nothing is noted."""
    tables: tuple[DayTable, ...]
    told: str
    """What they are made of, as JSON."""
    dropped: tuple[DayDropped, ...] = ()

    def __post_init__(self) -> None:
        _must(_PLACE, self.place)
        if not isinstance(json.loads(self.told), dict):
            raise ValueError("what days are made of is no mapping")


Step = FolderStep | DeltaStep | WarehouseStep | ManifestStep | DaysStep


@dataclass(frozen=True, slots=True)
class Journal:
    """All steps of a publication, in order."""

    schema_name: str
    """Empty for none."""
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if self.schema_name:
            _must(_IDENTIFIER, self.schema_name)

    def text(self) -> str:
        """As it is written."""
        return json.dumps(to_json(self))

    @classmethod
    def of_text(cls, text: str) -> Journal:
        """The journal of a text; raises ValueError."""
        try:
            return from_json(cls, json.loads(text))
        except RecursionError:
            raise ValueError("it is nested too deeply") from None
