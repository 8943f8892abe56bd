"""Compile: a workspace for Fabric of what is chosen, its files, and a run of its notebook."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from shlex import quote
from typing import Any, ClassVar

from rich.style import Style
from rich.text import Text as Line
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widgets import Label, Static, Tree
from textual.widgets.tree import TreeNode
from textual.worker import Worker, WorkerState

from ...core import format as shown
from ...core.format import printable
from ...core.spec.form import compile_settings
from ..widgets.field import SettingField
from ..widgets.panel import panel
from ..widgets.source import Source
from ..work import do_aside, told
from ..workspace import Artefact, Text, Workspace, text_of
from .step import Step

_CONTENT = "notebook-content.py"
_EXECUTED = {".py": "the notebook, with its parameters", ".json": "exit value"}


class Files(Tree[Path]):
    """The files of the workspace."""

    HELP = """
# Files

What was compiled: the notebook, the DDL, and the items that they need, in a folder that `fab deploy` publishes as it is. Each file has its
size, and whether it was **written** or is **unchanged**.

**up** and **down** choose a file, **enter** goes into its text, **escape** comes back. **F6** (or Ctrl-K) compiles, **F5** runs the
notebook on this machine, into the folder that the parameters name.
"""
    BINDINGS: ClassVar = [
        Binding("enter", "select_cursor", "Read", show=False, id="compile.read"),
    ]

    def render_label(self, node: TreeNode[Path], base_style: Style, style: Style) -> Line:
        """Nothing is faint on the ground of the cursor."""
        line = super().render_label(node, base_style, style)
        if node is self.cursor_node:
            line.stylize(Style(dim=False))
        return line


class CompileScreen(Step):
    """How to compile, the files that came of it, and the text of one."""

    NAME = "compile"
    FOCUS = "#compiled-files"
    AUTO_FOCUS = "#compiled-files"
    CSS_PATH = "compile.tcss"
    HELP = "Compile what is chosen into notebooks and DDL that deploy to Fabric as they are, read them, and run the notebook here."
    BINDINGS: ClassVar = [
        # As of a run: no letter writes anything.
        Binding("f6", "app.compile", "Compile", id="compile.start"),
        Binding("ctrl+k", "app.compile", "Compile", show=False, id="compile.start_too"),
        Binding("f5", "app.run_notebook", "Run notebook", id="compile.run"),
        Binding("ctrl+g", "app.run_notebook", "Run notebook", show=False, id="compile.run_too"),
        Binding("e", "edit", "Edit", id="compile.edit"),
        Binding("d", "reset_all", "Defaults", show=False, id="compile.defaults"),
        Binding("x", "app.cancel_run", "Cancel", id="compile.cancel"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._shown: Workspace | None = None
        self._path: Path | None = None

    def body(self) -> ComposeResult:
        """Fields, what came of them, files and text."""
        with panel(Container(id="fields"), "How to compile"):
            for setting in compile_settings():
                yield SettingField(setting, title=12)
        yield Static("", id="said", markup=False)
        with Container(id="workspace"):
            yield panel(Files("", id="compiled-files"), "Files")
            with panel(Vertical(id="viewer"), "Text"):
                yield Label("", id="file", markup=False)
                yield Source(id="source")

    def on_mount(self) -> None:
        """Follows what is chosen and what is compiled."""
        self.query_one(Files).show_root = False
        for name in ("draft", "compiling", "planned"):
            self.watch(self.app, name, self._fill)
        for name in ("compiled", "compile_problem", "is_compiling", "draft", "compiling", "job"):
            self.watch(self.app, name, self._show)

    @property
    def can_leave(self) -> bool:
        """Also the text is left for the files."""
        return isinstance(self.focused, Source) or super().can_leave

    @on(events.DescendantFocus)
    @on(events.DescendantBlur)
    def _entered(self) -> None:
        # Where there is little room, a text that is read has it.
        self.set_class(isinstance(self.focused, Source), "-reading")

    def _fill(self) -> None:
        wizard = self.wizard
        plan = wizard.planned.plan if wizard.planned is not None else None
        environment = wizard.draft.value("output_settings.target_environment") or (plan.output.environment if plan is not None else None)
        held: dict[str, Any] = {"target": environment or "lakehouse", "kernel": "auto"}
        for field in self.query(SettingField):
            name = field.setting.path
            if name == "generates":
                field.display = not wizard.arrives
            field.show(wizard.compiling.get(name), field.setting.default, held.get(name))

    def _show(self) -> None:
        made = self.wizard.compiled
        self.query_one("#said", Static).update(self._told(made))
        if made is not None and made is not self._shown:
            self._shown = made
            self._list(made)
        self.refresh_bindings()

    def _told(self, made: Workspace | None) -> Content:
        wizard = self.wizard
        if wizard.is_compiling:
            return Content("compiling ...")
        if wizard.compile_problem:
            return Content.styled(f"not compiled: {wizard.compile_problem}", "$text-error")
        if made is None:
            return Content("F6 compiles what is chosen into the folder; nothing is deployed")
        if made.chosen.draft is not wizard.draft or made.given != wizard.compiling:
            return Content.styled(f"{made.name} is there, of other settings: F6 compiles anew", "$text-warning")
        told = f"{made.name}: {made.counts} in {shown.duration(made.seconds)}\nthen: fab deploy --config"
        return Content(printable(f"{told} {quote(str(made.folder / 'config.yml'))} --target_env dev", keep="\n"))

    def _list(self, made: Workspace) -> None:
        tree = self.query_one(Files)
        tree.clear()
        folders: dict[str, TreeNode[Path]] = {"": tree.root}
        first: TreeNode[Path] | None = None
        for file in made.files:
            folder, _, name = file.name.rpartition("/")
            node = _folder(folders, folder).add_leaf(_line(name, file), file.path)
            if name == _CONTENT and file.path.parent == made.notebook:
                first = node
        if made.executed:
            ran = tree.root.add(Line("run here"), expand=True)
            for path in made.executed:
                size = shown.bytes_(path.stat().st_size) if path.exists() else "gone"
                # The last is what the notebook returned.
                first = ran.add_leaf(Line.assemble(f"{_EXECUTED[path.suffix]}  ", (size, "dim"), no_wrap=True), path)
        tree.root.expand()
        if first is not None:
            tree.call_after_refresh(tree.move_cursor, first)

    @on(Tree.NodeHighlighted)
    def _moved(self, event: Tree.NodeHighlighted[Path]) -> None:
        if event.node.data is not None:
            self._path = event.node.data
            do_aside(self, "file", partial(_coloured, event.node.data))

    @on(Worker.StateChanged)
    def _read(self, event: Worker.StateChanged) -> None:
        event.stop()
        label, source = self.query_one("#file", Label), self.query_one(Source)
        if event.state is WorkerState.ERROR and event.worker.error is not None:
            label.update(told(event.worker.error))
            source.show(Content(""))
        found = event.worker.result
        if event.state is WorkerState.SUCCESS and isinstance(found, tuple) and found[0].path == self._path:
            label.update(printable(f"{found[0].about}  ·  {found[0].path.name}"))
            source.show(found[1])

    @on(Tree.NodeSelected)
    def _chose(self, event: Tree.NodeSelected[Path]) -> None:
        if event.node.data is not None:
            self.query_one(Source).focus()

    @on(SettingField.Changed)
    def _changed(self, event: SettingField.Changed) -> None:
        self.wizard.invalid.pop(_key(event.setting.path), None)
        if self.wizard.compiling.get(event.setting.path) != event.value:
            self.wizard.edit_compiling(event.setting.path, event.value)

    @on(SettingField.Refused)
    def _refused(self, event: SettingField.Refused) -> None:
        self.wizard.invalid[_key(event.setting.path)] = event.problem

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers to edit where no text is read."""
        if action == "edit":
            return not isinstance(self.focused, Source)
        return super().check_action(action, parameters)

    def action_edit(self) -> None:
        """Goes into the fields."""
        self.query_one("#target .control").focus()

    def action_reset_all(self) -> None:
        """Every field back to its default."""
        for field in self.query(SettingField):
            field.action_reset()


def _folder(folders: dict[str, TreeNode[Path]], name: str) -> TreeNode[Path]:
    if name not in folders:
        parent, _, own = name.rpartition("/")
        folders[name] = _folder(folders, parent).add(Line(printable(f"{own}/"), style="bold", no_wrap=True), expand=True)
    return folders[name]


def _line(name: str, file: Artefact) -> Line:
    size = shown.bytes_(file.bytes) if file.state != "removed" else ""
    return Line.assemble(f"{printable(name)}  ", (f"{size}  {file.state}", "dim"), no_wrap=True)


def _coloured(path: Path) -> tuple[Text, Content]:
    from textual.highlight import highlight

    text = text_of(path)
    return text, highlight(text.text, language=text.language)


def _key(name: str) -> str:
    """Of what is wrong in a field here."""
    return f"compile.{name}"
