"""The wizard: a terminal front end of the core."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..core.spec.enhanced import Template

_LONGEST_END = 10.0
"""Seconds from the word to end, by which key or signal ever, to the end of the process."""


def run_wizard(
    dataset_id: str | None = None,
    *,
    flags: Mapping[str, Any] = {},
    config: Path | None = None,
    sets: Sequence[str] = (),
    environ: Mapping[str, str] = {},
    datasets: Sequence[Path] = (),
    custom_schema: Path | None = None,
    template: Template | None = None,
    templates: Sequence[Path] = (),
) -> tuple[int, list[str]]:
    """Opens the wizard on this terminal, with a dataset and settings already chosen if any are given.

    `templates` are folders of own ones, which are listed besides those of the environment.
    Returns the exit code and the sentences worth reading after the terminal is back: how to repeat what was saved. Raises InputError.
    """
    from .garbage import settling

    with settling() as settled:
        from ..core.spec.templates import TemplateRepository
        from .app import Wizard
        from .settings import read_settings
        from .start import first_draft

        draft, repository = first_draft(
            dataset_id,
            flags=flags,
            config=config,
            sets=sets,
            environ=environ,
            datasets=datasets,
            custom_schema=custom_schema,
            template=template,
        )
        wizard = Wizard(
            draft, repository=repository, templates=TemplateRepository(templates, environ, repository), settings=read_settings(environ)
        )
        wizard.settled = settled
        with wizard.bounded(_LONGEST_END):
            wizard.run()
            # The terminal is back; a check or a run that does not stop is left to die with the process.
            wizard.settle(5)
        return wizard.return_code or 0, wizard.parting
