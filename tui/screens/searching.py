"""Searches among the rows of a preview: they go on behind it until they end or somebody stops them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..ways import Seeking, Way, further
from .copying import Copies


class Searches(Copies):
    """A step whose rows are searched."""

    def __init__(self) -> None:
        super().__init__()
        self._search: Seeking | None = None
        """The one that goes on."""

    @property
    def can_leave(self) -> bool:
        """Also a search that goes on."""
        return super().can_leave or self._search is not None

    def action_further(self) -> None:
        """Goes on with a search that has not seen all rows."""
        behind, view = self.behind, self.view
        if behind is not None and view is not None and view.more is not None and self._search is None:
            self._begin(partial(further, behind, view, view.more))

    def go(self, way: Callable[[], Way]) -> None:
        """Whoever goes elsewhere waits for no search any more."""
        self._stop()
        super().go(way)
        self.refresh_bindings()

    def _begin(self, way: Callable[[Seeking], Way]) -> None:
        seeking = Seeking()
        self.go(partial(way, seeking))
        self._search = seeking
        self.refresh_bindings()

    def _stop(self) -> None:
        if self._search is not None:
            self._search.stop()
            self._search = None

    def _progress(self) -> None:
        if self._search is not None:
            self.say(self._search.told)

    def arrived(self, way: Way) -> None:
        """A search has ended."""
        self._search = None
        super().arrived(way)
        self.refresh_bindings()

    def failed(self, group: str, error: BaseException) -> None:
        """A search may end so, too."""
        if group == "way":
            self._search = None
            self.tell()
            self.refresh_bindings()
        super().failed(group, error)
