"""What the machine has of all that runs need, and what to do where something is missing."""

from __future__ import annotations

import os
import platform
import re
import shutil
import socket
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Final

from .format import bytes_
from .frozen import dataclass
from .plan.machine import INSTALL, JAVA, LOCAL, REMOTE, address_of

_LIBRARIES: Final = ("numpy", "pyarrow", "duckdb", "deltalake", "pandas", "pydantic", "textual")
_NEEDED_JAVA: Final = 17
_PATIENCE: Final = 3.0
"""Seconds for a server to answer, and for Java to tell its version."""
_SMALL_DISK: Final = 1_000_000_000
_SMALL_MEMORY: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    value: str
    remedy: str = ""
    """What to do, a sentence; empty where all is well."""
    needed: bool = False
    """Whether python mode needs it too."""


def examine(output_dir: Path, master: str = LOCAL) -> list[Finding]:
    """Looks at Python, libraries, memory, disk, Java, Spark and its cluster; starts no Spark, writes nothing."""
    return [*_here(output_dir), *_spark(), _cluster(master)]


def _here(output_dir: Path) -> list[Finding]:
    import psutil

    from .. import __version__

    free = int(psutil.virtual_memory().available)
    place = next(folder for folder in (output_dir.absolute(), *output_dir.absolute().parents) if folder.is_dir())
    disk = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK) and not output_dir.is_file()
    no_room = f"free some space, or choose another output folder than {output_dir}" if disk < _SMALL_DISK else ""
    return [
        Finding("synthetic-data", __version__),
        Finding("Python", f"{platform.python_version()} ({platform.platform()})"),
        *(_library(name) for name in _LIBRARIES),
        Finding("cores", f"{os.cpu_count() or 1}"),
        Finding("free memory", bytes_(free), "close some programs: runs need about half a gigabyte" if free < _SMALL_MEMORY else "", True),
        Finding("free disk", f"{bytes_(disk)} at {place}", no_room if writable else f"{output_dir} cannot be written to", True),
    ]


def _library(name: str) -> Finding:
    found = _version(name)
    return Finding(name, found or "not installed", "" if found else f"install it: pip install {name}", needed=not found)


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _spark() -> list[Finding]:
    spark, delta = _version("pyspark"), _version("delta-spark")
    jars = _jars(delta) if delta else []
    fetched = ", ".join(path.name for path in jars) or "not fetched yet: the first run that writes to an object store by Spark fetches them"
    return [
        _java(),
        Finding("pyspark", spark or "not installed", "" if spark else INSTALL),
        Finding("delta-spark", delta or "not installed", "" if delta else INSTALL),
        *([Finding("Delta's jars", fetched)] if delta else []),
    ]


def _java() -> Finding:
    home = os.environ.get("JAVA_HOME")
    command = str(Path(home) / "bin" / "java") if home else shutil.which("java")
    if command is None or not os.path.exists(command):
        other = shutil.which("java") if home else None
        wrong = f"JAVA_HOME is {home}, which has no bin/java: correct it, or unset it{f' ({other} is there)' if other else ''}"
        return Finding("Java", "not found", wrong if home else JAVA)
    try:
        told = subprocess.run([command, "-version"], capture_output=True, text=True, timeout=_PATIENCE * 3, check=False)  # noqa: S603  # Java, as Spark finds it
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("Java", f"{command} does not answer ({error})", JAVA)
    found = re.search(r'version "(\d+)(?:\.(\d+))?[^"]*"', told.stderr + told.stdout)
    if found is None:
        return Finding("Java", f"{command} does not tell its version", JAVA)
    number = int(found[2] or 0) if found[1] == "1" else int(found[1])
    return Finding("Java", f"{found[0].split(chr(34))[1]} ({command})", JAVA if number < _NEEDED_JAVA else "")


def _jars(version: str) -> list[Path]:
    folders = sorted(Path.home().glob(".ivy2*/jars"))
    return [path for folder in folders for path in sorted(folder.glob(f"io.delta_delta-spark*{version}.jar"))]


def _cluster(master: str) -> Finding:
    remote = os.environ.get(REMOTE, "")
    if not remote and not master.startswith("spark://"):
        return Finding("Spark", f"master {master}, started by a run that needs it")
    try:
        host, port = address_of(remote or master)
    except ValueError as error:
        return Finding("Spark", str(error), f"mend {REMOTE if remote else '`spark.master`'}")
    what = f"server {host}:{port} ({REMOTE})" if remote else f"master spark://{host}:{port}"
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE):
            return Finding("Spark", f"{what} answers")
    except OSError as error:
        reason = error.strerror or str(error)
        return Finding("Spark", f"{what} does not answer: {reason}", f"start it, or leave {REMOTE if remote else '`spark.master`'} out")
