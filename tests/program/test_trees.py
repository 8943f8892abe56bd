"""Expressions as they travel."""

from __future__ import annotations

from typing import Any

import pytest
from ingen_fab.synthetic_data.core.program.trees import column, constant, constant_of, operands, paths
from ingen_fab.synthetic_data.core.program.values import Path


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        ("bigint", 7, 7),
        ("boolean", False, False),
        ("varchar", "customer_id.city", ["", "customer_id.city"]),
        ("varchar", "", ["", ""]),
        ("decimal(18,2)", 150, ["lit", "decimal(18,2)", 150]),
        ("date", 19_723, ["lit", "date", 19_723]),
    ],
)
def test_a_constant_is_told_shortly_and_found_again(kind: str, value: Any, told: Any) -> None:
    """A whole number, true and false stand for themselves, and no text is taken for a column."""
    tree = constant(kind, value)
    assert tree == told
    assert type(tree) is type(told)
    assert constant_of(tree) == (kind, value)
    assert list(operands(tree)) == []
    assert list(paths(tree)) == []


def test_a_column_is_a_path() -> None:
    """References, the column and its part."""
    tree = column(("customer_id", "place_id"), "opened_at", "month")
    assert tree == "customer_id.place_id.opened_at/month"
    assert list(paths(tree)) == [Path(("customer_id", "place_id"), "opened_at", "month")]
    assert constant_of(tree) is None
    assert constant_of(None) is None


@pytest.mark.parametrize(
    ("tree", "found"),
    [
        (["case", [[["=", "a", ["", "b"]], "c"]], ["+", "d", 1]], "acd"),
        (["switch", "a", [[["", "x"], "b"]], None], "ab"),
        (["in", "a", [["", "b"], "c"]], "ac"),
        (["cast", ["to_text", "a", "date"], "bigint"], "a"),
        (["text", "replace", "a", ["b", "c"]], "a"),
        (["date_diff", "day", "a", "b", [True, False]], "ab"),
        (["between", "a", 1, ["coalesce", "b", "c"]], "abc"),
        (["round", "a", 2], "a"),
        (["not", ["is_null", "a"]], "a"),
    ],
)
def test_only_columns_are_taken_for_columns(tree: Any, found: str) -> None:
    """Names of operators, types, units and constants of functions are none."""
    assert [path.column for path in paths(tree)] == list(found)
