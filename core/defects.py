"""The report of an unforeseen exception, for whoever mends it."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
import tempfile
import traceback
from importlib import metadata
from pathlib import Path
from typing import Final

from .format import printable

_LIBRARIES: Final = ("deltalake", "duckdb", "numpy", "pandas", "pyarrow", "pydantic", "rich", "sqlglot", "textual", "typer")
_SECRET: Final = re.compile(
    r"(?i)((?:password|passwd|pwd|secret|token|credential|(?:access|account|api)[._-]?key)[\w.-]*[\"']?\s*[=: ]\s*)[^\s,}]+"
)
_OPTION: Final = re.compile(r"(-{2}spark-conf[= ]\S*?=)('[^']*'|\S+)")
_USER: Final = re.compile(r"(://)[^/\s@]+@")


def unforeseen(error: BaseException) -> str:
    """The sentence about an exception that nobody foresaw; it names the report, which is written."""
    what = next(iter(f"{type(error).__name__}: {error}".splitlines()))
    report = write_report(error)
    more = f"please report it with the file {report}" if report else "SYNTHETIC_DATA_DEBUG=1 shows more"
    return f"this should not have happened ({what}); {more}"


def write_report(error: BaseException) -> Path | None:
    """Writes the traceback, the command and the versions to a new file that only its owner may read; None where that fails."""
    lines = [
        f"synthetic-data {_version('ingen-fab-synthetic-data')}, Python {platform.python_version()}, {platform.platform()}",
        f"command: {shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]])}",
        "",
        "".join(traceback.format_exception(error)),
        *(f"{name} {_version(name)}" for name in _LIBRARIES),
        "",
    ]
    text = printable(_USER.sub(r"\1***@", _SECRET.sub(r"\1***", _OPTION.sub(r"\1***", "\n".join(lines)))), keep="\n")
    try:
        descriptor, path = tempfile.mkstemp(prefix="synthetic-data-error-", suffix=".txt")
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return None
    return Path(path)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "is not installed"
