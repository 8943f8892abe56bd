"""Completion of the last word of a line of SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from textual.suggester import Suggester
from textual.widgets import Input

_SQL: Final = (
    *("SELECT", "FROM", "WHERE", "GROUP BY", "ORDER BY", "LIMIT", "JOIN", "USING", "HAVING", "DISTINCT", "DESCRIBE", "SUMMARIZE"),
    *("SHOW TABLES", "COUNT(*)", "SUM(", "AVG(", "MIN(", "MAX(", "BETWEEN", "IS NULL", "IS NOT NULL", "DESC", "EXPLAIN", "UNION ALL"),
)
_LAST: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*$")
_TABLES: Final = re.compile(r"\b(?:from|join|describe|summarize)\s+$", re.IGNORECASE)
_ONLY_TABLES: Final = re.compile(r"\b(?:from|join)\s+$", re.IGNORECASE)
_BECOMES: Final = " -> "


def completed(line: str, tables: Mapping[str, Iterable[str]]) -> str | None:
    """A line whose last word is made whole: a table where one must follow, else a column, a table or a word of SQL.

    Columns of tables that the line names come first. Of a table in a schema, the word may be the beginning of the part behind the dot; the
    line then gets both.

    None where there is no word, nothing begins so, or it is whole.
    """
    found = _LAST.search(line)
    if found is None or line.count("'") % 2:
        return None
    word, before = found[0], line[: found.start()]
    named = [columns for name, columns in tables.items() if re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", line)]
    others = [columns for columns in tables.values() if columns not in named]
    wanted: list[str] = [*tables] if _TABLES.search(before) else [*(column for columns in (*named, *others) for column in columns), *tables]
    after = _ONLY_TABLES.search(before) is not None
    for candidate in (*wanted, *(_SQL if word.isalpha() and not after else ())):
        if candidate.casefold().startswith(word.casefold()) and len(candidate) > len(word):
            return line + candidate[len(word) :] if candidate not in _SQL else before + (candidate if word.isupper() else candidate.lower())
    behind = (table for table in tables if after and table.partition(".")[2].casefold().startswith(word.casefold()))
    return next((before + table for table in behind), None)


class Words(Suggester):
    """Completes names of tables and columns in a field."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.tables: Mapping[str, Iterable[str]] = {}

    async def get_suggestion(self, value: str) -> str | None:
        """The whole line, or nothing. Where the last word becomes another one, that is shown behind it."""
        whole = completed(value, self.tables)
        if whole is None or whole.casefold().startswith(value.casefold()):
            return whole
        return f"{value}{_BECOMES}{whole.rpartition(' ')[2]}"


class Line(Input):
    """A line of SQL, whose last word is made whole by the key that goes right."""

    def __init__(self, words: Words, **options: Any) -> None:
        super().__init__(suggester=words, **options)
        self._words = words

    def action_cursor_right(self, select: bool = False) -> None:
        """Takes the completion at the end of the line, also one that changes what stands there."""
        whole = completed(self.value, self._words.tables) if self.cursor_at_end and not select else None
        if whole is None:
            super().action_cursor_right(select)
        else:
            self.value = whole
            self.cursor_position = len(whole)
