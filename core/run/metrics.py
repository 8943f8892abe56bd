"""What a run costs: memory and processor time of the whole process tree."""

from __future__ import annotations

import sys
from collections.abc import Callable
from threading import Event, Thread
from time import perf_counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..plan.plan import Plan


def peak_memory() -> int:
    """This process's largest resident set so far, in bytes."""
    try:
        import resource
    except ImportError:  # Windows
        import psutil

        return int(getattr(psutil.Process().memory_info(), "peak_wset", 0))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak if sys.platform == "darwin" else peak * 1024)


def usable_memory(plan: Plan) -> int:
    """Bytes that a plan's run may use of those that are free now."""
    import psutil

    return int(psutil.virtual_memory().available * plan.work.memory_fraction)


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
        found = self._processes()
        self._base = self._cpu(found)
        self.peak_bytes = self._memory(found)
        self._tell(0.0, self.peak_bytes)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.sample_once()

    def sample_once(self) -> None:
        """Looks once more, for runs shorter than a sampling period."""
        found = self._processes()
        self.cpu_seconds = max(self.cpu_seconds, self._cpu(found) - self._base)
        self.peak_bytes = max(self.peak_bytes, self._memory(found))

    def _processes(self) -> list[object]:
        import psutil

        here = psutil.Process()
        try:
            return [here, *here.children(recursive=True)]
        except psutil.Error:
            return [here]

    def _cpu(self, processes: list[object]) -> float:
        import psutil

        for process in processes:
            try:
                times = process.cpu_times()  # type: ignore[attr-defined]  # a psutil.Process
                self._ended[process.pid] = times.user + times.system  # type: ignore[attr-defined]  # as above
            except psutil.Error:
                continue
        return sum(list(self._ended.values()))

    def _memory(self, processes: list[object]) -> int:
        import psutil

        total = 0
        for process in processes:
            try:
                total += int(process.memory_full_info().pss)  # type: ignore[attr-defined]  # a psutil.Process on Linux
            except AttributeError:
                total += int(process.memory_info().rss)  # type: ignore[attr-defined]  # a psutil.Process elsewhere
            except psutil.Error:
                continue
        return total

    def _loop(self) -> None:
        before, clock = self._base, perf_counter()
        while not self._stop.wait(self._every):
            found = self._processes()
            now, cpu = perf_counter(), self._cpu(found)
            self.cpu_seconds = cpu - self._base
            memory = self._memory(found)
            self.peak_bytes = max(self.peak_bytes, memory)
            self._tell(100 * (cpu - before) / max(now - clock, 1e-6), memory)
            before, clock = cpu, now
