"""One generator in several threads: the rows of one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import ingen_fab.synthetic_data as package
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.engine.digest import digest_of

pytestmark = pytest.mark.slow

THREADS = 8
Ask = Callable[[package.SyntheticDataGenerator, str], str]


def _generator() -> package.SyntheticDataGenerator:
    return package.SyntheticDataGenerator("finance_oltp_small", target_rows=3_000)


def _digest(generator: package.SyntheticDataGenerator, table: str, rows: pa.Table) -> str:
    return digest_of(rows.to_batches(), generator.plan.table(table).primary_key)


def batches(generator: package.SyntheticDataGenerator, table: str) -> str:
    """In pieces."""
    return _digest(generator, table, pa.Table.from_batches(generator.batches(table, 700)))


def pages(generator: package.SyntheticDataGenerator, table: str) -> str:
    """Backwards, as somebody pages."""
    starts = range(0, generator.plan.table(table).rows, 900)
    return _digest(generator, table, pa.concat_tables([generator.preview(table, start, 900) for start in reversed(starts)]))


def arrow(generator: package.SyntheticDataGenerator, table: str) -> str:
    """All tables at once."""
    return _digest(generator, table, generator.arrow()[table])


def generated(generator: package.SyntheticDataGenerator, table: str) -> str:
    """As pandas; the digest is of the other way."""
    assert len(generator.generate()[table]) == generator.plan.table(table).rows
    return batches(generator, table)


@pytest.fixture(scope="module")
def alone() -> dict[str, str]:
    """What one thread finds."""
    generator = _generator()
    return {table: batches(generator, table) for table in generator.tables}


@pytest.mark.parametrize("ways", [(batches,), (pages,), (batches, pages, arrow, generated)], ids=["batches", "preview", "all ways"])
def test_eight_threads_find_the_rows_of_one(alone: dict[str, str], ways: tuple[Ask, ...]) -> None:
    """Each begins with another table and asks one generator, again and again."""

    def work(number: int, generator: package.SyntheticDataGenerator) -> dict[str, str]:
        names = generator.tables
        turned = [*names[number % len(names) :], *names[: number % len(names)]]
        return {table: ways[number % len(ways)](generator, table) for table in turned}

    for _ in range(3 if len(ways) == 1 else 1):
        generator = _generator()
        with ThreadPoolExecutor(THREADS) as pool:
            found = list(pool.map(lambda number, one=generator: work(number, one), range(THREADS)))
        assert found == [alone] * THREADS


def test_threads_with_generators_of_their_own_do_not_meet(alone: dict[str, str]) -> None:
    """Nor with previews of their plans."""

    def work(_: int) -> tuple[dict[str, str], int]:
        generator = _generator()
        shown = package.preview(generator.plan, "transactions", 5, 20).num_rows
        return {table: batches(generator, table) for table in generator.tables}, shown

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(work, range(4))) == [(alone, 20)] * 4
