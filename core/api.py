"""The Python API: tables in memory, for tests and notebooks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .plan.make import make_plan
from .plan.plan import Plan
from .run.preview import engine_of
from .run.told import told
from .spec.resolve import resolve_parameters

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


class SyntheticDataGenerator:
    """Generates a dataset in this process; writes nothing and logs nothing.

    `dataset_id` is an id of the listing, `target_rows` the rows of its driving table, `seed` any whole number from 0;
    `tables` selects tables; `parameters` holds further settings by their dotted names, such as
    `{"distributions.customer_age": {...}}`; `config` is a config file, as the wizard exports it; `datasets` are
    directories of own datasets, `custom_schema` a file that declares one. Raises InputError for what is not allowed.
    """

    def __init__(
        self,
        dataset_id: str | None = None,
        target_rows: int | None = None,
        seed: int | None = None,
        *,
        scale_factor: float | None = None,
        as_of: date | None = None,
        tables: Sequence[str] | None = None,
        parameters: Mapping[str, Any] = {},
        config: Path | str | None = None,
        datasets: Sequence[Path | str] = (),
        custom_schema: Path | str | None = None,
    ) -> None:
        flags: dict[str, Any] = {
            "target_rows": target_rows,
            "seed_value": seed,
            "scale_factor": scale_factor,
            "as_of": as_of,
            "tables": list(tables) if tables is not None else None,
            "datasets": [str(path) for path in datasets] or None,
            "custom_schema": str(custom_schema) if custom_schema is not None else None,
            **parameters,
        }
        self._resolved = resolve_parameters(
            dataset_id,
            flags=flags,
            config=Path(config) if config is not None else None,
        )

    @cached_property
    def plan(self) -> Plan:
        """What will be generated."""
        return make_plan(self._resolved)

    def generate(self) -> dict[str, pd.DataFrame]:
        """Every table as a pandas DataFrame, parents first; texts from lists are categories."""
        return {name: table.to_pandas() for name, table in self.arrow().items()}

    def arrow(self) -> dict[str, pa.Table]:
        """Every table as an Arrow table."""
        import pyarrow as pa

        return {name: pa.Table.from_batches(list(self.batches(name)), engine_of(self.plan).schema(name)) for name in self.plan.names}

    def batches(self, table: str, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """One table in batches of at most `rows` rows, for tables larger than memory; raises KeyError for an unknown one."""
        mine = self.plan.table(table)
        return _told(engine_of(self.plan).batches(table, mine.first_row, mine.first_row + mine.rows, rows))


def _told(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    with told():
        yield from batches
