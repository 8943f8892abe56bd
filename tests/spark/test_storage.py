"""What is asked of Delta logs: of their files where these tell it, and of Spark where they do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.errors import RunError
from ingen_fab.synthetic_data.core.program.tasks import ParquetSink
from ingen_fab.synthetic_data.core.sinks.lakehouse import Form
from ingen_fab.synthetic_data.core.sinks.store import WRITTEN_BY
from ingen_fab.synthetic_data.core.spark.session import Cluster
from ingen_fab.synthetic_data.core.spark.storage import DELTA, SparkStore, options

pytestmark = pytest.mark.slow

SCHEMA = pa.schema([("id", pa.int64())])


def written(spark: Any, place: Path, run_id: str, rows: int, stats: bool = True, **properties: str) -> None:
    """A table of one commit of a run."""
    with options(spark, {f"{DELTA}.stats.collect": str(stats).lower()}):
        writer = spark.range(rows).coalesce(1).write.format("delta").mode("overwrite").option("userMetadata", f"{WRITTEN_BY}{run_id}")
        for name, value in properties.items():
            writer = writer.option(f"delta.{name}", value)
        writer.save(f"file://{place}")


def jobs(spark: Any) -> int:
    """That have been started in this session so far."""
    return int(spark._jsc.sc().dagScheduler().numTotalJobs())


def test_a_log_that_tells_starts_no_job(spark: Any, tmp_path: Path) -> None:
    """Its newest commit, and files with their rows."""
    store = SparkStore(Cluster(spark), f"file://{tmp_path}")
    written(spark, tmp_path / "t", "one", 5)
    written(spark, tmp_path / "t", "two", 7)
    before = jobs(spark)
    (part,) = store.commit("t", (), SCHEMA, Form(), "two")
    store.refuse_overtaken("t", "two")
    assert not store.reset("t", "two")
    with pytest.raises(RunError, match="t has been written to by others since"):
        store.commit("t", (), SCHEMA, Form(), "one")
    assert store.text("none") is None
    assert jobs(spark) == before
    assert (part.rows, (tmp_path / part.path).stat().st_size) == (7, part.bytes)


def test_a_log_that_does_not_tell(spark: Any, tmp_path: Path) -> None:
    """Rows without statistics are counted, and a log of nothing but a checkpoint is one of a table."""
    store = SparkStore(Cluster(spark), f"file://{tmp_path}")
    written(spark, tmp_path / "t", "one", 5)
    written(spark, tmp_path / "new", "two", 7, stats=False, checkpointInterval="1")
    assert [part.rows for part in store.commit("new", (), SCHEMA, Form(), "two")] == [7]
    found = store.look("t")
    assert found is not None
    # The bounds of keys that come are unknown as well.
    taken = store.absorb("t", "new", ["id"], ParquetSink("", (), "snappy"), "three", found.version)
    assert (taken.went, spark.read.format("delta").load(f"file://{tmp_path}/t").count()) == (5, 7)
    written(spark, tmp_path / "new", "two", 7, stats=False)
    for file in (tmp_path / "new" / "_delta_log").glob("*.json"):
        file.unlink()
    assert store.look("none") is None
    with pytest.raises(RunError, match="/new "):
        store.look("new")
