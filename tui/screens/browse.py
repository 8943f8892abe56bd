"""Browse: which datasets and enhanced templates there are."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from ...core import format as shown
from ...core.format import printable
from ...core.spec.repository import DatasetInfo
from ...core.spec.templates import TemplateInfo
from ..state import of_template
from ..widgets.panel import panel
from .step import Step


class DatasetList(OptionList):
    """Datasets by domain."""

    HELP = """
# Datasets

Datasets by domain, with the rows of their driving table. The one under the cursor is chosen; **enter** or a double click goes on to the
schema, or to the days of one that arrives **day by day**. Each dataset keeps what you change for it while the wizard is open.

Your own datasets are listed too: name their folders with `--datasets`, or in `SYNTHETIC_DATA_DATASETS`. A file with a mistake is listed
with it. The datasets of the benchmarks are not listed, but the search finds them.

**Enhanced templates** are datasets with presets: the card shows what each changes in its dataset; **tab** goes to it, to scroll. Going on
takes the presets along as settings, which the next steps show and change as all others. Own templates lie in folders that `--templates`
or `SYNTHETIC_DATA_TEMPLATES` names.
"""
    BINDINGS: ClassVar = [
        Binding("j", "cursor_down", "Down", show=False),
        Binding("k", "cursor_up", "Up", show=False),
        Binding("enter", "select", "Choose"),
    ]

    def on_resize(self) -> None:
        """What is chosen is in sight, also where it was chosen before there was room."""
        self.call_after_refresh(self.scroll_to_highlight)

    async def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, a double click goes on."""
        event.prevent_default()
        clicked: int | None = event.style.meta.get("option")
        if clicked is not None and not self.options[clicked].disabled:
            self.highlighted = clicked
            if event.chain > 1:
                self.action_select()


class Card(VerticalScroll):
    """What is to be known of the one under the cursor."""

    HELP = """
# About

What the chosen dataset or template is. Of a template also each setting that it changes, as the dataset has it and as the template does.
The arrows scroll it, **escape** goes back to the list.
"""


class BrowseScreen(Step):
    """The list of datasets and templates, a search, and a card about the one under the cursor."""

    NAME = "browse"
    FOCUS = "#datasets"
    CSS_PATH = "browse.tcss"
    HELP = "Choose a dataset. Take the steps in any order: **1** to **8** go to one, **n** to the next, **p** to the previous."
    BINDINGS: ClassVar = [Binding("slash", "search", "Search", key_display="/")]

    _sought = False

    def body(self) -> ComposeResult:
        """List and card."""
        with Horizontal(id="browse"):
            with panel(Vertical(id="found"), "Datasets and templates"):
                yield Input(placeholder="search names, domains and tables", compact=True, id="search")
                yield DatasetList(id="datasets")
            with panel(Card(id="card", can_focus=False), "About"):
                yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Fills the list."""
        self._fill("")
        self.watch(self.app, "draft", self._drafted, init=False)
        self.watch(self.app, "planned", self._planned, init=False)

    def _fill(self, text: str) -> None:
        self._sought = bool(text)
        words = text.lower().split()
        found = [info for info in self._infos() if all(word in _searched(info) for word in words) and self._shows(info)]
        templates = [info for info in self.wizard.templates.list() if all(word in _words(info) for word in words)]
        datasets = self.query_one(DatasetList)
        with datasets.prevent(OptionList.OptionHighlighted):
            datasets.clear_options()
            width = max((len(printable(info.dataset_id)) for info in found), default=0)
            groups = {group: [_option(info, width) for info in found if _group(info) == group] for group in map(_group, found)}
            by_day = {name: groups.pop(name) for name in (_BY_DAY,) if name in groups}
            width = max((len(printable(info.template_id)) for info in templates), default=0)
            enhanced = {"enhanced templates": [_template_option(info, width) for info in templates]} if templates else {}
            for group, options in {**groups, **enhanced, **by_day}.items():
                datasets.add_option(Option(Content.styled(printable(group).capitalize(), "bold"), disabled=True))
                datasets.add_options(options)
            if not datasets.option_count:
                datasets.add_option(Option("nothing found; escape clears the search", disabled=True))
        self._mark()

    def _infos(self) -> list[DatasetInfo]:
        """All datasets, those that arrive day by day last."""
        return [*self.wizard.repository.list(), *self.wizard.repository.incremental()]

    def _info(self, dataset_id: str | None) -> DatasetInfo | None:
        return next((info for info in self._infos() if info.dataset_id == dataset_id), None)

    def _template(self, option_id: str | None) -> TemplateInfo | None:
        return next((info for info in self.wizard.templates.list() if of_template(info.template_id) == option_id), None)

    def _shows(self, info: DatasetInfo) -> bool:
        """Nobody starts with a dataset for measuring; who searches or chose one sees them. Nobody measures day by day."""
        asked = info.dataset_id == self.wizard.draft.dataset_id or (self._sought and not info.incremental)
        return asked or not info.for_measuring

    def _drafted(self) -> None:
        listed = {option.id for option in self.query_one(DatasetList).options}
        if self._sought or self.wizard.draft.chosen in listed:
            self._mark()
        else:
            # It was chosen elsewhere, in the command palette.
            self._fill("")

    def _mark(self) -> None:
        datasets = self.query_one(DatasetList)
        chosen = self.wizard.draft.chosen
        ids = [option.id for option in datasets.options]
        if chosen in ids and datasets.highlighted != ids.index(chosen):
            with datasets.prevent(OptionList.OptionHighlighted):
                datasets.highlighted = ids.index(chosen)
        self._describe(self._template(chosen) or self._info(chosen))

    def _describe(self, info: DatasetInfo | TemplateInfo | None) -> None:
        card = self.query_one(Card)
        card.can_focus = isinstance(info, TemplateInfo)
        if info is None:
            text = ""
        elif isinstance(info, TemplateInfo):
            text = _template_card(info, self._differences())
        else:
            text = _card(info)
        self.query_one("#about", Static).update(text)

    def _differences(self) -> list[str] | None:
        """What the chosen template changes; None as long as its dataset is not known."""
        planned, draft = self.wizard.planned, self.wizard.draft
        if planned is None or planned.draft.chosen != draft.chosen or planned.resolved is None or not draft.template:
            return None
        from ...core.spec.form import shown as written
        from ...core.spec.offered import differences

        found = differences(self.wizard.templates.get(draft.template), planned.resolved.variant)
        return [f"{one.path}: {written(one.dataset) or 'nothing'} -> {written(one.template)}" for one in found]

    def _planned(self) -> None:
        if self.wizard.draft.template:
            self._describe(self._template(self.wizard.draft.chosen))

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted, "#search")
    def _found(self) -> None:
        datasets = self.query_one(DatasetList)
        datasets.focus()
        if self.wizard.draft.chosen not in {option.id for option in datasets.options}:
            datasets.action_first()

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        template = self._template(event.option_id)
        info = template or self._info(event.option_id)
        if info is not None and info.problem:
            self._describe(info)
        elif template is not None:
            self.wizard.choose_template(template.template_id)
        elif info is not None:
            self.wizard.choose(info.dataset_id)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        if event.option_id == self.wizard.draft.chosen:
            self.wizard.action_step("days" if self.wizard.arrives else "schema")
        elif info := self._template(event.option_id) or self._info(event.option_id):
            self.notify(info.problem, title="Cannot be chosen", severity="warning", markup=False)

    def action_search(self) -> None:
        """Goes to the search field."""
        self.query_one("#search").focus()

    @property
    def can_leave(self) -> bool:
        """Also where a search hides datasets, and from the card."""
        return super().can_leave or self._sought or isinstance(self.focused, Card)

    def action_leave(self) -> None:
        """Clears the search and goes back to the list."""
        self.query_one("#search", Input).value = ""
        super().action_leave()


def _searched(info: DatasetInfo) -> str:
    return " ".join((info.dataset_id, info.dataset_name, info.domain, info.schema_pattern, *info.tables)).lower()


def _words(info: TemplateInfo) -> str:
    return " ".join((info.template_id, info.name, info.about, info.dataset_id, "template")).lower()


_BY_DAY: Final = "day by day"


def _group(info: DatasetInfo) -> str:
    return _BY_DAY if info.incremental else info.domain


def _pace(info: DatasetInfo) -> str:
    """How many rows of the driving table it has."""
    if not info.incremental:
        return f"{shown.rows(info.target_rows)} of the driving table"
    return f"{shown.rows(info.rows_per_day)} rows a day" if info.rows_per_day else f"{shown.rows(info.target_rows)} rows over its history"


def _option(info: DatasetInfo, width: int) -> Option:
    name = printable(info.dataset_id)
    if info.problem:
        problem = info.problem.removeprefix(f"{printable(str(info.source))}: ")
        return Option(Content.assemble(f"  {name:<{width}}  ", (printable(problem), "$text-error")), id=info.dataset_id)
    if info.incremental:
        return Option(Content.assemble(f"  {name:<{width}}  ", (_pace(info), "dim")), id=info.dataset_id)
    count = len(info.tables)
    tables = f"{count} table{'s' if count > 1 else ''}"
    return Option(
        Content.assemble(f"  {name:<{width}}  ", (f"{shown.rows(info.target_rows):>11} rows  {tables}", "dim")),
        id=info.dataset_id,
    )


def _template_option(info: TemplateInfo, width: int) -> Option:
    told = (printable(info.problem.removeprefix(f"{printable(str(info.source))}: ")), "$text-error") if info.problem else (info.name, "dim")
    return Option(
        Content.assemble(f"  {printable(info.template_id):<{width}}  ", (printable(told[0]), told[1])), id=of_template(info.template_id)
    )


def _template_card(info: TemplateInfo, changes: list[str] | None) -> str:
    if info.problem:
        return printable(info.problem, keep="\n")
    told = ["looking ..."] if changes is None else changes
    return printable("\n".join([info.name, info.about, "", f"dataset  {info.dataset_id}, of which it changes", *told]), keep="\n")


def _card(info: DatasetInfo) -> str:
    if info.problem:
        return printable(info.problem, keep="\n")
    lines = [
        info.dataset_name,
        info.about,
        "",
        f"domain   {info.domain}",
        f"pattern  {info.schema_pattern}, {info.dataset_type}",
        f"rows     {_pace(info)}",
        f"tables   {', '.join(info.tables)}",
        f"file     {info.source.name}",
    ]
    return printable("\n".join(lines), keep="\n")
