"""`query`: one statement over the log tables and the data."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.format import printable
from ..core.run.guarded import bounded
from ..core.run.query import MEMORY, answer
from .stopping import stoppable

if TYPE_CHECKING:
    from ..core.run.query import Answer


def show_query(sql: str, output_dir: Path | None, as_json: bool, seconds: float | None) -> None:
    """Prints the result of a query."""
    root = output_dir or Path(os.environ.get("SYNTHETIC_DATA_DIR") or "synthetic_data")
    with stoppable(), bounded(MEMORY):
        found = answer(root, sql, seconds=seconds, say=told)
    if as_json:
        values = [[_value(kind, text) for kind, text in zip(found.types, row, strict=True)] for row in found.rows]
        print(json.dumps([dict(zip(found.names, row, strict=True)) for row in values], indent=2))
    elif found.names == ("explain_key", "explain_value"):
        print("\n".join(printable(row[1] or "", keep="\n") for row in found.rows))
    else:
        for line in _lines(found):
            print(line)


def told(sentence: str) -> None:
    """A remark goes to standard error, so that the result can be piped."""
    print(printable(sentence), file=sys.stderr)


def _value(kind: str, text: str | None) -> Any:
    """A value as JSON has it; what JSON has no word for stays a text."""
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


def _lines(found: Answer) -> list[str]:
    names = [printable(name) for name in found.names]
    texts = [["" if text is None else printable(text) for text in row] for row in found.rows]
    widths = [max([len(name), *(len(line[n]) for line in texts)]) for n, name in enumerate(names)]
    return ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in (names, *texts)]
