"""What a run costs: memory and processor time of the whole process tree."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

from ..processes import Usage, free_memory, peak_of_windows, usage

if TYPE_CHECKING:
    from ..plan.plan import Plan


def peak_memory() -> int:
    """This process's largest resident set so far, in bytes."""
    # What `getrusage` tells in Linux is also what the program took that started this one: `exec` carries it over.
    with suppress(OSError, ValueError, IndexError, StopIteration):
        lines = Path("/proc/self/status").read_text().splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    try:
        import resource
    except ImportError:  # Windows
        return peak_of_windows()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def usable_memory(plan: Plan) -> int:
    """Bytes that a plan's run may use of those that are free now."""
    return int(free_memory() * plan.work.memory_fraction)


class Sampler:
    """Samples this process and its children twice a second while a run works: looking for them costs milliseconds."""

    def __init__(self, tell: Callable[[float, int], None], every: float = 0.5) -> None:
        self._tell = tell
        self._every = every
        self._stop = Event()
        self._thread = Thread(target=self._loop, name="metrics", daemon=True)
        self._ended: dict[int, float] = {}
        self.peak_bytes = 0
        self.cpu_seconds = 0.0

    def __enter__(self) -> Sampler:
        found = usage()
        self._base = self._cpu(found)
        self.peak_bytes = _memory(found)
        self._tell(0.0, self.peak_bytes)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.sample_once()

    def sample_once(self) -> None:
        """Looks once more, for runs shorter than a sampling period."""
        found = usage()
        self.cpu_seconds = max(self.cpu_seconds, self._cpu(found) - self._base)
        self.peak_bytes = max(self.peak_bytes, _memory(found))

    def _cpu(self, found: list[Usage]) -> float:
        for each in found:
            self._ended[each.pid] = each.cpu_seconds
        return sum(list(self._ended.values()))

    def _loop(self) -> None:
        before, clock = self._base, perf_counter()
        while not self._stop.wait(self._every):
            found = usage()
            now, cpu = perf_counter(), self._cpu(found)
            self.cpu_seconds = cpu - self._base
            memory = _memory(found)
            self.peak_bytes = max(self.peak_bytes, memory)
            self._tell(100 * (cpu - before) / max(now - clock, 1e-6), memory)
            before, clock = cpu, now


def _memory(found: list[Usage]) -> int:
    return sum(each.memory for each in found)
