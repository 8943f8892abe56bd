"""Modules import each other in one direction only: no circle is left, at run time, inside functions or for types alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("cli", "configs", "core", "tui")


def sources() -> dict[str, Path]:
    """Every module of the package by its dotted name; a package is its `__init__`."""
    files = [ROOT / "__init__.py", ROOT / "__main__.py", *(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py"))]
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
