"""The Python API: tables in memory or written, for tests and notebooks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, get_args, overload

from .errors import ParameterError, SyntheticDataError, brief
from .plan.machine import Machine
from .plan.make import make_plan
from .plan.plan import Plan
from .run.events import Event, ignore
from .run.preview import PlanRows
from .spec.repository import DatasetConfigurationRepository
from .spec.resolve import SPELLINGS, Resolved, resolve_parameters
from .watched import of_run, progress_bar

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from .job import JobResult
    from .run.cancel import CancelToken

DtypeBackend = Literal["numpy_nullable", "pyarrow"]


class SyntheticDataGenerator:
    """Generates a dataset: in this process, where nothing is written or logged, or by `write`. Several threads may use one at once.

    `dataset_id` is an id of the listing, `target_rows` the rows of its driving table, `seed` any whole number from 0;
    `tables` selects tables; `parameters` holds further settings by their dotted names, such as
    `{"distributions.customer_age": {...}}`; `config` is a config file, as the wizard exports it; `datasets` are
    directories of own datasets (those of the environment variable SYNTHETIC_DATA_DATASETS come after them),
    `custom_schema` a file that declares one. `spark` is a SparkSession for `write` in pyspark mode, such as that of a
    notebook (default: the one of this process, else one that is started); where no mode is set, it is
    pyspark. Raises InputError for what is not allowed: for the arguments here, for what only the plan tells (such as a
    column that `parameters` names) where rows, tables or the plan are first asked for.
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
        spark: Any = None,
    ) -> None:
        for name, value, wanted, what in (
            ("dataset_id", dataset_id, str, "a text"),
            ("parameters", parameters, Mapping, "a mapping of settings by their dotted names"),
            ("config", config, (str, Path), "a path"),
            ("custom_schema", custom_schema, (str, Path), "a path"),
        ):
            if value is not None and not isinstance(value, wanted):
                raise ParameterError(name, f"must be {what}, not {brief(value)}")
        for name, values, what in (("tables", tables, "names"), ("datasets", datasets, "folders")):
            if isinstance(values, str | Path) or not isinstance(values, Iterable | None):
                raise ParameterError(name, f"is a list of {what}, such as [{brief(values)!r}]")
        given: dict[str, Any] = {
            "target_rows": target_rows,
            "seed_value": seed,
            "scale_factor": scale_factor,
            "as_of": as_of,
            "tables": list(tables) if tables is not None else None,
            "datasets": [str(path) for path in datasets] or None,
            "custom_schema": str(custom_schema) if custom_schema is not None else None,
        }
        further = {SPELLINGS.get(name, name): value for name, value in parameters.items()}
        twice = [name for name, value in given.items() if value is not None and further.get(name, value) != value]
        if twice:
            raise ParameterError(
                "seed" if twice[0] == "seed_value" else twice[0], "is given twice, as an argument and in `parameters`, with two values"
            )
        try:
            self._resolved = resolve_parameters(
                dataset_id,
                edited={**further, **{name: value for name, value in given.items() if value is not None}},
                config=Path(config) if config is not None else None,
                repository=DatasetConfigurationRepository(environ=os.environ),
            )
        except ParameterError as error:
            if seed is None or error.name != "seed_value":
                raise
            raise ParameterError("seed", str(error).removeprefix("seed_value: ")) from None
        if spark is not None and self._resolved.parameters.setting("mode", None) is None:
            # Whoever gives a session wants it to be used, however few the rows are.
            work = self._resolved.parameters.generation_settings.model_copy(update={"mode": "pyspark"})
            parameters_used = self._resolved.parameters.model_copy(update={"generation_settings": work})
            self._resolved = replace(self._resolved, parameters=parameters_used)
        self._one, self._spark = Lock(), spark
        self._made: PlanRows | None = None

    def __repr__(self) -> str:
        chosen = self._resolved.parameters
        said = {"target_rows": chosen.target_rows or self._resolved.variant.target_rows, "seed": chosen.seed_value}
        return f"{type(self).__name__}({chosen.dataset_id!r}, {', '.join(f'{name}={value}' for name, value in said.items())})"

    @property
    def _rows(self) -> PlanRows:
        with self._one:
            if self._made is None:
                here = Machine.here()
                self._made = PlanRows(make_plan(self._resolved, machine=replace(here, no_spark="") if self._spark is not None else here))
            return self._made

    @property
    def resolved(self) -> Resolved:
        """What was asked for, and where each setting came from."""
        return self._resolved

    @property
    def plan(self) -> Plan:
        """What will be generated."""
        return self._rows.plan

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the tables, parents first."""
        return self.plan.names

    def schema(self, table: str) -> pa.Schema:
        """The Arrow schema of a table; raises UnknownNameError."""
        return self._rows.schema(table)

    def generate(self, *, dtype_backend: DtypeBackend | None = None, progress: bool | None = None) -> dict[str, pd.DataFrame]:
        """Every table as a pandas DataFrame, parents first.

        Whole numbers and booleans that may be missing keep their type (`Int64`, `Int32`, `boolean`); texts from lists are
        categories, timestamps are in UTC, dates and decimals are Python's. `dtype_backend` is that of pandas' own readers: with
        `numpy_nullable` every column of numbers, booleans or texts is of a nullable type, with `pyarrow` every column keeps Arrow's.
        `progress` says whether to show how far it is (None: in a notebook and on a terminal). Raises ParameterError for other values.
        """
        _check_backend(dtype_backend)
        return {name: _frame(table, dtype_backend) for name, table in self.arrow(progress=progress).items()}

    def arrow(self, *, progress: bool | None = None) -> dict[str, pa.Table]:
        """Every table as an Arrow table, parents first; `progress` is that of `generate`."""
        import pyarrow as pa

        out, done = {}, 0
        with progress_bar("generating", _checked_progress(progress)) as tell:
            for name in self.tables:
                batches = []
                for batch in self.batches(name):
                    batches.append(batch)
                    done += batch.num_rows
                    tell(done, self.plan.rows, name)
                out[name] = pa.Table.from_batches(batches, self.schema(name))
        return out

    def write(
        self,
        *,
        emit: Callable[[Event], None] = ignore,
        cancel: CancelToken | None = None,
        check: bool | None = None,
        progress: bool | None = None,
    ) -> JobResult:
        """Generates into files or tables, as the settings in `parameters` say; the command `generate` does the same.

        Arguments, what is returned and what is raised are those of `run_job`; `progress` is that of `generate`.
        """
        from .job import run_job

        datasets = self._resolved.repository.list()
        with progress_bar("writing", _checked_progress(progress)) as tell:
            return run_job(self.plan, emit=of_run(tell, emit), cancel=cancel, check=check, datasets=datasets, spark=self._spark)

    def batches(self, table: str, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """One table in batches of at most `rows` rows (1 or more), for tables larger than memory.

        Raises UnknownNameError for a table that there is not, InputError for other `rows`.
        """
        return self._rows.batches(table, rows)

    @overload
    def preview(self, table: str, offset: int = 0, rows: int = 100, *, dtype_backend: None = None) -> pa.Table: ...

    @overload
    def preview(self, table: str, offset: int = 0, rows: int = 100, *, dtype_backend: DtypeBackend) -> pd.DataFrame: ...

    def preview(
        self, table: str, offset: int = 0, rows: int = 100, *, dtype_backend: DtypeBackend | None = None
    ) -> pa.Table | pd.DataFrame:
        """The rows `offset` .. `offset + rows - 1` of a table, 1 to 10,000 of them; raises UnknownNameError and InputError.

        As an Arrow table; with `dtype_backend`, which is that of `generate`, as a DataFrame.
        """
        _check_backend(dtype_backend)
        page = self._rows.page(table, offset, rows)
        return page if dtype_backend is None else _frame(page, dtype_backend)

    def _repr_html_(self) -> str | None:
        try:
            return self.plan._repr_html_()
        except SyntheticDataError:
            # Whoever asks for tables is told; what only shows the generator falls back to its repr.
            return None


def _check_backend(dtype_backend: object) -> None:
    if dtype_backend not in (None, *get_args(DtypeBackend)):
        raise ParameterError("dtype_backend", f"may be 'numpy_nullable', 'pyarrow' or None, not `{brief(dtype_backend)}`")


def _checked_progress(progress: object) -> bool | None:
    if progress is None or isinstance(progress, bool):
        return progress
    raise ParameterError("progress", f"may be True, False or None, not `{brief(progress)}`")


def _frame(table: pa.Table, dtype_backend: DtypeBackend | None) -> pd.DataFrame:
    """As pandas; by the schema and not by the rows, so that a column has one type at every size."""
    import pandas as pd
    import pyarrow as pa

    if dtype_backend == "pyarrow":
        return table.to_pandas(types_mapper=pd.ArrowDtype)
    types = {pa.int64(): pd.Int64Dtype(), pa.int32(): pd.Int32Dtype(), pa.bool_(): pd.BooleanDtype()}
    always = dtype_backend == "numpy_nullable"
    if always:
        types |= {pa.float64(): pd.Float64Dtype(), pa.string(): pd.StringDtype()}
        plain = [pa.field(field.name, _plain(field.type), field.nullable) for field in table.schema]
        table = table.cast(pa.schema(plain))
    return pd.DataFrame(
        {
            field.name: column.to_pandas(types_mapper=types.get if field.nullable or always else None)
            for field, column in zip(table.schema, table.columns, strict=True)
        },
        copy=False,
    )


def _plain(kind: pa.DataType) -> pa.DataType:
    """A type without its dictionary."""
    import pyarrow as pa

    return kind.value_type if pa.types.is_dictionary(kind) else kind
