"""Which keys are shown at the foot of a step: few enough to be read."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.binding import ActiveBinding

MOST: Final = 6
"""Keys at the foot, beside that of the palette."""
_ENDING: Final = ("run.start", "help", "keys", "quit")
"""Ids of what works everywhere, which stands at the end, in this order."""
_FIRST_TO_GO: Final = ("quit", "help")
"""Those of them that give way, since `?` shows them as well."""


def at_most(bindings: dict[str, ActiveBinding]) -> dict[str, ActiveBinding]:
    """The same bindings in the order in which they are shown, no more than MOST of them: then those of a step that come last are hidden."""
    own = {key: active for key, active in bindings.items() if active.binding.id not in _ENDING}
    ending = sorted(bindings.keys() - own.keys(), key=lambda key: _ENDING.index(bindings[key].binding.id or ""))
    out = {**own, **{key: bindings[key] for key in ending}}
    shown: dict[tuple[str, str], list[str]] = {}
    for key, active in out.items():
        if active.binding.show and not active.binding.system:
            # Several keys of one action are shown as one.
            shown.setdefault((active.binding.action, active.binding.description), []).append(key)
    groups = list(shown.values())
    extra = len(groups) - MOST
    if extra > 0:
        first = [group for name in _FIRST_TO_GO for group in groups if out[group[0]].binding.id == name]
        then = [group for group in reversed(groups) if out[group[0]].binding.id not in _ENDING]
        for key in [key for group in [*first, *then][:extra] for key in group]:
            node, binding, enabled, tooltip = out[key]
            out[key] = ActiveBinding(node, replace(binding, show=False), enabled, tooltip)
    return out
