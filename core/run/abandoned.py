"""Threads inside a library's code that did not end when they were told to.

One of them that comes back while the interpreter goes down takes the whole process with it ("FATAL: exception not rethrown"),
so whoever ends the process waits for them, or ends it without the interpreter's way down.
"""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Callable
from threading import Thread, main_thread
from threading import enumerate as enumerate_threads
from time import monotonic
from typing import Final, NoReturn
from weakref import WeakMethod

_PATIENCE: Final = 10.0
"""Seconds that the end of a process waits."""
_LOOK: Final = 0.05
_SIGNALLED: Final = 128
"""From so many on, exit codes tell of a signal: threads of a front end may still work in the code of libraries."""

_left: Final[list[tuple[Thread, WeakMethod[Callable[[], None]]]]] = []


def abandon(thread: Thread, stop: Callable[[], None]) -> None:
    """Leaves a thread alone until the process ends; the method `stop` tells it to end, and what it belongs to goes with the thread."""
    atexit.unregister(_wait)
    atexit.register(_wait)
    _left[:] = [(each, its) for each, its in _left if each.is_alive()] + [(thread, WeakMethod(stop))]


def _wait() -> None:
    until = monotonic() + _PATIENCE
    for thread, found in _left:
        while thread.is_alive() and monotonic() < until:
            if stop := found():
                stop()
            thread.join(_LOOK)


def leave(code: int) -> NoReturn:
    """Ends the process with an exit code, and waits for nothing that was left alone, nor for anything where a signal ended it.

    The interpreter's way down, which frees all that the end of the process frees at once, takes up to 0.1 s: it is gone only
    where threads are still to be waited for.
    """
    if code >= _SIGNALLED or any(thread.is_alive() for thread, _ in _left):
        atexit.unregister(_wait)
    elif any(not thread.daemon and thread is not main_thread() for thread in enumerate_threads()):
        sys.exit(code)
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
