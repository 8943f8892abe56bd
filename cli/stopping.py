"""Commands that only look at things end at once when they are told to, by Ctrl-C or by the system."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class Stopped(SystemExit):
    """The end of a command that a signal stopped, after it has said what came of it; the code is 128 and the signal's number."""


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as Ctrl-C does: whatever is being done is undone in order, with exit code 130."""

    def interrupt(*_: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
