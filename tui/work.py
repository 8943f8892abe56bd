"""Work behind the screens: threads that never keep the wizard open, and what to say where one fails."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Thread
from typing import Any, TypeVar

from textual.dom import DOMNode

from ..core.errors import SyntheticDataError
from ..core.format import printable

Found = TypeVar("Found")


def aside(work: Callable[[], Found]) -> Callable[[], Any]:
    """Work for `run_worker`, done in a thread of its own: a wizard that ends waits no longer, and the thread dies with the process."""
    return partial(_wait, work)


def do_aside(node: DOMNode, group: str, work: Callable[[], object], *, exclusive: bool = True) -> None:
    """Begins such work for a node, which hears of its end by `Worker.StateChanged`; `exclusive` gives up older work of the group."""
    node.run_worker(aside(work), group=group, exclusive=exclusive, exit_on_error=False)


async def _wait(work: Callable[[], Found]) -> Found:
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Found] = loop.create_future()

    def tell(way: Callable[[Any], None], what: Any) -> None:
        if not future.done():
            way(what)

    def body() -> None:
        try:
            outcome = partial(tell, future.set_result, work())
        except Exception as error:
            outcome = partial(tell, future.set_exception, error)
        except BaseException as error:  # a panic of a library in Rust is not an Exception, and must not be lost
            outcome = partial(tell, future.set_exception, RuntimeError(f"{type(error).__name__}: {error}"))
        with suppress(RuntimeError):
            # Raised where the wizard has ended meanwhile: nobody listens any more.
            loop.call_soon_threadsafe(outcome)

    Thread(target=body, name="aside", daemon=True).start()
    return await future


def told(error: BaseException) -> str:
    """An error as a sentence that can be shown."""
    if isinstance(error, SyntheticDataError):
        sentence = str(error)
    elif isinstance(error, OSError):
        sentence = f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}"
    else:
        # Seldom needed, and slow to import.
        from ..core.defects import unforeseen

        sentence = unforeseen(error)
    return printable(sentence, keep="\n")
