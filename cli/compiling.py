"""What the commands that compile do, and what they tell."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

from ..core.compile.cells import Kernel
from ..core.compile.compilers import Compiled, IncrementalSyntheticDataGenerationCompiler
from ..core.errors import InputError
from ..core.plan.plan import Environment
from ..core.spec.resolve import Resolved, resolve_parameters
from .streams import say, tell, tell_json

WEEK = timedelta(days=6)
"""From the first day to the last of a series that nobody names: the last week of the history."""


@dataclass(frozen=True, slots=True)
class How:
    """How a workspace is compiled, besides what is in it."""

    folder: Path
    lakehouse: str
    warehouse: str
    force: bool
    kernel: Kernel | None
    include_ddl: bool
    pipeline: bool
    name: str = ""

    def compiler(self) -> IncrementalSyntheticDataGenerationCompiler:
        """The compiler of both kinds."""
        return IncrementalSyntheticDataGenerationCompiler(self.folder, lakehouse=self.lakehouse, warehouse=self.warehouse, force=self.force)


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


def compiled(resolved: Resolved, how: How) -> Compiled:
    """The workspace of what was resolved."""
    if resolved.variant.incremental:
        from ..core.plan.overrides import in_time

        last = in_time(resolved.variant.dataset, resolved.parameters).history.end
        return how.compiler().compile_series(
            resolved=resolved,
            start=last - WEEK,
            end=last,
            kernel=how.kernel,
            include_ddl=how.include_ddl,
            pipeline=how.pipeline,
            name=how.name,
        )
    return how.compiler().compile(resolved=resolved, kernel=how.kernel, include_ddl=how.include_ddl, pipeline=how.pipeline, name=how.name)


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
    for note in found.notes:
        say(note)
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
