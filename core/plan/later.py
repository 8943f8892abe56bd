"""Values that are made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Later(Generic[T]):
    """A value, or how to make it. Several threads may ask at once: each gets the same or an equal value."""

    __slots__ = ("_known", "_make")

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._known: tuple[T] | None = None

    @classmethod
    def of(cls, value: T) -> Later[T]:
        """One that is there already."""
        return cls(lambda: value)

    @property
    def value(self) -> T:
        """The value; raises what making it raises."""
        known = self._known
        if known is None:
            known = self._known = (self._make(),)
        return known[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Later) and bool(self.value == other.value)

    def __hash__(self) -> int:
        return hash(self.value)
