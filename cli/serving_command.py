"""The command that shows the wizard in a browser."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ..core.spec.flags import SWITCHES
from .browser import show_aside
from .commands import Config, CustomSchema, Datasets, MaybeDatasetId, Sets
from .options import ConfigTemplate, Templates, template_of, with_settings

serving = typer.Typer()
_PORTS: Final = 65_535


@serving.command("serve")
@with_settings
def serve(
    flags: dict[str, Any],
    dataset_id: MaybeDatasetId = None,
    host: Annotated[
        str, typer.Option("--host", help="Address to listen on; any other than that of this machine lets others in who have the address.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="Port; 0 takes a free one.", min=0, max=_PORTS)] = 8000,
    shows: Annotated[bool, typer.Option("--open", help="Open it in the browser of this machine.")] = False,
    config: Config = None,
    sets: Sets = None,
    datasets: Datasets = None,
    custom_schema: CustomSchema = None,
    config_template: ConfigTemplate = None,
    templates: Templates = None,
) -> None:
    """Show the wizard in a browser, on this machine alone, with the settings of `tui`; needs the extra `serve`.

    The address has a random token, without which nothing is answered. Example: synthetic-data serve retail_oltp_large --port 0
    """
    from ..core.errors import InputError

    try:
        from .serving import serve as work
    except ModuleNotFoundError as error:
        raise InputError(
            f"the wizard in a browser needs {error.name}, which is not installed: pip install 'ingen-fab-synthetic-data[serve]'"
        ) from None
    # What is wrong is said here, and not in the browser.
    template = template_of(config_template, templates, datasets)
    given = {"flags": flags, "config": config, "sets": sets or (), "datasets": datasets or (), "custom_schema": custom_schema}
    _try(dataset_id, template, given)
    words = _words(dataset_id, flags, config, sets, datasets, custom_schema, config_template, templates)
    command = shlex.join([sys.executable, "-m", "ingen_fab.synthetic_data", "tui", *words])
    # Without a shell in between, the wizard hears what its page says, and ends with it.
    work(command if os.name == "nt" else f"exec {command}", host, port, _show if shows else _unshown)


def _try(dataset_id: str | None, template: Any, given: dict[str, Any]) -> None:
    from ..tui.start import first_draft

    first_draft(dataset_id, environ=os.environ, template=template, **given)


def _words(
    dataset_id: str | None,
    flags: dict[str, Any],
    config: Path | None,
    sets: list[str] | None,
    datasets: list[Path] | None,
    custom_schema: Path | None,
    config_template: str | None,
    templates: list[Path] | None,
) -> list[str]:
    """The arguments of `tui` that say the same."""
    from ..core.spec.flags import FLAGS

    words = [dataset_id] if dataset_id is not None else []
    for path, value in flags.items():
        if value is None:
            continue
        if path in SWITCHES:
            words.append(FLAGS[path])
        elif path.startswith("spark.conf."):
            words += ["--spark-conf", f"{path.removeprefix('spark.conf.')}={value}"]
        else:
            words += [f"{FLAGS[path]}={','.join(value) if isinstance(value, list) else value}"]
    several = {"--set": sets, "--datasets": datasets, "--templates": templates}
    words += [f"{option}={value}" for option, values in several.items() for value in values or ()]
    single = {"--config": config, "--custom-schema": custom_schema, "--config-template": config_template}
    return [*words, *(f"{option}={value}" for option, value in single.items() if value is not None)]


def _show(url: str) -> None:
    show_aside(url, "open the address yourself")


def _unshown(url: str) -> None:
    """Whoever started it opens the address that was printed."""
