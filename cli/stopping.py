"""Commands that only look at things end at once when they are told to, by Ctrl-C or by the system."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

CANCELLED: Final = (128 + signal.SIGINT, 128 + signal.SIGTERM)
"""Exit codes of a command that a signal ended."""


class Stopped(SystemExit):
    """The end of a command that a signal stopped, after it has said what came of it; the code is 128 and the signal's number."""


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, as Ctrl-C does: whatever is being done is undone in order; then the command ends with 143."""
    heard: list[int] = []

    def interrupt(number: int, _: Any) -> None:
        heard.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    except KeyboardInterrupt:
        if heard:
            raise SystemExit(128 + heard[0]) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
