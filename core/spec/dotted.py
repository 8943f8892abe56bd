"""Settings in blocks, as dotted names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(value: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Dotted name -> value of all that stands in blocks, however deep; a block with nothing in it is a value. `above` begins each name."""
    out: dict[str, Any] = {}
    for name, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            out |= flat(inner, f"{above}{name}.")
        else:
            out[f"{above}{name}"] = inner
    return out
