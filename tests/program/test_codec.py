"""Programs travel as JSON and come back as they were."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import ClassVar, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as some
from ingen_fab.synthetic_data.core.program.codec import from_json, to_json
from ingen_fab.synthetic_data.core.program.values import Json


@dataclass(frozen=True, slots=True)
class Circle:
    """One member of a union."""

    kind: ClassVar[str] = "circle"
    radius: float


@dataclass(frozen=True, slots=True)
class Square:
    """The other one."""

    kind: ClassVar[str] = "square"
    side: int = 1
    colour: Literal["red", "blue"] = "red"


@dataclass(frozen=True, slots=True)
class Drawing:
    """Every kind of field."""

    name: str
    shapes: tuple[Circle | Square, ...]
    corner: tuple[int, str] = (0, "")
    weights: Mapping[str, tuple[float, ...]] | None = None
    by_number: Mapping[int, bool] | None = None
    tree: Json = None
    day: date | None = None
    file: Path | None = None
    lines: Sequence[tuple[int, int]] = ()


shapes = some.one_of(
    some.builds(Circle, some.floats(allow_nan=False)),
    some.builds(Square, some.integers(-9, 9), some.sampled_from(["red", "blue"])),
)
drawings = some.builds(
    Drawing,
    some.text(),
    some.lists(shapes).map(tuple),
    some.tuples(some.integers(), some.text()),
    some.none() | some.dictionaries(some.text(), some.lists(some.floats(allow_nan=False)).map(tuple)),
    some.none() | some.dictionaries(some.integers(), some.booleans()),
    some.none() | some.lists(some.integers() | some.text()),
    some.none() | some.dates(),
    some.none() | some.lists(some.sampled_from("ab. ")).map(lambda names: Path("/", *names)),
    some.lists(some.tuples(some.integers(), some.integers())).map(tuple),
)


@given(drawings)
def test_there_and_back(drawing: Drawing) -> None:
    """JSON text in between changes nothing."""
    assert from_json(Drawing, json.loads(json.dumps(to_json(drawing)))) == drawing


def test_defaults_are_not_written() -> None:
    """A value that is the default takes no room."""
    assert to_json(Drawing("a", (Square(), Circle(2.0)))) == {
        "name": "a",
        "shapes": [{"kind": "square"}, {"kind": "circle", "radius": 2.0}],
    }


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ({"shapes": []}, "Drawing lacks `name`"),
        ({"name": "a", "shapes": [], "size": 1}, "Drawing has no field `size`"),
        ({"name": 1, "shapes": []}, r"Drawing\.name is not of type str"),
        ({"name": "a", "shapes": [{"kind": "line"}]}, r"Drawing\.shapes is not one of circle, square"),
        ({"name": "a", "shapes": [{"kind": "square", "colour": "green"}]}, r"colour is not one of red, blue: green"),
        ({"name": "a", "shapes": [], "corner": [1]}, r"corner is not a list of the right length"),
        ({"name": "a", "shapes": [], "weights": {"x": ["y"]}}, r"weights\.x is not of type float"),
        ({"name": "a", "shapes": [], "day": 1}, r"day is not a day: 1"),
        ({"name": "a", "shapes": [], "day": "1.1.2024"}, r"Invalid isoformat string"),
        ({"name": "a", "shapes": [], "file": 1}, r"file is not a path: 1"),
        ({"name": "a", "shapes": [], "lines": "ab"}, r"lines is not a list of the right length"),
        ([], "Drawing is not a mapping"),
    ],
)
def test_what_is_not_of_the_type_is_refused(value: Json, sentence: str) -> None:
    """The sentence names the place."""
    with pytest.raises(ValueError, match=sentence):
        from_json(Drawing, value)
