"""Memory and processor time inside compiled notebooks, as the standard library and Linux tell them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

_UNKNOWN: Final = 4 << 30
"""Bytes that are taken to be free where the system does not say."""


class Usage(NamedTuple):
    """What a process uses."""

    pid: int
    cpu_seconds: float
    memory: int
    """Bytes."""


def free_memory() -> int:
    """Bytes that are free on this machine."""
    with suppress(OSError, ValueError, IndexError):
        lines = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    return _UNKNOWN


def peak_of_windows() -> int:
    """Nothing is known of it here."""
    return 0


def began(pid: int) -> float | None:
    """Nothing is known of it here."""
    return None


def usage() -> list[Usage]:
    """What this process and those of its children that have ended used; nothing where the system does not say."""
    try:
        import resource
    except ImportError:
        return []
    own, theirs = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    memory = own.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    with suppress(OSError, ValueError, IndexError):
        memory = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    cpu = sum(each.ru_utime + each.ru_stime for each in (own, theirs))
    return [Usage(os.getpid(), cpu, memory)]
