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


def began(pid: int) -> float | None:
    """When the process of a number began, in seconds since the epoch; None where there is none, or the system does not say."""
    import psutil

    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


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
            # What several processes share counts once; to find its share takes 10 ms each, so a process alone is spared that.
            try:
                memory = process.memory_full_info().pss if len(found) > 1 else process.memory_info().rss
            except AttributeError:
                memory = process.memory_info().rss
        except psutil.Error:
            continue
        out.append(Usage(process.pid, times.user + times.system, int(memory)))
    return out
