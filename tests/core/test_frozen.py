"""Dataclasses that compile their methods late are those of `dataclasses` in all that one can see."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, replace
from typing import Any, ClassVar

import pytest
from ingen_fab.synthetic_data.core import frozen
from ingen_fab.synthetic_data.core.frozen import dataclass


@dataclass(frozen=True, slots=True)
class Late:
    """Each kind of field that there is."""

    kind: ClassVar[str] = "late"
    name: str
    size: int = 3
    parts: list[int] = field(default_factory=list, hash=False)
    told: str = field(default="-", compare=False)
    twice: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list, repr=False, hash=False)
    place: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.size * 2)


@dataclasses.dataclass(frozen=True, slots=True)
class Early:
    """The same, of Python's own."""

    kind: ClassVar[str] = "late"
    name: str
    size: int = 3
    parts: list[int] = field(default_factory=list, hash=False)
    told: str = field(default="-", compare=False)
    twice: int = field(init=False)
    seen: list[int] = field(init=False, default_factory=list, repr=False, hash=False)
    place: int = field(default=0, kw_only=True)

    def __post_init__(self) -> None:
        object.__setattr__(self, "twice", self.size * 2)


@dataclass(frozen=True, slots=True)
class Later(Late):
    """One with a base, and a method of its own."""

    more: str = ""

    def __repr__(self) -> str:
        return "own"


CALLS: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
    (("a",), {}),
    (("a", 5, [1], "x"), {"place": 7}),
    ((), {"name": "b", "parts": [2]}),
]


@pytest.mark.parametrize(("given", "named"), CALLS)
def test_values_are_those_of_dataclasses(given: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Fields, text, hash, copies and changed copies."""
    late, early = Late(*given, **named), Early(*given, **named)
    assert dataclasses.asdict(late) == dataclasses.asdict(early)
    assert repr(late) == repr(early).replace("Early", "Late")
    assert hash(late) == hash(early)
    assert late == Late(*given, **named)
    other: object = early
    assert late != other
    assert replace(late, name="z") != late
    assert replace(late, told="!") == late
    assert pickle.loads(pickle.dumps(late)) == copy.deepcopy(late) == late  # noqa: S301  # our own bytes
    assert Late("a").parts is not Late("a").parts
    assert Late.__match_args__ == Early.__match_args__
    assert not hasattr(late, "__dict__")


@pytest.mark.parametrize(
    "call", [lambda one: one(), lambda one: one("a", 1, [], "", 5), lambda one: one("a", twice=1), lambda one: one("a", other=1)]
)
def test_wrong_calls_are_refused(call: Any) -> None:
    """In the same words."""
    with pytest.raises(TypeError) as late:
        call(Late)
    with pytest.raises(TypeError) as early:
        call(Early)
    assert str(late.value) == str(early.value).replace("Early.", "")


def test_values_cannot_be_changed() -> None:
    """Not even before anything else was asked of the class."""
    one = Later("a", more="m")
    for name in ("name", "other"):
        with pytest.raises(FrozenInstanceError):
            setattr(one, name, 1)
    with pytest.raises(FrozenInstanceError):
        del one.name
    assert (one.name, one.more, one.twice, repr(one)) == ("a", "m", 6, "own")
    assert Later("a", more="m") == one != Late("a")
    assert {one: 1}[Later("a", more="m")] == 1


def test_other_forms_are_refused() -> None:
    """It makes nothing else than what it says."""
    with pytest.raises(TypeError, match="slots"):
        vars(frozen)["dataclass"](frozen=True, slots=False)
