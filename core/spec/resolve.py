"""From flags, --set, a config file and the environment to the parameters of one run, with where each value came from."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigError, InputError, ParameterError, brief
from ..frozen import dataclass
from .enhanced import Template, value_at
from .flags import option
from .loader import failure, problems
from .modelling import BaseModel, ValidationError
from .parameters import RuntimeParameters
from .parse import parse_yaml, read_mapping
from .repository import SHIPPED, DatasetConfigurationRepository, DatasetVariant
from .series import DAYS, DaysOfConfig, days_of
from .trust import refuse_conf, refuse_places

SPELLINGS: Final = {"seed": "seed_value", "output_settings.path_pattern": "output_settings.path_format"}
PREFIX: Final = "SYNTHETIC_DATA_"
_KNOWN: Final = {*RuntimeParameters.model_fields, *SPELLINGS}
_FEW: Final = 3
"""Keys that may all be misspelled."""
_KEY: Final = re.compile(r"[A-Za-z_][\w.]*")
_STEPS: Final = 12
"""Of a dotted path."""
ENVIRONMENT: Final = {
    "DIR": "output_settings.output_dir",
    "OUTPUT_DIR": "output_settings.output_dir",
    "SEED": "seed_value",
    "SEED_VALUE": "seed_value",
    "TARGET_ROWS": "target_rows",
    "SCALE_FACTOR": "scale_factor",
    "AS_OF": "as_of",
    "OUTPUT_MODE": "output_settings.output_mode",
    "TARGET_ENVIRONMENT": "output_settings.target_environment",
    "COMPRESSION": "output_settings.compression",
    "CHUNK_SIZE": "generation_settings.chunk_size",
    "PARALLEL_WORKERS": "generation_settings.parallel_workers",
    "MEMORY_FRACTION": "generation_settings.memory_fraction",
}


@dataclass(frozen=True, slots=True)
class Resolved:
    """The parameters of a run, its dataset, and where each given value came from."""

    parameters: RuntimeParameters
    variant: DatasetVariant
    origins: Mapping[str, str]
    """Dotted parameter -> `--seed`, `--set`, `config file x.yaml`, `environment SYNTHETIC_DATA_SEED`, `template x` or `dataset x.yaml`."""
    repository: DatasetConfigurationRepository
    """Where the dataset was found."""
    template: Template | None = None
    """Whose presets are in it."""

    def __repr__(self) -> str:
        given = ", ".join(f"{path} ({origin})" for path, origin in self.origins.items() if path not in ("dataset_id", "target_rows"))
        return f"<Resolved parameters of {self.variant.dataset_id}{f': {given}' if given else ''}>"

    @contextmanager
    def naming(self) -> Iterator[None]:
        """A ParameterError of what is done with the parameters names the option that gave the setting, where one did."""
        try:
            yield
        except ParameterError as error:
            origin = self.origins.get(error.name, "")
            if not origin.startswith("--") or origin == "--set":
                raise
            raise error.of_option(origin) from None


Given = tuple[str, Any, str]
"""Dotted parameter, value, where it came from."""


def resolve_parameters(
    dataset_id: str | None = None,
    *,
    flags: Mapping[str, Any] = {},
    sets: Sequence[str] = (),
    config: Path | None = None,
    environ: Mapping[str, str] = {},
    edited: Mapping[str, Any] = {},
    repository: DatasetConfigurationRepository | None = None,
    template: Template | None = None,
) -> Resolved:
    """The parameters of a run: flag > --set > config file > custom schema > template > environment > dataset.

    `flags` maps dotted parameter paths to values (None: not given). `edited` are settings in the shape of a config file
    that a front end holds itself; they rank as a config file. `environ` also says where own datasets are, where no
    `repository` is given. `template` names the dataset where nothing else does, and what it offers stays within its ranges,
    whoever sets it. Raises ParameterError, ConfigError, UnknownNameError.
    """
    weak = [
        (path, environ[PREFIX + name], f"environment {PREFIX}{name}") for name, path in ENVIRONMENT.items() if environ.get(PREFIX + name)
    ]
    strong: list[Given] = []
    if config is not None:
        held = _settings(config)
        days_of(held, config)
        told = leaves({name: block for name, block in held.items() if name != DAYS})
        refuse_conf([path for path, _ in told], config)
        strong += [(path, leaf, f"config file {config}") for path, leaf in told]
    strong += [(path, leaf, "edited") for path, leaf in leaves(edited)]
    for text in sets:
        path, equals, given = text.partition("=")
        if not equals or not path.strip():
            raise ParameterError("--set", f"`{brief(text)}` is not of the form key=value, for example --set scale_factor=2")
        strong.append((path.strip(), parse_yaml(given, f"--set {brief(path.strip())}"), "--set"))
    strong += [(path, given, option(path)) for path, given in flags.items() if given is not None]
    if template is not None:
        weak += presets(template)
    schema, middle = _custom_schema(strong)
    parameters, origins = merged([*weak, *middle, *strong], config)
    if dataset_id is not None and parameters.dataset_id not in (None, dataset_id):
        raise InputError(f"the config is for dataset `{brief(parameters.dataset_id)}`, but `{dataset_id}` was asked for")
    chosen = dataset_id or parameters.dataset_id or (template.dataset if template is not None else None)
    found = (repository or DatasetConfigurationRepository(environ=environ)).extended(parameters.datasets, schema)
    if schema is not None:
        ids = [info.dataset_id for info in found.of_file(schema)]
        if chosen is not None and chosen not in ids:
            raise InputError(f"{schema} declares {' and '.join(ids)}, but dataset `{chosen}` was asked for")
        chosen = chosen or ids[0]
    if chosen is None:
        raise InputError("say which dataset: its id, or a config file with a `dataset_id`")
    variant = found.get(chosen)
    if variant.settings:
        own = [(path, leaf, f"dataset {variant.source.name}") for path, leaf in leaves(variant.settings)]
        parameters, origins = merged([*own, *weak, *middle, *strong], config)
    by = "argument" if dataset_id is not None else f"custom schema {schema}" if schema is not None else ""
    if template is not None:
        _refuse_other(template, variant, found)
        _refuse_outside(template, parameters, origins)
        by = by or template.origin
    origins.setdefault("dataset_id", by)
    origins.setdefault("target_rows", f"dataset {variant.source.name}")
    parameters = parameters.model_copy(update={"dataset_id": chosen, **_place(variant, found)})
    return Resolved(parameters, variant, origins, found, template)


def config_days(config: Path | None) -> DaysOfConfig:
    """What a config file says of days; nothing where there is none. Raises ConfigError."""
    return DaysOfConfig() if config is None else days_of(_settings(config), config)


def preset_by(template: Template) -> dict[str, Any]:
    """What a template sets, in the shape of a config file; each setting where front ends show it."""
    return first_spellings(template.settings)


def presets(template: Template) -> list[Given]:
    """What a template sets, and that it does."""
    return [(path, leaf, template.origin) for path, leaf in leaves(preset_by(template))]


def _refuse_other(template: Template, variant: DatasetVariant, repository: DatasetConfigurationRepository) -> None:
    """A template goes with its dataset at every size, also day by day, and with no other."""
    if variant.dataset_id != template.dataset and variant.dataset.dataset_id != repository.get(template.dataset).dataset.dataset_id:
        told = f"template `{template.id}` is for dataset `{template.dataset}` and its other sizes"
        raise InputError(f"{told}, but dataset `{brief(variant.dataset_id)}` was asked for")


def _refuse_outside(template: Template, parameters: RuntimeParameters, origins: Mapping[str, str]) -> None:
    """What a template offers stays within its ranges."""
    value = first_spellings(parameters.model_dump(mode="json", by_alias=True, exclude_unset=True))
    for path, offered in template.parameters.items():
        given = value_at(value, path)
        if given is not None and not offered.takes(given):
            origin = _origin(path, origins)
            option = origin if origin.startswith("--") and origin != "--set" else ""
            told = f"template `{template.id}` offers {offered.allowed}, not `{brief(given)}`"
            raise ParameterError(path, told, option)


def _settings(file: Path) -> dict[str, Any]:
    """The mapping in a file of settings; raises ConfigError, without a word of the file where it was named by mistake."""
    value = read_mapping(file)
    strange = len(value) > _FEW or not all(_KEY.fullmatch(str(key)) for key in value)
    if strange and not any(str(key).partition(".")[0] in _KNOWN for key in value):
        raise ConfigError(file, [("", "is not a config file: it holds no setting")])
    return value


def _custom_schema(given: Sequence[Given]) -> tuple[Path | None, list[Given]]:
    """The file that declares a dataset; or, where the file of that name only speaks of one, what it says of its runs."""
    name = next((leaf for path, leaf, _ in reversed(given) if path == "custom_schema" and leaf is not None), None)
    if name is None:
        return None, []
    file = Path(str(name))
    value = _settings(file)
    if isinstance(value.get("tables"), dict):
        return file, []
    refuse_places(value, file)
    return None, [(path, leaf, f"custom schema {file}") for path, leaf in leaves(value)]


def _place(variant: DatasetVariant, repository: DatasetConfigurationRepository) -> dict[str, Any]:
    """The settings that find the dataset again: none for a shipped one."""
    if variant.source.parent == SHIPPED:
        return {"datasets": [], "custom_schema": None}
    schema = str(variant.source.absolute()) if variant.source == repository.schema else None
    return {"datasets": [str(path.absolute()) for path in repository.own], "custom_schema": schema}


def merged(given: Sequence[Given], config: Path | None = None) -> tuple[RuntimeParameters, dict[str, str]]:
    """Parameters of settings from the weakest to the strongest, and where each came from; raises ConfigError and ParameterError."""
    value: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for path, leaf, origin in given:
        _put(value, path, leaf, origins, origin)
    return _validated(value, origins, config), origins


def first_spellings(config: Mapping[str, Any]) -> dict[str, Any]:
    """A config in which each setting stands where front ends show it."""
    out: dict[str, Any] = {}
    for path, leaf in leaves(config):
        group = next((group for group in ONE_SETTING if path in group), (path,))
        _put(out, group[0], leaf, {}, "")
    return out


def own_settings(variant: DatasetVariant) -> dict[str, Any]:
    """Dotted setting -> its value, of those that the dataset's own file gives; each where front ends show it."""
    return dict(leaves(first_spellings(_own(variant).model_dump(mode="json", by_alias=True, exclude_unset=True))))


def changed_settings(resolved: Resolved) -> dict[str, Any]:
    """What differs from what the dataset's own file gives, in the shape of a config file: also a default that it does not keep."""
    before = dict(leaves(_own(resolved.variant).model_dump(mode="json", by_alias=True)))
    now = leaves(resolved.parameters.model_dump(mode="json", by_alias=True))
    out: dict[str, Any] = {}
    for path, leaf in now:
        if leaf is not None and leaf != before[path]:
            _put(out, path, leaf, {}, "")
    return first_spellings(out)


def repeating_settings(resolved: Resolved) -> dict[str, Any]:
    """The settings that repeat a run, in the shape of a config file: defaults left out, but for those that the dataset's file changes."""
    out = resolved.parameters.config()
    for path, leaf in leaves(changed_settings(resolved)):
        _put(out, path, leaf, {}, "")
    return out


def _own(variant: DatasetVariant) -> RuntimeParameters:
    return RuntimeParameters.model_validate(dict(variant.settings))


def leaves(value: Mapping[str, Any], model: type[BaseModel] | None = RuntimeParameters, path: str = "") -> list[tuple[str, Any]]:
    """(dotted path, value) of every setting; what is no block of settings stays whole."""
    out = []
    for key, inner in value.items():
        here = f"{path}.{key}" if path else str(key)
        field = model.model_fields.get(str(key)) if model else None
        block = field.annotation if field is not None else None
        if isinstance(inner, dict) and isinstance(block, type) and issubclass(block, BaseModel):
            out += leaves(inner, block, here)
        else:
            out.append((here, inner))
    return out


def _put(value: dict[str, Any], path: str, given: Any, origins: dict[str, str], origin: str) -> None:
    steps = SPELLINGS.get(path, path).split(".")
    if len(steps) > _STEPS:
        raise ParameterError(brief(path), f"has more than {_STEPS} steps")
    if steps[0] == "distributions" and len(steps) > 2:
        # A column has a dot in its name: orders.total_amount.
        inside = steps[-1:] if steps[-1] == "values" or not isinstance(given, dict) else []
        inside = ["stddev"] if inside == ["sigma"] else inside
        steps = [steps[0], ".".join(steps[1 : len(steps) - len(inside)]), *inside]
    if steps[:2] == ["spark", "conf"] and len(steps) > 2:
        # So has an option of Spark: spark.executor.memory.
        steps = [*steps[:2], ".".join(steps[2:])]
    here = value
    for step in steps[:-1]:
        inner = here.setdefault(step, {})
        if not isinstance(inner, dict):
            raise ParameterError(brief(path), f"`{brief(step)}` holds a value, so nothing can be set inside it")
        here = inner
    here[steps[-1]] = given
    # Settings of one spelling each: a stronger source replaces what a weaker one said in another block.
    for other in _others(".".join(steps)):
        block, _, leaf = other.partition(".")
        if isinstance(value.get(block), dict) and leaf in value[block] and origins.get(other) not in (None, origin):
            del value[block][leaf]
            origins.pop(other, None)
    origins[".".join(steps)] = origin


ONE_SETTING: Final = (
    ("generation_settings.chunk_size", "generation_config.chunk_size", "chunking_config.chunk_size"),
    ("generation_settings.mode", "generation_config.mode"),
    ("generation_settings.parallel_workers", "chunking_config.parallel_chunks"),
    ("generation_settings.memory_fraction", "chunking_config.memory_fraction"),
    ("generation_settings.enable_spill", "chunking_config.spill_to_disk"),
    ("output_settings.path_format", "incremental_config.file_path_pattern"),
    ("temporal_patterns.weekdays", "incremental_config.seasonal_patterns"),
)
"""Settings that the specification spells in several blocks; the first spelling is the one that front ends show."""


def _others(path: str) -> tuple[str, ...]:
    return next((tuple(p for p in group if p != path) for group in ONE_SETTING if path in group), ())


def _validated(value: dict[str, Any], origins: Mapping[str, str], config: Path | None) -> RuntimeParameters:
    try:
        return RuntimeParameters.model_validate(value)
    except ValidationError as error:
        found = problems(error, RuntimeParameters)
        if config is not None and all(_origin(path, origins).startswith("config") for path, _ in found):
            raise failure(error, RuntimeParameters, config) from None
        path, text = found[0]
        origin = _origin(path, origins)
        if origin == "edited":
            raise ParameterError(path, text) from None
        name = origin if origin.startswith(("--", "environment")) and origin != "--set" else f"{origin} {path}".strip()
        raise ParameterError(name or "parameters", text) from None


def _origin(path: str, origins: Mapping[str, str]) -> str:
    if path in origins:
        return origins[path]
    for known, origin in origins.items():
        if known.startswith(f"{path}.") or path.startswith(f"{known}."):
            return origin
    return next(iter(origins.values()), "") if not path else ""
