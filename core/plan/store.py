"""The folder of kept plans and checks: what is not exactly right in it is ignored, and it may be deleted at any time.

An entry is one file whose name is the hash of everything that it follows from: what was asked for, the shipped files, the
package's own sources, and the versions of the libraries that read them. It holds the hash of its content.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigError
from ..private import read_private, write_private
from ..program.values import Json
from ..spec.files import read_text

ENVIRONMENT: Final = "SYNTHETIC_DATA_CACHE"
"""Names another folder for caches; `off` keeps no plan."""
_PACKAGE: Final = Path(__file__).resolve().parents[2]
_FORMAT: Final = 1
_LARGEST: Final = 1 << 24
"""Bytes of an entry."""
_MOST: Final = 200
"""Entries that are kept; the oldest go."""
_ROOMS: Final = (
    *("", "engine", "engine/drawing", "engine/kernels", "engine/layouts", "engine/panel", "plan", "program", "program/columns"),
    *("quality", "quality/checks", "quality/judges", "sinks", "spec", "spec/kinds", "spec/layouts"),
)
"""Folders of `core` whose modules plans and checks follow from."""
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
            "config": [str(config), read_text(config)] if config is not None else None,
            "environment": sorted(
                (name, value) for name, value in environ.items() if name.startswith("SYNTHETIC_DATA_") and name != ENVIRONMENT
            ),
            "machine": [sys.version, sys.platform, str(_PACKAGE)],
            "libraries": sorted(_libraries()),
            "sources": list(_sources()),
        }
        return where / f"{sha256(json.dumps(told).encode()).hexdigest()}.json"
    except (OSError, ValueError, TypeError, ConfigError):
        # Whoever makes the plan says what is wrong.
        return None


def beside(place: Path, told: Json) -> Path:
    """The file of an entry that follows from what names another, and from `told`."""
    return place.with_name(f"{sha256(json.dumps([place.stem, told]).encode()).hexdigest()}.json")


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
    for name in ("configs/reference", *(f"core/{room}" for room in _ROOMS)):
        for entry in _entries(_PACKAGE / name):
            told = entry.stat()
            yield f"{name}/{entry.name}", told.st_size, told.st_mtime_ns


def _entries(path: Path) -> Iterable[os.DirEntry[str]]:
    with os.scandir(path) as found:
        return sorted((entry for entry in found if entry.is_file() and not entry.name.startswith(".")), key=lambda entry: entry.name)


def read(place: Path) -> Json | None:
    """The value of an entry; None for anything that is not one of ours, whole and unchanged."""
    digest, _, body = (read_private(place, _LARGEST) or b"").partition(b"\n")
    if sha256(body).hexdigest().encode() != digest:
        return None
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found["value"] if isinstance(found, dict) and found.get("key") == place.stem and "value" in found else None


def write(place: Path, value: Json) -> None:
    """Keeps an entry; a cache that cannot be written costs time and nothing else."""
    with suppress(OSError):
        body = json.dumps({"key": place.stem, "value": value}).encode()
        write_private(place, sha256(body).hexdigest().encode() + b"\n" + body)
        entries = sorted(place.parent.glob("*.json"), key=lambda path: path.stat().st_mtime_ns)
        for old in entries[:-_MOST]:
            old.unlink(missing_ok=True)
