"""What a shell completes: names of datasets, tables, domains and templates, and the few words of which a setting takes one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import typer

from ..core.format import printable

if TYPE_CHECKING:
    from ..core.spec.repository import DatasetInfo

CHOICES: Final = (
    "output_settings.output_mode",
    "output_settings.target_environment",
    "output_settings.compression",
    "output_settings.if_exists",
    "output_settings.digest",
    "generation_settings.mode",
    "spark.writer",
)
"""Settings with an option, of which one of a few words is chosen."""


def completions(names: Iterable[str], incomplete: str) -> list[str]:
    """Names that begin so; none that a shell could take for anything else."""
    return [name for name in names if name.startswith(incomplete) and name == printable(name)]


def _listed(context: typer.Context) -> list[DatasetInfo]:
    from ..core.errors import SyntheticDataError
    from ..core.spec.repository import DatasetConfigurationRepository

    given = context.params.get("datasets"), context.params.get("custom_schema")
    try:
        return DatasetConfigurationRepository(given[0] or (), given[1], os.environ).list()
    except (SyntheticDataError, OSError):
        # Somebody is still typing: the command itself will say what is wrong.
        return []


def completed_datasets(context: typer.Context, incomplete: str) -> list[str]:
    """The ids of datasets that begin so."""
    return completions((info.dataset_id for info in _listed(context)), incomplete)


def completed_domains(context: typer.Context, incomplete: str) -> list[str]:
    """The domains of datasets that begin so."""
    return completions(dict.fromkeys(info.domain for info in _listed(context)), incomplete)


def completed_tables(context: typer.Context, incomplete: str) -> list[str]:
    """The tables of the dataset of the command line that begin so."""
    wanted = context.params.get("dataset_id")
    found = [info.tables for info in _listed(context) if info.dataset_id == wanted]
    return completions((name for tables in found for name in tables), incomplete)


def _several_tables(context: typer.Context, incomplete: str) -> list[str]:
    """The same, each behind those that stand there already."""
    before, comma, last = incomplete.rpartition(",")
    taken = before.split(",")
    return [f"{before}{comma}{name}" for name in completed_tables(context, last) if name not in taken]


def _completed_patterns(context: typer.Context, incomplete: str) -> list[str]:
    from ..core.spec.paths import BUILT_IN

    return completions(BUILT_IN, incomplete)


def completed_values(path: str) -> Callable[[typer.Context, str], list[str]] | None:
    """What completes the option of a setting; None where there is nothing to choose from."""
    if path == "tables":
        return _several_tables
    if path == "output_settings.path_format":
        return _completed_patterns
    if path not in CHOICES:
        return None

    def choices(context: typer.Context, incomplete: str) -> list[str]:
        from ..core.spec.form import settings

        return completions(next(setting.choices for setting in settings() if setting.path == path), incomplete)

    return choices


def completed_templates(context: typer.Context, incomplete: str) -> list[str]:
    """The ids of templates that begin so."""
    from ..core.errors import SyntheticDataError
    from ..core.spec.templates import TemplateRepository

    try:
        found = TemplateRepository(context.params.get("templates") or (), os.environ).list()
    except (SyntheticDataError, OSError):
        return []
    return completions((info.template_id for info in found if not info.problem), incomplete)
