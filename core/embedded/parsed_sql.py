"""SQL expressions inside compiled notebooks: their trees were made when the notebook was compiled."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any, Final

from ..plan.sql_tree import FURTHER, Node, short
from ..spec.repository import CONFIGS

FILE: Final = "expressions.json"
"""Beside the datasets: of each expression its tree, with a node of the kind `day` for each of its days."""
_DAY: Final = re.compile(r"DATE '(\d{4}-\d\d-\d\d)'")
_PLACE: Final = re.compile(r"#\d+")
_PATH: Final = re.compile(r"[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)*")
_NUMBER: Final = re.compile(r"(-?)(\d+(?:\.\d+)?)")
_CAST: Final = re.compile(r"CAST\((.*) AS ([a-z]+(?:\(\d+,\d+\))?)\)")
_NO_NAMES: Final = ("true", "false", "null")


@cache
def _known() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONFIGS / FILE).read_text(encoding="utf-8"))
    return found


def take_further(trees: dict[str, Any]) -> None:
    """Makes the expressions of one more dataset known."""
    FURTHER.update(trees)


def without_days(text: str) -> tuple[str, list[str]]:
    """An expression with places in the stead of its days, and these."""
    days: list[str] = []

    def place(found: re.Match[str]) -> str:
        days.append(found[1])
        return f"DATE '#{len(days) - 1}'"

    return _DAY.sub(place, text), days


def parse(text: str) -> Node:
    """The tree of an expression; raises ValueError for one that is neither simple nor known."""
    skeleton, days = without_days(text)
    found = FURTHER.get(skeleton) or _known().get(skeleton)
    if found is not None:
        return _with_days(Node.of_json(found), days)
    simple = _simple(text)
    if simple is None:
        raise ValueError(f"`{short(text)}` was not read when this notebook was compiled: compile a notebook with the dataset that has it")
    return simple


def placed(node: Node) -> Node:
    """A tree in which what `without_days` put in the stead of days is of a kind of its own, which no text can be taken for."""
    if node.kind == "cast" and node.value == "date" and (inner := node.inner[0]) is not None and _PLACE.fullmatch(inner.value):
        return Node("day", inner.value[1:])
    return Node(node.kind, node.value, tuple(each and placed(each) for each in node.inner))


def _with_days(node: Node, days: list[str]) -> Node:
    if node.kind == "day":
        return Node("cast", "date", (Node("string", days[int(node.value)]),))
    return Node(node.kind, node.value, tuple(each and _with_days(each, days) for each in node.inner))


def _simple(text: str) -> Node | None:
    """A path, a number, a day, or a cast of one: what plans write by themselves."""
    cast = _CAST.fullmatch(text)
    if cast is not None:
        inner = _simple(cast[1])
        return None if inner is None else Node("cast", cast[2].replace(" ", ""), (inner,))
    if text.lower() in ("true", "false"):
        return Node("boolean", text.lower())
    if day := _DAY.fullmatch(text):
        return Node("cast", "date", (Node("string", day[1]),))
    if number := _NUMBER.fullmatch(text):
        value = Node("number", number[2])
        return Node("call", "neg", (value,)) if number[1] else value
    return Node("path", text) if _PATH.fullmatch(text) and text not in _NO_NAMES else None
