"""What the wizard opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..core.errors import InputError
from ..core.spec.repository import DatasetConfigurationRepository
from .state import Draft

FIRST = "retail_oltp_small"


def first_draft(
    dataset_id: str | None = None,
    *,
    flags: Mapping[str, Any] = {},
    config: Path | None = None,
    sets: Sequence[str] = (),
    environ: Mapping[str, str] = {},
    datasets: Sequence[Path] = (),
    custom_schema: Path | None = None,
) -> tuple[Draft, DatasetConfigurationRepository]:
    """The dataset and settings that were given, or the dataset that newcomers start with, and where datasets are. Raises InputError."""
    said = any(value is not None for value in (*flags.values(), config, custom_schema))
    given = said or bool(sets) or any(name.startswith("SYNTHETIC_DATA_") for name in environ)
    if dataset_id is None and not given:
        # The common case reads no dataset, so that the first screen is there at once.
        repository = DatasetConfigurationRepository(datasets, environ=environ)
        ids = [info.dataset_id for info in repository.list() if not info.problem]
        if not ids:
            raise InputError("no dataset can be used; `synthetic-data list-datasets` says why")
        return Draft(FIRST if FIRST in ids else ids[0], {}), repository
    from ..core.spec.flags import PLACES
    from ..core.spec.resolve import changed_settings, resolve_parameters

    chosen = dataset_id if dataset_id is not None or config is not None or custom_schema is not None else FIRST
    places = {"datasets": [str(path) for path in datasets] or None, "custom_schema": str(custom_schema) if custom_schema else None}
    resolved = resolve_parameters(chosen, flags={**flags, **places}, config=config, sets=sets, environ=environ)
    changed = changed_settings(resolved)
    # The repository knows the places; the dataset's own settings stay where they are.
    for name in ("dataset_id", *PLACES):
        changed.pop(name, None)
    return Draft(resolved.variant.dataset_id, changed), resolved.repository
