"""What executors are sent: archives of modules, named by what is in them, so that nothing of this machine's disk is needed.

One holds the engine and what writes files, another a program with the lists that it names. Python imports both as they are.
"""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from ..program.codec import to_json
from ..program.content import KNOWN
from .on_executor import PROGRAM

if TYPE_CHECKING:
    from ..program.program import Program

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_MODULES: Final = (
    "__init__.py",
    "core/__init__.py",
    "core/defects.py",
    "core/errors.py",
    "core/format.py",
    "core/frozen.py",
    "core/processes.py",
    "core/engine",
    "core/program",
    "core/run/__init__.py",
    "core/run/metrics.py",
    "core/run/part.py",
    "core/run/told.py",
    "core/sinks/__init__.py",
    "core/sinks/arranged.py",
    "core/sinks/files.py",
    "core/sinks/parts.py",
    "core/sinks/rows.py",
    "core/sinks/sorting.py",
    "core/sinks/statistics.py",
    "core/spark/__init__.py",
    "core/spark/on_executor.py",
    "core/spark/source.py",
    "core/spark/travelling.py",
    "core/spark/types.py",
    "core/virtual/__init__.py",
    "core/virtual/chosen.py",
    "core/virtual/units.py",
)
"""Files and folders that executors import: numpy and pyarrow are all they need beside them."""
_NAMED: Final = 16
"""Digits of a hash in a name."""
_THEN: Final = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in an archive, so that its bytes follow from what is in it."""


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="synthetic-data-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


@cache
def engine_archive() -> Path:
    """The archive of the engine, made once a process."""
    # Python takes a folder of an archive for a package only where the archive names the folder itself.
    files: list[tuple[str, bytes]] = [("ingen_fab/", b"")]
    for name in _MODULES:
        place = _PACKAGE / name
        found = sorted(place.rglob("*.py")) if place.is_dir() else [place]
        files += [(f"ingen_fab/synthetic_data/{path.relative_to(_PACKAGE).as_posix()}", path.read_bytes()) for path in found]
    folders = {f"{folder}/" for name, _ in files for folder in _above(name)}
    data = _zipped([*((folder, b"") for folder in sorted(folders - {"ingen_fab/"})), *files])
    return _kept(f"synthetic_data_engine_{sha256(data).hexdigest()[:_NAMED]}", data)


def program_archive(program: Program) -> Path:
    """The archive of a program and its lists: a package called as the file, without `.zip`.

    Raises OSError and ValueError where a list cannot be read, or has changed since the program was made.
    """
    contents = {pool.sha256 for pool in program.pools.values()}
    files = [(PROGRAM, json.dumps(to_json(program)).encode())]
    files += [(name, KNOWN.read(name)) for name in sorted(contents)]
    name = f"synthetic_data_program_{sha256(_zipped(files)).hexdigest()[:_NAMED]}"
    data = _zipped([(f"{name}/", b""), (f"{name}/__init__.py", b""), *((f"{name}/{file}", content) for file, content in files)])
    return _kept(name, data)


def _above(name: str) -> Iterator[str]:
    parts = name.rstrip("/").split("/")
    return ("/".join(parts[:depth]) for depth in range(1, len(parts)))


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(zipfile.ZipInfo(name, _THEN), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _kept(name: str, data: bytes) -> Path:
    path = _folder() / f"{name}.zip"
    if not path.exists():
        draft = path.with_name(f".{name}.{uuid4().hex}")
        draft.write_bytes(data)
        # Whole for whoever sees it: two threads may be at it.
        draft.replace(path)
    return path
