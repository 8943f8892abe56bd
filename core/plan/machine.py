"""The machine that a plan is made on, as far as work is shared out over it: never an input to a value."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

LOCAL: Final = "local[*]"
"""The master of Spark where none is named: all cores of this machine."""
REMOTE: Final = "SPARK_REMOTE"
"""Names a server of Spark Connect."""
INSTALL: Final = "PySpark is not installed: pip install 'ingen-fab-synthetic-data[spark]'"
JAVA: Final = "Spark needs Java 17 or newer, which was not found: install it, or set JAVA_HOME"


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
        import psutil

        return cls(os.cpu_count() or 1, int(psutil.virtual_memory().available), spark_missing())


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
