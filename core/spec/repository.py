"""The datasets that there are: shipped ones, and users' own directories."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigError, UnknownNameError, hint

if TYPE_CHECKING:
    from .dataset import Dataset

CONFIGS: Final = Path(__file__).resolve().parents[2] / "configs"
"""Shipped datasets, calendars and pools."""

ENVIRONMENT: Final = "SYNTHETIC_DATA_DATASETS"
"""Directories of users' own datasets, separated as in PATH."""


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """One line of the listing."""

    dataset_id: str
    world: str
    """The id that is written in the file, without a size."""
    dataset_name: str
    domain: str
    schema_pattern: str
    dataset_type: str
    target_rows: int
    """Default rows of the driving table."""
    tables: tuple[str, ...]
    """Written tables."""
    about: str
    source: Path
    problem: str = ""
    """Why the file cannot be used; empty if it can, as far as the listing looks."""


@dataclass(frozen=True, slots=True)
class DatasetVariant:
    """A dataset at one of its sizes."""

    dataset_id: str
    dataset_name: str
    size: str | None
    target_rows: int
    dataset: Dataset
    source: Path


class DatasetConfigurationRepository:
    """Lists, finds and validates datasets.

    `paths` are directories of users' own YAML files; those of the environment variable SYNTHETIC_DATA_DATASETS come
    after them, the shipped ones last. Of two files with one dataset id the first counts.
    """

    def __init__(self, paths: Sequence[Path | str] = ()) -> None:
        given = [Path(path) for path in paths]
        given += [Path(path) for path in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if path]
        self.paths = (*given, CONFIGS / "datasets")

    def _files(self) -> list[Path]:
        return [file for path in self.paths for file in sorted(path.glob("*.yaml")) if not file.name.startswith(".")]

    @cached_property
    def _infos(self) -> list[DatasetInfo]:
        out: dict[str, DatasetInfo] = {}
        for file in self._files():
            for info in _glance(file):
                out.setdefault(info.dataset_id, info)
        return list(out.values())

    def list(self) -> list[DatasetInfo]:
        """All datasets at all sizes; a file that cannot be read stands in the list with its problem."""
        return list(self._infos)

    def get(self, dataset_id: str) -> DatasetVariant:
        """A dataset by the id of one of its sizes; raises UnknownNameError and ConfigError."""
        info = next((info for info in self._infos if info.dataset_id == dataset_id), None)
        if info is None:
            raise UnknownNameError("dataset", dataset_id, [i.dataset_id for i in self._infos if not i.problem])
        dataset = load_dataset(info.source, self)
        if dataset_id == dataset.dataset_id:
            return DatasetVariant(dataset_id, info.dataset_name, None, dataset.target_rows, dataset, info.source)
        size = dataset_id.removeprefix(f"{dataset.dataset_id}_")
        return DatasetVariant(dataset_id, info.dataset_name, size, dataset.sizes[size].target_rows, dataset, info.source)


def load_dataset(file: Path, repository: DatasetConfigurationRepository | None = None) -> Dataset:
    """The dataset of a file, with what it extends; raises ConfigError with every problem that was found.

    The dataset that it extends is looked for in the file's own folder and in `repository` (default: the shipped ones).
    """
    return _load(file, repository or DatasetConfigurationRepository([file.parent]), ())


def _load(file: Path, repository: DatasetConfigurationRepository, above: tuple[str, ...]) -> Dataset:
    from .dataset import Dataset
    from .loader import read_mapping, validate

    value = read_mapping(file)
    name = value.get("extends")
    if name is None:
        return validate(Dataset, value, file)
    known = {info.world: info.source for info in reversed(repository.list()) if not info.problem}
    if not isinstance(name, str) or name not in known or known[name] == file:
        raise ConfigError(file, [("extends", f"there is no dataset `{name}`{hint(str(name), [w for w in known if known[w] != file])}")])
    if name in above:
        raise ConfigError(file, [("extends", f"datasets extend each other in a circle: {' -> '.join([*above, name])}")])
    base = _load(known[name], repository, (*above, name))
    mine = value.get("tables")
    twice = [table for table in (mine if isinstance(mine, dict) else ()) if table in base.tables]
    if twice:
        raise ConfigError(file, [(f"tables.{twice[0]}", f"`{name}`, which this dataset extends, has a table of this name")])
    given = base.model_dump(by_alias=True, exclude_unset=True)
    merged = {key: given[key] for key in _BROUGHT if key in given} | value
    if isinstance(mine, dict):
        merged["tables"] = {**given["tables"], **mine}
    return validate(Dataset, merged, file).extending(base)


_BROUGHT: Final = ("history", "calendar", "temporal_patterns")
"""What a dataset has from the one that it extends, unless it says otherwise."""

_TOP: Final = re.compile(r"^([a-z_]+):[ \t]*(.*?)[ \t]*$")
_SIZE: Final = re.compile(r"^  ([a-z0-9_]+):[ \t]*\{[^}]*target_rows:[ \t]*([0-9_]+)")
_TABLE: Final = re.compile(r"^  ([a-z][a-z0-9_]*):")


def _glance(file: Path) -> list[DatasetInfo]:
    """What the listing shows. Plain files are read line by line, which is 50 times faster than parsing them."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return [_broken(file, f"{file}: cannot be read: {error}")]
    top: dict[str, str] = {}
    sizes: dict[str, int] = {}
    tables: list[str] = []
    section = ""
    for line in text.splitlines():
        found = _TOP.match(line)
        if found:
            section = found[1]
            top[section] = found[2].split(" #")[0].strip("\"' ")
        elif section == "sizes" and (found := _SIZE.match(line)):
            sizes[found[1]] = int(found[2].replace("_", ""))
        elif section == "tables" and (found := _TABLE.match(line)):
            tables.append(found[1])
    if "dataset_id" not in top or not tables or ("sizes" in top and not sizes):
        return _parsed(file)
    return _infos(file, top, sizes, tables)


def _parsed(file: Path) -> list[DatasetInfo]:
    from .loader import read_mapping

    try:
        value = read_mapping(file)
    except ConfigError as error:
        return [_broken(file, str(error))]
    tables = value.get("tables")
    sizes = value.get("sizes")
    if not isinstance(value.get("dataset_id"), str) or not isinstance(tables, dict):
        return [_broken(file, f"{file}: needs `dataset_id` and `tables`")]
    rows = {
        str(name): size["target_rows"]
        for name, size in (sizes.items() if isinstance(sizes, dict) else ())
        if isinstance(size, dict) and isinstance(size.get("target_rows"), int)
    }
    top = {key: str(text) for key, text in value.items() if isinstance(text, str | int)}
    return _infos(file, top, rows, [str(name) for name in tables if not str(name).startswith("_")])


def _infos(file: Path, top: dict[str, str], sizes: dict[str, int], tables: list[str]) -> list[DatasetInfo]:
    world = top["dataset_id"]
    name = top.get("dataset_name") or world

    def info(dataset_id: str, shown: str, rows: Any) -> DatasetInfo:
        return DatasetInfo(
            dataset_id=dataset_id,
            world=world,
            dataset_name=shown,
            domain=top.get("domain", "custom"),
            schema_pattern=top.get("schema_pattern", "oltp"),
            dataset_type=top.get("dataset_type", "transactional"),
            target_rows=int(rows),
            tables=tuple(tables),
            about=top.get("about", ""),
            source=file,
        )

    if sizes:
        return [info(f"{world}_{size}", f"{name} - {size.capitalize()}", rows) for size, rows in sizes.items()]
    rows = top.get("target_rows", "10000").replace("_", "")
    return [info(world, name, rows if rows.isdigit() else 10_000)]


def _broken(file: Path, problem: str) -> DatasetInfo:
    return DatasetInfo(file.stem, file.stem, file.stem, "custom", "", "", 0, (), "", file, problem)
