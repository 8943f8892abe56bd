"""A warehouse of Fabric, as far as compiled notebooks speak to one, on a DuckDB file of this machine.

It reads the T-SQL that they write, and nothing else: schemas and tables that are made where they are not there, keys that nothing
enforces, DELETE, INSERT, SELECT, COPY INTO and transactions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

_WORDS: Final = re.compile(r"N?'(?:[^']|'')*'|\[(?:[^\]]|\]\])*\]|--[^\n]*|\bCHAR\((\d+)\)|\s\+\s")
_SCHEMA: Final = re.compile(r"IF NOT EXISTS \(SELECT 1 FROM sys\.schemas WHERE name = .*?\) EXEC \('CREATE SCHEMA (\[.*\])'\)", re.DOTALL)
_TABLE: Final = re.compile(r"(?:\s*--[^\n]*\n)*\s*IF OBJECT_ID\(.*?, 'U'\) IS NULL\s+CREATE TABLE (.*)", re.DOTALL)
_THERE: Final = r"IF NOT EXISTS \(SELECT 1 FROM sys\.(?:key_constraints|foreign_keys) .*\)"
_KEY: Final = re.compile(rf"\s*{_THERE}\s+ALTER TABLE .* NOT ENFORCED\s*", re.DOTALL)
_COPY: Final = re.compile(r"COPY INTO (\S+) \((.*?)\) FROM '((?:[^']|'')*)' WITH \(FILE_TYPE = 'PARQUET'\)", re.DOTALL)
_TYPES: Final = (
    (re.compile(r"\bVARCHAR\((?:\d+|MAX)\)"), "VARCHAR"),
    (re.compile(r"\bDATETIME2\(6\)"), "TIMESTAMP WITH TIME ZONE"),
    (re.compile(r"\bBIT\b"), "BOOLEAN"),
    (re.compile(r"\bFLOAT\b"), "DOUBLE"),
    (re.compile(r"\bINT\b"), "INTEGER"),
)


class Connection:
    """What `notebookutils.data.connect_to_artifact` gives."""

    def __init__(self, path: Path) -> None:
        import duckdb

        self._connection = duckdb.connect(str(path))
        self._connection.execute("SET TimeZone = 'UTC'")

    def execute(self, sql: str, *parameters: Any) -> None:
        """Runs a statement."""
        for statement in _translated(sql):
            self._connection.execute(statement, list(parameters) or None)

    def query(self, sql: str) -> Any:
        """The rows of a statement as a frame."""
        (statement,) = _translated(sql)
        return self._connection.execute(statement).df()

    def close(self) -> None:
        """Lets go of the file."""
        self._connection.close()


def _translated(sql: str) -> list[str]:
    """A statement of T-SQL as DuckDB's; none where it does nothing here."""
    if _KEY.fullmatch(sql):
        return []
    if schema := _SCHEMA.fullmatch(sql.strip()):
        return [f"CREATE SCHEMA IF NOT EXISTS {_plain(schema[1].replace(chr(39) * 2, chr(39)))}"]
    if copied := _COPY.fullmatch(sql.strip()):
        columns = ", ".join(_plain(each.rpartition(" ")[0]) for each in copied[2].split(", "))
        return [f"INSERT INTO {_plain(copied[1])} ({columns}) SELECT {columns} FROM read_parquet('{_files(copied[3])}')"]
    if table := _TABLE.fullmatch(sql):
        made = _plain(table[1])
        for type_, other in _TYPES:
            made = type_.sub(other, made)
        return [f"CREATE TABLE IF NOT EXISTS {made}"]
    made = _plain(sql)
    for word, other in (("VARCHAR(MAX)", "VARCHAR"), ("COMMIT TRANSACTION", "COMMIT"), ("ROLLBACK TRANSACTION", "ROLLBACK")):
        made = made.replace(word, other)
    return [each for each in re.split(r";\s*\n", made) if each.strip(" ;\n")]


def _plain(sql: str) -> str:
    """Names in double quotes, texts without N, no comments."""

    def word(found: re.Match[str]) -> str:
        text = found[0]
        if text.startswith("["):
            return '"' + text[1:-1].replace("]]", "]").replace('"', '""') + '"'
        if text.startswith("--"):
            return ""
        if found[1] is not None:
            return f"chr({found[1]})"
        return " || " if text.strip() == "+" else text.removeprefix("N")

    return _WORDS.sub(word, sql)


def _files(url: str) -> str:
    """The files of this machine that a URL names, a pattern in it included."""
    parts = urlsplit(url.replace("''", "'"))
    if parts.scheme != "file":
        raise ValueError(f"the warehouse of this machine loads files of this machine, not {url}")
    return unquote(parts.path).replace("'", "''")
