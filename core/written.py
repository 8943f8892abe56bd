"""Datasets on disk for tests: found where a run left them, or written there once, whoever asks at the same time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from .errors import InputError, ParameterError, PlaceError, RunError, SyntheticDataError, UnknownNameError
from .frozen import dataclass
from .job import run_job
from .plan.make import make_plan
from .plan.plan import Plan
from .run.manifest import manifests, replaced_by, unsaid
from .run.tables import inside, name_tables, settle
from .sinks.warehouse import FILE, quoted
from .spec.flags import PLACES
from .spec.repository import DatasetConfigurationRepository
from .spec.resolve import Resolved, resolve_parameters

if TYPE_CHECKING:
    import duckdb

_FINDING: Final = frozenset({*PLACES, "dataset_id"})
"""Settings that say which dataset it is, and nothing about its rows."""


@dataclass(frozen=True, slots=True)
class WrittenDataset:
    """A dataset as a run wrote it."""

    root: Path
    """The output root."""
    dataset_id: str
    seed: int
    schema: str
    """Folder or database schema of the tables; empty for none."""
    storage: str
    """parquet, csv, delta or warehouse."""
    rows: Mapping[str, int]
    """Of each table."""
    paths: Mapping[str, tuple[Path, ...]]
    """Of each table its files; nothing for tables of the warehouse."""

    def __repr__(self) -> str:
        tables = f"{len(self.rows)} table{'s' if len(self.rows) != 1 else ''}"
        return f"<WrittenDataset of {self.dataset_id}: {tables}, seed {self.seed}, {self.storage} under {self.root}>"

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables."""
        return tuple(self.rows)

    def files(self, table: str) -> tuple[Path, ...]:
        """The files of a table, for any program that reads them.

        Raises UnknownNameError for a table that there is not, and InputError in a warehouse, where tables have no files.
        """
        if table not in self.rows:
            raise UnknownNameError("table", table, self.tables)
        if self.storage == "warehouse":
            raise InputError(f"`{table}` lies in {self.root / FILE}, and has no files of its own: ask it by `connect()`")
        return self.paths[table]

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A DuckDB connection of one's own with a view of each table, `orders` as well as `<schema>.orders`.

        It is in memory: tables made in it are seen by nobody else, and the files stay as they are. Raises RunError where
        a table cannot be read.
        """
        import duckdb

        connection = duckdb.connect()
        try:
            connection.execute("SET TimeZone = 'UTC'")
            found = name_tables(connection, self.root, unsaid)
            for table in self.tables:
                if (self.schema, table) not in found.tables:
                    told = found.problems.get((self.schema, table), "it is not there any more")
                    raise RunError(f"`{table}` under {self.root} cannot be read: {told}")
            connection.execute(f"USE {quoted(self.schema or 'main')}")
        except BaseException:
            connection.close()
            raise
        return connection


Found = tuple[WrittenDataset, Mapping[str, Any]]
"""What stands, and the parameters that it was made with."""


def written_dataset(resolved: Resolved, place: Path) -> WrittenDataset:
    """What was asked for, on disk under `place`.

    A dataset that a run wrote to `place` itself is taken as it is, where it agrees with every setting that was asked for.
    Any other has a folder of its own below `place`, named by all that it follows from: it is taken from there, or written there
    first, as parquet where nothing else is said. Of several processes that ask at once, one writes.
    Raises InputError for what cannot be asked for, RunError where it cannot be written, and KeyboardInterrupt.
    """
    from .locking import FileLock

    if _given(resolved, "output_settings.output_dir"):
        raise ParameterError("output_settings.output_dir", "the dataset lies where it is asked for: leave it out")
    found = _standing(resolved, place)
    if found is not None:
        return found
    if not _given(resolved, "output_settings.output_mode"):
        settings = resolved.parameters.output_settings.model_copy(update={"output_mode": "parquet"})
        resolved = replace(resolved, parameters=resolved.parameters.model_copy(update={"output_settings": settings}))
    plan = make_plan(resolved, output_dir=place)
    name = f"{plan.dataset_id}-{_key(plan)}"
    plan = replace(plan, output=replace(plan.output, root=place / name))
    try:
        # A run publishes its manifest last: what has one is whole, and is read where nothing can be written.
        before = next(_by_runs(plan.output.root, plan.dataset_id), None)
        if before is not None:
            return before[0]
        place.mkdir(parents=True, exist_ok=True)
        with FileLock(place / f"{name}.lock"):
            before = next(_by_runs(plan.output.root, plan.dataset_id), None)
            return before[0] if before is not None else _made(plan, resolved.repository)
    except OSError as error:
        raise PlaceError(f"{error.filename or place} cannot be used ({error.strerror or error}): choose another folder") from None


def _made(plan: Plan, repository: DatasetConfigurationRepository) -> WrittenDataset:
    result = run_job(plan, check=False, datasets=repository.list()).run
    if result.status == "CANCELLED":
        # Ctrl-C is meant for whoever asked.
        raise KeyboardInterrupt
    if result.status != "COMPLETED":
        raise RunError(f"{plan.dataset_id} could not be written to {plan.output.root}: {result.message}")
    return next(_by_runs(plan.output.root, plan.dataset_id))[0]


def _key(plan: Plan) -> str:
    told = [version("ingen-fab-synthetic-data"), plan.algorithm_version, plan.spec_hash, plan.as_of, plan.window, plan.parameters]
    return sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:12]


def _standing(resolved: Resolved, place: Path) -> WrittenDataset | None:
    """What stands in an output root and agrees with all that was asked for."""
    if not place.is_dir():
        return None
    settle(place, unsaid)
    wishes = _wishes(resolved)
    for found, parameters in _by_runs(place, resolved.variant.dataset_id):
        if not wishes or _agrees(found, parameters, wishes, resolved.repository):
            return found
    return None


def _by_runs(root: Path, dataset_id: str) -> Iterator[Found]:
    """What runs wrote, the newest first, as far as all of its files are there."""
    every = manifests(root)
    for noted in every:
        value = noted.value
        if value.dataset_id != dataset_id or replaced_by(noted, every) is not None:
            continue
        rows = {table.name: table.rows for table in value.tables}
        paths = {table.name: tuple(root / file.path for file in table.files) for table in value.tables}
        files = [root / FILE] if noted.storage == "warehouse" else [path for table in paths.values() for path in table]
        if all(inside(path, root) for path in files):
            yield WrittenDataset(root, dataset_id, value.seed, noted.schema, noted.storage, rows, paths), value.parameters


def _given(resolved: Resolved, path: str) -> bool:
    return not resolved.origins.get(path, "dataset").startswith("dataset")


def _wishes(resolved: Resolved) -> dict[str, Any]:
    """The settings that were asked for by name; the dataset's own are none."""
    every = resolved.parameters.model_dump(mode="json", by_alias=True)
    asked = [path for path in resolved.origins if _given(resolved, path) and path not in _FINDING]
    return {path: _at(every, path) for path in asked}


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _agrees(
    found: WrittenDataset, parameters: Mapping[str, Any], wishes: Mapping[str, Any], repository: DatasetConfigurationRepository
) -> bool:
    """Whether the same would have been written, had the wishes been given as well."""
    try:
        both = [resolve_parameters(found.dataset_id, edited={**parameters, **more}, repository=repository) for more in ({}, wishes)]
        first, second = (make_plan(resolved, by_day=True) for resolved in both)
        if len({resolved.parameters.setting("path_format", None) for resolved in both}) > 1:
            return False
    except SyntheticDataError:
        # It was made of a dataset, or with settings, that are no longer there.
        return False
    return _followed(first) == _followed(second) and set(second.names) <= set(found.tables)


def _followed(plan: Plan) -> tuple[object, ...]:
    output = plan.output
    stored = output.mode, output.environment, output.schema, output.compression, output.rows_per_file
    return plan.spec_hash, plan.seed, plan.target_rows, plan.as_of, plan.window, stored
