"""From `partition_config` and `delta_config` to how each table lies in its files."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Final

from ..errors import ParameterError, hint
from ..frozen import dataclass
from ..program.folders import MOST_VALUES
from ..spec.resolve import Resolved
from ..spec.storage import DAY_COLUMNS, DeltaConfig, PartitionConfig
from .plan import OutputPlan, TablePlan
from .storage import BOUNDS, PARTITION_TYPES, Buckets, DeltaPlan, Partition

_ENABLED: Final = "partition_config.enabled"
_PARTITIONS: Final = "partition_config.partition_columns"
_BUCKETS: Final = "partition_config.bucketing"
_SORTING: Final = "partition_config.sorting.columns"
_Z_ORDER: Final = "delta_config.z_order_columns"


def stored(
    resolved: Resolved, tables: Sequence[TablePlan], output: OutputPlan, dated: Collection[str], by_day: bool
) -> tuple[tuple[TablePlan, ...], OutputPlan, list[str]]:
    """Tables and output with what the two blocks say, and what the user should know of it.

    `dated` are the tables whose rows have a day of their own, `by_day` says that days of a series are written. Raises ParameterError for
    columns that no table has, and for what the output cannot honour; what only the dataset's own file wants of another output is left out.
    """
    parameters = resolved.parameters
    wanted, delta = parameters.partition_config, parameters.delta_config
    if wanted == PartitionConfig() and delta == DeltaConfig():
        return tuple(tables), output, []
    found = _Storage(tables, output, frozenset(dated))
    for name, block, why in (
        (_PARTITIONS, wanted.wanted, _no_partitions(output, by_day)),
        (_BUCKETS, wanted.bucketing.columns or wanted.bucketing.buckets, _no_buckets(output)),
        (_SORTING, wanted.sorting.columns, "is of files, and a warehouse has none: leave it out" if _in_warehouse(output) else ""),
        (
            "delta_config",
            delta != DeltaConfig(),
            "" if _is_delta(output) else "is of Delta tables: leave it out, or use output_mode table in a lakehouse",
        ),
    ):
        if block and why:
            if _is_asked(resolved, name):
                raise ParameterError(_named(resolved, name), why)
            wanted, delta = _without(name, wanted, delta)
    return found.planned(wanted, delta)


def _is_delta(output: OutputPlan) -> bool:
    return output.mode == "table" and output.environment == "lakehouse"


def _in_warehouse(output: OutputPlan) -> bool:
    return output.mode == "table" and output.environment == "warehouse"


def _no_partitions(output: OutputPlan, by_day: bool) -> str:
    """Why an output has no partitions; empty where it has."""
    if _in_warehouse(output):
        return "a warehouse has no partitions: leave it out, or use target_environment lakehouse"
    if output.mode != "table" and by_day:
        return "the files of days have paths of their own: leave it out, or use output_mode table"
    if output.pattern:
        return "files whose paths follow a pattern have no partitions besides: leave it, or `output_settings.path_format`, out"
    return ""


def _no_buckets(output: OutputPlan) -> str:
    return (
        "" if _is_delta(output) else "files and a warehouse have no buckets: leave it out, or use Delta tables, which are clustered instead"
    )


def _is_asked(resolved: Resolved, name: str) -> bool:
    """Whether anybody but the dataset's own file sets something of a block."""
    blocks = (_PARTITIONS, _ENABLED) if name == _PARTITIONS else (name,)
    inside = [origin for path, origin in resolved.origins.items() if any(path == block or path.startswith(f"{block}.") for block in blocks)]
    return any(not origin.startswith("dataset") for origin in inside)


def _named(resolved: Resolved, name: str) -> str:
    """The setting that asks for something: partitions without columns are asked for by another one."""
    return _ENABLED if name == _PARTITIONS and name not in resolved.origins else name


def _without(name: str, wanted: PartitionConfig, delta: DeltaConfig) -> tuple[PartitionConfig, DeltaConfig]:
    if name == "delta_config":
        return wanted, DeltaConfig()
    empty = PartitionConfig()
    part: dict[str, dict[str, object]] = {
        _PARTITIONS: {"enabled": False},
        _BUCKETS: {"bucketing": empty.bucketing},
        _SORTING: {"sorting": empty.sorting},
    }
    return wanted.model_copy(update=part[name]), delta


@dataclass(frozen=True, slots=True)
class _Storage:
    tables: Sequence[TablePlan]
    output: OutputPlan
    dated: frozenset[str]

    def planned(self, wanted: PartitionConfig, delta: DeltaConfig) -> tuple[tuple[TablePlan, ...], OutputPlan, list[str]]:
        if wanted.bucketing.buckets is not None and not wanted.bucketing.columns:
            raise ParameterError(_BUCKETS, "`buckets` needs `columns`, by which rows are put into buckets")
        partitions = self._partitions(wanted.wanted)
        sorting = self._columns(_SORTING, wanted.sorting.columns)
        near = self._columns(_Z_ORDER, delta.z_order_columns)
        buckets = self._columns(f"{_BUCKETS}.columns", wanted.bucketing.columns)
        tables = []
        for table in self.tables:
            clustered = tuple(dict.fromkeys((*near[table.name], *buckets[table.name])))
            mine = partitions[table.name]
            self._refuse_both(clustered, near[table.name], mine, table.name)
            parted = Buckets(buckets[table.name], wanted.bucketing.buckets) if buckets[table.name] else None
            tables.append(replace(table, partitions=mine, sorted_by=sorting[table.name], clustered_by=clustered, buckets=parted))
        bounds = self._bounds(tables) if delta.skips else 0
        planned = DeltaPlan(delta.optimize_write, delta.auto_compact, bounds)
        return tuple(tables), replace(self.output, delta=planned), self._notes(tables, bool(wanted.wanted))

    def _refuse_both(self, clustered: tuple[str, ...], near: tuple[str, ...], partitions: tuple[Partition, ...], table: str) -> None:
        both = next((column for column in clustered if column in [partition.name for partition in partitions]), None)
        if both is not None:
            named = _Z_ORDER if both in near else f"{_BUCKETS}.columns"
            raise ParameterError(named, f"`{table}` is partitioned by `{both}`: all rows of a file are equal in it")

    def _columns(self, setting: str, names: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Of each table those of some columns that it has, in their order."""
        for name in names:
            self._known(setting, name, ())
        return {
            table.name: tuple(dict.fromkeys(found for name in names if (found := self._of(name, table)) in _names(table)))
            for table in self.tables
        }

    def _of(self, name: str, table: TablePlan) -> str:
        """A column as a table has it: its name, empty where another table's is meant."""
        owner, _, column = name.rpartition(".")
        return column if owner in ("", table.name) else ""

    def _known(self, setting: str, name: str, others: Sequence[str]) -> None:
        """Raises ParameterError for a column that no written table has."""
        owner, _, column = name.rpartition(".")
        known = [table for table in self.tables if owner in ("", table.name)]
        if not known:
            raise ParameterError(setting, f"there is no table `{owner}`{hint(owner, [table.name for table in self.tables])}")
        if not any(column in _names(table) for table in known) and column not in others:
            told = f"`{owner}` has no column `{column}`" if owner else f"no table has a column `{column}`"
            every = sorted({found for table in known for found in _names(table)} | set(others))
            raise ParameterError(setting, f"{told}{hint(column, every)}")

    def _partitions(self, names: Sequence[str]) -> dict[str, tuple[Partition, ...]]:
        for name in names:
            self._known(_PARTITIONS, name, DAY_COLUMNS)
        found = {}
        for table in self.tables:
            mine = [one for name in names if (one := self._partition(self._of(name, table), table)) is not None]
            if mine and {column.name for column in table.columns} <= {one.name for one in mine}:
                raise ParameterError(_PARTITIONS, f"`{table.name}` has no other columns: nothing would be left in its files")
            found[table.name] = tuple(dict.fromkeys(mine))
        return found

    def _partition(self, column: str, table: TablePlan) -> Partition | None:
        """By a column of a table; None where the table has none of this name."""
        own = next((one for one in table.columns if one.name == column), None)
        if own is None:
            return Partition(column, "integer", derived=True) if column in DAY_COLUMNS and table.name in self.dated else None
        if own.type not in PARTITION_TYPES:
            told = "tables are partitioned by texts, whole numbers, booleans and dates; `year`, `month` and `day` are those of a row"
            raise ParameterError(_PARTITIONS, f"`{table.name}.{column}` is a {own.type}: {told}")
        if table.primary_key == (column,) and table.rows > MOST_VALUES:
            told = f"a folder a row would make {table.rows:,} of them, more than {MOST_VALUES:,}"
            raise ParameterError(_PARTITIONS, f"`{table.name}.{column}` is the key of the table: {told}")
        return Partition(column, own.type)

    def _bounds(self, tables: Sequence[TablePlan]) -> int:
        """Columns from the first, so that those by which rows lie together are among them."""
        places = [_names(table).index(column) + 1 for table in tables for column in (*table.clustered_by, *table.sorted_by)]
        return max((BOUNDS, *places))

    def _notes(self, tables: Sequence[TablePlan], partitioned: bool) -> list[str]:
        notes = []
        whole = [table.name for table in tables if not table.partitions]
        if partitioned and len(whole) == len(tables):
            notes.append("no table is partitioned: none has rows with a day of their own")
        elif partitioned and whole:
            notes.append(f"not partitioned, because they have no such column: {', '.join(whole)}")
        bucketed = {table.name: table.buckets for table in tables if table.buckets is not None}
        if bucketed:
            columns = ", ".join(dict.fromkeys(column for buckets in bucketed.values() for column in buckets.columns))
            told = f"Delta tables have no buckets: rows of {', '.join(bucketed)} are clustered by {columns} instead"
            notes.append(told)
        return notes


def _names(table: TablePlan) -> list[str]:
    return [column.name for column in table.columns]
