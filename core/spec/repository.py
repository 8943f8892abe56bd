"""The datasets that there are: shipped ones, and users' own directories."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..errors import ConfigError, InputError, ParameterError, UnknownDatasetError, UnknownNameError, brief, hint
from ..frozen import dataclass
from .own_files import ENDINGS, MOST_FILES, Stamp, files_in, in_short, stamp_of, told_of

if TYPE_CHECKING:
    from .dataset import Dataset

CONFIGS: Final = Path(__file__).resolve().parents[2] / "configs"
"""Shipped datasets, calendars and pools."""

ENVIRONMENT: Final = "SYNTHETIC_DATA_DATASETS"
"""Directories of users' own datasets, separated as in PATH."""

SHIPPED: Final = CONFIGS / "datasets"
"""The folder of shipped datasets."""
INCREMENTAL: Final = "_incremental"
"""Ends the id of the variant that arrives day by day."""
BY_DAY: Final = ", day by day"


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
    rows_per_day: int = 0
    """Of its incremental variant, as the file says; 0: `target_rows` over the days of its history."""
    incremental: bool = False
    """Whether this is that variant: its id ends in `_incremental`."""
    problems: tuple[str, ...] = ()
    """All that is wrong with the file, a sentence each, as far as there is an end to them. Shipped files are not looked into so far."""

    @property
    def problem(self) -> str:
        """Why the file cannot be used, in one sentence; empty if it can."""
        return in_short(self.problems)

    @property
    def for_measuring(self) -> bool:
        """Whether it is shipped to measure the speed of runs rather than to be worked with: front ends show it last, or on demand."""
        return self.domain == "benchmark" and self.source.parent == SHIPPED


@dataclass(frozen=True, slots=True)
class DatasetVariant:
    """A dataset at one of its sizes."""

    dataset_id: str
    dataset_name: str
    size: str | None
    target_rows: int
    """Rows of the driving table over the history, of a dataset that is not incremental."""
    dataset: Dataset
    source: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Settings of runs that the file holds: they are the defaults of its runs."""
    incremental: bool = False
    rows_per_day: int | None = None
    """Of an incremental one; None: `target_rows` over its history."""


class DatasetConfigurationRepository:
    """Lists, finds and validates datasets.

    `paths` are directories of users' own YAML and JSON files; those that SYNTHETIC_DATA_DATASETS of `environ` names come
    after them, the shipped ones last. `schema` is one more file, which comes before all. Of two files with one dataset id
    the first counts. Raises ParameterError for a directory that is none.
    """

    def __init__(self, paths: Sequence[Path | str] = (), schema: Path | str | None = None, environ: Mapping[str, str] = {}) -> None:
        given = [("datasets", Path(path)) for path in paths]
        given += [(ENVIRONMENT, Path(path)) for path in environ.get(ENVIRONMENT, "").split(os.pathsep) if path]
        for name, path in given:
            if not path.is_dir():
                raise ParameterError(name, f"`{brief(path)}` is not a folder")
        self.own = tuple(dict.fromkeys(path for _, path in given))
        """Users' directories."""
        self.schema = Path(schema) if schema is not None else None

    def extended(self, paths: Sequence[Path | str], schema: Path | str | None) -> DatasetConfigurationRepository:
        """With further directories, and another file, before those that are there."""
        if not paths and schema is None:
            return self
        return DatasetConfigurationRepository([*paths, *self.own], self.schema if schema is None else schema)

    @property
    def has_own(self) -> bool:
        """Whether there may be files of users."""
        return bool(self.own) or self.schema is not None

    def anew(self) -> DatasetConfigurationRepository:
        """The same places, read again."""
        return DatasetConfigurationRepository(self.own, self.schema)

    def stamp(self) -> Stamp:
        """What differs once users' own files have come, gone or been saved; of those that cannot be looked at nothing."""
        return stamp_of([*self.own, *([self.schema] if self.schema is not None else [])])

    def _files(self) -> list[Path]:
        first = [self.schema] if self.schema is not None else []
        found = (file for path in (*self.own, SHIPPED) for file in files_in(path))
        return [*first, *(file for file in found if file != self.schema)]

    @cached_property
    def _glanced(self) -> list[DatasetInfo]:
        out: dict[str, DatasetInfo] = {}
        for file in self._files():
            for info in _glance(file):
                out.setdefault(info.dataset_id, info)
        return list(out.values())

    @cached_property
    def _infos(self) -> list[DatasetInfo]:
        problems: dict[Path, tuple[str, ...]] = {}
        out = []
        for info in self._glanced:
            if not info.problem and info.source.parent != SHIPPED:
                if info.source not in problems:
                    problems[info.source] = _problem(info.source, self)
                found = problems[info.source]
                out.append(replace(info, problems=found))
            else:
                out.append(info)
        return out

    def list(self) -> list[DatasetInfo]:
        """All datasets at all sizes, those for measuring last; a file that cannot be used stands in the list with its problem."""
        return sorted(self._infos, key=lambda info: info.for_measuring)

    def incremental(self) -> Sequence[DatasetInfo]:
        """The incremental variants of all of them that can be used."""
        return [_incremental(info) for info in self.list() if not info.problem]

    def sources(self) -> Mapping[str, Path]:
        """The file of each dataset that can be extended, by the id that is written in it."""
        return {info.world: info.source for info in reversed(self._glanced) if not info.problem}

    def get(self, dataset_id: str) -> DatasetVariant:
        """A dataset by the id of one of its sizes; raises InputError, ConfigError and UnknownNameError."""
        info = next((info for info in self._glanced if info.dataset_id == dataset_id), None)
        if info is None and dataset_id.endswith(INCREMENTAL):
            try:
                base = self.get(dataset_id.removesuffix(INCREMENTAL))
            except UnknownDatasetError:
                known = [info.dataset_id for info in self.incremental()]
                raise UnknownDatasetError(dataset_id, known) from None
            pace = base.dataset.sizes[base.size].rows_per_day if base.size is not None else base.dataset.rows_per_day
            return replace(base, dataset_id=dataset_id, dataset_name=f"{base.dataset_name}{BY_DAY}", incremental=True, rows_per_day=pace)
        if info is None:
            raise self._unknown(dataset_id)
        if info.problem:
            raise InputError(info.problem)
        dataset, settings = _load(info.source, self, ())
        if dataset_id == dataset.dataset_id:
            return DatasetVariant(dataset_id, info.dataset_name, None, dataset.target_rows, dataset, info.source, settings)
        size = dataset_id.removeprefix(f"{dataset.dataset_id}_")
        if (one := dataset.sizes.get(size)) is None:
            raise InputError(f"{info.source}: declares `{dataset.dataset_id}` without the size of `{brief(dataset_id)}`")
        return DatasetVariant(dataset_id, info.dataset_name, size, one.target_rows, dataset.sized(size), info.source, settings)

    def _unknown(self, dataset_id: str) -> InputError:
        known = [info.dataset_id for info in self._glanced if not info.problem]
        declared = [info.dataset_id for info in self._glanced if info.source.stem == dataset_id and info.source.parent != SHIPPED]
        if declared:
            return UnknownNameError("dataset", dataset_id, declared)
        return UnknownDatasetError(dataset_id, known, _file_of(dataset_id))

    def of_file(self, file: Path) -> Sequence[DatasetInfo]:
        """What the listing shows of one of its files: a line for each size; those of the schema's file stand first."""
        return [info for info in self._glanced if info.source == file]


def load_dataset(file: Path, repository: DatasetConfigurationRepository | None = None) -> Dataset:
    """The dataset of a file, with what it extends; raises ConfigError with every problem that was found.

    The dataset that it extends is looked for in the file's own folder and in `repository` (default: the shipped ones).
    """
    return _load(file, repository or DatasetConfigurationRepository(), ())[0]


def _file_of(name: str) -> Path | None:
    """The file that is meant by a name which no dataset has: that of a path, or one in the working directory or a folder in it."""
    with suppress(OSError, ValueError):
        if name.endswith(ENDINGS):
            return Path(name) if Path(name).is_file() else None
        if _STEM.fullmatch(name):
            # A size stands behind the name.
            stems = dict.fromkeys((name, name.rpartition("_")[0] or name))
            folders = [Path(), *sorted(path for path in islice(Path().iterdir(), MOST_FILES) if path.is_dir() and path.name[0] != ".")]
            files = (folder / f"{stem}{ending}" for stem in stems for folder in folders for ending in ENDINGS)
            return next((file for file in files if file.is_file()), None)
    return None


_STEM: Final = re.compile(r"\w[\w -]{0,62}")


def _problem(file: Path, repository: DatasetConfigurationRepository) -> tuple[str, ...]:
    from .loader import validate
    from .parameters import RuntimeParameters

    try:
        validate(RuntimeParameters, _load(file, repository, ())[1], file)
    except InputError as error:
        return told_of(error)
    return ()


def _load(file: Path, repository: DatasetConfigurationRepository, above: tuple[str, ...]) -> tuple[Dataset, dict[str, Any]]:
    from .dataset import Dataset
    from .flags import PLACES
    from .loader import validate
    from .parameters import RuntimeParameters
    from .parse import read_mapping
    from .trust import refuse_places

    value = read_mapping(file)
    if "dataset_id" not in value:
        value = {"dataset_id": _named(file)} | value
    refuse_places(value, file)
    # What speaks of runs may stand beside what speaks of data, as in the specification's dictionary of a dataset.
    runs = {name for name in ("seed", *RuntimeParameters.model_fields) if name not in (*Dataset.model_fields, *PLACES)}
    settings = {name: value.pop(name) for name in list(value) if name in runs}
    name = value.get("extends")
    if name is None:
        return validate(Dataset, value, file), settings
    known = dict(repository.sources())
    if file.parent not in (*repository.own, SHIPPED):
        known = {**known, **DatasetConfigurationRepository([file.parent]).sources()}
    if not isinstance(name, str) or name not in known or known[name] == file:
        others = [world for world in known if known[world] != file]
        raise ConfigError(file, [("extends", f"there is no dataset `{brief(name)}`{hint(str(name), others)}")])
    if name in above:
        raise ConfigError(file, [("extends", f"datasets extend each other in a circle: {' -> '.join([*above, name])}")])
    if len(above) >= _DEEPEST:
        raise ConfigError(file, [("extends", f"more than {_DEEPEST} datasets extend each other in a row: {' -> '.join([*above, name])}")])
    base, inherited = _load(known[name], repository, (*above, name))
    mine = value.get("tables")
    twice = [table for table in (mine if isinstance(mine, dict) else ()) if table in base.tables]
    if twice:
        raise ConfigError(file, [(f"tables.{twice[0]}", f"`{name}`, which this dataset extends, has a table of this name")])
    drawn, clocks = value.get("pools"), value.get("clocks")
    for word, own, theirs in (("pool", drawn, base.pools), ("clock", clocks, base.clocks)):
        same = [one for one in (own if isinstance(own, dict) else ()) if one in theirs]
        if same:
            raise ConfigError(file, [(f"{word}s.{same[0]}", f"`{name}`, which this dataset extends, has a {word} of this name")])
    given = base.model_dump(by_alias=True, exclude_unset=True)
    merged: dict[str, Any] = {**{key: given[key] for key in _BROUGHT if key in given}, **value}
    if isinstance(mine, dict):
        merged["tables"] = {**given["tables"], **mine}
    if base.pools and (drawn is None or isinstance(drawn, dict)):
        # Their locales are those of the dataset that declares them.
        theirs = {pool: model.model_copy(update={"locale": model.locale or base.locale}) for pool, model in base.pools.items()}
        merged["pools"] = {**theirs, **(drawn or {})}
    if base.clocks and (clocks is None or isinstance(clocks, dict)):
        merged["clocks"] = {**given["clocks"], **(clocks or {})}
    return validate(Dataset, merged, file).extending(base), inherited | settings


def _named(file: Path) -> str:
    """The dataset's id, where none is written: the file's name; raises ConfigError where it cannot be one."""
    from .names import NAMES, identifier, like

    with suppress(ValueError):
        return identifier(file.stem)
    near = like(file.stem) or "my_dataset"
    told = f"the file holds none, and its name `{brief(file.stem)}` cannot be one: {NAMES}"
    raise ConfigError(file, [("dataset_id", f"{told}; call the file `{near}{file.suffix}`, or write `dataset_id: {near}` in it")])


_DEEPEST: Final = 8

_BROUGHT: Final = ("history", "calendar", "temporal_patterns", "locale")
"""What a dataset has from the one that it extends, unless it says otherwise."""

_TOP: Final = re.compile(r"^([a-z_]+):(.*)$")
_SIZE: Final = re.compile(r"^  ([a-z0-9_]+):[ \t]*\{[^}]*target_rows:[ \t]*([0-9_]{1,20})[ ,}]", re.ASCII)
_PACE: Final = re.compile(r"[ {,]rows_per_day:[ \t]*([0-9_]{1,20})[ ,}]", re.ASCII)
_ROWS: Final = re.compile(r"[0-9]{1,15}|[0-9]{1,3}(?:_[0-9]{3}){1,4}", re.ASCII)
_TABLE: Final = re.compile(r"^  ([a-z][a-z0-9_]*):")


def _glance(file: Path) -> list[DatasetInfo]:
    """What the listing shows. Plain files are read line by line, which is 50 times faster than parsing them."""
    from .files import read_text

    try:
        text = read_text(file)
    except ConfigError as error:
        return [_broken(file, str(error))]
    top: dict[str, str] = {}
    sizes: dict[str, tuple[int, int]] = {}
    tables: list[str] = []
    section = ""
    for line in text.splitlines():
        found = _TOP.match(line)
        if found:
            section = found[1]
            top[section] = found[2].split(" #")[0].strip("\"' \t")
        elif section == "sizes" and (found := _SIZE.match(line)) and found[2].strip("_"):
            pace = _PACE.search(line)
            sizes[found[1]] = int(found[2].replace("_", "")), int(pace[1].replace("_", "") or 0) if pace else 0
        elif section == "tables" and (found := _TABLE.match(line)):
            tables.append(found[1])
    if file.suffix == ".json" or "dataset_id" not in top or not tables or ("sizes" in top and not sizes):
        return _parsed(file)
    return _infos(file, top, sizes, tables)


def _parsed(file: Path) -> list[DatasetInfo]:
    from .parse import read_mapping

    try:
        value = read_mapping(file)
    except ConfigError as error:
        return [_broken(file, str(error))]
    tables = value.get("tables")
    sizes = value.get("sizes")
    value.setdefault("dataset_id", file.stem)
    if not isinstance(value["dataset_id"], str) or not isinstance(tables, dict):
        return [_broken(file, f"{file}: is not a dataset: it needs `tables`, a mapping of tables to their columns")]
    rows = {
        str(name): (_rows(size.get("target_rows")), _rows(size.get("rows_per_day", 0)))
        for name, size in (sizes.items() if isinstance(sizes, dict) else ())
        if isinstance(size, dict)
    }
    top = {key: str(text) for key, text in value.items() if isinstance(text, str | int)}
    return _infos(file, top, rows, [str(name) for name in tables if not str(name).startswith("_")])


def _rows(given: Any) -> int:
    """Rows as they are written; 10,000, which is the default, where a reader of the file would say what is wrong."""
    if type(given) is int or (isinstance(given, str) and _ROWS.fullmatch(given)):
        return int(given)
    # Other spellings are read by a module that loads pydantic.
    from .numbers import whole

    try:
        found = whole(given)
    except ValueError:
        return 10_000
    return found if isinstance(found, int) else 10_000


def _infos(file: Path, top: dict[str, str], sizes: dict[str, tuple[int, int]], tables: list[str]) -> list[DatasetInfo]:
    world = top["dataset_id"]
    name = top.get("dataset_name") or world

    def info(dataset_id: str, shown: str, rows: int, pace: int) -> DatasetInfo:
        return DatasetInfo(
            dataset_id=dataset_id,
            world=world,
            dataset_name=shown,
            domain=top.get("domain", "custom"),
            schema_pattern=top.get("schema_pattern", "oltp"),
            dataset_type=top.get("dataset_type", "transactional"),
            target_rows=rows,
            tables=tuple(tables),
            about=top.get("about", ""),
            source=file,
            rows_per_day=pace,
        )

    if sizes:
        return [info(f"{world}_{size}", f"{name} - {size.capitalize()}", *rows) for size, rows in sizes.items()]
    return [info(world, name, _rows(top.get("target_rows", "10000")), _rows(top.get("rows_per_day", 0)))]


def _incremental(info: DatasetInfo) -> DatasetInfo:
    return replace(info, dataset_id=f"{info.dataset_id}{INCREMENTAL}", dataset_name=f"{info.dataset_name}{BY_DAY}", incremental=True)


def _broken(file: Path, problem: str) -> DatasetInfo:
    return DatasetInfo(file.stem, file.stem, file.stem, "custom", "", "", 0, (), "", file, problems=tuple(problem.split("\n")))
