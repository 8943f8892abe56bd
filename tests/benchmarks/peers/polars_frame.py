"""polars with numpy's random numbers: chunks of a million rows, a file each.

Leaves out Zipf's distribution of customers, hours and weekdays, and keys by names: numbers come from a stream, so a row cannot be
made alone. Amounts are integers of cents, cast to decimals.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np

_CHUNK = 1_000_000


def prepare(cores: int) -> Callable[[int, str], None]:
    """polars with that many threads."""
    os.environ["POLARS_MAX_THREADS"] = str(cores)
    pl = import_module("polars")
    random = np.random.default_rng(42)
    words = {
        "status": (["delivered", "shipped", "placed", "returned", "cancelled"], [0.70, 0.12, 0.08, 0.07, 0.03]),
        "payment_method": (["card", "wallet", "cash", "invoice", "gift_card", "voucher"], [0.55, 0.20, 0.10, 0.07, 0.05, 0.03]),
        "currency": (["USD", "EUR", "GBP"], [0.80, 0.15, 0.05]),
    }

    def write(rows: int, path: str) -> None:
        Path(path).mkdir()
        for start in range(0, rows, _CHUNK):
            n = min(_CHUNK, rows - start)
            moments = 1_672_531_200_000_000 + np.sort(random.integers(0, 63_072_000_000_000, n))
            data = {
                "order_id": np.arange(start + 1, start + n + 1),
                "customer_id": random.integers(1, 100_001, n),
                "store_id": random.integers(1, 501, n),
                "order_ts": pl.Series(moments).cast(pl.Datetime("us", "UTC")),
            }
            for name, (texts, shares) in words.items():
                codes = np.searchsorted(np.cumsum(shares), random.random(n)).clip(0, len(texts) - 1).astype(np.uint32)
                data[name] = pl.Series(texts, dtype=pl.Enum(texts)).gather(codes)
            amount = np.exp(4.4936 + 0.4724 * random.standard_normal(n))
            discount = np.clip(random.normal(5, 3, n), 0, 20)
            data["total_amount"] = pl.Series(np.round(amount, 2)).cast(pl.Decimal(18, 2))
            data["discount"] = pl.Series(np.round(discount, 2)).cast(pl.Decimal(18, 2))
            data["is_online"] = random.random(n) < 0.35
            pl.DataFrame(data).write_parquet(f"{path}/part-{start // _CHUNK}.parquet", compression="snappy", row_group_size=131_072)

    return write
