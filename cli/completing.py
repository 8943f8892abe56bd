"""What a shell completes: names of datasets, tables, domains and templates, and the few words of which a setting takes one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import typer

from ..core.format import printable

if TYPE_CHECKING:
    from ..core.spec.repository import DatasetConfigurationRepository, DatasetInfo

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


@contextmanager
def _unasked() -> Iterator[None]:
    """Says nothing of mistakes: somebody is still typing, and the command itself will say what is wrong."""
    from ..core.errors import SyntheticDataError

    with suppress(SyntheticDataError, OSError):
        yield


def _repository(context: typer.Context) -> DatasetConfigurationRepository:
    from ..core.spec.repository import DatasetConfigurationRepository

    return DatasetConfigurationRepository(context.params.get("datasets") or (), context.params.get("custom_schema"), os.environ)


def _listed(context: typer.Context) -> list[DatasetInfo]:
    with _unasked():
        return _repository(context).list()
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


def completed_columns(context: typer.Context, incomplete: str) -> list[str]:
    """The columns of the dataset of the command line that begin so, each behind its table."""
    with _unasked():
        dataset = _repository(context).get(context.params.get("dataset_id") or "").dataset
        return completions((f"{table}.{name}" for table in dataset.written for name in dataset.columns_by_table()[table]), incomplete)
    return []


def completed_settings(incomplete: str) -> list[str]:
    """The settings whose dotted names begin so."""
    from ..core.spec.reference import references

    return completions((one.path for one in references()), incomplete)


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
    from ..core.spec.templates import TemplateRepository

    with _unasked():
        found = TemplateRepository(context.params.get("templates") or (), os.environ).list()
        return completions((info.template_id for info in found if not info.problem), incomplete)
    return []
