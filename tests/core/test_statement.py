"""What can be said of SQL before any database sees it."""

from __future__ import annotations

import pytest
from ingen_fab.synthetic_data.core.statement import nesting
from sqlglot import tokenize


@pytest.mark.parametrize(
    ("sql", "levels"),
    [
        ("1 + 1", 0),
        ("((1) + [{'a': 1}])", 3),
        ("CASE WHEN (true) THEN CASE 1 WHEN 1 THEN 2 END END", 2),
        ("(')' || (')' || (1)))", 3),
        ("'(' || '((' || 'CASE CASE' || $$ ((( $$ -- (((", 0),
        ("CASE 'end' WHEN 'end' THEN CASE 'end' WHEN 1 THEN (1) END END", 3),
        ('CASE "END" WHEN 1 THEN CASE "END" WHEN 1 THEN 1 END END', 2),
        ('"(" + "CASE"', 0),
        ("CASE WHEN o.end THEN CASE WHEN o.end THEN 1 END END", 2),
        ("o.case + o.case AS case", 0),
        ("END END ) ) ] ((1))", 2),
        ("(CASE) + (CASE) + (1)", 2),
    ],
)
def test_nesting_is_counted_by_kinds(sql: str, levels: int) -> None:
    """A bracket in a text or in a quoted name is a letter, and nothing closes what is not open."""
    assert nesting(tokenize(sql, read="duckdb")) == levels
