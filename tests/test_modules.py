"""Modules import each other in one direction only: no circle is left, at run time, inside functions or for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("cli", "configs", "core", "tui")
LONG_FILES = {
    "core.engine.ground": "the five that know each other are declared in one place",
}
LONG_CLASSES = {
    "core.plan.compiler.Compiler": "each answer asks the others, with the errors of one place",
    "core.plan.sql._Compiler": "one method for each operation of the language",
    "core.spec.kinds.reference.Reference": "the keys of one kind of column are one model, and their checks lie with them",
}


def sources() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package is its `__init__`."""
    files = [*ROOT.glob("*.py"), *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]
    return {".".join(file.relative_to(ROOT).with_suffix("").parts): file for file in files}


def imported(name: str, file: Path, known: dict[str, Path]) -> Iterator[str]:
    """The modules that one imports anywhere in its source, `TYPE_CHECKING` blocks and functions included."""
    package = name.split(".")[:-1]
    for node in ast.walk(ast.parse(file.read_text())):
        if not isinstance(node, ast.ImportFrom) or not node.level:
            continue
        base = package[: len(package) + 1 - node.level] + (node.module.split(".") if node.module else [])
        for alias in node.names:
            for candidate in ([*base, alias.name], [*base, alias.name, "__init__"], base, [*base, "__init__"]):
                if ".".join(candidate) in known:
                    yield ".".join(candidate)
                    break


def graph() -> dict[str, set[str]]:
    known = sources()
    return {name: set(imported(name, file, known)) - {name} for name, file in known.items()}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules that reach each other (Tarjan's strongly connected components of more than one)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(edges[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[-len(group) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in sorted(edges):
        if name not in index:
            visit(name)
    return found


def test_no_circle_is_left() -> None:
    """Who reads a module needs to read only what lies below it."""
    edges = graph()
    assert len(edges) > 200
    assert edges["core.engine.engine"] >= {"core.engine.table", "core.engine.calendar"}
    assert circles(edges) == []


def test_a_circle_is_found() -> None:
    """The search itself sees one of two and one of three modules."""
    assert circles({"a": {"b"}, "b": {"a", "c"}, "c": {"d"}, "d": {"e"}, "e": {"c"}, "f": {"a"}}) == [["c", "d", "e"], ["a", "b"]]


def test_the_quality_report_knows_the_distributions_and_nothing_else_that_generates() -> None:
    """It reads the declaration: a check that reads what generates would check the engine against itself."""
    used = {other for name, others in graph().items() if name.startswith("core.quality.") for other in others}
    assert {name for name in used if name.startswith("core.engine")} == {"core.engine.distributions"}
    assert not {name for name in used if name.startswith(("core.program.program", "core.program.columns", "core.program.rows"))}


def test_what_is_compiled_is_known_by_nothing_below() -> None:
    """Compiling reads plans and declarations; it runs nothing, checks nothing, and no front end is in it."""
    edges = graph()
    used = {other for name, others in edges.items() if name.startswith("core.compile.") for other in others}
    assert not {
        name for name in used if name.startswith(("cli.", "tui.", "core.api", "core.job", "core.quality.", "core.spark.", "core.virtual."))
    }
    rooms = ("core.engine.", "core.plan.", "core.program.", "core.quality.", "core.run.", "core.sinks.", "core.spec.", "core.virtual.")
    assert not [name for name in edges if name.startswith(rooms) and any(other.startswith("core.compile.") for other in edges[name])]


def test_files_and_classes_are_short() -> None:
    """At most 400 and 250 lines, but for those with a reason, which are still longer than that."""
    files = {name: len(file.read_text().splitlines()) for name, file in sources().items()}
    assert {name for name, lines in files.items() if lines > 400} == set(LONG_FILES)
    found = [
        (f"{name}.{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for name, file in sources().items()
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ClassDef)
    ]
    assert {name for name, lines in found if lines > 250} == set(LONG_CLASSES)


def test_nothing_asks_for_the_name_of_a_layout() -> None:
    """What a layout can do it says itself: kinds, checks and plans compare no names of layouts with texts."""
    asked = []
    for name, file in sources().items():
        for node in ast.walk(ast.parse(file.read_text())):
            if not isinstance(node, ast.Compare):
                continue
            sides = [node.left, *node.comparators]
            texts = any(isinstance(inner, ast.Constant) and isinstance(inner.value, str) for side in sides for inner in ast.walk(side))
            if texts and any(isinstance(side, ast.Attribute) and side.attr == "layout" for side in sides):
                asked.append(f"{name}:{node.lineno}")
    assert asked == []


def test_kernels_ask_no_layout_what_it_is() -> None:
    """A kernel that works on one layout alone says so by `laid_as`; frames keep what is worked out of them by `memo`."""
    asked = []
    for name, file in sources().items():
        if not name.startswith("core.engine."):
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Attribute) and node.attr == "__dict__":
                asked.append(f"{name}:{node.lineno}")
            if (
                name.startswith("core.engine.kernels.")
                and isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "isinstance"
                and "layout" in ast.unparse(node.args[0])
            ):
                asked.append(f"{name}:{node.lineno}")
    assert asked == []
