"""The commands. Each calls one function of the core, whose keyword arguments are its options."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, NoReturn, Optional

import typer
from typer.core import TyperGroup

from .completing import completed_datasets, completed_domains, completed_tables
from .options import HELP, ConfigTemplate, Execute, Templates, template_of, with_settings
from .streams import tell, tell_json

if TYPE_CHECKING:
    from collections.abc import Sequence

NAMES_OF_HELP: Final = {"help_option_names": ["-h", "--help"]}
_EXITS: Final = (
    "Exit codes: 0 done, 1 the run or a check of the data failed, 2 bad input, 3 refused because of files that are there, "
    "130 or 143 cancelled."
)

_SENTENCE: Final = 200
"""Characters of what a list says of a command."""
_IN_A_BROWSER: Final = "textual.drivers.web_driver:WebDriver"
"""What shows the wizard, where `serve` starts it."""


class Whole(TyperGroup):
    """Commands, each with the whole first sentence of its help: one that is cut in the middle tells little."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the list of commands."""
        found = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.get_short_help_str(limit=_SENTENCE)) for name, command in found if command is not None])


app = typer.Typer(
    cls=Whole,
    no_args_is_help=False,
    invoke_without_command=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=_EXITS,
    context_settings=NAMES_OF_HELP,
)

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Tell warnings and errors alone.")]
Vertical = Annotated[bool, typer.Option("--vertical", help="Write a line for each column of a row.")]
Csv = Annotated[
    bool, typer.Option("--csv", help='Write CSV: nothing for NULL, "" for an empty text, control characters but line breaks as escapes.')
]
Config = Annotated[Optional[Path], typer.Option("--config", help="Config file (YAML or JSON).", dir_okay=False)]  # noqa: UP045  # typer
OutputDir = Annotated[Optional[str], typer.Option("--output-dir", help=HELP["output_settings.output_dir"])]  # noqa: UP045  # typer
Sets = Annotated[Optional[list[str]], typer.Option("--set", help="A setting, for example --set scale_factor=2; may be repeated.")]  # noqa: UP045  # typer
Datasets = Annotated[
    Optional[list[Path]],  # noqa: UP045  # typer
    typer.Option("--datasets", help="Folder of own datasets (YAML or JSON), besides those of SYNTHETIC_DATA_DATASETS; may be repeated."),
]
CustomSchema = Annotated[
    Optional[Path],  # noqa: UP045  # typer
    typer.Option("--custom-schema", help="File (YAML or JSON) that declares a dataset, or selects tables of one.", dir_okay=False),
]


def seconds_of(text: str | float) -> float:
    """The seconds that an option says; raises typer.BadParameter for what are none."""
    from ..core.spec.numbers import number

    try:
        found = float(number(str(text)))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    if not 1 <= found <= 86_400:
        raise typer.BadParameter(f"must be from 1 to 86400 seconds, not `{text}`")
    return found


def _whole(text: str) -> int:
    from ..core.spec.numbers import whole

    try:
        return int(whole(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


MaybeDatasetId = Annotated[
    Optional[str],  # noqa: UP045  # typer
    typer.Argument(help="A dataset of list-datasets; may be left out with --config or --custom-schema.", autocompletion=completed_datasets),
]


@app.callback()
def _top(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Realistic, relational, time-evolving test data.

    Alone on a terminal, it opens the wizard. Without one, start with: synthetic-data list-datasets
    """
    if version:
        from .. import __version__

        tell(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        if sys.stdin.isatty() and sys.stdout.isatty():
            _open_wizard(None, plain=False)
        else:
            tell(*context.get_help().splitlines())


def _open_wizard(dataset_id: str | None, *, plain: bool, **given: Any) -> None:
    from ..core.errors import InputError

    served = os.environ.get("TEXTUAL_DRIVER") == _IN_A_BROWSER
    if plain or (os.environ.get("TERM") == "dumb" and not served and sys.stdin.isatty()):
        _converse(dataset_id, **given)
    if not served and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise InputError(
            "the wizard needs a terminal; `tui --plain` asks line by line, and `synthetic-data generate` does its work without one"
        )
    from ..tui import run_wizard

    code, lines = run_wizard(dataset_id, environ=os.environ, **given)
    if not served:
        # Where it is served, standard output speaks to the browser.
        tell(*lines)
    if code:
        raise typer.Exit(code)


def _converse(dataset_id: str | None, *, templates: Sequence[Path] = (), **given: Any) -> NoReturn:
    from ..core.spec.templates import TemplateRepository
    from ..tui.start import first_draft
    from .plain import converse

    draft, repository = first_draft(dataset_id, environ=os.environ, **given)
    raise typer.Exit(converse(draft, repository, TemplateRepository(templates, os.environ, repository)))


@app.command()
@with_settings
def tui(
    flags: dict[str, Any],
    dataset_id: MaybeDatasetId = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Ask line by line, for screen readers and dumb terminals; TERM=dumb does so unasked.")
    ] = False,
) -> None:
    """Open the wizard: choose a dataset, tune it, look at its rows, generate it, export its config.

    Example: synthetic-data tui retail_oltp_large --scale-factor 0.1 --output-dir out
    """
    template = template_of(config_template, templates, datasets)
    given = {"flags": flags, "config": config, "sets": sets or (), "datasets": datasets or (), "custom_schema": custom_schema}
    _open_wizard(dataset_id, plain=plain, **given, template=template, templates=templates or ())


@app.command("list-datasets")
def list_datasets(
    domain: Annotated[
        Optional[str],  # noqa: UP045  # typer
        typer.Option("--domain", help="Only datasets of this domain.", autocompletion=completed_domains),
    ] = None,
    datasets: Datasets = None,
    as_json: Json = False,
) -> None:
    """List the datasets, their sizes and tables.

    Example: synthetic-data list-datasets --domain retail
    """
    from ..core.errors import UnknownNameError
    from ..core.spec.repository import DatasetConfigurationRepository
    from .show import dataset_lines

    found = DatasetConfigurationRepository(datasets or (), environ=os.environ).list()
    if domain is not None:
        known = sorted({info.domain for info in found})
        if domain not in known:
            raise UnknownNameError("domain", domain, known)
        found = [info for info in found if info.domain == domain]
    if as_json:
        keys = ("dataset_id", "dataset_name", "domain", "schema_pattern", "dataset_type", "target_rows", "about", "problem")
        tell_json([{**{key: getattr(info, key) for key in keys}, "tables": list(info.tables)} for info in found])
        return
    tell(*dataset_lines(found))


@app.command()
@with_settings
def generate(
    flags: dict[str, Any],
    dataset_id: MaybeDatasetId = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and what it would cost; write nothing.")] = False,
    validate: Annotated[
        Optional[bool],  # noqa: UP045  # typer
        typer.Option("--validate/--no-validate", help="Check what was written; failures are warnings [default: up to 5 million rows]."),
    ] = None,
    execute: Execute = False,
    inline: Annotated[bool, typer.Option("--inline", help="Show the run as the wizard does, within the scrolling terminal.")] = False,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Generate a dataset and write it.

    Example: synthetic-data generate retail_oltp_small --target-rows 1000 --seed 42 --output-mode parquet
    """
    from .generate import generate as work

    template = template_of(config_template, templates, datasets)
    flags |= places(datasets, custom_schema)
    if execute:
        from .executing import execute_dataset, refuse_with_execute

        refuse_with_execute({"--dry-run": dry_run, "--validate": validate is not None, "--inline": inline})
        raise typer.Exit(execute_dataset(dataset_id, flags, sets or (), config, template, as_json, quiet))
    raise typer.Exit(work(dataset_id, flags, sets or (), config, dry_run, as_json, validate, template, quiet, inline))


@app.command()
def preview(
    dataset_id: Annotated[
        str,
        typer.Argument(help="A dataset of list-datasets; may be left out with --config-template.", autocompletion=completed_datasets),
    ],
    table: Annotated[
        Optional[str],  # noqa: UP045  # typer
        typer.Argument(help="A table of the dataset.", autocompletion=completed_tables, show_default=False),
    ] = None,
    offset: Annotated[int, typer.Option("--offset", help="First row, counted from 0.", parser=_whole, metavar="<int>")] = 0,
    rows: Annotated[int, typer.Option("--rows", help="How many rows.", parser=_whole, metavar="<int>")] = 10,
    target_rows: Annotated[Optional[str], typer.Option("--target-rows", "-r", help="As in generate.")] = None,  # noqa: UP045  # typer
    seed: Annotated[Optional[str], typer.Option("--seed", "-s", help="As in generate.")] = None,  # noqa: UP045  # typer
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    vertical: Vertical = False,
    csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Show rows of a table as a run would write them, from any offset, at once.

    Example: synthetic-data preview retail_oltp_large orders --offset 999999 --rows 1
    """
    from .show import show_rows
    from .tables import form_of

    template = template_of(config_template, templates, datasets)
    if table is None and template is None:
        raise typer.BadParameter("say which table of the dataset", param_hint="TABLE")
    chosen, wanted = (dataset_id, table) if table is not None else (None, dataset_id)
    flags = {"target_rows": target_rows, "seed_value": seed, **places(datasets, custom_schema)}
    form = form_of(as_json=as_json, csv=csv, vertical=vertical)
    show_rows(chosen, wanted, offset, rows, flags, config, sets or (), form, template)


@app.command()
def validate(
    file: Annotated[
        Optional[Path],  # noqa: UP045  # typer
        typer.Argument(help="A dataset's file, or a config file; may be left out with --custom-schema."),
    ] = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
) -> None:
    """Check a dataset's file or a config file, and explain every problem in a sentence.

    Example: synthetic-data validate my_dataset.yaml
    """
    from .show import validate_file

    tell(*validate_file(file, datasets or (), custom_schema))


def places(datasets: list[Path] | None, custom_schema: Path | None) -> dict[str, Any]:
    """The settings that say where datasets are found."""
    return {
        "datasets": [str(path) for path in datasets] if datasets else None,
        "custom_schema": str(custom_schema) if custom_schema is not None else None,
    }


@app.command("validate-data")
def validate_data(
    dataset_id: Annotated[
        Optional[str],  # noqa: UP045  # typer
        typer.Argument(help="A dataset that was generated [default: that of the newest run].", autocompletion=completed_datasets),
    ] = None,
    output_dir: OutputDir = None,
    config: Config = None,
    schema: Annotated[Optional[str], typer.Option("--schema", help="Only a run with this folder or schema.")] = None,  # noqa: UP045  # typer
    output_mode: Annotated[Optional[str], typer.Option("--output-mode", "-o", help="Only a run in this mode.")] = None,  # noqa: UP045  # typer
    target_environment: Annotated[
        Optional[str], typer.Option("--target-environment", "-e", help="Only a run for this environment.")  # noqa: UP045  # typer
    ] = None,
    date: Annotated[Optional[str], typer.Option("--date", "-d", help="One day of a series, YYYY-MM-DD.")] = None,  # noqa: UP045  # typer
    start_date: Annotated[
        Optional[str],  # noqa: UP045  # typer
        typer.Option("--start-date", help="First day of a series [default: the first that was written]."),
    ] = None,
    end_date: Annotated[
        Optional[str],  # noqa: UP045  # typer
        typer.Option("--end-date", help="Last day of a series [default: the last that was written]."),
    ] = None,
    as_json: Json = False,
    junit: Annotated[Optional[Path], typer.Option("--junit", help="Write JUnit XML, for CI.", dir_okay=False)] = None,  # noqa: UP045  # typer
    html: Annotated[Optional[Path], typer.Option("--html", help="Write one HTML file with plots.", dir_okay=False)] = None,  # noqa: UP045  # typer
    timeout: Annotated[
        float,
        typer.Option(
            "--timeout",
            help="Seconds that each of the dataset's own checks may run, 1 to 86400 [default: 600].",
            parser=seconds_of,
            metavar="<seconds>",
            show_default=False,
        ),
    ] = 600.0,
    quiet: Quiet = False,
) -> None:
    """Check what was written against what the dataset declares; exit code 1 if a check fails.

    Keys, references, quotas, distributions, patterns in time, business rules: read from the files by DuckDB, with the
    settings that the run's manifest holds. Of days of a series also that nothing comes twice and no day is missing, that
    later states follow from earlier ones, and that balances go on. Example: synthetic-data validate-data --html quality.html
    """
    from .validate import validate_data as work

    code = work(
        dataset_id,
        output_dir,
        config=config,
        schema=schema,
        mode=output_mode,
        environment=target_environment,
        day=date,
        start=start_date,
        end=end_date,
        as_json=as_json,
        junit=junit,
        html=html,
        seconds=timeout,
        quiet=quiet,
    )
    raise typer.Exit(code)
