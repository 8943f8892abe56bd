"""The HTML report of an output root, made once for what stands there and kept where this user's caches are."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

from ..cache import cache_folder, is_kept
from ..private import read_private, write_private
from ..run.ledger import LEDGER
from ..run.manifest import Say, unsaid
from ..run.root import MANIFESTS
from ..spec.repository import DatasetConfigurationRepository
from ..spec.urls import OTHER_READERS, local_root
from .validate import Progress, unwatched, validate_output

_LARGEST: Final = 64 << 20
"""Bytes of a page that is opened again."""


def page_of(
    root: Path | str,
    dataset_id: str | None = None,
    *,
    again: bool = False,
    repository: DatasetConfigurationRepository | None = None,
    progress: Progress = unwatched,
    say: Say = unsaid,
) -> Path:
    """The file of the report on what the newest run under a root wrote, or that of a dataset.

    What is there is checked where no run has been since the page was made, or `again`. Raises as `validate_output`, and OSError where the
    page cannot be kept.
    """
    root = local_root(root, "the check reads", OTHER_READERS)
    folder = _folder()
    page = folder / f"{_standing(root, dataset_id)}.html"
    if again or read_private(page, _LARGEST) is None:
        from .html import html

        report = validate_output(root, dataset_id, repository=repository, progress=progress, say=say, associations=True)
        # A publication that was cut is finished by the check, and changes what stands there.
        page = folder / f"{_standing(root, dataset_id)}.html"
        write_private(page, html(report).encode())
    return page


def _folder() -> Path:
    if not is_kept():
        # Such a cache goes with the process, and what shows the page outlives it.
        import tempfile

        return Path(tempfile.mkdtemp(prefix="synthetic-data-report-"))
    return cache_folder() / "reports"


def _standing(root: Path, dataset_id: str | None) -> str:
    """A name that is another one once a run has written under a root."""
    told = [str(root.resolve()), dataset_id or ""]
    for path in sorted([*(root / MANIFESTS).glob("*"), root / LEDGER]):
        try:
            there = path.lstat()
        except OSError:
            continue
        told.append(f"{path.name} {there.st_size} {there.st_mtime_ns}")
    return sha256("\n".join(told).encode()).hexdigest()[:32]
