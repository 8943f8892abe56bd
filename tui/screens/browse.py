"""Browse: which datasets and enhanced templates there are."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from ...core.errors import SyntheticDataError
from ...core.spec.repository import DatasetInfo
from ...core.spec.templates import TemplateInfo
from ..editing import edit
from ..moving import LINES
from ..state import of_template
from ..widgets.dataset_lines import Info, card, is_own, listing, name_of, option
from ..widgets.panel import panel, retitle
from ..widgets.readable import one_colour
from ..work import do_aside, told
from .step import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ...core.explain.search import ColumnText, Found, Index
    from ...core.spec.own_files import Stamp
    from ...core.spec.repository import DatasetConfigurationRepository
    from ...core.spec.templates import TemplateRepository
    from ..wizard import Wizard

_LOOK: Final = 1.5
"""Seconds between two looks at users' own files."""


class DatasetList(OptionList):
    """Datasets by domain."""

    HELP = """
# Datasets

Datasets by domain, with the rows of their driving table. The one under the cursor is chosen; **enter** or a second click goes on to the
schema, or to the days of one that arrives **day by day**. Each dataset keeps what you change for it while the wizard is open.

**/** searches names, descriptions, domains, tables and columns, the best first; the card follows the first line, **enter** takes it.

Your own datasets stand first: name their folders with `--datasets`, or in `SYNTHETIC_DATA_DATASETS`. A file with a mistake is listed as
**broken**, with all its mistakes in the card. **e** opens an own file in your editor (`$VISUAL` or `$EDITOR`). Files are read again when
they are saved, and by **r**. The datasets of the benchmarks are not listed, but the search finds them.

**Enhanced templates** are datasets with presets: the card shows what each changes in its dataset; **tab** goes to it, to scroll. Going on
takes the presets along as settings, which the next steps show and change as all others. Own templates lie in folders that `--templates`
or `SYNTHETIC_DATA_TEMPLATES` names.
"""
    BINDINGS: ClassVar = [
        *LINES,
        Binding("enter", "select", "Choose"),
    ]

    def render_line(self, y: int) -> Strip:
        """Each word of the line under the cursor can be read."""
        line = super().render_line(y)
        at = next((part.style.meta.get("option") for part in line if part.style is not None), None)
        return one_colour(line) if at is not None and at == self.highlighted else line

    def on_resize(self) -> None:
        """What is chosen is in sight, also where it was chosen before there was room."""
        self.call_after_refresh(self.scroll_to_highlight)

    async def on_click(self, event: events.Click) -> None:
        """One click moves the cursor, a second one goes on."""
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

What the chosen dataset or template is. Of a template also each setting that it changes, as the dataset has it and as the template does;
of a broken file all its mistakes. The arrows scroll it, **escape** goes back to the list.
"""


class BrowseScreen(Step):
    """The list of datasets and templates, a search, and a card about the one under the cursor."""

    NAME = "browse"
    FOCUS = "#datasets"
    CSS_PATH = "browse.tcss"
    HELP = "Choose a dataset. Take the steps in any order: **1** to **9** go to one, **n** to the next, **p** to the previous."
    BINDINGS: ClassVar = [
        Binding("slash", "search", "Search", key_display="/", id="browse.search"),
        Binding("down", "into", show=False),
        Binding("e", "edit", "Edit file", id="browse.edit"),
        Binding("r", "read_again", "Read again", show=False, id="browse.read"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._sought = ""
        self._known: dict[str, Info] = {}
        """Everything that may be listed, by the ids of its lines."""
        self._index: Index | None = None
        self._hits: dict[str, Found] = {}
        self._looking = False
        self._stamp: object = None
        """Of users' own files, as they were read last."""

    def body(self) -> ComposeResult:
        """List and card."""
        with Horizontal(id="browse"):
            with panel(Vertical(id="found"), "Datasets and templates"):
                yield Input(placeholder="search names, descriptions, domains, tables and columns", compact=True, id="search")
                yield DatasetList(id="datasets")
            with panel(Card(id="card", can_focus=False), "About"):
                yield Static(id="about", markup=False)

    def on_mount(self) -> None:
        """Fills the list."""
        self._read()
        self.watch(self.app, "draft", self._drafted, init=False)
        self.watch(self.app, "planned", self._planned, init=False)
        if self.wizard.repository.has_own or self.wizard.templates.own:
            self.set_interval(_LOOK, self._look)

    # What there is

    def _read(self) -> None:
        """Lists what the repositories have, and has a worker read what else is searched."""
        wizard, here = self.wizard, self.query_one(DatasetList).highlighted_option
        infos = [*wizard.repository.list(), *wizard.repository.incremental()]
        self._known = {info.dataset_id: info for info in infos} | {of_template(one.template_id): one for one in wizard.templates.list()}
        self._index = None
        self._fill(self._sought)
        self._keep(here.id if here is not None else None)
        self.call_after_refresh(lambda: do_aside(self, "index", partial(_indexed, dict(self._known))))

    def _keep(self, name: str | None) -> None:
        """Leaves the cursor where it was: what was broken there, and is mended, is chosen."""
        datasets = self.query_one(DatasetList)
        ids = [option.id for option in datasets.options]
        if not self._sought and name is not None and name in ids:
            datasets.highlighted = ids.index(name)

    def _look(self) -> None:
        # On a slow share a look may take longer than the time to the next.
        if self.is_current and not self._looking:
            self._looking = True
            do_aside(self, "look", partial(_stamped, self.wizard.repository, self.wizard.templates))

    def action_read_again(self) -> None:
        """Reads all files of datasets and templates again."""
        do_aside(self, "read", partial(_anew, self.wizard.repository, self.wizard.templates))

    @on(Worker.StateChanged)
    def _worked(self, event: Worker.StateChanged) -> None:
        group, found = event.worker.group, event.worker.result
        if group not in ("index", "look", "read"):
            return
        event.stop()
        if group == "look":
            self._looking = event.state in (WorkerState.PENDING, WorkerState.RUNNING)
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            self.notify(told(event.worker.error), title="Cannot be read", severity="warning")
        if event.state is not WorkerState.SUCCESS:
            return
        if group == "index":
            self._index = found
            if self._sought:
                self._fill(self._sought)
        elif group == "look":
            before, self._stamp = self._stamp, found
            if before not in (None, found):
                self.action_read_again()
        elif found is not None:
            self.wizard.reread(*found)
            self._read()

    # The list

    def _fill(self, text: str) -> None:
        self._sought = text.strip()
        found = self._search() if self._sought else []
        self._hits = {one.id: one for one in found}
        datasets = self.query_one(DatasetList)
        with datasets.prevent(OptionList.OptionHighlighted):
            datasets.clear_options()
            datasets.add_options(
                self._found_lines(found)
                if self._sought
                else listing({name: info for name, info in self._known.items() if self._shows(name)})
            )
            if found:
                datasets.highlighted = 0
        retitle(self.query_one("#found"), note=f"{len(found)} found" if self._sought else "")
        if found:
            self._describe(found[0].id)
        else:
            self._mark()

    def _search(self) -> list[Found]:
        if self._index is None:
            # Names and descriptions at once; columns once they have been read.
            self._index = _index_of(self._known)
        return [one for one in self._index.search(self._sought) if self._shows(one.id)]

    def _found_lines(self, found: list[Found]) -> list[Option]:
        if not found:
            near = self._index.near(self._sought) if self._index is not None else ""
            hint = f"did you mean {near}? " if near else ""
            return [Option(Content(f"nothing found; {hint}escape clears the search"), disabled=True)]
        width = max(len(name_of(self._known[one.id])) for one in found)
        return [option(one.id, self._known[one.id], width, one.why) for one in found]

    def _shows(self, name: str) -> bool:
        """Nobody starts with a dataset for measuring; who searches or chose one sees them. Nobody measures day by day."""
        info = self._known[name]
        if not isinstance(info, DatasetInfo) or not info.for_measuring:
            return True
        return info.dataset_id == self.wizard.draft.dataset_id or (bool(self._sought) and not info.incremental)

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
        self._describe(chosen)

    @property
    def _here(self) -> Info | None:
        """What the cursor stands on."""
        highlighted = self.query_one(DatasetList).highlighted_option
        return self._known.get(highlighted.id) if highlighted is not None and highlighted.id is not None else None

    # The card

    def _describe(self, name: str | None) -> None:
        info = self._known.get(name) if name is not None else None
        box = self.query_one(Card)
        box.can_focus = info is not None and (isinstance(info, TemplateInfo) or bool(info.problem))
        if info is None:
            self.query_one("#about", Static).update("")
            return
        changes = _differences(self.wizard) if name == self.wizard.draft.chosen and not info.problem else None
        about, told = self.query_one("#about", Static), card(info, changes, hit.why if (hit := self._hits.get(name or "")) else "")
        # With every letter that is typed into a field, somebody asks.
        if about.content != told:
            about.update(told)

    def _planned(self) -> None:
        here = self.query_one(DatasetList).highlighted_option
        if self.wizard.draft.template and (here is None or here.id == self.wizard.draft.chosen):
            self._describe(self.wizard.draft.chosen)

    # What is done

    @on(Input.Changed, "#search")
    def _searched(self, event: Input.Changed) -> None:
        self._fill(event.value)

    @on(Input.Submitted, "#search")
    def _found(self) -> None:
        datasets = self.query_one(DatasetList)
        datasets.focus()
        if self._hits and datasets.highlighted is not None:
            self._choose(datasets.options[datasets.highlighted].id)

    @on(OptionList.OptionHighlighted)
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        self._choose(event.option_id)

    def _choose(self, name: str | None) -> None:
        info = self._known.get(name) if name is not None else None
        if info is None or info.problem:
            self._describe(name)
        elif isinstance(info, TemplateInfo):
            self.wizard.choose_template(info.template_id)
        else:
            self.wizard.choose(info.dataset_id)

    @on(OptionList.OptionSelected)
    async def _chosen(self, event: OptionList.OptionSelected) -> None:
        info = self._known.get(event.option_id) if event.option_id is not None else None
        if event.option_id == self.wizard.draft.chosen and (info is None or not info.problem):
            hit = self._hits.get(event.option_id or "")
            if hit is not None and hit.place:
                await self.wizard.go_to("schema", hit.place)
            else:
                self.wizard.action_step("days" if self.wizard.arrives else "schema")
        elif info is not None:
            self.notify(info.problem, title="Cannot be chosen", severity="warning")

    def action_search(self) -> None:
        """Goes to the search field."""
        self.query_one("#search").focus()

    def action_into(self) -> None:
        """Goes from the search to what it has found."""
        if isinstance(self.focused, Input):
            self._found()

    def action_edit(self) -> None:
        """Opens the file of the one under the cursor in the user's editor."""
        if (info := self._here) is None:
            return
        shipped = f"{info.source.name} is shipped with the product; copy it into a folder of your own to change it."
        if problem := edit(self.app, info.source) if is_own(info) else shipped:
            self.notify(problem, title="Not opened", severity="warning")
        else:
            self.action_read_again()

    @property
    def can_leave(self) -> bool:
        """Also where a search hides datasets, and from the card."""
        return super().can_leave or bool(self._sought) or isinstance(self.focused, Card)

    def action_leave(self) -> None:
        """Clears the search and goes back to the list."""
        self.query_one("#search", Input).value = ""
        super().action_leave()


def _differences(wizard: Wizard) -> list[str] | None:
    """What the chosen template changes; None as long as its dataset is not known."""
    planned, draft = wizard.planned, wizard.draft
    if planned is None or planned.draft.chosen != draft.chosen or planned.resolved is None or not draft.template:
        return None
    from ...core.spec.form import shown as written
    from ...core.spec.offered import differences

    try:
        found = differences(wizard.templates.get(draft.template), planned.resolved.variant)
    except SyntheticDataError:
        # Its file was changed since, and is read again soon.
        return None
    return [f"{one.path}: {written(one.dataset) or 'nothing'} -> {written(one.template)}" for one in found]


def _index_of(known: Mapping[str, Info], columns: Mapping[Path, Sequence[ColumnText]] = {}) -> Index:
    from ...core.explain.search import Index

    datasets = [(name, info) for name, info in known.items() if isinstance(info, DatasetInfo)]
    templates = [(name, info) for name, info in known.items() if isinstance(info, TemplateInfo)]
    return Index.of(datasets, templates, columns)


def _indexed(known: Mapping[str, Info]) -> Index:
    from ...core.explain.search import read_columns

    files = [info.source for info in known.values() if isinstance(info, DatasetInfo)]
    return _index_of(known, read_columns(files))


def _stamped(repository: DatasetConfigurationRepository, templates: TemplateRepository) -> tuple[Stamp, Stamp]:
    return repository.stamp(), templates.stamp()


def _anew(
    repository: DatasetConfigurationRepository, templates: TemplateRepository
) -> tuple[DatasetConfigurationRepository, TemplateRepository]:
    """Both, with all files looked into."""
    datasets = repository.anew()
    datasets.list()
    found = templates.anew(datasets)
    found.list()
    return datasets, found
