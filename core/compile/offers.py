"""What a template offers, as parameters of a notebook."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ..spec.resolve import Resolved
from .literals import Scalar, literal

if TYPE_CHECKING:
    from ..spec.offered import Parameter as Offered


def offered_by(resolved: Resolved, known: frozenset[str]) -> dict[str, Offered]:
    """What the template of a dataset offers besides the settings in `known`, by names that Python has."""
    if resolved.template is None:
        return {}
    from ..spec.offered import offered

    found = offered(resolved.template, resolved.variant)
    # Bands of the day, such as `12-14`, are no names of Python.
    return {
        re.sub(r"\W", "_", each.path, flags=re.ASCII): each
        for each in found
        if each.path not in known and not isinstance(each.default, dict | list)
    }


def scalar(value: Any) -> Scalar:
    """A default as a value of a parameter; empty where there is none."""
    return value if isinstance(value, str | int | float | bool) else ""


def as_literals(offered: Offered) -> str:
    """What a notebook has to know of a parameter that a template offers, as source text of literals."""
    told = {"path": offered.path, "min": offered.min, "max": offered.max}
    items = [f"{literal(name)}: {literal(value)}" for name, value in told.items() if value is not None]
    if offered.choices:
        items.append(f"{literal('choices')}: [{', '.join(map(literal, offered.choices))}]")
    return "{" + ", ".join(items) + "}"
