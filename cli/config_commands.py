"""Commands that tell what settings mean, and what files of them may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal, Optional

import typer

from .commands import Json
from .completing import completed_settings
from .streams import tell, tell_json, width_of_terminal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..core.spec.reference import Reference

reference_app = typer.Typer()


@reference_app.command("settings")
def settings(
    name: Annotated[
        Optional[str],  # noqa: UP045  # typer reads Optional
        typer.Argument(
            help="One of them, an option, a block such as output_settings, or a group such as Time.", autocompletion=completed_settings
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List every setting: what it means, what it may be, its default, and what it changes of the data.

    Example: synthetic-data settings orphan_percentage
    """
    from ..core.spec.reference import found, references

    chosen = references() if name is None else found(name)
    if as_json:
        tell_json([one.to_json() for one in chosen])
    elif len(chosen) == 1:
        tell(*_card(chosen[0]))
    else:
        tell(*_listed(chosen))


def _card(one: Reference) -> list[str]:
    from ..core.spec.reference import CHANGES
    from .show import wrapped

    value = {"a mapping": "{..}", "a list": "[..]"}.get(one.allowed, "..")
    given = [*([one.option] if one.option else []), f"--set {one.path}={value}", "a config file", *one.environment]
    told = {
        "allowed": one.allowed,
        "default": one.default or "not set",
        "changes": CHANGES[one.changes],
        "given by": ", ".join(given),
        "also": ", ".join(one.also),
    }
    width = width_of_terminal()
    lines = [f"{one.path}{f': {one.title}' if one.title else ''}", *wrapped(one.about, "  ", width)]
    for name, text in told.items():
        if text:
            lines += wrapped(f"{name:<8}  {text}", "  ", width, hanging=" " * 12)
    return lines


def _listed(chosen: Sequence[Reference]) -> list[str]:
    """By group, each with its default, what it changes and what it means."""
    from .show import wrapped

    width, lines = width_of_terminal(), []
    room = max(len(one.path) for one in chosen)
    for group in dict.fromkeys(one.group for one in chosen):
        lines.append(group)
        for one in chosen:
            if one.group == group:
                lines.append(f"  {one.path:<{room}}  {one.allowed}; default {one.default or 'not set'}; changes {one.changes}")
                lines += wrapped(one.about, "      ", width)
    return [*lines, "", "one of them in full: synthetic-data settings NAME"]


config_app = typer.Typer(no_args_is_help=True, help="Work with config files.")
reference_app.add_typer(config_app, name="config")


@config_app.command("schema")
def config_schema(
    of: Annotated[
        Literal["dataset", "runtime", "enhanced"], typer.Argument(help="A dataset's YAML, a run's config file, or an enhanced template.")
    ] = "runtime",
) -> None:
    """Print the JSON Schema of dataset YAML, of config files or of templates, for editors.

    Example: synthetic-data config schema dataset > dataset.schema.json
    """
    from ..core.spec.schema import json_schema

    tell_json(json_schema(of))
