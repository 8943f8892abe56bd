"""What the command palette finds: all of it ours. Textual's own would leave unsaved settings unasked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

from ..core.format import printable
from .steps import STEPS

if TYPE_CHECKING:
    from .wizard import Wizard


class WizardCommands(Provider):
    """Datasets, templates, steps, and the run."""

    def _commands(self) -> Iterator[tuple[str, Callable[[], object], str]]:
        wizard = cast("Wizard", self.app)
        yield "Generate", wizard.action_generate, "Generate the chosen dataset (F5)"
        yield "Compile", wizard.action_compile, "Compile what is chosen into a folder that deploys to Fabric"
        if wizard.compiled is not None and not wizard.running:
            yield "Run the notebook", wizard.action_run_notebook, f"Run {wizard.compiled.name} on this machine"
        if wizard.running:
            yield "Cancel the run", wizard.action_cancel_run, "Stop it; asks first"
        for number, (step, title) in enumerate(STEPS.items(), 1):
            yield f"Go to {title}", partial(wizard.action_step, step), f"Step {number}, also by the key {number}"
        yield "Help", wizard.action_help, "Show or hide what the focused part is for, and all keys (F1)"
        yield "Theme", wizard.action_change_theme, "Choose other colours for this session"
        yield "Quit", wizard.action_quit_wizard, "Leave the wizard (q)"
        for info in (*wizard.repository.list(), *wizard.repository.incremental()):
            if not info.problem:
                yield f"Dataset: {info.dataset_id}", partial(wizard.choose, info.dataset_id), info.dataset_name
        for template in wizard.templates.list():
            if not template.problem:
                yield f"Template: {template.template_id}", partial(wizard.choose_template, template.template_id), template.name

    async def discover(self) -> Hits:
        """Everything, before anything is typed."""
        for name, act, about in self._commands():
            yield DiscoveryHit(escape(name), act, text=name, help=escape(printable(about)))

    async def search(self, query: str) -> Hits:
        """What looks like the typed text."""
        matcher = self.matcher(query)
        for name, act, about in self._commands():
            score = matcher.match(name)
            if score > 0:
                yield Hit(score, matcher.highlight(escape(name)), act, text=name, help=escape(printable(about)))
