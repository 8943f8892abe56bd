"""What the wizard opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ..core.errors import InputError
from ..core.spec.repository import DatasetConfigurationRepository
from .state import Draft

FIRST = "retail_oltp_small"


def first_draft(
    dataset_id: str | None = None, *, config: Path | None = None, sets: Sequence[str] = (), environ: Mapping[str, str] = {}
) -> Draft:
    """The dataset and settings that were given, or the dataset that newcomers start with; raises InputError."""
    given = config is not None or bool(sets) or any(name.startswith("SYNTHETIC_DATA_") for name in environ)
    if dataset_id is None and not given:
        # The common case reads no dataset, so that the first screen is there at once.
        ids = [info.dataset_id for info in DatasetConfigurationRepository().list() if not info.problem]
        if not ids:
            raise InputError("there is no dataset that can be read; check SYNTHETIC_DATA_DATASETS")
        return Draft(FIRST if FIRST in ids else ids[0], {})
    from ..core.spec.resolve import first_spellings, resolve_parameters

    chosen = dataset_id if dataset_id is not None or config is not None else FIRST
    resolved = resolve_parameters(chosen, config=config, sets=sets, environ=environ)
    changed = first_spellings(resolved.parameters.config())
    changed.pop("dataset_id", None)
    return Draft(resolved.variant.dataset_id, changed)
