"""When Python looks for garbage in cycles: it stops every thread, and the longer the more objects there are.

Those of modules, settings and steps are there until the end; looking through them again and again takes a tenth of a second each time.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def settling() -> Iterator[Callable[[], None]]:
    """Looks for no garbage until what it gives is called; each call sets apart all that is there by then. In the end all is as it was."""
    was, apart = gc.isenabled(), gc.get_freeze_count()
    gc.disable()

    def settled() -> None:
        gc.freeze()
        if was:
            gc.enable()

    try:
        yield settled
    finally:
        if not apart:
            gc.unfreeze()
        if was:
            gc.enable()
