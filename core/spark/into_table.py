"""Spark writes Delta tables where its driver sees nothing else; rows and digests come back beside the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from time import time
from typing import TYPE_CHECKING, Any, Final

from ..errors import WorkerError
from ..frozen import dataclass
from ..program.tasks import Cost, PartResult, Work
from ..sinks.lakehouse import PROPERTIES
from ..sinks.store import WRITTEN_BY
from .jobs import Job, Take, codec_of, order_of, sink_of
from .session import Cluster
from .storage import DELTA, options, there

if TYPE_CHECKING:
    from ..engine.engine import Engine
    from ..plan.plan import Plan

_SUMS: Final = 60
"""Seconds after a commit in which Spark tells the sums of what it wrote."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table lies in its files, besides what its parts say."""

    partitions: tuple[str, ...]
    near: tuple[str, ...]
    """Columns of which rows that are near come into the same files."""
    properties: Mapping[str, str]
    together: bool
    """Whether small files of a partition are put together."""
    most: int
    """Rows of a file that is put together, at most."""

    @classmethod
    def of(cls, plan: Plan, table: str) -> Layout:
        """Of a table of a plan."""
        mine, output = plan.table(table), plan.output
        names = tuple(partition.name for partition in mine.partitions)
        return cls(names, mine.clustered_by, output.delta.properties, output.delta.auto_compact, output.rows_per_file)


class IntoTable(Job):
    """Spark writes a Delta table, and its commit."""

    def __init__(self, folder: Path, package: str, parts: Sequence[Work], engine: Engine, run_id: str, layout: Layout) -> None:
        super().__init__(folder, package, parts)
        self._engine, self._layout = engine, layout
        self._run_id, self._named = run_id, f"{WRITTEN_BY}{run_id}"
        self._url = sink_of(parts[0]).path.rpartition("/")[0]
        self._seen: dict[str, int | None] = {}
        """Sums over all rows: NULL where there are none."""
        self._began = time()

    @property
    def _planned(self) -> int:
        return sum(part.task.rows for part in self.parts)

    def start(self, cluster: Cluster) -> None:
        """As `Job.start`. Commits carry the run's name, and that of the rows its id as a transaction, so that a second one does nothing."""
        from pyspark.sql import Observation
        from pyspark.sql import functions as f

        from .on_executor import SUMS

        observation = Observation()
        sums = [f.sum(name).alias(name) for name in SUMS]
        rows = self._rows(cluster).observe(observation, f.count(f.lit(1)).alias("rows"), *sums).drop(*SUMS)
        self._set_properties(cluster.spark)
        with options(cluster.spark, self._while_written):
            self._write(rows)
        # Where the commit was skipped, as one that had been made before, nothing is ever told.
        asked = Thread(target=lambda: self._seen.update(observation.get), name="spark-sums", daemon=True)
        asked.start()
        asked.join(_SUMS)
        if not self._seen:
            raise WorkerError(f"{self.parts[0].task.table}: Spark did not tell what it wrote")
        if self._layout.near and self._planned:
            self._bring_near(cluster.spark)

    @property
    def _while_written(self) -> dict[str, str]:
        """Options of a session without which Delta would bring rows that are in order into another one."""
        layout, given = self._layout, {}
        if layout.together:
            given["autoCompact.enabled"] = "false"
        if layout.partitions and order_of(self.parts[0]):
            # No text is empty: executors refuse those.
            given["convertEmptyToNullForStringPartitionCol"] = "false"
        return {f"{DELTA}.{name}": value for name, value in given.items()}

    def _rows(self, cluster: Cluster) -> Any:
        """The rows and their sums, in tasks and in an order as the files shall have them."""
        from pyspark.sql import functions as f
        from pyspark.sql.types import LongType, StructField, StructType

        from .on_executor import SUMS, RowsAndSums, schema_of_files
        from .types import plain_texts, spark_schema

        first, layout = self.parts[0], self._layout
        schema = spark_schema(schema_of_files(self._engine, first))
        wide = StructType([StructField(one.name, one.dataType, True) for one in (*schema, *(StructField(n, LongType()) for n in SUMS))])
        rows = plain_texts(cluster.mapped(len(self.parts), RowsAndSums(*self.told), wide))
        folders = [f.col(f"`{name}`") for name in layout.partitions]
        if folders and layout.together and not layout.near and len(self.parts) > 1:
            rows = rows.repartition(len(self.parts), *folders)
        order = [*folders, *order_of(first)]
        return rows.sortWithinPartitions(*order) if order else rows

    def _write(self, rows: Any) -> None:
        layout, sink = self._layout, sink_of(self.parts[0])
        writer = rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true").option("partitionOverwriteMode", "static")
        writer = writer.option("txnAppId", self._run_id).option("txnVersion", 0).option("userMetadata", self._named)
        writer = writer.option("maxRecordsPerFile", layout.most if layout.together else 0).option("optimizeWrite", "false")
        for name, value in layout.properties.items():
            # Of a table that is new.
            writer = writer.option(name, value)
        writer.partitionBy(*layout.partitions).option("compression", codec_of(sink)).save(self._url)

    def _set_properties(self, spark: Any) -> None:
        """Gives a table that stands the properties that are wanted; what others gave it, it keeps."""
        stands = there(lambda: spark.sql(f"DESCRIBE DETAIL delta.`{self._url}`").collect()[0])
        if stands is None:
            return
        found, wanted = stands["properties"], self._layout.properties
        changed = [f"'{name}'='{value}'" for name, value in wanted.items() if found.get(name) != value]
        gone = [f"'{name}'" for name in PROPERTIES if name in found and name not in wanted]
        words = [f"{verb} TBLPROPERTIES ({', '.join(them)})" for verb, them in (("SET", changed), ("UNSET", gone)) if them]
        with options(spark, {f"{DELTA}.commitInfo.userMetadata": self._named} if words else {}):
            for word in words:
                spark.sql(f"ALTER TABLE delta.`{self._url}` {word}").collect()

    def _bring_near(self, spark: Any) -> None:
        """Has Delta put the rows in a Z-order, in files of about as many rows as are wanted."""
        size = spark.sql(f"DESCRIBE DETAIL delta.`{self._url}`").collect()[0]["sizeInBytes"]
        # Delta takes the whole number of times that a file of this size goes into all of them.
        files = -(-self._planned // self._layout.most)
        given = {
            f"{DELTA}.commitInfo.userMetadata": self._named,
            f"{DELTA}.optimize.maxFileSize": str(max(size // files, 1)),
            # They may have been left out on purpose.
            f"{DELTA}.optimize.zorder.checkStatsCollection.enabled": "false",
        }
        with options(spark, given):
            spark.sql(f"OPTIMIZE delta.`{self._url}` ZORDER BY ({', '.join(f'`{name}`' for name in self._layout.near)})").collect()

    def look(self, take: Take) -> None:
        """Nothing comes before the table is there."""

    def finish(self, take: Take) -> None:
        """As `Job.finish`; raises WorkerError where Spark wrote another number of rows than was planned, or than executors have made."""
        from .on_executor import HALVES, SUMS

        seen = {name: value or 0 for name, value in self._seen.items()}
        # Of what days bring nobody knows before which rows have changed.
        planned = all(part.task.delivery is None for part in self.parts)
        wanted, how = (self._planned, "planned") if planned else (seen[SUMS[-1]], "made")
        if seen["rows"] != wanted:
            raise WorkerError(f"{self.parts[0].task.table}: Spark wrote {seen['rows']:,} rows, although {wanted:,} were {how}")
        # Carries of the lower halves go into the higher ones, and out of these nowhere: the sums are those modulo 2**64.
        sums = [((seen[high] << 32) + seen[low]) % (1 << 64) for high, low in zip(HALVES[::2], HALVES[1::2], strict=True)]
        cost = Cost(self._began, time(), 0.0, 0)
        for place, part in enumerate(self.parts):
            # Sums of all parts: they stand with the first.
            one, two = sums if not place else (0, 0)
            rows = part.task.rows if planned else 0 if place else seen["rows"]
            take(PartResult(part.task.table, part.task.index, rows, 0, (rows, one, two), cost))
