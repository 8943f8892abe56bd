"""DuckDB: one SELECT over range(), copied to parquet.

Leaves out Zipf's distribution of customers (they are uniform), hours and weekdays (moments are uniform), and repeatability: its
random numbers depend on threads. Amounts are a lognormal by Box and Muller, discounts a clipped normal.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb

SQL = """
SELECT i + 1 AS order_id, (random() * 100000)::BIGINT + 1 AS customer_id, (random() * 500)::BIGINT + 1 AS store_id,
    to_timestamp(1672531200 + i * 63072000.0 / {rows}) AS order_ts,
    (['delivered', 'shipped', 'placed', 'returned', 'cancelled'])[(random() * 5)::INT % 5 + 1] AS status,
    (['card', 'wallet', 'cash', 'invoice', 'gift_card', 'voucher'])[(random() * 6)::INT % 6 + 1] AS payment_method,
    exp(4.4936 + 0.4724 * sqrt(-2 * ln(1 - random())) * cos(6.283185307 * random()))::DECIMAL(18, 2) AS total_amount,
    greatest(least(5 + 3 * sqrt(-2 * ln(1 - random())) * cos(6.283185307 * random()), 20), 0)::DECIMAL(18, 2) AS discount,
    (['USD', 'EUR', 'GBP'])[(random() * 3)::INT % 3 + 1] AS currency, random() < 0.35 AS is_online
FROM range({rows}) t(i)
"""


def prepare(cores: int) -> Callable[[int, str], None]:
    """A connection of that many threads."""
    connection = duckdb.connect()
    connection.execute(f"SET threads = {cores}")

    def write(rows: int, path: str) -> None:
        connection.execute(f"COPY ({SQL.format(rows=rows)}) TO '{path}' (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE 131072)")

    return write
