"""The commands that declare tables."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from .commands import Config, CustomSchema, Datasets, Json, Sets, places
from .completing import completed_datasets
from .options import HELP

# ruff: noqa: UP045  # typer reads Optional
declaring = typer.Typer(no_args_is_help=True, help="Declare tables: show their DDL, or make them.")
MaybeDataset = Annotated[
    Optional[str],
    typer.Argument(
        help="A dataset of list-datasets; without one, the tables of the log and the configs alone.", autocompletion=completed_datasets
    ),
]
Schema = Annotated[Optional[str], typer.Option("--schema", help=HELP["output_settings.schema"])]


@declaring.command("show")
def show_ddl(
    dataset_id: MaybeDataset = None,
    dialect: Annotated[
        Literal["fabric", "spark", "duckdb", "postgres"],
        typer.Option("--dialect", help="T-SQL of a Fabric Warehouse, Spark SQL of a lakehouse, DuckDB or PostgreSQL."),
    ] = "fabric",
    schema: Schema = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    as_json: Json = False,
) -> None:
    """Show the scripts that make the tables of a dataset, of the log and of the configs; each may run again, and does nothing then.

    Example: synthetic-data ddl show retail_oltp_small --dialect fabric > retail.sql
    """
    from .ddl import show

    show(dataset_id, dialect, {"output_settings.schema": schema, **places(datasets, custom_schema)}, config, sets or (), as_json)


@declaring.command("apply")
def apply_ddl(
    dataset_id: MaybeDataset = None,
    output_dir: Annotated[
        Optional[str],
        typer.Option("--output-dir", help="Output root: a folder of this machine [default: SYNTHETIC_DATA_DIR, else ./synthetic_data]."),
    ] = None,
    url: Annotated[
        Optional[str],
        typer.Option("--url", help="A PostgreSQL database instead: postgresql://user@host:5432/database, the password in PGPASSWORD."),
    ] = None,
    target_environment: Annotated[
        Optional[Literal["lakehouse", "warehouse"]],
        typer.Option("--target-environment", "-e", help=HELP["output_settings.target_environment"]),
    ] = None,
    schema: Schema = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    as_json: Json = False,
) -> None:
    """Make the tables of a dataset, of the log and of the configs where they are missing, in a folder or in PostgreSQL.

    Tables that are there are left as they are. Runs into the same folder fill the tables, and keep what is declared.
    Example: synthetic-data ddl apply retail_oltp_small --target-environment warehouse --output-dir out
    """
    from .ddl import apply

    flags = {
        "output_settings.schema": schema,
        "output_settings.output_dir": output_dir,
        "output_settings.target_environment": target_environment,
        **places(datasets, custom_schema),
    }
    apply(dataset_id, url, flags, config, sets or (), as_json)
