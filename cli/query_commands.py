"""The command that answers SQL."""

from __future__ import annotations

from typing import Annotated, Any, Optional

import typer

from .commands import Config, Csv, CustomSchema, Datasets, Json, OutputDir, Sets, Vertical, places, seconds_of
from .completing import completed_datasets

asking = typer.Typer()


# ruff: noqa: UP045  # typer reads Optional
@asking.command()
def query(
    sql: Annotated[
        str, typer.Argument(help="One SELECT, DESCRIBE, SUMMARIZE, SHOW TABLES, or EXPLAIN of a SELECT; - reads it from standard input.")
    ],
    output_dir: OutputDir = None,
    virtual: Annotated[
        Optional[str],
        typer.Option(
            "--virtual",
            help="Query the tables of this dataset as they would be written, without writing them; its settings follow.",
            metavar="DATASET",
            autocompletion=completed_datasets,
        ),
    ] = None,
    target_rows: Annotated[Optional[str], typer.Option("--target-rows", "-r", help="As in generate.")] = None,
    seed: Annotated[Optional[str], typer.Option("--seed", "-s", help="As in generate.")] = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            help="Seconds that it may run, 1 to 86400 [default: 300].",
            parser=seconds_of,
            metavar="<seconds>",
            show_default=False,
        ),
    ] = 300.0,
    vertical: Vertical = False,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Query the log tables and the generated data in SQL (DuckDB's dialect), read-only; or a dataset that was never written.

    Each table is what its newest run wrote. Example: synthetic-data query "SELECT dataset_id, status, total_rows FROM
    log_synthetic_data_generation". With --virtual, rows are generated while they are read, one day of a billion in a second:
    synthetic-data query --virtual retail_oltp_large -r 1000M "SELECT count(*) FROM orders WHERE order_date = '2024-06-01'"
    """
    from .query import query as work
    from .tables import form_of

    form = form_of(as_json=as_json, csv=csv, vertical=vertical)
    flags: dict[str, Any] = {"target_rows": target_rows, "seed_value": seed, **places(datasets, custom_schema)}
    work(sql, virtual, form, timeout, output_dir, flags=flags, config=config, sets=sets or ())
