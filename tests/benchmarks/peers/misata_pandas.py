"""Misata: a declared schema to pandas, then to_parquet.

Leaves out hours; customers and stores are tables of their own, as its foreign keys want them, and count as overhead.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

METHODS = ["card", "wallet", "cash", "invoice", "gift_card", "voucher"]
AMOUNT = {"distribution": "lognormal", "mu": 4.4936, "sigma": 0.4724}
DISCOUNT = {"distribution": "normal", "mean": 5, "std": 3, "min": 0, "max": 20}


def prepare(cores: int) -> Callable[[int, str], None]:
    """Its import; it uses one core."""
    misata = import_module("misata")

    def write(rows: int, path: str) -> None:
        column, span = misata.Column, {"start": "2023-01-01", "end": "2024-12-31"}

        def words(name: str, texts: list[str], shares: list[float]) -> object:
            return column(name=name, type="categorical", distribution_params={"choices": texts, "probabilities": shares})

        schema = misata.SchemaConfig(
            name="orders",
            seed=42,
            tables=[
                misata.Table(name="customers", row_count=100_000),
                misata.Table(name="stores", row_count=500),
                misata.Table(name="orders", row_count=rows),
            ],
            columns={
                "customers": [column(name="customer_id", type="int", unique=True, distribution_params={"min": 1, "max": 100_000})],
                "stores": [column(name="store_id", type="int", unique=True, distribution_params={"min": 1, "max": 500})],
                "orders": [
                    column(name="order_id", type="int", unique=True, distribution_params={"min": 1, "max": rows}),
                    column(name="customer_id", type="foreign_key"),
                    column(name="store_id", type="foreign_key"),
                    column(name="order_ts", type="datetime", distribution_params=span),
                    words("status", ["delivered", "shipped", "placed", "returned", "cancelled"], [0.70, 0.12, 0.08, 0.07, 0.03]),
                    words(
                        "payment_method",
                        METHODS,
                        [0.55, 0.20, 0.10, 0.07, 0.05, 0.03],
                    ),
                    column(name="total_amount", type="float", distribution_params=AMOUNT),
                    column(
                        name="discount",
                        type="float",
                        distribution_params=DISCOUNT,
                    ),
                    words("currency", ["USD", "EUR", "GBP"], [0.80, 0.15, 0.05]),
                    column(name="is_online", type="boolean", distribution_params={"probability": 0.35}),
                ],
            },
            relationships=[
                misata.Relationship(parent_table="customers", child_table="orders", parent_key="customer_id", child_key="customer_id"),
                misata.Relationship(parent_table="stores", child_table="orders", parent_key="store_id", child_key="store_id"),
            ],
        )
        misata.generate_from_schema(schema)["orders"].to_parquet(path, compression="snappy")

    return write
