"""Expressions as they travel: JSON values that say as little as they can, since a program has hundreds.

| value | meaning |
|---|---|
| a text | a column, as a path: `customer_id.place/city` |
| a whole number, true, false, null | itself |
| `["", text]` | a text |
| `["lit", type, value]` | a constant of any other type |
| `[operator, ..]` | an operator, its operands and what it is told besides |
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from .values import Path, Tree


def operands(tree: Tree) -> Iterator[Tree]:
    """The expressions that an expression is made of; nothing else that its operator is told."""
    if not isinstance(tree, list | tuple):
        return
    match tree[0]:
        case "" | "lit":
            return
        case "case":
            yield from (one for branch in tree[1] for one in branch)
            yield tree[2]
        case "switch":
            yield tree[1]
            yield from (one for branch in tree[2] for one in branch)
            yield tree[3]
        case "in":
            yield tree[1]
            yield from tree[2]
        case "cast" | "to_text":
            yield tree[1]
        case "text":
            yield tree[2]
        case "date_diff":
            yield from tree[2:4]
        case _:
            yield from tree[1:]


def paths(tree: Tree) -> Iterator[Path]:
    """The columns of an expression."""
    if isinstance(tree, str):
        yield Path.of_text(tree)
    for one in operands(tree):
        yield from paths(one)


def column(through: Sequence[str], name: str, part: str | None) -> str:
    """A column, as it stands in a tree."""
    return Path(tuple(through), name, part).text


def constant(kind: str, value: Any) -> Tree:
    """A constant of a SQL type, as it stands in a tree."""
    if kind == "varchar":
        return ["", value]
    return value if kind in ("bigint", "boolean") else ["lit", kind, value]


def constant_of(tree: Tree) -> tuple[str, Any] | None:
    """Type and value of what is a constant; None for all else."""
    if isinstance(tree, bool):
        return "boolean", tree
    if isinstance(tree, int):
        return "bigint", tree
    if isinstance(tree, str) or tree is None or tree[0] not in ("", "lit"):
        return None
    return ("varchar", tree[1]) if tree[0] == "" else (tree[1], tree[2])
