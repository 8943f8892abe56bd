"""Completion of the last word of a line of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from textual.suggester import Suggester

_SQL: Final = (
    *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "USING", "HAVING", "DISTINCT", "DESCRIBE", "SUMMARIZE"),
    *("SHOW TABLES", "COUNT(*)", "SUM(", "AVG(", "MIN(", "MAX(", "BETWEEN", "IS NULL", "IS NOT NULL", "DESC", "EXPLAIN", "UNION ALL"),
)
_LAST: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*$")
_TABLES: Final = re.compile(r"\b(?:from|join|describe|summarize)\s+$", re.IGNORECASE)


def completed(line: str, tables: Mapping[str, Iterable[str]]) -> str | None:
    """A line whose last word is made whole: a table where one must follow, else a column, a table or a word of SQL.

    Columns of tables that the line names come first.

    None where there is no word, nothing begins so, or it is whole.
    """
    found = _LAST.search(line)
    if found is None or line.count("'") % 2:
        return None
    word, before = found[0], line[: found.start()]
    named = [columns for name, columns in tables.items() if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", line)]
    others = [columns for columns in tables.values() if columns not in named]
    wanted: list[str] = [*tables] if _TABLES.search(before) else [*(column for columns in (*named, *others) for column in columns), *tables]
    for candidate in (*wanted, *(_SQL if word.isalpha() else ())):
        if candidate.casefold().startswith(word.casefold()) and len(candidate) > len(word):
            return line + candidate[len(word) :] if candidate not in _SQL else before + (candidate if word.isupper() else candidate.lower())
    return None


class Words(Suggester):
    """Completes names of tables and columns in a field."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.tables: Mapping[str, Iterable[str]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line, or nothing."""
        return completed(value, self.tables)
