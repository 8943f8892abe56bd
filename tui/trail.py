"""Undo: drafts never change, so what was is kept as it was."""

from __future__ import annotations

from typing import Any, Final

from ..core.spec.dotted import flat
from .state import Draft

MOST: Final = 500
"""Steps that are kept for each dataset."""


class Trail:
    """The drafts before and after the present one, for each dataset and template; what is typed into one field in a row is one step.

    Where settings were taken that are of something else, the step before them is a draft of what was chosen then.
    """

    def __init__(self) -> None:
        self._past: dict[str, list[Draft]] = {}
        self._future: dict[str, list[Draft]] = {}
        self._last: frozenset[str] = frozenset()
        self._moved: Draft | None = None

    def follow(self, before: Draft, after: Draft) -> None:
        """Takes note of a change."""
        if after is self._moved:
            return
        if before.chosen != after.chosen:
            self.seal()
            # Whoever has gone elsewhere by another way is led nowhere else by what was once taken back.
            for name, drafts in self._future.items():
                drafts[:] = [draft for draft in drafts if draft.chosen == name]
            return
        found = frozenset(changed(before, after))
        if not found:
            return
        self._future.pop(after.chosen, None)
        if len(found) > 1 or found != self._last:
            self._note(before, after)
        self._last = found

    def take(self, before: Draft, after: Draft) -> None:
        """Takes note of settings that come from elsewhere, as one step: also where they are of something else that was not chosen."""
        self.seal()
        if before.chosen != after.chosen:
            self._future.pop(after.chosen, None)
            self._note(before, after)

    def _note(self, before: Draft, after: Draft) -> None:
        past = self._past.setdefault(after.chosen, [])
        past.append(before)
        del past[:-MOST]

    def seal(self) -> None:
        """The next change is a step of its own, whatever it is of."""
        self._last = frozenset()

    def back(self, now: Draft) -> Draft | None:
        """The draft before the last change; None where there is none."""
        return self._move(now, self._past, self._future)

    def forth(self, now: Draft) -> Draft | None:
        """The draft that was last gone back from; None where there is none."""
        return self._move(now, self._future, self._past)

    def _move(self, now: Draft, here: dict[str, list[Draft]], there: dict[str, list[Draft]]) -> Draft | None:
        if not here.get(now.chosen):
            return None
        self._moved = moved = here[now.chosen].pop()
        there.setdefault(moved.chosen, []).append(now)
        self.seal()
        return moved


def changed(before: Draft, after: Draft) -> set[str]:
    """Dotted settings that differ; those of days alone begin with `days.`."""
    then, now = _leaves(before), _leaves(after)
    return {path for path in {*then, *now} if then.get(path) != now.get(path)}


def _leaves(draft: Draft) -> dict[str, Any]:
    return flat(draft.config) | flat(draft.days, "days.")
