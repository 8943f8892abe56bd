"""Runtime parameters: the shape of a config file, and of what the wizard edits and exports."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final, Literal

from .bare import default_rows, expand
from .dataset import Table, TemporalPatterns
from .distributions import AnyDistribution
from .incremental import HistorySettings, IncrementalConfig, PathPattern
from .modelling import AliasChoices, BeforeValidator, Field, model_validator
from .names import Name, Path, Strict
from .numbers import Number, Part, Share, Whole
from .storage import DeltaConfig, PartitionConfig


def _group(name: str, unit: str = "") -> dict[str, Any]:
    return {"group": name, "unit": unit}


class OutputSettings(Strict):
    """Where and how the tables are written."""

    output_mode: Literal["table", "parquet", "csv"] = Field(default="table", title="Output mode")
    """`table`: Delta tables (a DuckDB database for the warehouse); `parquet` and `csv`: files."""
    target_environment: Literal["lakehouse", "warehouse"] = Field(default="lakehouse", title="Target environment")
    """`lakehouse`: a folder with Tables/ and Files/; `warehouse`: a DuckDB file."""
    output_dir: str | None = Field(default=None, title="Output folder")
    """Default: SYNTHETIC_DATA_DIR, else ./synthetic_data."""
    schema_: str | None = Field(default=None, alias="schema", title="Schema", pattern=r"^[A-Za-z_]?[A-Za-z0-9_]{0,62}$")
    """Folder or database schema of the tables; default: the dataset id; empty: directly under Tables/."""
    compression: Literal["snappy", "zstd", "lz4", "gzip", "none"] = Field(default="snappy", title="Compression")
    """Of parquet files (csv is not compressed)."""
    if_exists: Literal["replace", "fail"] = Field(default="replace", title="If it exists")
    """`replace` writes the tables anew; `fail` refuses."""
    digest: Literal["auto", "full", "sample", "none"] = Field(default="auto", title="Digest")
    """`auto`: of every row up to a million rows a table, of a fixed sample of 1 in 64 beyond."""
    path_format: PathPattern | None = Field(
        default=None, title="Path pattern", validation_alias=AliasChoices("path_format", "path_pattern")
    )
    """Where files lie: nested_daily (the default for days), flat_with_date, hive_partitioned, or a text with placeholders."""
    rows_per_file: Whole = Field(
        default=1_000_000, ge=1_000, le=1_000_000_000, title="Rows per file", json_schema_extra=_group("Output", "rows")
    )
    """A table is cut into parts of at most this many rows."""


class GenerationSettings(Strict):
    """How the work is shared out; no value depends on it."""

    mode: Literal["python", "pyspark", "auto"] | None = Field(default=None, title="Generation mode")
    """`auto`: python below `auto_threshold` rows of the driving table, pyspark from there on where Spark is there."""
    auto_threshold: Whole = Field(default=1_000_000, ge=1, le=10**12, title="PySpark from", json_schema_extra=_group("Work", "rows"))
    """Rows of the driving table from which `auto` takes pyspark."""
    chunk_size: Whole | None = Field(default=None, ge=1_000, le=100_000_000, title="Chunk size", json_schema_extra=_group("Work", "rows"))
    """Rows that a worker holds at once: a row group."""
    parallel_workers: Whole | None = Field(default=None, ge=1, le=1_024, title="Workers", json_schema_extra=_group("Work", "processes"))
    """Worker processes; never more than there are cores, and a note says so."""
    memory_fraction: Part | None = Field(default=None, title="Memory fraction")
    """Share of the free memory that the workers and DuckDB may use; chunks, and what is sorted at once, become smaller to fit."""
    enable_spill: bool | None = Field(default=None, title="Spill to disk")
    """Steps that can spill to disk may keep temporary files under the output root."""


class GenerationConfig(Strict):
    """The dataset dictionary's block of the same matter."""

    mode: Literal["python", "pyspark", "auto"] | None = None
    chunk_size: Whole | None = Field(default=None, ge=1_000, le=100_000_000)
    parallel_tables: bool = Field(default=True, title="Parallel tables")
    """`false`: one table at a time."""


class ChunkingConfig(Strict):
    """The chunking block."""

    enabled: bool = Field(default=True, title="Cut tables into parts")
    """`false`: each table is one part."""
    chunk_size: Whole | None = Field(default=None, ge=1_000, le=100_000_000)
    parallel_chunks: Whole | None = Field(default=None, ge=1, le=1_024)
    memory_fraction: Part | None = None
    spill_to_disk: bool | None = None


MASTERS: Final = r"^(local(\[(\*|[0-9]+)(, *[0-9]+)?\])?|yarn|(spark|k8s)://[^@;\s]+)$"
"""Masters of Spark; an address holds no user and no token."""


class SparkSettings(Strict):
    """Where Spark is and how it writes, in pyspark mode; no value depends on it."""

    master: str | None = Field(default=None, title="Spark master", max_length=500, pattern=MASTERS)
    """Of a session of our own; default: local[*], all cores of this machine. SPARK_REMOTE names a server instead."""
    writer: Literal["auto", "direct", "spark"] = Field(default="auto", title="Spark writer")
    """`direct`: executors write python mode's own files, byte for byte; `spark`: Spark writes. `auto` takes what the place allows."""
    conf: dict[str, str | int | float | bool] = {}
    """Options of a session of our own, such as `spark.executor.memory: 8g`: never given by a file, never logged or kept."""

    @property
    def options(self) -> dict[str, str]:
        """`conf` as Spark takes it."""
        return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in self.conf.items()}


class Relationship(Strict):
    """A reference between two tables."""

    parent: Path
    """`customers.customer_id`"""
    child: Path
    """`orders.customer_id`"""
    type: Literal["one_to_many", "one_to_one"] = "one_to_many"


class RuntimeParameters(Strict):
    """What a run may be told."""

    dataset_id: str | None = Field(default=None, title="Dataset")
    """Which dataset; with a config file the command line may leave it out."""
    datasets: Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)] = []
    """Folders of own datasets, besides those of SYNTHETIC_DATA_DATASETS."""
    custom_schema: str | None = None
    """A file that declares a dataset, or that selects tables of a shipped one."""
    dataset_name: str | None = None
    """What the dataset is called where it is shown."""
    dataset_type: Literal["transactional", "analytical"] | None = None
    """Must agree with the dataset."""
    schema_pattern: Literal["oltp", "star_schema", "snowflake"] | None = None
    """Must agree with the dataset."""
    domain: str | None = None
    """Must agree with the dataset."""
    target_rows: Whole | None = Field(default=None, ge=1, le=10**12, title="Target rows", json_schema_extra=_group("Size", "rows"))
    """Rows of the driving table; default: the dataset's own size."""
    scale_factor: Number = Field(default=1.0, gt=0, le=1e6, title="Scale factor", json_schema_extra=_group("Size"))
    """Multiplies target_rows."""
    seed_value: Whole = Field(
        default=42,
        ge=0,
        lt=2**63,
        title="Seed",
        validation_alias=AliasChoices("seed_value", "seed"),
        json_schema_extra=_group("Size"),
    )
    """The same seed gives the same data."""
    as_of: date | None = Field(default=None, title="As of", json_schema_extra=_group("Time"))
    """State is shown as of the end of this day, in local time; default: the last day of the dataset's history."""
    history: HistorySettings = Field(default=HistorySettings(), title="Time")
    output_settings: OutputSettings = Field(default=OutputSettings(), title="Output")
    partition_config: PartitionConfig = Field(default=PartitionConfig(), title="Output")
    delta_config: DeltaConfig = Field(default=DeltaConfig(), title="Delta")
    incremental_config: IncrementalConfig = Field(default=IncrementalConfig(), title="Days")
    generation_settings: GenerationSettings = Field(default=GenerationSettings(), title="Work")
    generation_config: GenerationConfig = Field(default=GenerationConfig(), title="Work")
    chunking_config: ChunkingConfig = Field(default=ChunkingConfig(), title="Work")
    spark: SparkSettings = Field(default=SparkSettings(), title="Spark")
    temporal_patterns: TemporalPatterns = Field(default=TemporalPatterns(), title="Time")
    distributions: dict[Path, AnyDistribution] = Field(default={}, title="Distributions", json_schema_extra=_group("Values"))
    """Distributions of columns: `orders.total_amount`, a bare column where it is unique, or an alias of the dataset."""
    privacy: Name | None = Field(default=None, title="Privacy", json_schema_extra=_group("Values"))
    """A privacy profile of the dataset, such as `safe_harbor`; default: none, all columns as the dataset declares them."""
    tables: list[Name] | dict[Name, Table] | None = Field(default=None, title="Tables", json_schema_extra=_group("Size"))
    """A list selects the tables that are written; a mapping declares them."""
    relationships: list[Relationship] = []
    """References that are added, or that point elsewhere; the child's column keeps its other keys."""
    enable_relationships: bool = Field(default=True, title="Relationships", json_schema_extra=_group("Relationships"))
    """`false`: drawn references take any key of the parent's range, whatever its popularity and lifetime."""
    relationship_null_percentage: Share | None = Field(
        default=None, title="NULL references", json_schema_extra=_group("Relationships", "share")
    )
    """Exact share of NULL in each reference that may be empty, 0.05 for 5 %; keys, and the parents of rows, never are."""
    orphan_percentage: Share | None = Field(default=None, title="Orphans", json_schema_extra=_group("Relationships", "share"))
    """Exact share of keys in each optional reference that point at no row, from a range that no row ever has."""

    @model_validator(mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        if isinstance(value, dict):
            if "seed" in value and "seed_value" in value and value["seed"] != value["seed_value"]:
                raise ValueError("`seed` and `seed_value` are one setting, but have different values")
            if isinstance(value.get("tables"), dict):
                value = {**value, "tables": default_rows(expand(value["tables"]))}
        return value

    @model_validator(mode="after")
    def _once(self) -> RuntimeParameters:
        for name, given in (
            ("chunk_size", (self.generation_settings.chunk_size, self.generation_config.chunk_size, self.chunking_config.chunk_size)),
            ("mode", (self.generation_settings.mode, self.generation_config.mode)),
            ("parallel_workers", (self.generation_settings.parallel_workers, self.chunking_config.parallel_chunks)),
            ("memory_fraction", (self.generation_settings.memory_fraction, self.chunking_config.memory_fraction)),
            ("enable_spill", (self.generation_settings.enable_spill, self.chunking_config.spill_to_disk)),
            ("path_format", (self.output_settings.path_format, self.incremental_config.file_path_pattern)),
        ):
            values = {value for value in given if value is not None}
            if len(values) > 1:
                shown = " and ".join(str(value) for value in sorted(values, key=str))
                raise ValueError(f"`{name}` is one setting, but is given as {shown}")
        if self.temporal_patterns.weekdays and self.incremental_config.seasonal_patterns:
            raise ValueError("`temporal_patterns.weekdays` and `incremental_config.seasonal_patterns` are one setting, but both are given")
        return self

    def setting(self, name: str, default: Any) -> Any:
        """A setting of several blocks: chunk_size, mode, parallel_workers, memory_fraction, enable_spill or path_format."""
        spellings = {
            "chunk_size": (self.generation_settings.chunk_size, self.generation_config.chunk_size, self.chunking_config.chunk_size),
            "mode": (self.generation_settings.mode, self.generation_config.mode),
            "parallel_workers": (self.generation_settings.parallel_workers, self.chunking_config.parallel_chunks),
            "memory_fraction": (self.generation_settings.memory_fraction, self.chunking_config.memory_fraction),
            "enable_spill": (self.generation_settings.enable_spill, self.chunking_config.spill_to_disk),
            "path_format": (self.output_settings.path_format, self.incremental_config.file_path_pattern),
        }
        return next((value for value in spellings[name] if value is not None), default)

    @property
    def patterns(self) -> TemporalPatterns:
        """The patterns, whichever block gives the weekdays."""
        weekdays = self.incremental_config.seasonal_patterns
        return (
            TemporalPatterns.model_validate({**self.temporal_patterns.model_dump(exclude_unset=True), "weekdays": weekdays})
            if weekdays
            else self.temporal_patterns
        )

    def config(self) -> dict[str, Any]:
        """What was changed, in the shape of a config file: JSON values, defaults left out, and options of Spark: they may be secrets."""
        return self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"spark": {"conf"}})
