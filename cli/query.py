"""`query`: one statement over the log tables and the data."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ..core.errors import InputError, RunError
from ..core.run.guarded import TooSlow, bounded
from ..core.run.query import MEMORY, SECONDS, Answer, answer
from ..core.spec.urls import OTHER_READERS, folder_of, local_root, url_of
from .stopping import stoppable
from .streams import say, tell, tell_json
from .tables import Column, Form, write_columns

_OPTIONS: Final = {
    "target_rows": "--target-rows",
    "seed_value": "--seed",
    "datasets": "--datasets",
    "custom_schema": "--custom-schema",
    "config": "--config",
    "set": "--set",
}
_LONGEST: Final = 1_000_000
"""Bytes of a statement on standard input."""


def root_of(output_dir: str | None, what: str, otherwise: str = "") -> Path:
    """The output root that a command reads. Raises PlaceError where it is on an object store.

    `what` is the command and its verb (`query reads`), `otherwise` what stands for the option where it is not given.
    """
    return local_root(_place(output_dir, otherwise), what, OTHER_READERS)


def place_of(output_dir: str | None) -> Path | str:
    """The output root that a command reads: a folder, or the URL of an object store. Raises PlaceError."""
    where = _place(output_dir)
    return url_of(where) or folder_of(where)


def _place(output_dir: str | None, otherwise: str = "") -> str:
    return output_dir or otherwise or os.environ.get("SYNTHETIC_DATA_DIR") or "synthetic_data"


def query(
    sql: str,
    virtual: str | None,
    form: Form,
    seconds: float | None = SECONDS,
    output_dir: str | None = None,
    *,
    flags: Mapping[str, Any],
    config: Path | None,
    sets: Sequence[str],
) -> None:
    """Prints the result of a query; `-` stands for standard input.

    It reads an output root, or the tables of the dataset `virtual` with these settings, which need not be written.
    """
    if virtual is None:
        given = [_OPTIONS[name] for name, value in {**flags, "config": config, "set": sets}.items() if value]
        if given:
            raise InputError(f"{given[0]} is of datasets that are not written: say which with --virtual, or leave it out")
        root = root_of(output_dir, "query reads")
        _show(sql, lambda asked: answer(root, asked, seconds=seconds, say=say), form)
        return
    from ..core.plan.kept import planned
    from ..core.virtual.asking import answer_virtual

    if output_dir is not None:
        raise InputError("--output-dir: with --virtual nothing that was written is read; leave one of the two out")
    # No file is written, so that none is planned, and the plan is small enough to be kept at any size.
    plan, _ = planned(virtual, flags={**flags, "chunking_config.enabled": False}, sets=sets, config=config, environ=os.environ)
    _show(sql, lambda asked: answer_virtual(plan, asked, seconds=seconds), form)


def _show(sql: str, ask: Callable[[str], Answer], form: Form) -> None:
    sql = _piped() if sql == "-" else sql
    with stoppable(), bounded(MEMORY):
        try:
            found = ask(sql)
        except TooSlow as error:
            raise RunError(f"the query took too long: {error}; --timeout sets how long it may run") from None
    if form == "json":
        values = [[_value(kind, text) for kind, text in zip(found.types, row, strict=True)] for row in found.rows]
        tell_json([dict(zip(found.names, row, strict=True)) for row in values])
    elif found.names == ("explain_key", "explain_value"):
        tell(*(line for row in found.rows for line in (row[1] or "").splitlines()))
    else:
        write_columns([Column(name, [row[n] for row in found.rows], *_class(found.types[n])) for n, name in enumerate(found.names)], form)


def _piped() -> str:
    try:
        sql = sys.stdin.buffer.read(_LONGEST + 1).decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("standard input is not UTF-8 text") from None
    if len(sql) > _LONGEST:
        raise InputError(f"a query on standard input has at most {_LONGEST:,} bytes")
    if not sql.strip():
        raise InputError("there is no SQL on standard input")
    return sql


def _class(kind: str) -> tuple[bool, bool]:
    """Whether values of a type of DuckDB's are numbers, and whether they are texts, which may be cut."""
    number = kind.endswith("INT") or kind.startswith("DECIMAL(") or kind in ("INTEGER", "UINTEGER", "DOUBLE", "FLOAT")
    return number, not number and not kind.startswith(("TIME", "DATE", "BOOLEAN"))


def _value(kind: str, text: str | None) -> Any:
    """A value as JSON has it; what JSON cannot express stays a text."""
    if text is None:
        return None
    if kind == "BOOLEAN":
        return text == "true"
    if kind.endswith("INT") or kind in ("INTEGER", "UINTEGER"):
        return int(text)
    if kind in ("DOUBLE", "FLOAT") and text.lower().lstrip("-") not in ("nan", "inf", "infinity"):
        return float(text)
    if kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(")):
        return json.loads(text)
    return text
