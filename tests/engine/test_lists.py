"""Lists: tables whose rows are written down, or those of a pool."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

LISTS = """
dataset_id: lists
history: {start: 2024-01-01, end: 2024-01-31}
tables:
  types:
    rows:
      layout: list
      values:
        - {code: A, name: first, rate: 0.25, count: 3, since: 2020-02-29, on_line: true, note: x}
        - {code: B, name: second, rate: 1, count: -1, since: 2021-01-01, on_line: false, note: null}
    columns:
      type_id: key
      code: copy
      title: {kind: copy, from: name}
      name: copy
      rate: copy
      count: copy
      since: copy
      year: since.year
      on_line: copy
      note: copy
  places:
    rows: {layout: list, pool: us_places}
    columns: {place_id: key, postal_code: copy, city: copy}
  events:
    rows: events
    columns:
      event_id: key
      wanted: {kind: category, weights: {A: 1, B: 1}}
      type_id: {kind: reference, to: types, match: {code: wanted}}
      name: type_id.name
"""


def make(plan_of: Callable[..., Plan], folder: Path, old: str = "", new: str = "") -> Plan:
    """The plan of the dataset above, changed by a replacement."""
    (folder / "own").mkdir(exist_ok=True)
    (folder / "own" / "lists.yaml").write_text(LISTS.replace(old, new) if old else LISTS)
    return plan_of("lists", datasets=[folder / "own"], target_rows=300)


def test_fields_have_the_types_of_their_values(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Texts, decimals, whole numbers, dates, booleans and NULL."""
    plan = make(plan_of, tmp_path)
    assert preview(plan, "types", 0, 2).to_pylist() == [
        {
            "type_id": 1, "code": "A", "title": "first", "name": "first", "rate": Decimal("0.25"), "count": 3,
            "since": date(2020, 2, 29), "year": 2020, "on_line": True, "note": "x",
        },
        {
            "type_id": 2, "code": "B", "title": "second", "name": "second", "rate": Decimal("1.00"), "count": -1,
            "since": date(2021, 1, 1), "year": 2021, "on_line": False, "note": None,
        },
    ]  # fmt: skip
    assert preview(plan, "types", 1, 1).to_pylist()[0]["name"] == "second"


def test_a_pool_is_a_table(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """As many rows as the file has, in its order."""
    plan = make(plan_of, tmp_path)
    assert plan.table("places").rows > 1000
    assert preview(plan, "places", 0, 3).column("place_id").to_pylist() == [1, 2, 3]


def test_engines_share_what_they_read(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A pool is read once a process, and nobody can change it."""
    plan = make(plan_of, tmp_path)
    first, second = Engine(plan.program), Engine(plan.program)
    assert plan.program.pools
    for name in plan.program.pools:
        assert first.pool(name) is second.pool(name)
        for shared in (first.pool(name).weights, *(vec.values for vec in first.pool(name).fields.values())):
            with pytest.raises(ValueError, match="read-only"):
                shared[0] = 0


def test_what_is_copied_is_matched(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """By the value of a written field."""
    for row in preview(make(plan_of, tmp_path), "events", 0, 300).to_pylist():
        assert row["name"] == {"A": "first", "B": "second"}[row["wanted"]]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("code: copy", "cod: copy", "the values of the list have no `cod`; did you mean `code`"),
        ("city: copy", "cty: copy", "the pool `us_places` has no field `cty`; did you mean `city`"),
        ("count: -1", "count: many", "the values are not of one type: int, str"),
        ("{A: 1, B: 1}", "{C: 1, D: 1}", "`code` of `types` is never C"),
    ],
)
def test_what_is_said_of_mistakes(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(ConfigError, match=sentence):
        make(plan_of, tmp_path, old, new)
