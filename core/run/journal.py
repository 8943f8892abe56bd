"""What a publication will do, as it lies in the staging folder: read strictly, because anyone may have written it.

Steps name tables and files, never paths: where these lie follows from the kind of the step, so no journal leads out of
its root.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST: Final = 1 << 30
"""Bytes of a journal; larger ones are not read."""

Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
_FileName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,200}$")]
_ManifestName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,150}\.json$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class File(_Strict):
    """A staged file."""

    name: _FileName
    bytes: int = Field(ge=0)
    statistics: Annotated[str, StringConstraints(max_length=1 << 20)] = ""
    """Delta's JSON statistics of a parquet file, where the part told them."""


How = Literal["replace", "append", "merge"]
"""What becomes of the rows that stand: all go, all stay, or those go whose key comes anew."""


class FolderStep(_Strict):
    """A staged folder becomes `Files/<schema>/<table>`, or its files join those that stand there."""

    kind: Literal["folder"] = "folder"
    table: Identifier
    files: tuple[File, ...] = Field(min_length=1)
    how: How = "replace"
    gone: tuple[_FileName, ...] = ()
    """Files that go; of a merge alone."""


class DeltaStep(_Strict):
    """Staged files become the newest version of the Delta table `Tables/<schema>/<table>`, or join those of the last one."""

    kind: Literal["delta"] = "delta"
    table: Identifier
    files: tuple[File, ...] = Field(min_length=1)
    before: int | None = Field(ge=0)
    """The table's version before; None if there was no table."""
    how: How = "replace"
    gone: tuple[_FileName, ...] = ()
    """Files that go; of a merge alone."""


class Loaded(_Strict):
    """A table of the warehouse."""

    table: Identifier
    files: tuple[File, ...] = Field(min_length=1)
    how: How = "replace"
    key: tuple[Identifier, ...] = ()
    """By which rows are merged."""


class WarehouseStep(_Strict):
    """Staged files become tables of the warehouse, all in one transaction."""

    kind: Literal["warehouse"] = "warehouse"
    tables: tuple[Loaded, ...]
    memory: int = Field(ge=1 << 20, le=1 << 50)
    """Bytes."""
    spill: bool


class ManifestStep(_Strict):
    """A staged manifest takes the place of another, or (sha256: None) one is removed."""

    kind: Literal["manifest"] = "manifest"
    name: _ManifestName
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")] | None
    """Of its text."""


Step = Annotated[FolderStep | DeltaStep | WarehouseStep | ManifestStep, Field(discriminator="kind")]


class Journal(_Strict):
    """All steps of a publication, in order."""

    schema_name: Identifier | Literal[""]
    steps: tuple[Step, ...]
