"""What the commands that compile do, and what they tell."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

from ..core.compile.chosen import How, compiled
from ..core.compile.compilers import Compiled
from ..core.errors import InputError
from ..core.plan.plan import Environment
from ..core.spec.resolve import resolve_parameters
from .series import day_of
from .streams import tell, tell_json


def days_of(start: str | None, end: str | None, batch: str | None) -> tuple[date, date] | None:
    """The days that a notebook is compiled for; None where none are named. Raises InputError."""
    if start is None:
        for option, given in (("--end-date", end), ("--batch-size", batch)):
            if given is not None:
                raise InputError(f"{option} goes with --start-date")
        return None
    first = day_of(start, "--start-date")
    return first, first if end is None else day_of(end, "--end-date")


def compile_dataset(
    dataset_id: str | None,
    flags: Mapping[str, Any],
    sets: Sequence[str],
    config: Path | None,
    template: str | None,
    templates: Sequence[Path] | None,
    how: How,
) -> Compiled:
    """Compiles a dataset, or a template; days for an `_incremental` one. Raises InputError where nothing is named."""
    if template is not None:
        from ..core.spec.templates import enhanced_variant

        resolved = enhanced_variant(
            template, dataset_id=dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, templates=templates or ()
        )
    elif dataset_id is None and config is None and flags.get("custom_schema") is None:
        raise InputError("say what to compile: --dataset-id ID, or --enhanced --config-template ID")
    else:
        resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ)
    return compiled(resolved, how)


def compile_generic(environment: Environment, kind: Literal["all", "single", "series"], how: How) -> Compiled:
    """Compiles the generic notebooks."""
    return how.compiler().compile_generic_templates(environment, kind, how.kernel)


def listed_as_json(templates: Sequence[Path] | None, datasets: Sequence[Path] | None) -> dict[str, Any]:
    """The listing of templates as JSON values."""
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.templates import TemplateRepository
    from .enhanced_commands import enhanced_values

    known = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    return enhanced_values(TemplateRepository(templates or (), os.environ, known).list())


def listed_templates(templates: Sequence[Path] | None, datasets: Sequence[Path] | None) -> list[str]:
    """The listing of templates."""
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.templates import TemplateRepository
    from .enhanced_commands import enhanced_lines

    known = DatasetConfigurationRepository(datasets or (), environ=os.environ)
    return enhanced_lines(TemplateRepository(templates or (), os.environ, known).list())


def told(found: Compiled, as_json: bool) -> None:
    """What a compilation wrote."""
    if as_json:
        tell_json(found.to_json())
        return
    tell(*(str(path) for path in found.notebooks))
    published = found.published
    counts = [
        f"{len(files)} {what}"
        for files, what in ((published.written, "written"), (published.unchanged, "unchanged"), (published.removed, "removed"))
        if files
    ]
    tell(f"{', '.join(counts)} under {found.folder}; deploy it with: fab deploy --config {found.folder / 'config.yml'} --target_env dev")
    for path in published.kept:
        tell(f"kept as it was edited: {path}")
