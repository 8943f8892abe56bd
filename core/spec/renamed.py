"""Words that this language had once: whoever writes one is told its new name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from ..frozen import dataclass


@dataclass(frozen=True, slots=True)
class Renamed:
    """A word of old, and what is written instead."""

    where: str
    """`kind`, `layout`, or the class of the model whose key, or value of a key, it was."""
    old: str
    new: str
    key: str = ""
    """Of a value: the key that it is written under."""
    shape: str = ""
    """How the new word's value is written, where it was written otherwise."""

    @property
    def sentence(self) -> str:
        """What is told to those who write it."""
        return f"`{self.old}` is called `{self.new}` now" + (f": `{self.shape}`" if self.shape else "")


def _keys(where: str, **words: str) -> list[Renamed]:
    return [Renamed(where, old, new) for old, new in words.items()]


RENAMED: Final[tuple[Renamed, ...]] = (
    *_keys("kind", deal="quota", visitor="attendee", turns="visits", standing="balance"),
    *_keys("layout", chosen="subset", born="recurring", seats="posts"),
    *_keys("Number", law="distribution", times="multiply_by"),
    *_keys("Category", alive="only_while"),
    Renamed("Category", "mostly", "inherit", shape="inherit: {from: user_id.device, share: 0.75}"),
    Renamed("Category", "blocks", "per_1024", key="exact"),
    *_keys("Reference", alive="available"),
    Renamed("Reference", "alike", "affinity", shape="affinity: {column: department, share: 0.8}"),
    Renamed("Reference", "turn", "visit", key="pick"),
    *_keys("Sequence", by="column"),
    *_keys("Attendee", by="quota"),
    *_keys("Entities", before="initial_share", leaves="lifetime", evergreens="some_stay", nth="per_owner"),
    Renamed("Changes", "pace", "groups", shape="groups: [{share: 0.41, every: 600 days}]"),
    *_keys("Change", times="factor"),
    *_keys("Children", lasts="duration"),
    Renamed("Returns", "visits", "groups", shape="groups: [{visits: 4, weight: 20, every: 60 days}]"),
    *_keys("Grid", by="quota", open="open_days", longer="extra_length"),
    *_keys("Panel", level="typical_balance", floor="overdraft_limit", counts="moves_balance", beyond="exceeds_balance"),
    *_keys("Entry", times="multiply_by", business="business_day"),
)
"""Every word that has another name now."""


@dataclass(frozen=True, slots=True)
class Reshaped:
    """A shape of old, and how the same is written now."""

    key: str
    old: str
    """An example."""
    new: str

    @property
    def sentence(self) -> str:
        """What is told to those who write it."""
        return f"`{self.key}` is written `{self.new}` now"


BY: Final = Reshaped("by", "{channel: {store: ..}}", "{column: channel, values: {store: ..}}")
COUNT: Final = Reshaped("count", "{by: {outcome: {order: 3}}}", "{column: outcome, values: {order: 3}}")
FACTORS: Final = Reshaped("factors", "{order: {device: {mobile: 0.8}}}", "[{of: order, column: device, times: {mobile: 0.8}}]")
WHERE: Final = Reshaped("where", "{outcome: order}", "outcome = 'order'")
BOOLEAN: Final = Reshaped("True", '{"True": 1.5}', "true")
ONE_VALUE: Final = Reshaped("weights", "{IL: 1}", "{kind: constant, value: IL}")


def renamed(where: Iterable[str], old: Any, key: str = "") -> Renamed | None:
    """What a word is called now, by the names of a model's classes (or `kind`, `layout`); None where it never was one."""
    places = set(where)
    return next((one for one in RENAMED if one.old == old and one.where in places and one.key == key), None)
