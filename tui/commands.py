"""What the command palette finds: all of it ours. Textual's own would leave unsaved settings unasked."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.markup import escape

from ..core.format import printable
from .steps import STEPS
from .theme import THEMES

if TYPE_CHECKING:
    from textual.app import App

    from .wizard import Wizard

Command = tuple[str, Callable[[], object], str]
"""What it is called, what it does, and a line about it."""
_AT_ONCE: Final = 40
"""Names that are compared before others have their turn, so that no key waits."""

_MEANT: Final = 1.0
"""Score of what has all words in its line and not in its name."""
_LETTERS: Final = 3
"""Letters of a query from which on lines are searched."""


class Commands(Provider):
    """Commands that are found by their names, and by what is said of them."""

    def commands(self) -> Iterator[Command]:
        """All of them."""
        raise NotImplementedError

    def proposed(self) -> Iterator[Command]:
        """Those that are shown before anything is typed."""
        return self.commands()

    async def discover(self) -> Hits:
        """What is there before anything is typed."""
        for name, act, about in self.proposed():
            yield DiscoveryHit(escape(printable(name)), act, text=printable(name), help=escape(printable(about)))

    async def search(self, query: str) -> Hits:
        """What looks like the typed text."""
        matcher, words = self.matcher(query), query.lower().split() if len(query) >= _LETTERS else ()
        for number, (name, act, about) in enumerate(self.commands()):
            if number % _AT_ONCE == _AT_ONCE - 1:
                await sleep(0)
            text = printable(name)
            shown: Any = escape(text)
            score = matcher.match(text)
            if score > 0:
                shown = matcher.highlight(shown)
            # Whoever has read of a column writes its name with spaces, or knows what it means and not how it is called.
            elif (score := matcher.match(text.replace("_", " "))) <= 0 and words and all(word in about.lower() for word in words):
                score = _MEANT
            if score > 0:
                yield Hit(score, shown, act, text=text, help=escape(printable(about)))


class WizardCommands(Commands):
    """Actions, steps, datasets, templates, and the tables, columns, settings and words that lead to a place."""

    @property
    def _wizard(self) -> Wizard:
        return cast("Wizard", self.app)

    def commands(self) -> Iterator[Command]:
        """Everything."""
        yield from self.proposed()
        yield from self._places()

    def proposed(self) -> Iterator[Command]:
        """What does something or is chosen; places are too many to be read."""
        wizard = self._wizard
        yield "Generate", wizard.action_generate, "Generate the chosen dataset (F5)"
        yield "Compile", wizard.action_compile, "Compile what is chosen into a folder that deploys to Fabric"
        if wizard.compiled is not None and not wizard.running:
            yield "Run the notebook", wizard.action_run_notebook, f"Run {wizard.compiled.name} on this machine"
        if wizard.running:
            yield "Cancel the run", wizard.action_cancel_run, "Stop it; asks first"
        for number, (step, title) in enumerate(STEPS.items(), 1):
            yield f"Go to {title}", partial(wizard.action_step, step), f"Step {number}, also by the key {number}"
        yield (
            "History",
            partial(wizard.go_to, "results", "history"),
            "Every run of the output folder: compare, check, delete, run again",
        )
        yield "Check an older run", partial(wizard.go_to, "results", "history"), "In the history v checks the run under the cursor"
        yield "Back", partial(wizard.action_visited, "back"), "To the step that was visited before (<)"
        yield "Forward", partial(wizard.action_visited, "forward"), "Forward again (>)"
        yield "Jump", wizard.action_jump, "A letter on every control (F2)"
        yield "Help", wizard.action_help, "What the focused part is for, its keys, and the words of datasets (F1)"
        yield "Keys", wizard.action_keys, "All keys with their ids, and the file that changes them (?)"
        yield "Picture", partial(_save_picture, self.app), "Save a screenshot (SVG) in the working folder"
        yield "Theme", wizard.action_change_theme, "Choose other colours (Ctrl-T)"
        yield "Quit", wizard.action_quit_wizard, "Leave the wizard (q)"
        yield from _themes(wizard)
        for info in (*wizard.repository.list(), *wizard.repository.incremental()):
            if not info.problem:
                yield f"Dataset: {info.dataset_id}", partial(wizard.choose, info.dataset_id), info.dataset_name
        for template in wizard.templates.list():
            if not template.problem:
                yield f"Template: {template.template_id}", partial(wizard.choose_template, template.template_id), template.name

    def _places(self) -> Iterator[Command]:
        from ..core.explain.words import DRIVING, LAYOUTS
        from ..core.spec.form import settings

        wizard = self._wizard
        for setting in settings():
            yield f"Setting: {setting.title}", partial(wizard.go_to, "parameters", setting.path), setting.about
        plan = wizard.planned.plan if wizard.planned is not None else None
        for table in plan.tables if plan is not None else ():
            yield f"Table: {table.name}", partial(wizard.go_to, "schema", table.name), table.about or table.layout
            for column in table.columns:
                name = f"{table.name}.{column.name}"
                yield f"Column: {name}", partial(wizard.go_to, "schema", name), column.about or column.type
        for word, about in {"driving table": DRIVING, **LAYOUTS}.items():
            yield f"Word: {word}", wizard.action_help, about


class ThemeCommands(Commands):
    """The themes."""

    def commands(self) -> Iterator[Command]:
        """Each by its name."""
        return _themes(cast("Wizard", self.app))


_ABOUT: Final = {
    "dark": "for a dark room",
    "light": "for a light one",
    "ansi": "the terminal's own sixteen colours, on its own ground",
    "high-contrast": "black, white and bright colours",
}


def _save_picture(app: App[Any]) -> None:
    """Saves what is on the screen once the palette has gone."""

    def save() -> None:
        try:
            path = app.save_screenshot(path=".")
        except OSError as error:
            app.notify(f"The picture could not be saved: {error.strerror or error}", severity="error")
        else:
            app.notify(f"Saved {printable(path)}; a browser shows it.")

    app.call_after_refresh(save)


def _themes(wizard: Wizard) -> Iterator[Command]:
    for name in THEMES:
        yield f"Theme: {name}", partial(wizard.take_theme, name), _ABOUT[name]
