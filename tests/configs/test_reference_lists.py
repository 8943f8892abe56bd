"""The lists that datasets draw from: whole, unique, harmless, and with a source."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS

FOLDER = CONFIGS / "reference"
LISTS = sorted(FOLDER.glob("*.csv"))

UNIQUE = {
    "first_names": ("name", "sex"),
    "last_names": ("name",),
    "email_domains": ("domain",),
    "street_names": ("name",),
    "us_places": ("city", "state", "postal_code"),
    "retail_classes": ("department", "category", "subcategory", "noun"),
    "brands": ("name",),
    "specialties": ("name",),
    "chronic_conditions": ("code", "specialty", "age_band", "sex"),
    "acute_conditions": ("code", "specialty", "age_band", "sex", "season"),
    "hcpcs": ("code", "specialty", "age_band", "sex"),
    "medications": ("rxcui", "condition", "age_band"),
    "payers": ("name", "plan_type", "age_band"),
    "blood_types": ("blood_type",),
    "languages": ("language",),
}
"""What tells the rows of each list apart."""


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a list."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.stem)
def test_rows_are_whole_and_unique(file: Path) -> None:
    """Every field has a value, weights are whole numbers above 0, and no row stands there twice."""
    found = rows(file.stem)
    assert found
    assert all(value and value == value.strip() for row in found for value in row.values())
    assert all(int(row["weight"]) > 0 for row in found)
    keys = [tuple(row[field] for field in UNIQUE[file.stem]) for row in found]
    assert len(set(keys)) == len(keys)


def test_every_list_has_a_source() -> None:
    """SOURCES.md has one line for each list and none for a list that is gone."""
    named = re.findall(r"^\| `(\w+)\.csv` \|", (FOLDER / "SOURCES.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == [file.stem for file in LISTS]


def test_lists_are_large_enough_and_small_enough() -> None:
    """Names do not repeat too soon, and the lists stay below two megabytes."""
    assert len(rows("last_names")) >= 1_000
    assert {row["sex"] for row in rows("first_names")} == {"F", "M", "X"}
    assert len(rows("us_places")) <= 8_000
    assert sum(file.stat().st_size for file in LISTS) < 2_000_000


def test_mail_reaches_nobody() -> None:
    """Every domain is one that RFC 2606 reserves, or stands under one."""
    for row in rows("email_domains"):
        assert re.fullmatch(r"([a-z]+\.)*example\.(com|org|net)|([a-z]+\.)+(example|test)", row["domain"]), row


def test_a_place_is_one_place() -> None:
    """A ZIP code has one position, an area code lies in one state, and coordinates lie in the United States."""
    found = rows("us_places")
    assert len({row["postal_code"] for row in found}) == len(found)
    states: dict[str, str] = {}
    for row in found:
        assert re.fullmatch(r"\d{5}", row["postal_code"])
        assert re.fullmatch(r"[2-9]\d{2}", row["area_code"])
        assert states.setdefault(row["area_code"], row["state"]) == row["state"]
        assert 18 < float(row["latitude"]) < 72
        assert -180 < float(row["longitude"]) < -66
    assert len({row["state"] for row in found}) == 51


def test_the_largest_cities_weigh_most() -> None:
    """Weights follow the population: Los Angeles, Brooklyn, Chicago and Houston come first."""
    weight: dict[tuple[str, str], int] = {}
    for row in rows("us_places"):
        city = (row["city"], row["state"])
        weight[city] = weight.get(city, 0) + int(row["weight"])
    first = sorted(weight, key=lambda city: -weight[city])[:4]
    assert first == [("Los Angeles", "CA"), ("Brooklyn", "NY"), ("Chicago", "IL"), ("Houston", "TX")]


def test_goods_are_plausible() -> None:
    """Each department that sells has brands; goods cost less than their price."""
    classes = rows("retail_classes")
    assert len(classes) >= 120
    assert {row["department"] for row in classes} == {row["department"] for row in rows("brands")}
    assert all(0.2 < float(row["cost_share"]) < 0.9 and 1 <= float(row["typical_price"]) <= 1_000 for row in classes)
