"""The lists of a clinic: true codes, fit for the patient, and something to prescribe for each."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from itertools import product

import pytest
from ingen_fab.synthetic_data.core.engine.pools import field_type
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS

FOLDER = CONFIGS / "reference"
AGES = ("child", "young", "middle", "old")
STAGES = {"infant": "child", "toddler": "child", "pupil": "child", "teen": "child", "young": "young", "middle": "middle", "old": "old"}
"""The age band of each stage of life."""
SEXES = ("F", "M")
SEASONS = ("winter", "spring", "summer", "autumn")
LISTS = ("specialties", "chronic_conditions", "acute_conditions", "hcpcs", "medications", "payers", "blood_types", "languages")
Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """The rows of a list; where it tells stages of life apart, with the age band of each."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return [{**row, "age_band": STAGES[row["stage"]]} if "stage" in row else row for row in csv.DictReader(file)]


def chronic() -> list[Row]:
    """Codes of chronic conditions with each specialty, age band and sex that has them."""
    until = {"child": 16, "young": 44, "middle": 64, "old": 100}
    ages: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows("condition_ages"):
        if float(row["percent"]):
            ages[row["condition"]] |= {(band, row["sex"]) for band, last in until.items() if int(row["age"]) <= last}
            ages[row["condition"]] |= {(band, row["sex"]) for band, last in until.items() if int(row["age"]) < last + 10}
    care = defaultdict(set)
    for row in rows("condition_care"):
        care[row["condition"]].add(row["specialty"])
    return [
        {**row, "specialty": specialty, "age_band": age, "sex": sex}
        for row in rows("chronic_conditions")
        for specialty in care[row["condition"]]
        for age, sex in ages[row["condition"]]
    ]


def conditions() -> list[Row]:
    """Chronic and acute conditions together."""
    return chronic() + rows("acute_conditions")


def seen() -> set[tuple[str, str, str]]:
    """Specialty, age band and sex of everybody whom a specialty sees."""
    return {
        (row["name"], age, sex)
        for row in rows("specialties")
        for age in row["age_bands"].split()
        for sex in (SEXES if row["sex"] == "any" else (row["sex"],))
    }


def reached() -> set[tuple[str, str, str]]:
    """Specialty, stage of life and sex of everybody who comes to one, as old as the list says or a year older."""
    ends = {"infant": 1, "toddler": 5, "pupil": 12, "teen": 17, "young": 45, "middle": 65, "old": 200}
    out = set()
    for row in rows("patient_ages"):
        for age in (int(row["age"]), int(row["age"]) + 1):
            stage = next(stage for stage, end in ends.items() if age < end)
            stage = "teen" if row["primary_care"] == "Pediatrics" and age >= 17 else stage
            out |= {(specialty, stage, row["sex"]) for specialty in (row["primary_care"], row["specialist"]) if specialty != "none"}
    return out


def seasons(*starts: str) -> Counter[str]:
    """Weight of acute codes with these beginnings by season."""
    found: Counter[str] = Counter()
    for row in rows("acute_conditions"):
        if row["code"].startswith(starts) and row["season"] != "any":
            found[row["season"]] += int(row["weight"])
    return found


def befalls(*starts: str) -> set[tuple[str, str]]:
    """Age bands and sexes that codes with these beginnings befall."""
    found = {(row["age_band"], row["sex"]) for row in conditions() if row["code"].startswith(starts)}
    assert found
    return found


@pytest.mark.slow
def test_codes_are_those_of_icd_10_cm() -> None:
    """Each code of today is a leaf of ICD-10-CM, the only kind that can be billed, and has its official description."""
    icd = pytest.importorskip("simple_icd_10_cm", reason="the package `simple-icd-10-cm` is not installed")
    for code, text in {(row["code"], row["description"]) for row in conditions() if not row["valid_to"]}:
        assert icd.is_valid_item(code), code
        assert icd.is_leaf(code), code
        assert icd.get_description(code) == text


def test_there_are_enough_codes_and_a_code_is_chronic_or_acute() -> None:
    """150 to 350 codes, each with one description, and none in both lists."""
    chronic = {(row["code"], row["description"]) for row in rows("chronic_conditions")}
    acute = {(row["code"], row["description"]) for row in rows("acute_conditions")}
    codes = [code for code, _ in chronic | acute]
    assert 150 <= len(codes) <= 350
    assert len(set(codes)) == len(codes)
    assert not chronic & acute


def test_everybody_who_is_seen_can_have_something() -> None:
    """Whoever a specialty sees has three acute conditions or more (a child two) in each season; grown-ups have three services or more."""
    acute = Counter(
        (row["specialty"], row["stage"], row["sex"], row["season"]) for row in rows("acute_conditions") if row["reason"] == "visit"
    )
    remote = {(row["specialty"], row["stage"], row["sex"]) for row in rows("acute_conditions") if row["reason"] == "remote"}
    services = Counter((row["specialty"], row["age_band"], row["sex"]) for row in rows("hcpcs"))
    for who in seen():
        assert services[who] >= 3 or who[1] == "child", who
    assert reached() <= remote
    for (specialty, stage, sex), season in product(reached(), SEASONS):
        assert acute[specialty, stage, sex, season] >= (2 if STAGES[stage] == "child" else 3), (specialty, stage, sex, season)


@pytest.mark.parametrize("name", ["acute_conditions", "hcpcs"])
def test_nobody_is_treated_who_is_not_seen(name: str) -> None:
    """No row stands for a patient whom its specialty does not see: a chronic one would never come up."""
    assert {(row["specialty"], row["age_band"], row["sex"]) for row in rows(name)} <= seen()


def test_everybody_can_be_chronically_ill() -> None:
    """Each age band and sex has at least ten chronic conditions to draw from."""
    found = Counter((row["age_band"], row["sex"]) for row in chronic())
    assert all(found[who] >= 10 for who in product(AGES, SEXES))


def test_conditions_fit_age_and_sex() -> None:
    """Pregnancy is for women of 17 to 44, the prostate for men, dementia for the old, and so on."""
    assert befalls("O", "Z34", "Z32.01", "Z39") == {("young", "F")}
    assert befalls("N94", "N95", "D25", "Z12.31", "N92") <= set(product(AGES, "F"))
    assert befalls("N40", "N41", "N45", "C61", "R97.20", "Z30.2") <= set(product(AGES, "M"))
    assert befalls("G30", "F03") <= set(product(("middle", "old"), SEXES))
    assert befalls("Z00.12", "L22", "F93.0", "S52.521") == {("child", "F"), ("child", "M")}
    assert befalls("Z00.00") <= set(product(AGES[1:], SEXES))
    assert befalls("Z12.11") <= set(product(("middle", "old"), SEXES))
    assert befalls("J44") <= set(product(AGES[1:], SEXES))


def test_conditions_fit_the_season() -> None:
    """Influenza peaks in winter, pollen in spring, injuries in summer; nobody is sunburnt in winter."""
    for starts, most in ((("J10", "U07", "J20"), "winter"), (("J30.1", "J30.2"), "spring"), (("S",), "summer"), (("Z23",), "autumn")):
        found = seasons(*starts)
        assert set(found) == set(SEASONS), starts
        assert max(found, key=lambda season: found[season]) == most, starts
    assert seasons("J10")["winter"] > 5 * seasons("J10")["summer"]
    assert set(seasons("L55", "T67")) == {"spring", "summer", "autumn"}


def test_no_code_is_of_cpt() -> None:
    """Services are a letter and four digits; no text has a word of five digits, or of four and F, T or U, as codes of CPT are."""
    assert all(re.fullmatch(r"[A-V]\d{4}", row["code"]) for row in rows("hcpcs"))
    for name in LISTS:
        for row in rows(name):
            for field, value in row.items():
                if field not in {"rxcui", "weight"}:
                    assert not re.search(r"(?<![\w.])\d{4}[\dFTU]\b", value), (name, value)


def test_every_code_has_something_to_prescribe() -> None:
    """Each condition finds a medication in each age band that it befalls, and no medication is for anything else."""
    given = {(row["condition"], row["age_band"]) for row in rows("medications")}
    asked = {(row["code"], row["age_band"]) for row in conditions()}
    assert asked <= given
    assert {code for code, _ in given} == {code for code, _ in asked}


def test_what_has_no_drug_of_its_own_has_an_analgesic() -> None:
    """Where `treated` is false, only paracetamol and ibuprofen are prescribed; most chronic conditions have a drug of their own."""
    untreated = {row["code"] for row in conditions() if row["treated"] in ("false", "no")}
    names = {row["name"] for row in rows("medications") if row["condition"] in untreated}
    assert names
    assert all(re.match(r"Acetaminophen \d+ MG |Ibuprofen \d+ MG ", name) for name in names)
    chronic = {row["code"]: row["treated"] for row in rows("chronic_conditions")}
    assert Counter(chronic.values())["true"] > 0.85 * len(chronic)
    assert {chronic["I10"], chronic["E11.9"], chronic["J45.30"]} == {"true"}


def test_a_product_is_one_product() -> None:
    """An RXCUI has one name and one answer to whether it is controlled; children get no opioid, save for dependence, and no implant."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for row in rows("medications"):
        found[row["rxcui"]].add((row["name"], row["controlled"]))
        if row["age_band"] == "child" and row["condition"] != "F11.20":
            assert not re.search(r"codone|tramadol|buprenorphine|Drug Implant", row["name"], re.IGNORECASE), row
    assert len(found) >= 100
    assert all(len(names) == 1 for names in found.values())
    controlled = {name for names in found.values() for name, is_controlled in names if is_controlled == "true"}
    assert any("HYDROcodone" in name for name in controlled)
    assert not any("lisinopril" in name for name in controlled)


def test_contraceptives_are_for_women() -> None:
    """What prevents pregnancy is prescribed only for codes that no man has."""
    men = {row["code"] for row in conditions() if row["sex"] == "M"}
    preventing = re.compile(r"Day Pack|NuvaRing|Intrauterine|Drug Implant|Estradiol")
    found = {row["condition"] for row in rows("medications") if preventing.search(row["name"])}
    assert found
    assert not found & men


def test_the_old_are_in_medicare() -> None:
    """At least 70 % of the old are in Medicare, nobody else is; every age band has private plans and people without any."""
    share: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows("payers"):
        share[row["age_band"]]["Medicare" if row["name"].startswith("Medicare") else row["plan_type"]] += int(row["weight"])
    assert set(share) == set(AGES)
    assert all(found["PPO"] and found["Self-pay"] for found in share.values())
    assert share["old"]["Medicare"] >= 0.7 * share["old"].total()
    assert not any(share[age]["Medicare"] for age in AGES[:3])


def test_bands_are_the_same_everywhere() -> None:
    """Age bands, sexes and seasons are spelled alike, so that a match finds its rows."""
    for name in LISTS:
        for row in rows(name):
            assert row.get("age_band", "old") in AGES
            assert row.get("season", "winter") in {*SEASONS, *(["any"] if row.get("reason") == "remote" else [])}
            assert set(row.get("age_bands", "old").split()) <= set(AGES)
            assert row.get("sex", "F") in {*SEXES, *(["any"] if name == "specialties" else [])}
            assert {row.get("controlled", "true"), row.get("treated", "true")} <= {
                "true",
                "false",
                *(("no", "short", "long") if name == "acute_conditions" else ()),
            }


@pytest.mark.parametrize(
    ("name", "field", "kind"),
    [
        ("specialties", "code", "varchar"),
        ("specialties", "slots", "bigint"),
        ("specialties", "priority", "bigint"),
        ("chronic_conditions", "code", "varchar"),
        ("acute_conditions", "weight", "bigint"),
        ("hcpcs", "code", "varchar"),
        ("hcpcs", "typical_charge", "decimal(18,2)"),
        ("medications", "rxcui", "bigint"),
        ("medications", "condition", "varchar"),
        ("medications", "typical_price", "decimal(18,2)"),
        ("medications", "days_supply", "bigint"),
    ],
)
def test_fields_have_the_type_that_is_meant(name: str, field: str, kind: str) -> None:
    """Codes are texts, save RxNorm's, which are numbers; money has cents."""
    assert field_type([row[field] for row in rows(name)]) == kind


def test_visits_fit_half_a_day() -> None:
    """A visit takes one to four slots of 15 minutes, and no two specialties have the same priority."""
    found = rows("specialties")
    assert {int(row["slots"]) for row in found} <= {1, 2, 3, 4}
    assert sorted(int(row["priority"]) for row in found) == list(range(1, len(found) + 1))
    assert 8 <= len(found) <= 12
