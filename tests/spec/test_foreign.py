"""Words of other tools: each is told our word for the same thing, which is one at that place."""

from __future__ import annotations

from typing import Any, Final, get_args

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.spec.bare import TYPES
from ingen_fab.synthetic_data.core.spec.dataset import Dataset, Table
from ingen_fab.synthetic_data.core.spec.foreign import FOREIGN, Foreign
from ingen_fab.synthetic_data.core.spec.kinds import KINDS
from ingen_fab.synthetic_data.core.spec.layouts import LAYOUTS
from ingen_fab.synthetic_data.core.spec.loader import validate
from ingen_fab.synthetic_data.core.spec.names import MODELS, Strict
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.parse import parse_yaml
from ingen_fab.synthetic_data.core.spec.renamed import RENAMED

COLUMN: Final = "tables: {t: {columns: {id: key, c: %s}}}"
ROWS: Final = "tables: {t: {rows: %s, columns: {id: key}}}"
POOL: Final = "pools: {p: %s}, tables: {t: {columns: {id: key}}}"
FILE: Final = "tables: {t: {columns: {id: key}}}"
IN_COLUMN: Final = "tables.t.columns.c"
IN_ROWS: Final = "tables.t.rows"

PLACES: Final = {
    "kind": (IN_COLUMN, COLUMN % "{kind: WORD}"),
    "layout": (IN_ROWS, ROWS % "{layout: WORD}"),
    "Column": (IN_COLUMN, COLUMN % "{kind: position, WORD: 1}"),
    "Number": (IN_COLUMN, COLUMN % "{kind: number, WORD: 1}"),
    "Category": (IN_COLUMN, COLUMN % "{kind: category, WORD: 1}"),
    "Boolean": (IN_COLUMN, COLUMN % "{kind: boolean, WORD: 1}"),
    "_Moment": (IN_COLUMN, COLUMN % "{kind: date, WORD: 1}"),
    "Code": (IN_COLUMN, COLUMN % "{kind: code, scheme: pattern, WORD: 1}"),
    "Text": (IN_COLUMN, COLUMN % "{kind: text, WORD: 1}"),
    "Pool": (IN_COLUMN, COLUMN % "{kind: pool, WORD: 1}"),
    "Reference": (IN_COLUMN, COLUMN % "{kind: reference, WORD: 1}"),
    "Sql": (IN_COLUMN, COLUMN % "{kind: sql, WORD: 1}"),
    "Aggregate": (IN_COLUMN, COLUMN % "{kind: aggregate, WORD: 1}"),
    "Constant": (IN_COLUMN, COLUMN % "{kind: constant, WORD: 1}"),
    "Step": (f"{IN_COLUMN}.steps.a", COLUMN % "{kind: lifecycle, steps: {a: {WORD: 1}, b: {}}}"),
    "Distribution": (f"{IN_COLUMN}.distribution", COLUMN % "{kind: number, distribution: {WORD: 1}}"),
    "Table": ("tables.t", "tables: {t: {WORD: 1, columns: {id: key}}}"),
    "LayoutModel": (IN_ROWS, ROWS % "{layout: versions, WORD: 1}"),
    **{model.__name__: (IN_ROWS, ROWS % f"{{layout: {name}, WORD: 1}}") for name, model in LAYOUTS.items()},
    "Dataset": ("", f"WORD: 1, {FILE}"),
    "History": ("history", f"history: {{WORD: 1}}, {FILE}"),
    "CalendarUse": ("calendar", f"calendar: {{WORD: 1}}, {FILE}"),
    "Size": ("sizes.small", f"sizes: {{small: {{WORD: 1}}}}, {FILE}"),
    "Check": ("checks.a", f"checks: {{a: {{WORD: 1}}}}, {FILE}"),
    "DrawnPool": ("pools.p", POOL % "{WORD: 1}"),
    "Call": ("pools.p.faker.n", POOL % "{faker: {n: {WORD: 1}}}"),
    "RuntimeParameters": ("", "{WORD: 1}"),
    "Relationship": ("relationships.0", "{relationships: [{WORD: 1}]}"),
}
"""Where a word stands, and a file that holds it there."""
VALUES: Final = {
    ("Code", "scheme"): COLUMN % "{kind: code, scheme: WORD}",
    ("Distribution", "type"): COLUMN % "{kind: number, distribution: {type: WORD}}",
}
"""The same for values of keys."""
RUNS: Final = ("RuntimeParameters", "Relationship")


def told(text: str, model: type[Strict] = Dataset) -> str:
    """What is said of a file."""
    value: Any = parse_yaml(text if model is RuntimeParameters else f"{{dataset_id: new, driving: t, {text}}}", "new.yaml")
    with pytest.raises(ConfigError) as refused:
        validate(model, value, "new.yaml")
    return str(refused.value)


def keys(model: type[Strict]) -> set[str]:
    """The keys of a model, and of the files that it stands for."""
    out = {field.alias or name for name, field in model.model_fields.items()}
    return out | {"seed", *RuntimeParameters.model_fields} if model is Dataset else out


def models(where: str) -> list[type[Strict]]:
    """The models of a name."""
    return [model for model in MODELS if model.__name__ == where]


@pytest.mark.parametrize("one", FOREIGN, ids=lambda one: f"{one.where}.{one.key}.{one.word}")
def test_each_word_is_told_ours(one: Foreign) -> None:
    """At its place, by a word that is one there; and it is none of ours itself."""
    text = VALUES[one.where, one.key] if one.key else PLACES[one.where][1]
    path = (
        f"{PLACES[one.where][0]}.{one.key or one.word}".removeprefix(".") if one.where not in ("kind", "layout") else PLACES[one.where][0]
    )
    said = told(text.replace("WORD", one.word), RuntimeParameters if one.where in RUNS else Dataset)
    assert f"new.yaml: {path}: {one.sentence(one.word)}" in said.replace("checks.a.sql", "")
    assert f"`{one.new}`" in one.sentence(one.word) or one.shape.startswith(f"{one.new}: ")
    assert not (one.is_here and f": needs `{one.new}`" in said)
    if one.where in ("kind", "layout"):
        assert one.new in (KINDS if one.where == "kind" else LAYOUTS)
        assert one.word not in (KINDS if one.where == "kind" else LAYOUTS)
    elif one.key:
        (model,) = models(one.where)
        allowed = get_args(model.model_fields[one.key].annotation)
        assert one.new in (*allowed, *keys(model))
        assert one.word not in allowed
    else:
        (model,) = models(one.where)
        assert one.word not in keys(model)
        there = keys(model) if one.is_here else keys(Table) if "table" in one.place else keys(Dataset)
        assert one.new in there


def test_no_word_is_also_one_of_old() -> None:
    """And none stands twice."""
    named = [(one.where, one.word, one.key) for one in FOREIGN]
    assert len(set(named)) == len(named)
    assert not {(old.where, old.old, old.key) for old in RENAMED} & set(named)


@pytest.mark.parametrize("shape", sorted({(one.where, one.shape) for one in FOREIGN if one.shape and "`" not in one.shape}), ids=".".join)
def test_each_example_is_in_our_words(shape: tuple[str, str]) -> None:
    """It is read where it stands: nothing in it is an unknown key or value."""
    where, text = shape
    place = next(one.place for one in FOREIGN if (one.where, one.shape) == shape)
    template = PLACES["Table" if "table" in place else "Dataset" if "top" in place else where][1]
    if where in ("kind", "layout"):
        template = template.replace("{kind: WORD}", text).replace("{layout: WORD}", text)
    template = template.replace("scheme: pattern, ", "").replace(
        "kind: position, ", "" if text.startswith("kind: ") else "kind: position, "
    )
    template = template.replace(", columns: {id: key}", "" if text.startswith("columns: ") else ", columns: {id: key}")
    template = template.replace(FILE, "" if text.startswith("tables: ") else FILE)
    template = template.replace("WORD: 1", text)
    try:
        said = told(template, RuntimeParameters if where in RUNS else Dataset) if "seed" not in text else ""
    except pytest.fail.Exception:
        return
    assert not any(wrong in said for wrong in ("unknown key", "no kind", "no layout", " here"))


@pytest.mark.parametrize(
    ("column", "sentence"),
    [
        ("{type: integer}", "needs a `kind`: `integer` is the kind `number` here: `{kind: number, "),
        ("{type: integer}", "; or write the type alone, without a mapping: `integer`"),
        ("{sdtype: categorical}", "needs a `kind`: `categorical` is the kind `category` here"),
        ("{dataType: VARCHAR(20), minLength: 4}", "without a mapping: `VARCHAR(20)`"),
        ("{type: number}", "needs a `kind`: `number` is a kind here: `kind: number`"),
        ("{faker: name}", "needs a `kind`: `faker` is written here as `kind: pool, pool: names` of `pools: {names: {faker: name}}`"),
        ("{foreignKey: customers.id}", "needs a `kind`: `foreignKey` is written here as `kind: reference, to: customers`"),
        ("{type: string, enum: [a, b]}", "needs a `kind`: `enum` is written here as `kind: category, "),
        ("{type: integer, primary_key: true}", "needs a `kind`: `primary_key` is written here as `kind: key`"),
        ("{type: integer, unique: true}", "needs a `kind`: `integer` is the kind `number` here"),
        ("{rate: 0.5, exact: true}", "needs a `kind`; did you mean `kind: boolean`?"),
        ("{about: a column}", "needs a `kind`; it may be one of "),
        ("email", "`email` is the kind `pool` here"),
        ("{kind: integer}", "`integer` is the kind `number` here"),
        ("{kind: reference, to: t.id}", "c.to: `t.id` is a path, where a name stands alone; did you mean `t`?"),
        ("{kind: text, maxLength: 5}", "c.maxLength: `maxLength` is `length` here"),
        (
            "{kind: number, distribution: gaussian}",
            "c.distribution: `gaussian` is `normal` here; write {type: normal, mean: .., stddev: ..}",
        ),
    ],
)
def test_columns_of_other_tools(column: str, sentence: str) -> None:
    """A column without a kind is told which one is meant, however its words are spelled."""
    assert sentence in told(COLUMN % column)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (
            "rows: 500, columns: {id: key}",
            "tables.t.rows: must be a mapping of keys to values, not `500`; write for example `rows: {number: 500}`",
        ),
        ("columns: [{name: id}]", "tables.t.columns: must be a mapping of keys to values; write for example `columns: {id: key, total: "),
        (
            "columns: {id: key}, primary_key: id",
            "tables.t.primary_key: must be a list, not `id`; write for example `primary_key: [order_id]`",
        ),
    ],
)
def test_shapes_of_other_tools(table: str, sentence: str) -> None:
    """A value of another shape is shown one of ours."""
    assert sentence in told(f"tables: {{t: {{{table}}}}}")


def test_every_type_of_sql_as_a_kind_is_told() -> None:
    """With how the type is written alone."""
    for name in TYPES:
        if name not in KINDS and " " not in name:
            assert f"`{name}` is the kind `" in told(COLUMN % f"{{kind: {name}}}")
