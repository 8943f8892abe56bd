"""Columns that say no more than a SQL type: what people paste is a dataset."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.bare import DRAWN, LOCAL, NAMED, TYPES
from ingen_fab.synthetic_data.core.spec.drawn import BUILT_IN
from ingen_fab.synthetic_data.core.spec.kinds import KINDS
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, load_dataset
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

PASTED: dict[str, Any] = {
    "customers": {
        "id": "bigint", "first_name": "varchar(40)", "last_name": "varchar", "email": "varchar(120)", "birth_date": "date", "city": "text",
        "state": "text", "credit": "decimal(10,2)", "is_vip": "boolean", "score": "double", "created_at": "timestamp",
    },
    "categories": {"category_id": "char(5)", "title": "VARCHAR(80)"},
    "products": {"product_id": "INTEGER PRIMARY KEY", "category_id": "char(5)", "price": "NUMERIC(8, 2)", "ratio": "decimal(3,2)"},
    "orders": {"order_id": "uuid", "customer_id": "bigint not null", "ordered_on": "date", "shipped_on": "date"},
    "order_items": {"id": "bigint", "order_id": "uuid", "product_id": "int", "quantity": "smallint", "note": "varchar(20)",
        "grade": "char(1)"},
}  # fmt: skip


def planned(folder: Path, tables: Mapping[str, Any], **settings: Any) -> Plan:
    """A plan of tables whose columns are as pasted."""
    file = folder / "pasted.json"
    file.write_text(json.dumps({"tables": {name: {"columns": columns} for name, columns in tables.items()}, **settings}))
    return make_plan(resolve_parameters(flags={"custom_schema": str(file)}))


def rows(plan: Plan, table: str) -> list[dict[str, Any]]:
    """All rows of a table."""
    return preview(plan, table, 0, plan.table(table).rows).to_pylist()


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """1,000 of the last table that refers to another."""
    return planned(tmp_path, PASTED, target_rows=1_000)


def test_types_are_kept(plan: Plan) -> None:
    """As far as there are different ones; keys are whole numbers of 64 bits."""
    found = {f"{table.name}.{c.name}": c.type for table in plan.tables for c in table.columns}
    assert set(found) == {f"{table}.{column}" for table, columns in PASTED.items() for column in columns}
    assert found["customers.credit"] == "decimal(10,2)"
    assert found["products.price"] == "decimal(8,2)"
    assert found["customers.score"] == "double"
    assert found["customers.birth_date"] == "date"
    assert found["customers.created_at"] == "timestamp"
    assert found["order_items.quantity"] == "integer"
    assert found["products.product_id"] == "bigint"


def test_keys_and_references_follow_the_names(plan: Plan) -> None:
    """`id`, or the table's name and `_id`; a column that is named after another table's key refers to it, and always to a row."""
    assert {table.name: table.primary_key for table in plan.tables} == {
        "customers": ("id",),
        "categories": ("category_id",),
        "products": ("product_id",),
        "orders": ("order_id",),
        "order_items": ("id",),
    }
    keys = {(table.name, key.column): (key.parent, key.optional) for table in plan.tables for key in table.foreign_keys}
    assert keys == {
        ("products", "category_id"): ("categories", True),
        ("orders", "customer_id"): ("customers", False),
        ("order_items", "order_id"): ("orders", True),
        ("order_items", "product_id"): ("products", True),
    }
    for (table, column), (parent, _) in keys.items():
        (key,) = plan.table(parent).primary_key
        theirs = [row[key] for row in rows(plan, parent)]
        assert len(set(theirs)) == len(theirs)
        assert {row[column] for row in rows(plan, table)} <= set(theirs)


def test_the_last_table_that_refers_drives(plan: Plan, tmp_path: Path) -> None:
    """It happens; the others last. Where none refers to another it is the last one."""
    assert [table.name for table in plan.tables if table.driving] == ["order_items"]
    assert {table.name: table.layout for table in plan.tables}["customers"] == "entities"
    apart = planned(tmp_path, {"a": {"a_id": "bigint"}, "b": {"b_id": "bigint"}})
    assert [table.name for table in apart.tables if table.driving] == ["b"]


def test_values_are_plausible(plan: Plan) -> None:
    """Names and places from lists, mail that reaches nobody, adults, texts that fit, days in order."""
    for row in rows(plan, "customers"):
        assert row["email"] == f"user{row['id']}@example.com"
        assert 18 <= (row["created_at"].date() - row["birth_date"]).days / 365.2425 + 0.01 < 96
        assert len(row["state"]) == 2
        assert 0 <= row["credit"] < 10**8
    assert 0.4 < sum(row["is_vip"] for row in rows(plan, "customers")) / plan.table("customers").rows < 0.6
    assert all(0 <= row["ratio"] < 10 for row in rows(plan, "products"))
    for row in rows(plan, "orders"):
        assert date(2018, 1, 1) <= row["ordered_on"] <= row["shipped_on"]
    for row in rows(plan, "order_items"):
        assert 1 <= row["quantity"] <= 100
        assert 2 <= len(row["note"]) <= 20
        assert row["grade"].isupper()
        assert len(row["grade"]) == 1


@pytest.mark.parametrize(("pool", "field", "room"), [*sorted(set(NAMED.values())), ("words", "word", 14)])
def test_lists_fit_where_they_are_used(pool: str, field: str, room: int) -> None:
    """The longest text of each list has room in the shortest column that it is drawn for."""
    with (CONFIGS / "reference" / f"{pool}.csv").open(encoding="utf-8", newline="") as file:
        assert max(len(row[field]) for row in csv.DictReader(file)) <= room


def test_short_columns_get_short_texts(tmp_path: Path) -> None:
    """No text is longer than its column, whatever its name."""
    for room in (1, 2, 3, 5, 10, 11, 14, 15, 22, 30, 40, 45, 76):
        names = ("t", "city", "state", "zip", "first_name", "last_name", "email", "phone")
        plan = planned(tmp_path, {"t": {"id": "uuid", **{f"{name}": f"varchar({room})" for name in names}}}, target_rows=300)
        assert max(len(row[name]) for row in rows(plan, "t") for name in names) <= room


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_is_a_column(tmp_path: Path, kind: str) -> None:
    """By itself, and not for NULL."""
    plan = planned(tmp_path, {"t": {"id": "bigint", "a": kind, "b": f"{kind.upper()} NOT NULL"}}, target_rows=50)
    assert all(row["a"] is not None and row["b"] is not None for row in rows(plan, "t"))


def test_a_bare_kind_stays_a_kind(tmp_path: Path) -> None:
    """Only kinds that need more than their name are read as types."""
    with_defaults = {
        name for name, model in KINDS.items() if all(not field.is_required() for key, field in model.model_fields.items() if key != "kind")
    }
    assert with_defaults & set(TYPES) <= {"text"}
    assert planned(tmp_path, {"t": {"t_id": "key", "at": "begin"}}).table("t").columns[1].kind == "begin"


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("varchr(20)", "no kind is called `varchr(20)`; did you mean the type `varchar`?"),
        ("bigin", "no kind is called `bigin`; did you mean `begin`?"),
        ("blob", "no kind is called `blob`"),
        ("numbr", "no kind is called `numbr`; did you mean `number`?"),
    ],
)
def test_an_unknown_type_is_told(tmp_path: Path, given: str, sentence: str) -> None:
    """With the nearest kind, or the nearest type."""
    with pytest.raises(ConfigError) as refused:
        planned(tmp_path, {"t": {"id": "bigint", "a": given}})
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", ["null", "5", "1.5", "true", "2024-01-01"])
@pytest.mark.parametrize("kind", ["int", "timestamp", "bigint primary key"])
def test_a_name_that_is_no_text_is_told(tmp_path: Path, name: str, kind: str) -> None:
    """Of a column and of a table, as the only thing that is wrong."""
    file = tmp_path / "pasted.yaml"
    for tables in (f"{{t: {{rows: events, columns: {{id: key, {name}: {kind}, total: int}}}}}}", f"{{{name}: {{columns: {{id: int}}}}}}"):
        file.write_text(f"tables: {tables}\n")
        with pytest.raises(ConfigError, match="must be a text") as refused:
            load_dataset(file)
        assert len(refused.value.problems) == 1


def test_a_table_without_a_key_is_told(tmp_path: Path) -> None:
    """Rather than given one that nobody asked for."""
    with pytest.raises(ConfigError, match="has no key: give one column `kind: key`, or name a `primary_key`"):
        planned(tmp_path, {"readings": {"taken_at": "timestamp", "value": "double"}})


def test_names_that_no_list_knows_are_drawn(tmp_path: Path) -> None:
    """Companies, jobs, accounts, plates ..: what the column is called."""
    names = ("company_name", "job_title", "iban", "licence_plate", "street", "country", "currency_code")
    plan = planned(tmp_path, {"t": {"id": "bigint", **dict.fromkeys(names, "varchar(60)")}}, target_rows=200)
    assert {drawn.locale for drawn in plan.drawn.values()} == {"en_US"}
    for row in rows(plan, "t"):
        assert row["iban"][:2].isalpha()
        assert row["iban"][2:4].isdigit()
        assert len(row["currency_code"]) == 3
        assert row["street"][0].isdigit()
    assert len({row["company_name"] for row in rows(plan, "t")}) > 150


def test_a_locale_speaks_of_its_country(tmp_path: Path) -> None:
    """Names, places, phones and companies; without one they are from the US."""
    names = ("first_name", "last_name", "city", "state", "postal_code", "phone", "company")
    tables = {"t": {"id": "bigint", **dict.fromkeys(names, "text")}}
    german = rows(planned(tmp_path, tables, target_rows=500, locale="de_DE"), "t")
    assert all(len(row["postal_code"]) == 5 for row in german)
    assert {row["state"] for row in german} <= {
        "Baden-W\u00fcrttemberg", "Bayern", "Berlin", "Brandenburg", "Bremen", "Hamburg", "Hessen", "Mecklenburg-Vorpommern",
        "Niedersachsen", "Nordrhein-Westfalen", "Rheinland-Pfalz", "Saarland", "Sachsen", "Sachsen-Anhalt", "Schleswig-Holstein",
        "Th\u00fcringen",
    }  # fmt: skip
    assert any("GmbH" in row["company"] for row in german)
    japanese = rows(planned(tmp_path, tables, target_rows=200, locale="ja_JP"), "t")
    assert all(ord(row[name][0]) > 0x3000 for row in japanese for name in ("first_name", "last_name", "city", "state"))
    assert not planned(tmp_path, {"t": {"id": "bigint", "first_name": "text", "city": "text"}}).drawn


@pytest.mark.parametrize("locale", [None, "de_DE", "ja_JP", "fr_FR"])
def test_drawn_texts_fit(tmp_path: Path, locale: str | None) -> None:
    """None is longer than its column, whatever the name and the locale."""
    names = {*DRAWN, *LOCAL}
    for room in (5, 12, 20, 40):
        said = {"locale": locale} if locale else {}
        if (locale, room) == ("ja_JP", 5):
            with pytest.raises(ConfigError, match="none of 1,001 that were drawn fit in 5"):
                planned(tmp_path, {"t": {"id": "uuid", "postal_code": "varchar(5)"}}, **said)
            names = {name for name in names if LOCAL.get(name, ("", ""))[0] != "postcodes"}
        plan = planned(tmp_path, {"t": {"id": "uuid", **dict.fromkeys(sorted(names), f"varchar({room})")}}, target_rows=100, **said)
        assert max(len(row[name]) for row in rows(plan, "t") for name in names) <= room


def test_short_columns_hold_what_their_names_say(tmp_path: Path) -> None:
    """A text that is longer than its column is drawn again, and no other word takes its place."""
    columns = {"postal_code": 5, "iban": 22, "phone": 20, "city": 12, "state": 22, "company": 25}
    tables = {"t": {"id": "bigint", **{name: f"varchar({room})" for name, room in columns.items()}}}
    found = rows(planned(tmp_path, tables, target_rows=300, locale="de_DE"), "t")
    assert all(row["postal_code"].isdigit() and len(row["postal_code"]) == 5 for row in found)
    assert all(row["iban"].startswith("DE") and len(row["iban"]) == 22 for row in found)
    assert all(set(row["phone"]) <= set("+()0123456789 ") for row in found)
    assert {row["state"] for row in found} >= {"Bayern", "Hessen", "Nordrhein-Westfalen"}
    assert any("GmbH" in row["company"] for row in found)


@pytest.mark.parametrize(
    ("locale", "column", "kind", "needed"),
    [("ja_JP", "postal_code", "varchar(5)", 8), ("pt_BR", "zip", "char(7)", 9), ("ru_RU", "iban", "text(30)", 33)],
)
def test_a_column_that_no_text_fits_is_told_what_it_needs(tmp_path: Path, locale: str, column: str, kind: str, needed: int) -> None:
    """By the name that somebody wrote, with an example: no list of ours is named, and fewer rows would not help."""
    with pytest.raises(ConfigError, match=rf": tables\.t\.columns\.{column}: Faker's `") as refused:
        planned(tmp_path, {"t": {"id": "bigint", column: kind}}, locale=locale)
    told = str(refused.value)
    assert f"has up to {needed} characters, such as `" in told
    assert told.endswith(f"; write varchar({needed})")
    assert "rows" not in told
    assert "faker_" not in told
    planned(tmp_path, {"t": {"id": "bigint", column: f"varchar({needed})"}}, locale=locale)


def test_every_drawn_name_has_its_pool() -> None:
    """And its field."""
    assert all(field in BUILT_IN[pool][0] for pool, field in (*DRAWN.values(), *LOCAL.values()))


@pytest.mark.parametrize("given", ["de", "de-DE", "Germany", 5, "de_XX"])
def test_a_locale_that_is_none_is_told(tmp_path: Path, given: Any) -> None:
    """In one sentence with an example, or the nearest match."""
    if given == "de":
        assert planned(tmp_path, {"t": {"id": "bigint", "city": "text"}}, locale=given).drawn
        return
    with pytest.raises(ConfigError, match="locale") as refused:
        planned(tmp_path, {"t": {"id": "bigint", "city": "text"}}, locale=given)
    assert "\n" not in str(refused.value)
