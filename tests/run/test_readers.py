"""What reads files by their paths finds what it expects, of runs and of series, under each pattern."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pandas as pd
import pytest
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

# Who reads with Spark needs the same files.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("spark")]

DATASET = "retail_oltp_small"
FIRST, LAST = date(2024, 2, 26), date(2024, 3, 4)
MARCH = 4
"""Days of it."""
GLOBS = {
    "nested": "*/*/*/orders/*.{ext}",
    "flat": "orders_*.{ext}",
    "hive_partitioned": "orders/**/*.{ext}",
    "{table}/order_day={date}/{dataset}{part}.{ext}": "orders/*/*.{ext}",
}
"""Pattern -> what finds the orders."""
OWN = list(GLOBS)[-1]


class Written(NamedTuple):
    """Eight days of orders."""

    folder: Path
    """Of the dataset."""
    pattern: str
    ext: str

    @property
    def glob(self) -> str:
        """Of the orders."""
        return str(self.folder / GLOBS[self.pattern].format(ext=self.ext))


@pytest.fixture(scope="module", params=["run", "series"])
def kind(request: pytest.FixtureRequest) -> str:
    """What wrote them."""
    return str(request.param)


@pytest.fixture(scope="module")
def orders(tmp_path_factory: pytest.TempPathFactory, kind: str) -> dict[tuple[str, str], Written]:
    """By pattern and format."""
    out = {}
    for pattern in GLOBS:
        for ext in ("parquet", "csv"):
            root = tmp_path_factory.mktemp("readers")
            flags = {"target_rows": 60, "tables": ["orders"], "history.start": str(FIRST), "history.end": str(LAST)}
            flags |= {"output_settings.output_mode": ext, "output_settings.path_format": pattern, "output_settings.output_dir": str(root)}
            resolved = resolve_parameters(DATASET, flags=flags)
            if kind == "run":
                assert run(make_plan(resolved), datasets=()).status == "COMPLETED"
            else:
                assert run_series(make_series(resolved, FIRST, LAST), datasets=(), workers=0).status == "COMPLETED"
            out[pattern, ext] = Written(root / "Files" / DATASET, pattern, ext)
    return out


@pytest.fixture(params=[(pattern, ext) for pattern in GLOBS for ext in ("parquet", "csv")], ids=lambda one: f"{one[0][:6]}-{one[1]}")
def written(request: pytest.FixtureRequest, orders: dict[tuple[str, str], Written]) -> Written:
    """One of them."""
    return orders[request.param]


def spread(rows: dict[Any, int]) -> int:
    """How many days there are, each of which has rows, and all of which have 60."""
    assert sum(rows.values()) == 60
    assert min(rows.values()) > 0
    return len(rows)


def test_duckdb(written: Written) -> None:
    """A glob finds each row once; folders of Hive give columns, by which files are left out that a query does not need."""
    reader = "read_parquet" if written.ext == "parquet" else "read_csv"
    connection = duckdb.connect()
    plain = f"{reader}('{written.glob}', hive_partitioning = false)"
    rows = dict(connection.execute(f"SELECT order_date, count(DISTINCT order_id) FROM {plain} GROUP BY 1").fetchall())
    assert spread(rows) == 8
    hive = f"{reader}('{written.glob}', hive_partitioning = true)"
    if written.pattern == "hive_partitioned":
        same = f"SELECT count(*) FROM {hive} WHERE make_date(year::BIGINT, month::BIGINT, day::BIGINT) = order_date"
        assert connection.execute(same).fetchone() == (60,)
        told = "\n".join(row[1] for row in connection.execute(f"EXPLAIN ANALYZE SELECT * FROM {hive} WHERE month = 3").fetchall())
        assert f"Scanning Files: {MARCH}/8" in told
    if written.pattern == OWN:
        assert connection.execute(f"SELECT count(*) FROM {hive} WHERE order_day = order_date").fetchone() == (60,)


def test_pandas(written: Written) -> None:
    """A list of files, or for folders of Hive the folder of the table, read by pyarrow."""
    if written.ext == "csv":
        frames = [pd.read_csv(path) for path in written.folder.glob(GLOBS[written.pattern].format(ext="csv"))]
        found = pd.concat(frames)
        assert spread(found.groupby("order_date").order_id.nunique().to_dict()) == 8
        return
    files = sorted(str(path) for path in written.folder.glob(GLOBS[written.pattern].format(ext="parquet")))
    found = pd.concat([pd.read_parquet(file, partitioning=None) for file in files])
    assert spread(found.groupby("order_date").order_id.nunique().to_dict()) == 8
    if written.pattern == "hive_partitioned":
        whole = pd.read_parquet(written.folder / "orders")
        days = pd.to_datetime(whole[["year", "month", "day"]].astype(int))
        assert (days.dt.date == whole.order_date).all()
        assert len(whole) == 60
        march = pd.read_parquet(written.folder / "orders", filters=[("month", "==", 3)])
        assert set(march.order_date) == {LAST - timedelta(days=n) for n in range(MARCH)}
    if written.pattern == OWN:
        whole = pd.read_parquet(written.folder / "orders")
        assert (whole.order_day.astype(str) == whole.order_date.astype(str)).all()


def test_spark(written: Written, spark: Any) -> None:
    """The folder of the table where days are folders of Hive, which Spark discovers as partitions; else a glob."""
    reader = spark.read.option("header", True).option("inferSchema", True)
    if written.pattern not in ("hive_partitioned", OWN):
        glob = written.glob.replace("**/", "*/")
        found = reader.format(written.ext).load(glob)
        rows = {row[0]: row[1] for row in found.groupBy("order_date").count().collect()}
        assert spread(rows) == 8
        return
    found = reader.format(written.ext).load(str(written.folder / "orders"))
    if written.pattern == OWN:
        assert found.where("order_day = order_date").count() == 60
        return
    types = dict(found.dtypes)
    assert {types[name] for name in ("year", "month", "day")} == {"int"}
    assert found.where("make_date(year, month, day) = order_date").count() == 60
    march = found.where("month = 3")
    assert {row.order_date for row in march.select("order_date").distinct().collect()} == {LAST - timedelta(days=n) for n in range(MARCH)}
