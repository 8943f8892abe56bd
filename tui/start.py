"""What the wizard opens with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError
from ..core.spec.repository import DatasetConfigurationRepository
from .state import Draft

if TYPE_CHECKING:
    from ..core.spec.enhanced import Template

FIRST = "retail_oltp_small"
_FOLDERS = ("SYNTHETIC_DATA_CACHE", "SYNTHETIC_DATA_SETTINGS")
"""Variables that say nothing of what is generated."""


def first_draft(
    dataset_id: str | None = None,
    *,
    flags: Mapping[str, Any] = {},
    config: Path | None = None,
    sets: Sequence[str] = (),
    environ: Mapping[str, str] = {},
    datasets: Sequence[Path] = (),
    custom_schema: Path | None = None,
    template: Template | None = None,
) -> tuple[Draft, DatasetConfigurationRepository]:
    """The dataset and settings that were given, or the dataset that newcomers start with, and where datasets are. Raises InputError."""
    said = any(value is not None for value in (*flags.values(), config, custom_schema, template))
    given = said or bool(sets) or any(name.startswith("SYNTHETIC_DATA_") and name not in _FOLDERS for name in environ)
    if not given:
        # The common cases read no dataset, so that the first screen is there at once.
        repository = DatasetConfigurationRepository(datasets, environ=environ)
        ids = [info.dataset_id for info in repository.list() if not info.problem]
        if dataset_id in ids:
            return Draft(dataset_id, {}), repository
        if dataset_id is None:
            if not ids:
                raise InputError("no dataset can be used; `synthetic-data list-datasets` says why")
            return Draft(FIRST if FIRST in ids else ids[0], {}), repository
    from ..core.spec.flags import PLACES
    from ..core.spec.resolve import changed_settings, config_days, resolve_parameters

    chosen = dataset_id if any(one is not None for one in (dataset_id, config, custom_schema, template)) else FIRST
    places = {"datasets": [str(path) for path in datasets] or None, "custom_schema": str(custom_schema) if custom_schema else None}
    resolved = resolve_parameters(chosen, flags={**flags, **places}, config=config, sets=sets, environ=environ, template=template)
    changed = changed_settings(resolved)
    # The repository knows the places; the dataset's own settings stay where they are.
    for name in ("dataset_id", *PLACES):
        changed.pop(name, None)
    if changed.get("target_rows") == resolved.variant.target_rows:
        # An exported file names the rows even where they are the dataset's own, which nobody has changed.
        del changed["target_rows"]
    days = config_days(config).model_dump(mode="json", exclude_unset=True)
    draft = Draft(resolved.variant.dataset_id, _without_none(changed), _without_none(days))
    return (draft if template is None else replace(draft, **_of(template))), resolved.repository


def _without_none(value: Any) -> Any:
    """Settings as fields hold them: what a distribution leaves open is not in it."""
    if isinstance(value, Mapping):
        return {name: _without_none(inner) for name, inner in value.items() if inner is not None}
    return value


def template_draft(template: Template, begun: Draft) -> Draft:
    """A draft with a template's presets in it; what the wizard was started with, and another dataset takes as well, is above them."""
    from ..core.spec.resolve import leaves, preset_by

    draft = Draft(template.dataset, preset_by(template), **_of(template))
    for path, value in leaves(begun.elsewhere(template.dataset).config):
        draft = draft.changed(path, value)
    return draft


def _of(template: Template) -> dict[str, Any]:
    """What a draft holds of its template, besides the settings."""
    from ..core.spec.resolve import leaves, preset_by

    return {"template": template.id, "presets": tuple(leaves(preset_by(template)))}
