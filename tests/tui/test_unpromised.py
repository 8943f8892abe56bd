"""What the wizard uses of Textual that Textual does not promise lies in one module, and is there in the version that is installed."""

from __future__ import annotations

import ast
import asyncio
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from importlib.metadata import version
from pathlib import Path

import pytest
from ingen_fab.synthetic_data import tui
from ingen_fab.synthetic_data.tui.unpromised import expect_focus
from textual.app import App, ComposeResult
from textual.dom import DOMNode
from textual.message_pump import MessagePump
from textual.widgets import Input

FOLDER = Path(tui.__file__).parent
HERE = "unpromised.py"
CHANGED = f"Textual {version('textual')} has changed {{}}; see where tui/{HERE} uses it, and what must be done instead"
PRIVATE = "uses a private name of Textual; use a public way, or move it to tui/unpromised.py"


def private(name: str) -> bool:
    """`_so`, not `__so__`."""
    return name.startswith("_") and not name.endswith("__")


def read(tree: ast.AST) -> Iterator[tuple[ast.Attribute, str]]:
    """Every use of a private name, and whose it is; `os._exit` is documented."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and private(node.attr) and ast.unparse(node) != "os._exit":
            yield node, ast.unparse(node.value)


def test_the_handler_of_failures_is_still_that() -> None:
    """Overridden by a method that decides whether a failure is one."""
    handler = getattr(App, "_handle_exception", None)
    assert handler is not None, CHANGED.format("App._handle_exception")
    assert list(inspect.signature(handler).parameters) == ["self", "error"], CHANGED.format("App._handle_exception")
    callers = [importlib.import_module(f"textual.{name}") for name in ("message_pump", "worker", "timer")]
    assert all("app._handle_exception(" in inspect.getsource(module) for module in callers), CHANGED.format("who calls _handle_exception")


def test_a_widget_that_expects_the_focus_is_styled_with_it_and_loses_it() -> None:
    """Where it really gets the focus nothing changes, and it goes as it always goes."""

    class Two(App[None]):
        AUTO_FOCUS = "#early"

        def compose(self) -> ComposeResult:
            for name in ("early", "other"):
                yield Input(id=name)

    async def story() -> None:
        app = Two()
        async with app.run_test() as pilot:
            early, other = app.query_one("#early", Input), app.query_one("#other", Input)
            expect_focus(other)
            assert "focus" in other.pseudo_classes, CHANGED.format("Widget.has_focus")
            app.set_focus(other)
            await pilot.pause()
            assert (early.has_focus, other.has_focus, app.focused) == (False, True, other)
            app.set_focus(early)
            await pilot.pause()
            assert (early.has_focus, other.has_focus) == (True, False), CHANGED.format("Widget.has_focus")

    asyncio.run(story())


def test_nodes_still_know_that_they_are_removed() -> None:
    """From the first moment of it."""
    assert getattr(DOMNode(), "_pruning", None) is False, CHANGED.format("DOMNode._pruning")
    assert "_pruning = True" in inspect.getsource(App), CHANGED.format("who sets DOMNode._pruning")


def test_the_node_that_works_is_still_known() -> None:
    """In a variable of the context."""
    try:
        from textual._context import active_message_pump
    except ImportError:
        pytest.fail(CHANGED.format("textual._context.active_message_pump"))
    assert isinstance(active_message_pump, ContextVar), CHANGED.format("textual._context.active_message_pump")


def test_nodes_still_are_tasks() -> None:
    """Which end with them."""
    assert vars(MessagePump()).get("_task", "") is None, CHANGED.format("MessagePump._task")
    assert "self._task = create_task(" in inspect.getsource(MessagePump), CHANGED.format("who sets MessagePump._task")


@pytest.mark.skipif(sys.platform == "win32", reason="the driver of Unix")
def test_the_driver_still_keeps_what_the_terminal_was() -> None:
    """And the number of its file."""
    from textual.drivers.linux_driver import LinuxDriver

    source = inspect.getsource(LinuxDriver)
    for name in ("attrs_before", "fileno", "_must_signal_resume"):
        assert f"self.{name}" in source, CHANGED.format(f"LinuxDriver.{name}")
    assert "_driver" in vars(App()), CHANGED.format("App._driver")


@pytest.mark.parametrize("file", sorted(FOLDER.rglob("*.py")), ids=lambda file: str(file.relative_to(FOLDER)))
def test_no_other_module_uses_a_private_name(file: Path) -> None:
    """None is imported, read of something else than oneself, or overridden."""
    if file.name == HERE:
        return
    tree = ast.parse(file.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("textual"):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            assert not any(map(private, names)), f"{file}:{node.lineno}: it {PRIVATE}"
    for attribute, owner in read(tree):
        assert owner in ("self", "cls"), f"{file}:{attribute.lineno}: it {PRIVATE}"
    dotted = ".".join(file.relative_to(FOLDER).with_suffix("").parts).removesuffix("__init__").rstrip(".")
    module = importlib.import_module(f"{tui.__name__}.{dotted}".rstrip("."))
    for defined in (node for node in tree.body if isinstance(node, ast.ClassDef)):
        theirs = [base for base in getattr(module, defined.name).__mro__ if base.__module__.startswith("textual.")]
        source = "".join(inspect.getsource(base) for base in theirs)
        used = {attribute.attr for attribute, _ in read(defined)}
        used |= {node.name for node in ast.walk(defined) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and private(node.name)}
        taken = {name for name in used if any(name in vars(base) for base in theirs) or re.search(rf"self\.{name}(:.*)? = ", source)}
        assert not taken, f"{file}: {defined.name}, {', '.join(sorted(taken))}: it {PRIVATE}"
