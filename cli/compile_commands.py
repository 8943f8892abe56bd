"""The commands that compile notebooks, and run them here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Optional

import typer

from ..core.spec.arrival import DEFAULT_BATCH
from ..core.spec.flags import FLAGS, WORKSPACE
from .commands import Config, CustomSchema, Datasets, Json, Quiet, Sets, places
from .completing import completed_templates
from .options import HELP, Options, Templates
from .quick import SHORT
from .streams import tell, tell_json

# ruff: noqa: UP045  # typer reads Optional
compiling = typer.Typer()

_OF_NOTEBOOKS: Final = {
    path: option for path, option in FLAGS.items() if path != "output_settings.output_dir" and not path.startswith("spark.")
}
with_settings_of_notebooks: Final = Options(_OF_NOTEBOOKS, SHORT, conf=False)
"""Those of a run, but for where it writes and the Spark that it starts: a notebook has a lakehouse and a session of its workspace."""

Kernel = Annotated[
    Optional[Literal["python", "spark"]],
    typer.Option("--kernel", help="Kernel of the notebook [default: spark where the generation mode is pyspark, else python]."),
]
Workspace = Annotated[
    Path,
    typer.Option("--output-dir", help="Folder for the items of a workspace, which `fab deploy` publishes.", file_okay=False),
]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that were edited by hand since they were compiled.")]
Ddl = Annotated[bool, typer.Option("--include-ddl/--no-include-ddl", help="Add the DDL: scripts, and a notebook that runs them.")]
Pipeline = Annotated[bool, typer.Option("--pipeline", help="Add a Data Pipeline that runs the DDL and then the notebook.")]
Lakehouse = Annotated[str, typer.Option("--lakehouse", help="Name of the lakehouse that notebooks write to.")]
Warehouse = Annotated[str, typer.Option("--warehouse", help="Name of the warehouse that they load.")]
StartDate = Annotated[Optional[str], typer.Option("--start-date", help="Compile for days instead: the first, YYYY-MM-DD.")]
EndDate = Annotated[Optional[str], typer.Option("--end-date", help="The last day [default: the first alone].")]
BatchSize = Annotated[Optional[str], typer.Option("--batch-size", help=f"Days that are published together [default: {DEFAULT_BATCH}].")]
_FOLDER: Final = Path(WORKSPACE)


@compiling.command("compile")
@with_settings_of_notebooks
def compile_(
    flags: dict[str, Any],
    dataset_id: Annotated[Optional[str], typer.Option("--dataset-id", "-d", help="A dataset of list-datasets.")] = None,
    enhanced: Annotated[bool, typer.Option("--enhanced", help="Compile an enhanced template.")] = False,
    config_template: Annotated[
        Optional[str],
        typer.Option(
            "--config-template", "-t", help="With --enhanced: which template; `list` lists them.", autocompletion=completed_templates
        ),
    ] = None,
    templates: Templates = None,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    start_date: StartDate = None,
    end_date: EndDate = None,
    batch_size: BatchSize = None,
    include_ddl: Ddl = True,
    pipeline: Pipeline = False,
    kernel: Kernel = None,
    lakehouse: Lakehouse = "synthetic_data",
    warehouse: Warehouse = "synthetic_data_warehouse",
    name: Annotated[str, typer.Option("--name", help="Name of the notebook [default: after its dataset].")] = "",
    output_dir: Workspace = _FOLDER,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compile a notebook for a dataset or a template, with its DDL: a folder that deploys to Fabric as it is.

    Example: synthetic-data compile --dataset-id retail_oltp_small --target-rows 10000
    """
    from ..core.compile.chosen import How
    from ..core.errors import InputError
    from .compiling import compile_dataset, days_of, listed_as_json, listed_templates, told
    from .series import batch_of

    if templates and not enhanced:
        raise InputError("--templates goes with --enhanced")
    if config_template == "list" and as_json:
        tell_json(listed_as_json(templates, datasets))
        raise typer.Exit
    if config_template == "list":
        tell(*listed_templates(templates, datasets))
        raise typer.Exit
    if config_template is not None and not enhanced:
        raise InputError("--config-template goes with --enhanced")
    if enhanced and config_template is None:
        raise InputError("say which template: --config-template ID; `--config-template list` lists them")
    flags |= places(datasets, custom_schema)
    days = days_of(start_date, end_date, batch_size)
    how = How(output_dir, lakehouse, warehouse, force, kernel, include_ddl, pipeline, days, batch_of(batch_size, "--batch-size"), name)
    told(compile_dataset(dataset_id, flags, sets or (), config, config_template, templates, how), as_json)


@compiling.command("compile-generic-templates")
def compile_generic_templates(
    target_environment: Annotated[
        Literal["lakehouse", "warehouse"], typer.Option("--target-environment", "-t", help="What the notebooks write to.")
    ] = "lakehouse",
    template_type: Annotated[Literal["all", "series", "single"], typer.Option("--template-type", help="Which of them.")] = "all",
    kernel: Kernel = None,
    lakehouse: Lakehouse = "synthetic_data",
    warehouse: Warehouse = "synthetic_data_warehouse",
    output_dir: Workspace = _FOLDER,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Compile the notebooks that generate any shipped dataset, with all parameters to be set when they run.

    Example: synthetic-data compile-generic-templates --target-environment warehouse
    """
    from ..core.compile.chosen import How
    from .compiling import compile_generic, told

    told(compile_generic(target_environment, template_type, How(output_dir, lakehouse, warehouse, force, kernel)), as_json)


@compiling.command("execute-with-parameters")
def execute_with_parameters(
    notebook_name: Annotated[str, typer.Argument(help="A compiled notebook, such as generic_single_dataset_lakehouse.")],
    dataset_id: Annotated[Optional[str], typer.Option("--dataset-id", help="The dataset to generate.")] = None,
    start_date: Annotated[Optional[str], typer.Option("--start-date", help="First day of a series, YYYY-MM-DD.")] = None,
    end_date: Annotated[Optional[str], typer.Option("--end-date", help="Last day of a series, YYYY-MM-DD.")] = None,
    batch_size: Annotated[Optional[str], typer.Option("--batch-size", help="Days that are published together.")] = None,
    target_rows: Annotated[Optional[str], typer.Option("--target-rows", help=HELP["target_rows"])] = None,
    scale_factor: Annotated[Optional[str], typer.Option("--scale-factor", help=HELP["scale_factor"])] = None,
    path_format: Annotated[Optional[str], typer.Option("--path-format", "--path-pattern", help=HELP["output_settings.path_format"])] = None,
    output_mode: Annotated[Optional[str], typer.Option("--output-mode", help=HELP["output_settings.output_mode"])] = None,
    seed: Annotated[Optional[str], typer.Option("--seed", help=HELP["seed_value"])] = None,
    generation_mode: Annotated[
        Optional[str], typer.Option("--generation-mode", help="python, pyspark (the notebook of the Spark kernel) or auto.")
    ] = None,
    custom_schema: Annotated[
        Optional[str], typer.Option("--custom-schema", help="A dataset of your own: a file (YAML or JSON), or a JSON text.")
    ] = None,
    enable_partitioning: Annotated[bool, typer.Option("--enable-partitioning", help=HELP["partition_config.enabled"])] = False,
    schema: Annotated[Optional[str], typer.Option("--schema", help=HELP["output_settings.schema"])] = None,
    config: Config = None,
    sets: Annotated[
        Optional[list[str]],
        typer.Option("--set", help="A parameter or a setting, such as scale_factor=2; may be repeated."),
    ] = None,
    output_dir: Annotated[
        Optional[str],
        typer.Option("--output-dir", help="Where to write [default: SYNTHETIC_DATA_DIR, else ./synthetic_data]."),
    ] = None,
    workspace: Annotated[
        Path, typer.Option("--workspace-dir", help="Folder of the compiled items; a generic notebook is compiled there if need be.")
    ] = _FOLDER,
    quiet: Quiet = False,
    as_json: Json = False,
) -> None:
    """Run a compiled notebook here, the very file that deploys, with other parameters.

    Example: synthetic-data execute-with-parameters generic_single_dataset_lakehouse --dataset-id retail_oltp_small --target-rows 50000
    """
    from .executing import Asked, execute_notebook

    given = {
        "dataset_id": dataset_id,
        "start_date": start_date,
        "end_date": end_date,
        "batch_size": batch_size,
        "target_rows": target_rows,
        "scale_factor": scale_factor,
        "path_format": path_format,
        "output_mode": output_mode,
        "seed": seed,
        "generation_mode": generation_mode,
        "schema_name": schema,
        "enable_partitioning": enable_partitioning or None,
    }
    asked = Asked({name: value for name, value in given.items() if value is not None}, sets or (), config, custom_schema)
    raise typer.Exit(execute_notebook(notebook_name, asked, workspace, output_dir, as_json, quiet))
