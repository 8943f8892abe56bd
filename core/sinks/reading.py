"""Files as SQL after FROM: DuckDB reads these files and no others, and has no columns for them but their own."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final, Literal

from .files import plain_place

_PATTERN: Final = re.compile(r"[*?\[]")
_ODD: Final = re.compile(r"[^A-Za-z0-9_.\-]")


def literal(text: str) -> str:
    """A SQL string."""
    return "'" + text.replace("'", "''") + "'"


def exact(path: str) -> str:
    """A path as DuckDB's readers take it, who read `*`, `?` and `[` as a pattern: it finds this file and no other.

    They look at everything that lies beside it, and break on names that are not UTF-8, so it is found through a link of a plain name.
    """
    if not _PATTERN.search(path):
        return path
    where = os.path.abspath(path)
    with suppress(OSError):
        link = _links() / f"{sha256(os.fsencode(where)).hexdigest()[:16]}-{_ODD.sub('_', os.path.basename(where))[-100:]}"
        if not link.is_symlink():
            with suppress(FileExistsError):
                link.symlink_to(where)
        return str(link)
    # Where there can be no links, names beside it are UTF-8.
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


@cache
def _links() -> Path:
    """A folder of this process for links, which goes with it."""
    import atexit
    import shutil
    import tempfile

    folder = tempfile.mkdtemp(prefix="synthetic-data-links-", dir=plain_place())
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def named(text: str) -> str:
    """What DuckDB says of files, with their own names instead of those of links to them."""
    if not _links.cache_info().currsize:
        return text
    return re.sub(re.escape(f"{_links()}{os.sep}") + r"[A-Za-z0-9_.\-]+", lambda found: _target(found[0]), text)


def _target(link: str) -> str:
    try:
        return os.readlink(link)
    except OSError:
        return link


def rows_of(storage: Literal["parquet", "csv"], files: Sequence[str], options: str = "") -> str:
    """The rows of files, read with more options if some are given.

    Every reader of files is spelled here: left to itself DuckDB takes a folder `amount=5` on the way to a file for a column
    `amount`, also in place of the column that the file has. A macro that somebody has put into a database does not take its place.
    """
    listed = ", ".join(literal(exact(file)) for file in files)
    return f"system.main.read_{storage}([{listed}], hive_partitioning = false{f', {options}' if options else ''})"


NAMED: Final = "filename = '_file'"
"""Option of a reader: each row names its file. No column of a table begins like that."""


def with_values(reader: str, values: Mapping[str, Sequence[str | None]], types: Mapping[str, str]) -> str:
    """SELECT of the rows of files that are read with `NAMED`, and of columns that each file has one value of.

    `values` are those of each file, `types` the columns' names and SQL types. DuckDB's own way to take them from folders would take those
    above the table, too.
    """
    listed = ", ".join(f"({', '.join([literal(exact(file)), *map(_value, found)])})" for file, found in values.items())
    names = ", ".join(f"_value{number}" for number in range(len(types)))
    columns = ", ".join(f"CAST(_value{number} AS {types[name]}) AS {_quoted(name)}" for number, name in enumerate(types))
    joined = f"{reader} AS rows JOIN (VALUES {listed}) AS folders(_path, {names}) ON _file = _path"
    return f"SELECT rows.* EXCLUDE (_file), {columns} FROM {joined}"


def _value(text: str | None) -> str:
    return "NULL" if text is None else literal(text)


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
