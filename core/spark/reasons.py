"""What Spark prints, and what its errors say, in one line."""

from __future__ import annotations

import atexit
import os
import re
import tempfile
from functools import cache
from typing import IO, Final

from ..plan.machine import INSTALL, JAVA

_NO_FILES: Final = "it has no file system for this kind of URL: add hadoop-aws, hadoop-azure or Google's connector to spark.jars.packages"
_NO_DELTA: Final = "it cannot write Delta tables: start it with Delta's jars, and with the extension and the catalog of Delta"
_NO_NUMPY: Final = "the Python of the executors has no numpy or no pyarrow: install both there, or name another Python in PYSPARK_PYTHON"
_ENDED: Final = "Spark ended: it was killed, or ran out of memory"
_WORDS: Final = (
    ("unresolved dependency", "Delta's jars could not be fetched: they come from a Maven repository the first time"),
    ("UnsupportedClassVersionError", JAVA),
    ("No module named 'numpy'", _NO_NUMPY),
    ("No module named 'pyarrow'", _NO_NUMPY),
    ("Connection refused", _ENDED),
    ("Py4JNetworkError", _ENDED),
    ("Python worker exited unexpectedly", "a Python process of Spark was killed, perhaps for want of memory"),
    ("No FileSystem for scheme", _NO_FILES),
    ("FileSystem not found", _NO_FILES),
    ("DATA_SOURCE_NOT_FOUND", _NO_DELTA),
    ("view `HISTORY` cannot be found", _NO_DELTA),
)
"""What Spark says, and what it means."""
_LAST: Final = 4_000
"""Bytes of Spark's log in which a reason is looked for."""


@cache
def printed() -> IO[bytes]:
    """What Spark's own processes print: a wall of text that helps nobody while all is well."""
    file = tempfile.TemporaryFile(prefix="synthetic-data-spark-")  # noqa: SIM115  # it ends with the process
    atexit.register(file.close)
    return file


def said(error: BaseException) -> str:
    """What an error of Spark's says, in one line."""
    text = f"{type(error).__name__}: {error}"
    if "JAVA_GATEWAY_EXITED" in text:
        # What is wrong with Java, the master or an option, Spark has printed.
        text = _last_words()
        if "Exception" not in text and "Error" not in text:
            return JAVA
    for sign, meaning in _WORDS:
        if sign in text:
            return meaning
    java = getattr(error, "java_exception", None)
    if java is not None:
        text = str(java.toString())
    if isinstance(error, ImportError):
        return INSTALL
    return _reason(text)


def _reason(text: str) -> str:
    """Of a text of many lines the one that tells most: the last error of Python's in it, else the first line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    own = [line for line in lines if re.search(r"(Error|Exception): ", line) and not line.startswith(("at ", "File ", "Caused by", "..."))]
    chosen = own[-1] if own else lines[0] if lines else "it ended without a word"
    return re.split(r"(?:Error|Exception): ", chosen, maxsplit=1)[-1]


def _last_words() -> str:
    log = printed()
    log.flush()
    size = os.fstat(log.fileno()).st_size
    return os.pread(log.fileno(), _LAST, max(size - _LAST, 0)).decode(errors="replace")
