"""dbldatagen (classic) on a local Spark session that is warm.

Leaves out Zipf's distribution of customers, hours and weekdays. Amounts come from its Gamma distribution, the nearest that it has.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from typing import Any

STATUS = ["delivered", "shipped", "placed", "returned", "cancelled"]
METHODS = ["card", "wallet", "cash", "invoice", "gift_card", "voucher"]


def prepare(cores: int) -> Callable[[int, str], None]:
    """A session that has already written something."""
    # Its workers are to find the same packages.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = import_module("pyspark.sql").SparkSession
    spark = (
        session.builder.master(f"local[{cores}]")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "3g")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("ERROR")

    def write(rows: int, path: str) -> None:
        orders(spark, rows, cores).write.mode("overwrite").option("compression", "snappy").parquet(path)

    with tempfile.TemporaryDirectory() as folder:
        write(100_000, f"{folder}/warm")
    return write


def orders(spark: Any, rows: int, cores: int) -> Any:
    """The orders as a DataFrame of a session."""
    dg = import_module("dbldatagen")
    distributions = import_module("dbldatagen.distributions")
    spec = (
        dg.DataGenerator(spark, name="orders", rows=rows, partitions=max(cores * 2, 2), randomSeedMethod="hash_fieldname")
        .withColumn("order_id", "long", minValue=1, maxValue=rows, step=1)
        .withColumn("customer_id", "long", minValue=1, maxValue=100_000, random=True)
        .withColumn("store_id", "long", minValue=1, maxValue=500, random=True)
        .withColumn("order_ts", "timestamp", begin="2023-01-01 00:00:00", end="2024-12-31 23:59:59", interval="1 second", random=True)
        .withColumn(
            "status",
            "string",
            values=STATUS,
            weights=[70, 12, 8, 7, 3],
            random=True,
        )
        .withColumn(
            "payment_method",
            "string",
            values=METHODS,
            weights=[55, 20, 10, 7, 5, 3],
            random=True,
        )
        .withColumn("total_amount", "decimal(18,2)", minValue=1, maxValue=500, random=True, distribution=distributions.Gamma(4.0, 1.0))
        .withColumn("discount", "decimal(18,2)", minValue=0, maxValue=20, random=True, distribution=distributions.Normal(5.0, 3.0))
        .withColumn("currency", "string", values=["USD", "EUR", "GBP"], weights=[80, 15, 5], random=True)
        .withColumn("is_online", "boolean", expr="rand(7) < 0.35")
    )
    return spec.build()
