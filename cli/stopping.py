"""Commands end in order when they are told to, by Ctrl-C or by the system, and say by their exit code how they ended."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ..core.run.cancel import CancelToken
    from ..core.run.events import Status

CANCELLED: Final = (128 + signal.SIGINT, 128 + signal.SIGTERM)
"""Exit codes of a command that a signal ended."""


class Stopped(SystemExit):
    """The end of a command that a signal stopped, after it has said what came of it; the code is 128 and the signal's number."""


def code_of(status: Status, heard: Sequence[int] = ()) -> int:
    """The exit code of a command whose run ended so; `heard` are the signals that came meanwhile."""
    return {"COMPLETED": 0, "FAILED": 1}.get(status, stopped_by(heard))


def stopped_by(heard: Sequence[int]) -> int:
    """The exit code of a command that was stopped: by the first signal, or by somebody who pressed Ctrl-C."""
    return 128 + (heard[0] if heard else signal.SIGINT)


def ended_if_told(heard: Sequence[int]) -> None:
    """Raises Stopped after SIGTERM, where Ctrl-C only stops a run: whoever ends the process wants all of it to end."""
    if signal.SIGTERM in heard:
        raise Stopped(stopped_by([signal.SIGTERM]))


@contextmanager
def stopping(cancel: CancelToken) -> Iterator[list[int]]:
    """The first Ctrl-C or SIGTERM asks the run to stop; gives the signals that came."""
    heard: list[int] = []

    def stop(number: int, _: object) -> None:
        heard.append(number)
        cancel.set()

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield heard
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


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
            raise SystemExit(stopped_by(heard)) from None
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
