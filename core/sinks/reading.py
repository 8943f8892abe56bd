"""Files as SQL after FROM: DuckDB reads these files and no others, and has no columns for them but their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def exact(path: str) -> str:
    """A path as DuckDB's readers take it, who read `*`, `?` and `[` as a pattern: it finds this file and no other."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def rows_of(storage: Literal["parquet", "csv"], files: Sequence[str], options: str = "") -> str:
    """The rows of files, read with more options if some are given.

    Every reader of files is spelled here: left to itself DuckDB takes a folder `amount=5` on the way to a file for a column
    `amount`, also in place of the column that the file has. A macro that somebody has put into a database does not take its place.
    """
    listed = ", ".join(literal(exact(file)) for file in files)
    return f"system.main.read_{storage}([{listed}], hive_partitioning = false{f', {options}' if options else ''})"
