"""Where a publication stands: what its steps ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Final

from ..errors import RunError
from .claims import Claims, claims
from .journal import Journal
from .root import within

NEW: Final = "new"
OLD: Final = "old"


@dataclass(frozen=True)
class Place:
    """Where a publication stands."""

    root: Path
    staged: Path
    journal: Journal
    moved: set[str] = field(default_factory=set)
    """Tables whose folders this process has put into their places."""
    kept: list[Path] = field(default_factory=list)
    """Folders that were taken back, though this process had not put them there: they may be anybody's."""

    @cached_property
    def known(self) -> Claims:
        """What runs are known to have written before this one."""
        return claims(self.root)

    def target(self, top: str, table: str) -> Path:
        schema = self.journal.schema_name
        return within(self.root, top, schema, table) if schema else within(self.root, top, table)


def refuse_incomplete(path: Path, size: int) -> None:
    """Raises RunError where a file is not as it was staged."""
    if path.is_symlink() or not path.is_file():
        raise RunError(f"{path} is gone, although it had been written")
    if (found := path.stat().st_size) != size:
        raise RunError(f"{path} has {found:,} bytes, although {size:,} had been written")
