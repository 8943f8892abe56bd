"""The folder of kept plans: what is not exactly right in it is ignored, and it may be deleted at any time.

An entry is one file whose name is the hash of everything that a plan follows from: what was asked for, the shipped files, the
package's own sources, and the versions of the libraries that read them. It holds the hash of its content.
"""

from __future__ import annotations

import json
import os
import stat
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..program.values import Json

ENVIRONMENT: Final = "SYNTHETIC_DATA_CACHE"
"""Names another folder for caches; `off` keeps no plan."""
_PACKAGE: Final = Path(__file__).resolve().parents[2]
_FORMAT: Final = 1
_LARGEST: Final = 1 << 24
"""Bytes of an entry."""
_MOST: Final = 100
"""Entries that are kept; the oldest go."""
_READERS: Final = ("numpy-", "pyarrow-", "pydantic-", "pydantic_core-", "pyyaml-", "sqlglot-", "tzdata-")


def folder(environ: Mapping[str, str]) -> Path | None:
    """Where plans are kept; None where none are."""
    given = environ.get(ENVIRONMENT, "")
    if given:
        return None if given == "off" else Path(given) / "plans"
    name = "ingen-fab-synthetic-data"
    if sys.platform == "win32":
        base = environ.get("LOCALAPPDATA")
        return Path(base) / name / "plans" if base else None
    home = environ.get("HOME")
    if sys.platform == "darwin":
        return Path(home) / "Library" / "Caches" / name / "plans" if home else None
    base = environ.get("XDG_CACHE_HOME") or (f"{home}/.cache" if home else None)
    return Path(base) / name / "plans" if base and Path(base).is_absolute() else None


def place_of(
    dataset_id: str | None, flags: Mapping[str, Any], sets: Sequence[str], config: Path | None, environ: Mapping[str, str]
) -> Path | None:
    """The file of an entry; None where nothing is kept."""
    where = folder(environ)
    if where is None or flags.get("custom_schema") is not None or flags.get("datasets"):
        return None
    try:
        told = {
            "format": _FORMAT,
            "dataset": dataset_id,
            "flags": [[name, value] for name, value in flags.items() if value is not None],
            "sets": list(sets),
            "config": [str(config), config.read_text(encoding="utf-8")] if config is not None else None,
            "environment": sorted(
                (name, value) for name, value in environ.items() if name.startswith("SYNTHETIC_DATA_") and name != ENVIRONMENT
            ),
            "machine": [sys.version, sys.platform, str(_PACKAGE)],
            "libraries": sorted(_libraries()),
            "sources": list(_sources()),
        }
        return where / f"{sha256(json.dumps(told).encode()).hexdigest()}.json"
    except (OSError, ValueError, TypeError):
        # Whoever makes the plan says what is wrong.
        return None


def _libraries() -> Iterator[str]:
    for path in sys.path:
        with suppress(OSError):
            yield from (name for name in os.listdir(path or ".") if name.lower().startswith(_READERS) and name.endswith(".dist-info"))


def _sources() -> Iterator[Sequence[str | int]]:
    """Shipped declarations by content, lists and modules by size and time, as Python trusts its own compiled files."""
    for name in ("configs/datasets", "configs/calendars"):
        for entry in _entries(_PACKAGE / name):
            with open(entry.path, "rb") as file:
                yield f"{name}/{entry.name}", sha256(file.read()).hexdigest()
    engine = ("", "/drawing", "/kernels", "/layouts", "/panel")
    rooms = ("", *(f"/engine{inner}" for inner in engine), "/plan", "/program", "/program/columns", "/spec", "/spec/kinds", "/spec/layouts")
    for name in ("configs/reference", *(f"core{room}" for room in rooms)):
        for entry in _entries(_PACKAGE / name):
            told = entry.stat()
            yield f"{name}/{entry.name}", told.st_size, told.st_mtime_ns


def _entries(path: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(path) as found:
        return sorted((entry for entry in found if entry.is_file() and not entry.name.startswith(".")), key=lambda entry: entry.name)


def read(place: Path) -> Json | None:
    """The value of an entry; None for anything that is not one of ours, whole and unchanged."""
    try:
        handle = os.open(place, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    with open(handle, "rb") as file:
        try:
            told = os.fstat(handle)
            if not stat.S_ISREG(told.st_mode) or told.st_size > _LARGEST or not _is_mine(told) or not _is_mine(os.stat(place.parent)):
                return None
            digest, _, body = file.read().partition(b"\n")
            if sha256(body).hexdigest().encode() != digest:
                return None
            found = json.loads(body)
        except (OSError, ValueError, RecursionError):
            return None
    return found["plan"] if isinstance(found, dict) and found.get("key") == place.stem and "plan" in found else None


def _is_mine(told: os.stat_result) -> bool:
    """Whether nobody else can have written it."""
    return not hasattr(os, "getuid") or (told.st_uid == os.getuid() and not told.st_mode & (stat.S_IWGRP | stat.S_IWOTH))


def write(place: Path, value: Json) -> None:
    """Keeps an entry; a cache that cannot be written costs time and nothing else."""
    with suppress(OSError):
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_mine(os.stat(place.parent)):
            return
        body = json.dumps({"key": place.stem, "plan": value}).encode()
        handle, name = tempfile.mkstemp(dir=place.parent, prefix=".plan-")
        try:
            with open(handle, "wb") as file:
                file.write(sha256(body).hexdigest().encode() + b"\n" + body)
            os.replace(name, place)
        except BaseException:
            with suppress(OSError):
                os.unlink(name)
            raise
        entries = sorted(place.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in entries[:-_MOST]:
            old.unlink(missing_ok=True)
