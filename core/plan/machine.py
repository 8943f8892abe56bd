"""The machine that a plan is made on, as far as work is shared out over it: never an input to a value."""

from __future__ import annotations

import os
import shutil
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from ..frozen import dataclass
from ..processes import free_memory

LOCAL: Final = "local[*]"
"""The master of Spark where none is named: all cores of this machine."""
REMOTE: Final = "SPARK_REMOTE"
"""Names a server of Spark Connect."""
INSTALL: Final = "PySpark is not installed: pip install 'ingen-fab-synthetic-data[spark]'"
JAVA: Final = "Spark needs Java 17 or newer, which was not found: install it, or set JAVA_HOME"
_MASTER: Final = 7077
_CONNECT: Final = 15002
"""Ports of a master, and of a server of Spark Connect, whose addresses name none."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the work is shared out over."""

    cores: int
    free_memory: int
    """Bytes."""
    no_spark: str = ""
    """Why Spark cannot work here, a sentence; empty where nothing is known to be in its way."""

    @classmethod
    def here(cls) -> Machine:
        """This machine."""
        return cls(os.cpu_count() or 1, free_memory(), spark_missing())


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a server or master of Spark, whatever else stands in its URL; raises ValueError for a port that is none."""
    # Nothing else of it is told anywhere: there may be a token in it.
    parts = urlsplit(url.partition(";")[0])
    try:
        port = parts.port
    except ValueError:
        raise ValueError("its address has a port that is not a number from 1 to 65535") from None
    return parts.hostname or "", port or (_MASTER if parts.scheme == "spark" else _CONNECT)


def spark_missing() -> str:
    """What Spark lacks here, with the remedy; empty where nothing is known to be missing. Starts nothing."""
    if find_spec("pyspark") is None:
        return INSTALL
    if os.environ.get(REMOTE):
        return "" if find_spec("grpc") is not None else f"{REMOTE} is set, but the client of Spark Connect is not installed: {INSTALL}"
    home = os.environ.get("JAVA_HOME")
    if home:
        there = os.path.exists(os.path.join(home, "bin", "java"))
        return "" if there else f"JAVA_HOME is {home}, which has no bin/java: correct it, or unset it (Spark needs Java 17 or newer)"
    return "" if shutil.which("java") is not None else JAVA
