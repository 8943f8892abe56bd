"""Every setting there is, for whoever wants to know: what it means, what it may be, its default, and what it changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from ..errors import UnknownNameError
from ..frozen import dataclass
from .described import described
from .flags import FLAGS, PLACES, SERIES_FLAGS
from .form import shown
from .modelling import BaseModel
from .parameters import RuntimeParameters
from .resolve import ENVIRONMENT, ONE_SETTING, PREFIX, SPELLINGS

Changes = Literal["everything", "rows", "values", "state", "tables", "days", "nothing"]
CHANGES: Final[dict[Changes, str]] = {
    "everything": "everything",
    "rows": "how many rows there are",
    "values": "values of the data",
    "state": "only columns that depend on the day as of which the data is seen",
    "tables": "which tables are written",
    "days": "what a day of a series brings",
    "nothing": "nothing of the data: only where and how it is found, made or written",
}
"""What a setting changes of the data, and the same in words."""
_CHANGES: Final[dict[str, Changes]] = {
    "dataset_id": "everything",
    "target_rows": "rows",
    "scale_factor": "rows",
    "seed_value": "values",
    "as_of": "state",
    "tables": "tables",
    "relationships": "values",
    "enable_relationships": "values",
    "relationship_null_percentage": "values",
    "orphan_percentage": "values",
    "privacy": "values",
    "distributions": "values",
    "temporal_patterns": "values",
    "history": "values",
    "incremental_config": "days",
}
"""Of single settings or of blocks; all others change nothing."""
_DECIDED: Final = {
    "dataset_name": "the dataset's",
    "dataset_type": "the dataset's",
    "schema_pattern": "the dataset's",
    "domain": "the dataset's",
    "target_rows": "the dataset's",
    "as_of": "end of the history",
    "tables": "all",
    "relationship_null_percentage": "the dataset's",
    "orphan_percentage": "the dataset's",
    "temporal_patterns": "the dataset's",
    "output_settings.output_dir": "SYNTHETIC_DATA_DIR, else ./synthetic_data",
    "output_settings.schema": "the dataset id",
    "history": "the dataset's",
    "incremental_config.rows_per_day": "the dataset's",
    "generation_settings.mode": "auto",
    "generation_settings.chunk_size": "131_072",
    "generation_settings.parallel_workers": "the cores",
    "generation_settings.memory_fraction": "0.8",
    "generation_settings.enable_spill": "false",
    "spark.master": "local[*]",
}
"""What holds where a setting has no default of its own."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A setting and all that is to be known of it, whatever the dataset."""

    path: str
    """Dotted, as in a config file and for --set."""
    title: str
    """What a form calls it; empty where no form has it."""
    group: str
    about: str
    allowed: str
    """`1 to 20`, `parquet, csv or table`."""
    default: str
    """As it is written in a config file, or who decides; empty: nothing is set."""
    changes: Changes
    option: str
    """Of `generate`, or where it has none, of the commands that have one; empty: `--set` alone."""
    also: tuple[str, ...]
    """Other spellings, which mean the same."""
    environment: tuple[str, ...]
    """Variables that set it."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "setting": self.path,
            "about": self.about,
            "allowed": self.allowed,
            "default": self.default,
            "changes": self.changes,
            "option": self.option or None,
            "also": list(self.also),
            "environment": list(self.environment),
        }


@cache
def references() -> tuple[Reference, ...]:
    """Every setting, in the order of the model; of several spellings of one setting the first."""
    described()
    return tuple(_references(RuntimeParameters, "", ""))


def found(name: str) -> tuple[Reference, ...]:
    """The settings that a name means: a path, another spelling, an option, a title, the end of a path, a block, a group or a word.

    Raises UnknownNameError where it means none.
    """
    wanted = name.strip().casefold()
    everything = references()
    for names in (_names, _last_words, _blocks, _words):
        matches = tuple(one for one in everything if wanted in names(one))
        if matches:
            return matches
    raise UnknownNameError("setting", name, [one.path for one in everything])


def _names(one: Reference) -> set[str]:
    return {
        text.casefold() for text in (one.path, one.title, one.option, one.option.removeprefix("--"), *one.also, *one.environment) if text
    }


def _last_words(one: Reference) -> set[str]:
    return {path.rpartition(".")[2].casefold() for path in (one.path, *one.also)}


def _blocks(one: Reference) -> set[str]:
    steps = one.path.split(".")
    return {one.group.casefold(), *(".".join(steps[:n]) for n in range(1, len(steps)))}


def _words(one: Reference) -> set[str]:
    return set(re.findall("[a-z]+", " ".join((one.path, one.title)).casefold()))


def _references(model: type[BaseModel], prefix: str, group: str) -> Iterator[Reference]:
    spellings = {group[0]: group[1:] for group in ONE_SETTING}
    second = {path for others in spellings.values() for path in others}
    for name, field in model.model_fields.items():
        path = f"{prefix}{field.alias or name}"
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _references(field.annotation, f"{path}.", field.title or group)
        elif path not in second:
            yield Reference(
                path=path,
                title=field.title or "",
                group=str(extra.get("group") or group or "Dataset"),
                about=" ".join((field.description or "").split()),
                allowed=_allowed(field),
                default=_default(path, field),
                changes=_of(_CHANGES, path, "nothing"),
                option=FLAGS.get(path) or SERIES_FLAGS.get(path) or PLACES.get(path, ""),
                also=(*spellings.get(path, ()), *(other for other, meant in SPELLINGS.items() if meant == path)),
                environment=tuple(f"{PREFIX}{name}" for name, meant in ENVIRONMENT.items() if meant == path),
            )


def _of(table: dict[str, Any], path: str, otherwise: Any) -> Any:
    """What a table says of a path, or of the block that it is in."""
    return table.get(path, table.get(path.partition(".")[0], otherwise))


def _default(path: str, field: FieldInfo) -> str:
    default = None if field.is_required() else field.get_default(call_default_factory=True)
    if default in (None, {}, []) or path.startswith("temporal_patterns."):
        return str(_of(_DECIDED, path, ""))
    return shown(default)


def _allowed(field: FieldInfo) -> str:
    kind, limits = _kind(field.annotation, list(field.metadata))
    if get_origin(kind) is Literal:
        *first, last = [str(choice) for choice in get_args(kind)]
        return f"{', '.join(first)} or {last}" if first else last
    if kind is bool:
        return "true or false"
    if kind is date:
        return "a day, such as 2024-12-31"
    if get_origin(kind) is list:
        return "a list, or a mapping" if "dict" in str(field.annotation) else "a list"
    if get_origin(kind) is dict or (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return "a mapping"
    return _range(limits, kind is int) if kind in (int, float) else "a text"


def _kind(annotation: Any, limits: list[Any]) -> tuple[Any, list[Any]]:
    """What a value is in the end, and the limits that were met on the way."""
    if get_origin(annotation) is Annotated:
        inner, *further = get_args(annotation)
        return _kind(inner, [*limits, *(each for one in further for each in getattr(one, "metadata", [one]))])
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for kind in get_args(annotation) if kind is not NoneType]
        return _kind(kinds[0], limits)
    return annotation, limits


def _range(limits: list[Any], whole: bool) -> str:
    at = {name: value for one in limits for name in ("ge", "gt", "le", "lt") if (value := getattr(one, name, None)) is not None}
    low, high = at.get("ge"), at.get("le")
    if whole and "gt" in at:
        low = at["gt"] + 1
    if whole and "lt" in at:
        high = at["lt"] - 1
    kind = "a whole number" if whole else "a number"
    if low is not None and high is not None:
        return f"{kind}, {_figure(low)} to {_figure(high)}"
    said = {
        "at least": low,
        "more than": at.get("gt") if low is None else None,
        "at most": high,
        "less than": at.get("lt") if high is None else None,
    }
    return ", ".join([kind, *(f"{words} {_figure(value)}" for words, value in said.items() if value is not None)])


def _figure(value: float) -> str:
    return f"{int(value):,}" if value == int(value) else f"{value:g}"
