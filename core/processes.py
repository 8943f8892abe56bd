"""Memory and processor time of processes, as psutil tells them.

Compiled notebooks run where it may be missing: there `core/embedded/processes.py` takes this module's place.
"""

from __future__ import annotations

from typing import NamedTuple


class Usage(NamedTuple):
    """What a process uses."""

    pid: int
    cpu_seconds: float
    memory: int
    """Bytes, with its share of what it has in common with others where the system tells that."""


def free_memory() -> int:
    """Bytes that are free on this machine."""
    import psutil

    return int(psutil.virtual_memory().available)


def peak_of_windows() -> int:
    """This process's largest resident set so far, in bytes, where the standard library does not tell it."""
    import psutil

    return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))


def usage() -> list[Usage]:
    """What this process and its children use, as far as they still live."""
    import psutil

    here = psutil.Process()
    try:
        found = [here, *here.children(recursive=True)]
    except psutil.Error:
        found = [here]
    out = []
    for process in found:
        try:
            times = process.cpu_times()
            try:
                memory = process.memory_full_info().pss
            except AttributeError:
                memory = process.memory_info().rss
        except psutil.Error:
            continue
        out.append(Usage(process.pid, times.user + times.system, int(memory)))
    return out
