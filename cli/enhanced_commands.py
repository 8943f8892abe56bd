"""The command that lists enhanced templates, and tells of one what it presets and offers."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, Final, Optional

import typer

from ..core.spec.paths import BUILT_IN
from .commands import Datasets, Json
from .completing import completed_templates
from .options import Templates
from .show import in_a_line, wrapped
from .streams import tell, tell_json, width_of_terminal

if TYPE_CHECKING:
    from ..core.spec.offered import Parameter
    from ..core.spec.templates import TemplateInfo, TemplateRepository

templates_app = typer.Typer()
_CUSTOM: Final = "a text of your own, such as {table}/{date:%Y%m%d}{part}.{ext}"


# ruff: noqa: UP045  # typer reads Optional
@templates_app.command("list-enhanced")
def list_enhanced(
    template_id: Annotated[
        Optional[str], typer.Argument(help="One of them: tell what it changes and offers.", autocompletion=completed_templates)
    ] = None,
    templates: Templates = None,
    datasets: Datasets = None,
    as_json: Json = False,
) -> None:
    """List the enhanced templates: a dataset with presets, and the parameters that each offers.

    Example: synthetic-data list-enhanced retail_oltp_enhanced
    """
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.templates import TemplateRepository

    known = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    repository = TemplateRepository(templates or (), os.environ, known)
    if template_id is not None:
        value = template_value(repository, template_id)
        if as_json:
            tell_json(value)
        else:
            tell(*template_lines(repository, template_id))
    elif as_json:
        tell_json(enhanced_values(repository.list()))
    else:
        tell(*enhanced_lines(repository.list()))


def enhanced_values(infos: Sequence[TemplateInfo]) -> dict[str, Any]:
    """The listing as JSON values."""
    return {"templates": [_listed(info) for info in infos], "path_patterns": dict(BUILT_IN)}


def _listed(info: TemplateInfo) -> dict[str, str]:
    keys = ("template_id", "name", "dataset_id", "about", "problem")
    return {key: getattr(info, key) for key in keys}


def enhanced_lines(infos: Sequence[TemplateInfo]) -> list[str]:
    """The listing: id, dataset, and what each is; then the patterns of paths."""
    width = max((len(info.template_id) for info in infos), default=0)
    base = max((len(info.dataset_id) for info in infos if not info.problem), default=0)
    lines = []
    for info in infos:
        told = in_a_line(info.problem) or f"{info.dataset_id:<{base}}  {in_a_line(info.name)}"
        lines.append(f"{info.template_id:<{width}}  {told}")
        if not info.problem:
            lines += wrapped(in_a_line(info.about), "  ", width_of_terminal())
    return [*lines, "", *pattern_lines()]


def pattern_lines() -> list[str]:
    """The patterns of paths."""
    width = max(map(len, BUILT_IN))
    known = [f"  {name:<{width}}  {pattern}" for name, pattern in BUILT_IN.items()]
    return ["path patterns (--path-pattern)", *known, f"  {'custom':<{width}}  {_CUSTOM}"]


def template_value(repository: TemplateRepository, template_id: str) -> dict[str, Any]:
    """All of a template as JSON values."""
    template = repository.get(template_id)
    return {
        "template_id": template.id,
        "name": template.name,
        "about": template.about,
        "dataset_id": template.dataset,
        "runtime_params": template.settings,
        "changes": [{"setting": one.path, "dataset": one.dataset, "template": one.template} for one in repository.differences(template)],
        "parameters": [one.to_json() for one in repository.offered(template)],
        "common_parameters": [one.to_json() for one in repository.common(template)],
        "path_patterns": dict(BUILT_IN),
    }


def template_lines(repository: TemplateRepository, template_id: str) -> list[str]:
    """What a template changes in its dataset, and each parameter: meaning, range, default and what changes with it."""
    from ..core.spec.form import shown as written

    template, width = repository.get(template_id), width_of_terminal()
    lines = [f"{template.id}: {in_a_line(template.name)} ({template.dataset})", *wrapped(in_a_line(template.about), "", width)]
    lines += ["", "what it changes"]
    for one in repository.differences(template):
        lines += wrapped(f"{one.path}: {written(one.dataset) or 'nothing'} -> {written(one.template)}", "  ", width, hanging="    ")
    lines += ["", "what it offers (--set NAME=VALUE)"]
    for parameter in repository.offered(template):
        lines += [f"  {parameter.path}", *wrapped(in_a_line(parameter.about), "    ", width)]
        lines += wrapped(_limits(parameter), "    ", width)
    others = ", ".join(parameter.path for parameter in repository.common(template))
    return [*lines, "", *wrapped(f"besides, as every template: {others}", "", width), "", *pattern_lines()]


def _limits(parameter: Parameter) -> str:
    from ..core.spec.form import shown as written

    changes = parameter.changes if isinstance(parameter.changes, str) else ", ".join(parameter.changes)
    default = written(parameter.default) or "as the machine or the run has it"
    allowed = f"{parameter.allowed}; " if parameter.allowed else ""
    return f"{allowed}default {default}; changes {changes}"
