"""Pages in the browser of this machine."""

from __future__ import annotations

from threading import Thread

from .streams import say


def show(url: str, otherwise: str) -> None:
    """Opens a page. Raises RunError, with what there is `otherwise`, where nothing opens it."""
    import webbrowser

    from ..core.errors import RunError

    if not webbrowser.open(url):
        raise RunError(f"nothing on this machine opens a page; {otherwise}")


def show_aside(url: str, otherwise: str) -> None:
    """The same while this process goes on: some browsers return when they are closed. What is wrong is said."""
    Thread(target=_shown, args=(url, otherwise), daemon=True).start()


def _shown(url: str, otherwise: str) -> None:
    from ..core.errors import RunError

    try:
        show(url, otherwise)
    except RunError as error:
        say(f"Warning: {error}")
