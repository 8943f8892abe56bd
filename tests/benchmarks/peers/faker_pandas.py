"""Faker for each value, a pandas DataFrame, to_parquet: what most tests in the field do.

Leaves out Zipf's distribution of customers, hours and weekdays; amounts are uniform.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module


def prepare(cores: int) -> Callable[[int, str], None]:
    """A seeded Faker; it uses one core."""
    pd = import_module("pandas")
    fake = import_module("faker").Faker("en_US")
    fake.seed_instance(42)

    def write(rows: int, path: str) -> None:
        data = [
            {
                "order_id": n + 1,
                "customer_id": fake.random_int(1, 100_000),
                "store_id": fake.random_int(1, 500),
                "order_ts": fake.date_time_between("-2y"),
                "status": fake.random_element(("delivered", "shipped", "placed", "returned", "cancelled")),
                "payment_method": fake.random_element(("card", "wallet", "cash", "invoice", "gift_card", "voucher")),
                "total_amount": fake.pydecimal(left_digits=3, right_digits=2, positive=True),
                "discount": fake.pydecimal(left_digits=1, right_digits=2, positive=True),
                "currency": fake.random_element(("USD", "EUR", "GBP")),
                "is_online": fake.boolean(35),
            }
            for n in range(rows)
        ]
        pd.DataFrame(data).to_parquet(path, compression="snappy")

    return write
