"""What a template offers and changes, worked out with its dataset; and what does not agree in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ..errors import ParameterError, brief, hint
from ..frozen import dataclass
from .defaults import declared
from .distributions import Distribution
from .enhanced import PRESETS, Changes, Offered, Template, value_at
from .flags import NOT_OF_SERIES, SERIES_FLAGS
from .form import Setting, settings
from .parameters import RuntimeParameters
from .repository import DatasetVariant
from .resolve import leaves, merged, preset_by, presets

COMMON: Final[Mapping[str, Changes]] = {
    "target_rows": "everything",
    "incremental_config.rows_per_day": "everything",
    "scale_factor": "everything",
    "seed_value": "everything",
    "output_settings.output_mode": "files",
    "output_settings.path_format": "files",
    "generation_settings.mode": "files",
    "partition_config.enabled": "files",
}
"""What every template offers besides its own, where its dataset takes it, and what changes with it."""

_HOURS: Final = "temporal_patterns.hourly_distribution"
_DISTRIBUTIONS: Final = "distributions."
_DRAWN: Final = ("distribution", "minus", "plus")
"""Where a column's distribution stands, by its kind."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a template offers, with all that is to be known of it."""

    path: str
    """Dotted, as for --set."""
    about: str
    changes: Changes
    default: Any
    """What it is if nobody says otherwise, in the shape of a config file; None: the machine or the run decides."""
    allowed: str
    """`1 to 20`, `parquet, csv or table`; empty: what the setting takes."""
    preset: bool
    """Whether the template sets it; else it is the dataset's, or the setting's own."""
    min: float | None = None
    max: float | None = None
    choices: tuple[Any, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        own = {"min": self.min, "max": self.max, "choices": list(self.choices) or None}
        told = {"parameter": self.path, "about": self.about, "default": self.default, "changes": self.changes}
        return {**told, **{name: value for name, value in own.items() if value is not None}}


@dataclass(frozen=True, slots=True)
class Difference:
    """A setting that a template presets, and what its dataset has."""

    path: str
    dataset: Any
    """None where the dataset says nothing of it, and the setting has no default."""
    template: Any


def offered(template: Template, variant: DatasetVariant) -> tuple[Parameter, ...]:
    """What a template offers of its own, in its order."""
    return tuple(_parameter(template, variant, path, given) for path, given in template.parameters.items())


def common(template: Template, variant: DatasetVariant) -> tuple[Parameter, ...]:
    """What every template offers besides: those of `COMMON` that its dataset takes and that are not among its own."""
    known = {setting.path: setting for setting in settings()}
    left = {path: changes for path, changes in COMMON.items() if path not in template.parameters and not _unfit(path, variant)}
    return tuple(_parameter(template, variant, path, Offered(about=known[path].about, changes=changes)) for path, changes in left.items())


def differences(template: Template, variant: DatasetVariant) -> tuple[Difference, ...]:
    """Which settings a template changes in a dataset; of a mapping each entry."""
    found = [Difference(path, _declared(variant, path), value) for path, value in _entries(preset_by(template))]
    return tuple(one for one in map(_with_unit, found) if one.template is not None and one.dataset != one.template)


def _entries(given: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for path, value in leaves(given):
        # The bands of the day belong together; everything else is named one by one.
        if isinstance(value, Mapping) and path != _HOURS:
            yield from ((f"{path}.{key}", inner) for key, inner in value.items())
        else:
            yield path, value


def _with_unit(one: Difference) -> Difference:
    """A distribution of time keeps the unit of the dataset's."""
    if isinstance(one.dataset, Mapping) and "unit" in one.dataset and isinstance(one.template, Mapping):
        return replace(one, template={**one.template, "unit": one.template.get("unit", one.dataset["unit"])})
    return one


def _declared(variant: DatasetVariant, path: str) -> Any:
    """What a dataset has at a path, or the default of the setting; None where there is neither."""
    found = value_at(declared(variant), path)
    if found is None and path.startswith(_DISTRIBUTIONS):
        return _distribution(variant, path.removeprefix(_DISTRIBUTIONS))
    return value_at(RuntimeParameters().model_dump(mode="json", by_alias=True), path) if found is None else found


def _distribution(variant: DatasetVariant, name: str) -> Any:
    """The distribution of a column, or of what is an alias of one."""
    wanted, _, column = variant.dataset.aliases.get(name, name).rpartition(".")
    for table, model in variant.dataset.tables.items():
        kind = model.columns.get(column) if table == wanted or not wanted else None
        for place in _DRAWN:
            found = getattr(kind, place, None)
            if isinstance(found, Distribution):
                return found.model_dump(mode="json", exclude_none=True)
    return None


def _parameter(template: Template, variant: DatasetVariant, path: str, offered: Offered) -> Parameter:
    setting = _setting(path)
    preset = value_at(preset_by(template), path)
    choices: Iterable[Any] = offered.choices or ()
    if setting is not None and setting.path == path and not choices:
        choices = setting.choices or ((True, False) if setting.control == "switch" else ())
    shown = offered.allowed or (offered.model_copy(update={"choices": list(choices)}).allowed if choices else "")
    default = preset if preset is not None else _declared(variant, path)
    return Parameter(
        path=path,
        about=offered.about,
        changes=offered.changes,
        default=default,
        allowed=shown,
        preset=preset is not None,
        min=offered.min,
        max=offered.max,
        choices=tuple(choices),
    )


def _setting(path: str) -> Setting | None:
    """The setting that a path is, or is a value in; None where there is none."""
    return next((one for one in settings() if f"{path}.".startswith(f"{one.path}.")), None)


def problems(template: Template, variant: DatasetVariant) -> Iterator[tuple[str, str]]:
    """(path, sentence) of what does not agree in a template, as it stands or with its dataset."""
    for path, offered in template.parameters.items():
        where = f"parameters.{path}"
        setting = _setting(path)
        if setting is None:
            by_name = {one.path.rpartition(".")[2]: one.path for one in settings()}
            yield where, f"is not a setting{hint(by_name.get(path, path), [one.path for one in settings()])}"
            continue
        preset = value_at(preset_by(template), path)
        if setting.path != path and preset is None:
            yield where, f"is in no mapping of `{PRESETS}`: a value inside a mapping is offered where it is preset"
        elif unfit := _unfit(path, variant):
            yield where, unfit
        else:
            yield from ((where, problem) for problem in _range_problems(template, variant, path, offered))
        yield from _unknown(variant, f"{where}.changes", offered.changes)


def _unfit(path: str, variant: DatasetVariant) -> str:
    """Why a dataset does not take a setting; empty where it does."""
    if variant.incremental and path in NOT_OF_SERIES:
        return f"is not of dataset `{variant.dataset_id}`, which arrives day by day"
    if not variant.incremental and path in SERIES_FLAGS:
        return f"is of datasets that arrive day by day, and `{variant.dataset_id}` does not"
    return ""


def _range_problems(template: Template, variant: DatasetVariant, path: str, offered: Offered) -> Iterator[str]:
    default = value_at(preset_by(template), path)
    default = _declared(variant, path) if default is None else default
    numbers = isinstance(default, int | float) and not isinstance(default, bool)
    if (offered.min is not None or offered.max is not None) and default is not None and not numbers:
        yield f"has a range, but its default `{brief(default)}` is no number"
        return
    if default is not None and not offered.takes(default):
        yield f"its default `{brief(default)}` is not {offered.allowed}"
    for value in (offered.min, offered.max, *(offered.choices or ())):
        if value is not None:
            given = int(value) if isinstance(value, float) and value.is_integer() else value
            try:
                merged([*presets(template), (path, given, "edited")])
            except ParameterError as error:
                yield f"offers `{brief(given)}`, which it cannot be: {error.problem}"


def _unknown(variant: DatasetVariant, where: str, changes: Changes) -> Iterator[tuple[str, str]]:
    """Tables and columns that a dataset does not have."""
    columns = {table: found for table, found in variant.dataset.columns_by_table().items() if variant.dataset.writes(table)}
    known = [*columns, *(f"{table}.{column}" for table, found in columns.items() for column in found)]
    for name in () if isinstance(changes, str) else changes:
        if name not in known:
            yield where, f"dataset `{variant.dataset_id}` has no table or column `{brief(name)}`{hint(name, known)}"
