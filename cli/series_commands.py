"""The commands that work by days."""

from __future__ import annotations

import os
from typing import Annotated, Any, Optional

import typer

from ..core.spec.arrival import DEFAULT_BATCH
from .commands import Config, CustomSchema, Datasets, Json, MaybeDatasetId, OutputDir, Quiet, Sets, places
from .options import ConfigTemplate, Execute, Templates, template_of, with_settings_of_a_day, with_settings_of_days
from .streams import tell, tell_json

days = typer.Typer()

# ruff: noqa: UP045  # typer reads Optional
State = Annotated[
    Optional[bool],
    typer.Option("--state-management/--no-state-management", help="Note which days are written, and pass over those [default: yes]."),
]
Again = Annotated[bool, typer.Option("--ignore-state", help="Write days again that are there, in their places.")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Continue with the first missing day; without --start-date that is the first one missing of the days already written, "
        "and the run goes on to --end-date, by default the end of the history.",
    ),
]
Dry = Annotated[bool, typer.Option("--dry-run", help="Show what is there, and what the other days bring and cost; write nothing.")]


@days.command("list-incremental-datasets")
def list_incremental_datasets(datasets: Datasets = None, as_json: Json = False) -> None:
    """List the datasets that arrive day by day, and how each of their tables does.

    Example: synthetic-data list-incremental-datasets
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .show import incremental_lines, incremental_values

    repository = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    if as_json:
        tell_json(incremental_values(repository))
    else:
        tell(*incremental_lines(repository))


@days.command("generate-incremental")
@with_settings_of_a_day
def generate_incremental(
    flags: dict[str, Any],
    dataset_id: MaybeDatasetId = None,
    date: Annotated[Optional[str], typer.Option("--date", "-d", help="The day, YYYY-MM-DD.")] = None,
    state_management: State = None,
    ignore_state: Again = False,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    dry_run: Dry = False,
    execute: Execute = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Generate one day of a dataset: the same rows, alone or in a series.

    Example: synthetic-data generate-incremental retail_oltp_small_incremental --date 2024-03-15
    """
    from ..core.spec.resolve import config_days
    from .series import How, day_of, generate_days

    flags |= places(datasets, custom_schema)
    day = day_of(date, "--date")
    sets = [*config_days(config).sets, *(sets or ())]
    how = How(1, ignore_state, state_management, dry_run, as_json, execute, quiet)
    raise typer.Exit(generate_days(dataset_id, day, day, flags, sets, config, how, template_of(config_template, templates, datasets)))


@days.command("generate-series")
@with_settings_of_days
def generate_series(
    flags: dict[str, Any],
    dataset_id: MaybeDatasetId = None,
    start_date: Annotated[Optional[str], typer.Option("--start-date", "-s", help="First day, YYYY-MM-DD [default: the config's].")] = None,
    end_date: Annotated[Optional[str], typer.Option("--end-date", "-e", help="Last day, YYYY-MM-DD [default: the config's].")] = None,
    batch_size: Annotated[
        Optional[str], typer.Option("--batch-size", "-b", help=f"Days that are published together [default: {DEFAULT_BATCH}].")
    ] = None,
    ignore_state: Again = False,
    resume: Resume = False,
    state_management: State = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    dry_run: Dry = False,
    execute: Execute = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Generate days of a dataset, one after another; those that are there are passed over.

    Example: synthetic-data generate-series retail_oltp_small_incremental --start-date 2024-01-01 --end-date 2024-03-31
    """
    from ..core.errors import InputError
    from ..core.spec.resolve import config_days
    from .series import How, batch_of, day_of, generate_days

    if resume and (ignore_state or state_management is False):
        raise InputError("--resume goes by the state: leave --ignore-state and --no-state-management out")
    flags |= places(datasets, custom_schema)
    held = config_days(config)
    sets = [*held.sets, *(sets or ())]
    start = held.start if start_date is None else day_of(start_date, "--start-date")
    end = held.end if end_date is None else day_of(end_date, "--end-date")
    goes_on = resume and start is None
    first = start if start is not None or goes_on else day_of(None, "--start-date")
    last = end if end is not None or goes_on else day_of(None, "--end-date")
    again = ignore_state or (held.again and not resume)
    batch = held.batch if batch_size is None else batch_of(batch_size, "--batch-size")
    how = How(batch, again, True if resume else state_management, dry_run, as_json, execute, quiet)
    raise typer.Exit(generate_days(dataset_id, first, last, flags, sets, config, how, template_of(config_template, templates, datasets)))


state_app = typer.Typer(no_args_is_help=True, help="Look at the days that were written, check them, and make them again.")
days.add_typer(state_app, name="state")


@state_app.command("show")
def state_show(output_dir: OutputDir = None, as_json: Json = False) -> None:
    """Show a calendar of the days that are there, missing and failed.

    Example: synthetic-data state show
    """
    from .state import show_state

    raise typer.Exit(show_state(output_dir, as_json))


@state_app.command("verify")
def state_verify(output_dir: OutputDir = None, datasets: Datasets = None, as_json: Json = False) -> None:
    """Check that every file and table is as it was written; exit code 1 if one is not.

    Example: synthetic-data state verify --json
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .state import verify_state

    raise typer.Exit(verify_state(output_dir, as_json, DatasetConfigurationRepository(datasets or (), environ=os.environ)))


@state_app.command("repair")
def state_repair(output_dir: OutputDir = None, datasets: Datasets = None, as_json: Json = False) -> None:
    """Make again what is missing between other days, or is not as it was written; tables of a series are loaded anew.

    Example: synthetic-data state repair
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from .state import repair_state

    raise typer.Exit(repair_state(output_dir, as_json, DatasetConfigurationRepository(datasets or (), environ=os.environ)))
