"""The command that shows a dataset, or one column of it."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

import typer

from .commands import Config, CustomSchema, Datasets, Json, MaybeDatasetId, Sets, places
from .completing import completed_columns
from .options import ConfigTemplate, Templates, template_of

showing = typer.Typer()


# ruff: noqa: UP045  # typer reads Optional
@showing.command()
def show(
    dataset_id: MaybeDatasetId = None,
    column: Annotated[
        Optional[str],
        typer.Argument(
            help="A column, such as orders.status: what it means, what it is drawn from, and what changes it.",
            metavar="TABLE.COLUMN",
            autocompletion=completed_columns,
            show_default=False,
        ),
    ] = None,
    resolved: Annotated[bool, typer.Option("--resolved", help="Show every setting and where it comes from.")] = False,
    dictionary: Annotated[bool, typer.Option("--dictionary", help="Show the data dictionary: what each column means.")] = False,
    form: Annotated[Literal["markdown", "json"], typer.Option("--format", help="Format of the data dictionary.")] = "markdown",
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
    as_json: Json = False,
) -> None:
    """Show a dataset's tables, columns, keys and relationships, or all about one column.

    Examples: synthetic-data show retail_oltp_small --dictionary > dictionary.md
    and synthetic-data show retail_oltp_small orders.status
    """
    from .show import show_dataset, show_dictionary

    where, template = places(datasets, custom_schema), template_of(config_template, templates, datasets)
    if column is None and dataset_id is not None and template is not None and "." in dataset_id:
        # The template names the dataset.
        dataset_id, column = None, dataset_id
    if column is not None:
        from .show_column import show_column

        if dictionary or resolved:
            raise typer.BadParameter(
                "goes with a whole dataset, not with a column", param_hint="--dictionary" if dictionary else "--resolved"
            )
        show_column(dataset_id, column, where, config, sets or (), as_json, template)
    elif dictionary:
        show_dictionary(dataset_id, where, config, sets or (), "json" if as_json else form, template)
    else:
        show_dataset(dataset_id, where, config, sets or (), resolved, as_json, template)
