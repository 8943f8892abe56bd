"""Words and shapes of old: whoever writes one is told, at its place, what is written now."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.spec.dataset import Dataset
from ingen_fab.synthetic_data.core.spec.loader import validate
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.parse import parse_yaml
from ingen_fab.synthetic_data.core.spec.renamed import BY, COUNT, FACTORS, ONE_VALUE, RENAMED, WHERE, Renamed, Reshaped

COLUMNS: Final = "columns: {id: key, c: %s}"
ROWS: Final = "rows: %s, columns: {id: key}"

NOW: Final = {
    "kind": ("c", "columns: {id: key, c: {kind: WORD}}"),
    "layout": ("rows", "rows: {layout: WORD}, columns: {id: key}"),
    "Number": ("c", COLUMNS % "{kind: number, distribution: 3, multiply_by: id}"),
    "Category": ("c", COLUMNS % "{kind: category, weights: {a: 1, b: 2}, WORDS}"),
    "Reference": ("c", COLUMNS % "{kind: reference, to: t, available: true, affinity: {column: id, share: 0.5}, pick: visit}"),
    "Sequence": ("c", COLUMNS % "{kind: sequence, first: {a: 1}, between: {a: 1}, column: id}"),
    "Attendee": ("c", COLUMNS % "{kind: attendee, to: t, quota: id, fits: a, visits: b}"),
    "Entities": ("rows", ROWS % "{initial_share: 1, lifetime: {type: exponential, mean: 9, unit: days}, some_stay: true, per_owner: []}"),
    "Changes": ("rows.changes", ROWS % "{changes: {groups: [{share: 0.5, every: 90 days}], columns: {id: 1}}}"),
    "Change": ("rows.changes.columns.id", ROWS % "{changes: {groups: [{share: 1, every: 90 days}], columns: {id: {factor: 2}}}}"),
    "Children": ("rows", ROWS % "{layout: children, of: t, duration: 5 minutes}"),
    "Returns": ("rows.returns", ROWS % "{layout: recurring, of: t, where: a = 'b', returns: {where: a = 'c', groups: []}}"),
    "Grid": ("rows", ROWS % '{layout: grid, of: t, quota: a, hours: ["08:00-09:00"], open_days: b, length: c, extra_length: 1}'),
    "Panel": (
        "rows",
        ROWS
        % "{layout: panel, of: t, weight: w, typical_balance: a, overdraft_limit: b, moves_balance: c, exceeds_balance: d, entries: {}}",
    ),
    "Entry": (
        "rows.entries.e",
        ROWS % "{layout: panel, of: t, weight: w, entries: {e: {share: 1, amount: {min: 1, max: 2}, multiply_by: c, business_day: true}}}",
    ),
}
"""Where a word stands below `tables.t`, and a table that is written in the words of now."""

CATEGORY: Final = {
    "alive": "only_while: {to: t, match: id}",
    "mostly": "inherit: {from: d, share: 0.5}",
    "blocks": "exact: per_1024",
}


def told(table: str) -> str:
    """What is said of a table."""
    value = parse_yaml(f"{{dataset_id: old, driving: t, tables: {{t: {{{table}}}}}}}", "old.yaml")
    with pytest.raises(ConfigError) as refused:
        validate(Dataset, value, "old.yaml")
    return str(refused.value)


@pytest.mark.parametrize("word", RENAMED, ids=lambda word: f"{word.where}.{word.key or word.old}")
def test_each_old_word_has_its_sentence(word: Renamed) -> None:
    """At the place of the word, and as the only thing that is said of it."""
    place, table = NOW[word.where]
    table = table.replace("WORDS", CATEGORY.get(word.old, ""))
    if word.where in ("kind", "layout"):
        table, where = table.replace("WORD", word.old), place
    elif word.key:
        assert f"{word.key}: {word.new}" in table
        table, where = table.replace(f"{word.key}: {word.new}", f"{word.key}: {word.old}"), f"{place}.{word.key}"
    else:
        assert f"{word.new}: " in table
        table, where = re.sub(rf"\b{word.new}: ", f"{word.old}: ", table), f"{place}.{word.old}"
    text = told(table)
    path = f"tables.t.{where}" if place.startswith("rows") else f"tables.t.columns.{where}"
    assert f"{path}: {word.sentence}" in text
    assert f"needs `{word.new}`" not in text
    assert not word.key or text.count(f"{path}") == 1


SHAPES: Final = {
    BY: ("columns.c.by", COLUMNS % "{kind: number, distribution: 3, by: {channel: {store: 4}}}"),
    COUNT: ("rows.count", ROWS % "{layout: children, of: t, count: {by: {outcome: {order: 3}}}}"),
    FACTORS: (
        "columns.c.factors",
        COLUMNS % "{kind: category, weights: {order: 1, look: 2}, factors: {order: {device: {mobile: 0.8}}}}",
    ),
    WHERE: ("rows.where", ROWS % "{layout: subset, of: t, where: {outcome: order}}"),
    ONE_VALUE: ("columns.c", COLUMNS % "{kind: category, weights: {IL: 1}}"),
}


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.key)
def test_each_old_shape_has_its_sentence(shape: Reshaped) -> None:
    """With an example of how the same is written now."""
    place, table = SHAPES[shape]
    text = told(table)
    assert f"tables.t.{place}: " in text
    assert shape.new in text


@pytest.mark.parametrize(
    ("where", "table"),
    [
        ("by", "{kind: boolean, rate: 0.5, by: {flag: {'True': 0.1}}}"),
        ("by", "{kind: category, weights: [a, b], by: {flag: {'True': {a: 1}}}}"),
        ("steps.late.factors", "{kind: lifecycle, steps: {soon: {}, late: {after: soon, factors: {flag: {'True': 2}}}}}"),
        ("factors", "{kind: reference, to: t, factors: {kind: {bar: {hour: {'1': 2}}}}}"),
    ],
)
def test_wherever_the_shape_stood(where: str, table: str) -> None:
    """The sentence is the same for all kinds."""
    text = told(COLUMNS % table)
    assert f"tables.t.columns.c.{where}: `{where.rpartition('.')[2]}` is written" in text


FLAGS = """
dataset_id: flags
driving: days
tables:
  days:
    rows: events
    columns:
      day_id: key
      flag: {kind: boolean, rate: 0.5}
      size: {kind: number, distribution: 1, by: {column: flag, values: {true: 2}}}
"""


def test_booleans_are_written_as_such(own_plan: Any) -> None:
    """`true` is the key, and `"True"` of old is told so."""
    own_plan(FLAGS, target_rows=10)
    with pytest.raises(ConfigError, match=r"columns\.size: `True` is written `true` now"):
        own_plan(FLAGS, "{true: 2}", '{"True": 2}', target_rows=10)


def test_config_files_too() -> None:
    """A mapping of tables in a config file is in the same language."""
    value = {"tables": {"t": {"columns": {"id": "key", "c": {"kind": "number", "law": 3}}}}}
    with pytest.raises(ConfigError, match=r"tables\.t\.columns\.c\.law: `law` is called `distribution` now"):
        validate(RuntimeParameters, value, "run.yaml")


def test_every_example_is_in_the_words_of_now() -> None:
    """No word is both old and new in one place."""
    for word in RENAMED:
        assert not any(word.new == other.old and word.where == other.where and word.key == other.key for other in RENAMED)
