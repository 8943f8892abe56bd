"""Export: what was chosen, to take away."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.widgets import Label, Tab, Tabs, TextArea

from ...core.format import printable
from ..state import PlannedDays
from ..widgets.panel import panel, retitle
from .dialogs import Save
from .step import Step

if TYPE_CHECKING:
    from ...core.spec.export import Form
    from ...core.spec.pipelines import Pipeline
    from ...core.spec.resolve import Resolved

_TITLES: dict[str, str] = {
    "yaml": "YAML",
    "json": "JSON",
    "command": "Command",
    "python": "Python",
    "pytest": "pytest",
    "airflow": "Airflow",
    "actions": "Actions",
    "notebook": "Notebook",
    "days": "Days",
    "compile": "Compile",
}
_FILES = {
    "yaml": "{}.yaml",
    "json": "{}.json",
    "command": "{}.sh",
    "python": "{}.py",
    "pytest": "test_{}.py",
    "airflow": "dag_{}.py",
    "actions": "steps_{}.yaml",
    "notebook": "{}.ipynb",
    "days": "{}.sh",
    "compile": "{}.sh",
}
_USES = {
    "command": "c copies it",
    "python": "c copies it, s saves it",
    "pytest": "s saves it; then: pytest FILE (pip install 'ingen-fab-synthetic-data[pytest]')",
    "airflow": "s saves it for the folder of your DAGs",
    "actions": "c copies it, into the steps of a job",
    "notebook": "s saves it, to be opened in Jupyter",
}


class Exported(TextArea):
    """The text."""

    HELP = """
# Export

The parameters as a config file (**YAML**, **JSON**), as a **command** of the CLI, as **Python**, as a fixture of **pytest**, a DAG of
**Airflow**, steps of GitHub **Actions** or a **notebook**. Each runs as it stands, and gives the same data.
**Days** is the command that generates the days of step 8, **Compile** the one that compiles the notebook of step 9.
**s** saves it, **c** copies it to the clipboard (through the terminal, also over SSH), **t** shows the next format.
"""


class ExportScreen(Step):
    """One form at a time, to save or to copy."""

    NAME = "export"
    FOCUS = "#text"
    CSS_PATH = "export.tcss"
    HELP = "Export the parameters, to get the same data from the CLI, in CI or in Python."
    BINDINGS: ClassVar = [
        Binding("s", "save", "Save", id="export.save"),
        Binding("c", "copy", "Copy", id="export.copy"),
        Binding("t", "form", "Next format", id="export.form"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._refused: dict[str, str] = {}
        """What fields held no value when the text was made, as `Wizard.invalid`."""
        self._is_stale = False
        """Whether there are settings that are not shown."""

    def body(self) -> ComposeResult:
        """Forms as tabs, the text, and how to use it."""
        yield Tabs(*(Tab(title, id=form) for form, title in _TITLES.items()), id="forms")
        yield panel(Exported(id="text", read_only=True, soft_wrap=True, show_cursor=False), "Text")
        yield Label("", id="use", markup=False)

    def on_mount(self) -> None:
        """Follows the plan."""
        self.watch(self.app, "planned", self._show)
        self.watch(self.app, "days", self._show)
        self.watch(self.app, "compiling", self._show)

    @property
    def _form(self) -> Form | Pipeline | Literal["days", "compile"]:
        return self.query_one(Tabs).active or "yaml"  # type: ignore[return-value]  # a tab's id is a form

    @on(events.ScreenResume)
    def _resumed(self) -> None:
        # A dialog that has closed leaves what it said.
        if self._is_stale or self._refused != self.wizard.invalid:
            self._show()

    @on(Tabs.TabActivated)
    def _show(self) -> None:
        from ...core.spec.export import export

        self._is_stale = not self.is_seen
        if self._is_stale:
            return
        planned = self.wizard.planned
        self._refused = dict(self.wizard.invalid)
        text, use = "", "planning ..."
        form = self._form
        if form == "days":
            text, use = self._days()
        elif form == "compile":
            text, use = self._compile()
        elif planned is not None and planned.resolved is not None:
            use = _USES.get(form) or f"s saves it; then: {self._command('FILE')}"
            if form == "pytest" or form == "airflow" or form == "actions" or form == "notebook":  # noqa: PLR1714  # narrows the type
                text, use = self._pipeline(planned.resolved, form, use)
            else:
                text = export(planned.resolved, form, planned.draft.days)
        if form not in ("days", "compile") and planned is not None and planned.plan is None:
            use = printable("cannot be generated: " + " ".join(sentence for _, sentence in planned.problems))
        elif self._refused:
            # The rest of the draft is what it was before somebody typed that.
            use = printable("not all that Parameters shows is in it: " + " ".join(self._refused.values()))
        area = self.query_one(TextArea)
        area.text = text
        retitle(area, self._file)
        self.query_one("#use", Label).update(use)

    @property
    def _file(self) -> str:
        """What it is called once it is saved, unless somebody calls it something else."""
        return _FILES[self._form].format(self.wizard.draft.name)

    def _pipeline(self, resolved: Resolved, form: Pipeline, use: str) -> tuple[str, str]:
        """A part of another program, and how to use it; steps that generate days are those of step 8."""
        from ...core.spec.pipelines import export_pipeline

        series, problem = self._days() if self.wizard.arrives and form == "actions" else ("", "")
        return ("", problem) if problem and not series else (export_pipeline(resolved, form, Path.cwd(), series), use)

    def _days(self) -> tuple[str, str]:
        """The command that generates the days, and how to use it."""
        from ...core.spec.export import export_series

        days = self.wizard.days
        if days is None:
            self.wizard.look_at_days()
        if days is None or days.draft is not self.wizard.draft:
            return "", "planning ..."
        if days.series is None or days.resolved is None:
            return "", printable(f"cannot be generated: {days.problem}")
        return export_series(days.resolved, days.settings, days.series.plan.window), "c copies it; run again, it goes on where it stopped"

    def _compile(self) -> tuple[str, str]:
        """The command that compiles, and how to use it."""
        from ...core.compile.kernel import refuse_spark
        from ...core.errors import ParameterError
        from ...core.spec.compiling import CompileSettings
        from ...core.spec.export import export_compile

        wizard, draft = self.wizard, self.wizard.draft
        settings = CompileSettings.model_validate(dict(wizard.compiling))
        by_day = wizard.arrives or settings.generates == "days"
        if by_day and wizard.days is None:
            wizard.look_at_days()
        found = wizard.days if by_day else wizard.planned
        if found is None or found.draft is not draft:
            return "", "planning ..."
        if found.resolved is None:
            return "", printable(f"cannot be compiled: {' '.join(wizard.wrong)}")
        try:
            refuse_spark(found.resolved)
        except ParameterError as error:
            return "", printable(f"cannot be compiled: {error}")
        days = None
        if isinstance(found, PlannedDays):
            if found.series is None:
                return "", printable(f"cannot be compiled: {found.problem}")
            days = (*found.series.plan.window, found.settings.batch)
        template = draft.template if draft.keeps_presets else ""
        folders = wizard.templates.own if template else ()
        preset = [path for path, value in draft.presets if draft.value(path) == value]
        text = export_compile(found.resolved, settings, days, template, preset, folders)
        return text, "c copies it; it compiles the notebook of step 9"

    def _command(self, file: object) -> str:
        """What generates from a saved file."""
        if not self.wizard.arrives:
            return f"synthetic-data generate --config {file}"
        from ...core.spec.export import series_words

        days = self.wizard.days
        words = ["--start-date", "..", "--end-date", ".."]
        if days is not None and days.draft is self.wizard.draft and days.series is not None:
            words = series_words(days.settings, days.series.plan.window)
        return f"synthetic-data generate-series --config {file} {' '.join(words)}"

    def action_form(self) -> None:
        """Shows the next form."""
        self.query_one(Tabs).action_next_tab()

    def action_copy(self) -> None:
        """Copies the text by the terminal's own means."""
        self.app.copy_to_clipboard(self.query_one(TextArea).text)
        self.wizard.keep(self.wizard.draft)
        # A message over the screen would cover what was copied.
        self.query_one("#use", Label).update("Copied, if the terminal allows it; s saves to a file.")

    def action_save(self) -> None:
        """Asks for a name and saves."""
        planned = self.wizard.planned
        if planned is not None and planned.resolved is not None:
            self.app.push_screen(Save(self._file, self._write), self._saved)

    def _write(self, path: Path, replace: bool) -> None:
        from ...core.spec.export import save

        save(self.query_one(TextArea).text, path, replace=replace)

    def _saved(self, path: Path | None) -> None:
        if path is not None:
            self.wizard.saved.append(path)
            self.wizard.keep(self.wizard.draft)
            planned = self.wizard.planned
            works = planned is not None and planned.plan is not None
            # Steps of a workflow are YAML as well, and nothing that can be read as settings.
            is_config = self._form in ("yaml", "json") and path.suffix in (".yaml", ".yml", ".json")
            then = f"; then: {self._command(path)}; the wizard opens it again by: synthetic-data tui --config {path}" if is_config else ""
            then = then if works else "; it cannot be generated yet: see Parameters"
            self.query_one("#use", Label).update(printable(f"Saved {path}{then}"))
