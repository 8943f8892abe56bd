"""Rebuilds the lists of who a clinic's patients are: configs/reference/patient_profiles.csv, patient_ages.csv and first_names_by_year.csv.

Run by hand, never at install or run time:

    python scripts/reference/build_patients.py NAMES

NAMES is the SQLite file `us-name-data.sqlite` that the npm package named in SOURCES.md holds (in `sqlite/us-name-data.sqlite.zip`).

The profiles are ours. Which ages and sexes a profile has is fitted (iterative proportional fitting): it starts from how much more often
an age needs a specialty, and is scaled until all profiles together have the ages and sexes of the population exactly.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterator
from itertools import groupby, islice
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from lists import write
from numpy.typing import NDArray

Floats = NDArray[np.float64]

OLDEST: Final = 100
CHILD: Final = 16
"""The last year of age of a child: pediatricians see it, and it stays under 18 for a year."""
PEOPLE: Final = (18.5, 20.1, 21.4, 21.9, 22.1, 21.9, 23.2, 22.4, 21.6, 19.6, 20.8, 20.8, 21.2, 18.6, 14.9, 10.7, 6.7, 6.5)
"""Millions of people in the United States in 2022 by five years of age, the last 85 and over: after the Census Bureau's estimates."""
MEN: Final = (51.1, 51.1, 51.1, 51.2, 51.2, 50.8, 50.7, 50.4, 50.0, 49.8, 49.5, 49.0, 48.3, 47.4, 46.5, 45.0, 42.6, 36.5)
"""Per cent of them that are men."""
FADING: Final = 0.86
"""From 85 on, how many people of an age there are against the age before: an assumption near what life tables say."""


class Profile(NamedTuple):
    """Patients who are seen alike."""

    primary_care: str
    specialist: str
    need: str
    visits: int
    weight: int
    script: str = ""
    """Visits at set times to the specialist, instead of those."""


ADULT, CHILDREN, NONE = "Primary Care", "Pediatrics", "none"
PROFILES: Final = (
    Profile(CHILDREN, NONE, "little", 1, 9),
    Profile(CHILDREN, NONE, "some", 2, 20),
    Profile(CHILDREN, NONE, "much", 4, 2),
    Profile(CHILDREN, "Orthopedics", "some", 2, 4),
    Profile(CHILDREN, "Dermatology", "some", 2, 4),
    Profile(CHILDREN, "Psychiatry", "much", 4, 3),
    Profile(CHILDREN, "Neurology", "some", 2, 2),
    Profile(CHILDREN, "Endocrinology", "much", 4, 1),
    Profile(CHILDREN, "Pulmonology", "some", 2, 3),
    Profile(CHILDREN, "Gastroenterology", "some", 2, 2),
    Profile(CHILDREN, "Cardiology", "some", 2, 1),
    Profile(CHILDREN, "Urology", "some", 2, 1),
    Profile(ADULT, NONE, "little", 1, 26),
    Profile(ADULT, NONE, "some", 2, 24),
    Profile(ADULT, NONE, "much", 4, 14),
    Profile(ADULT, "Obstetrics and Gynecology", "little", 1, 17),
    Profile(ADULT, "Obstetrics and Gynecology", "some", 2, 7),
    Profile(ADULT, "Obstetrics and Gynecology", "births", 1, 4, "pregnancy"),
    Profile(ADULT, "Obstetrics and Gynecology", "much", 4, 2),
    Profile(ADULT, "Dermatology", "little", 1, 12),
    Profile(ADULT, "Dermatology", "some", 2, 8),
    Profile(ADULT, "Orthopedics", "little", 1, 8),
    Profile(ADULT, "Orthopedics", "some", 2, 16),
    Profile(ADULT, "Psychiatry", "much", 4, 9),
    Profile(ADULT, "Neurology", "much", 4, 7),
    Profile(ADULT, "Endocrinology", "much", 4, 7),
    Profile(ADULT, "Pulmonology", "some", 2, 1),
    Profile(ADULT, "Pulmonology", "much", 4, 6),
    Profile(ADULT, "Gastroenterology", "some", 2, 6),
    Profile(ADULT, "Gastroenterology", "much", 4, 4),
    Profile(ADULT, "Cardiology", "little", 1, 1),
    Profile(ADULT, "Cardiology", "much", 4, 11),
    Profile(ADULT, "Urology", "little", 1, 4),
    Profile(ADULT, "Urology", "some", 2, 7),
    Profile(ADULT, "Urology", "much", 4, 3),
)
"""Of 256 patients; the numbers are ours."""

AT: Final = (0, 1, 3, 6, 12, 17, 30, 45, 65, 80, 100)
LEANS: Final[dict[str, tuple[float, ...]]] = {
    NONE: (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "Obstetrics and Gynecology": (0, 0, 0, 0, 0, 2.4, 3, 1.6, 0.5, 0.2, 0.1),
    "Dermatology": (0.5, 0.7, 0.8, 0.8, 1.2, 1, 0.8, 0.9, 1.4, 1.4, 1),
    "Orthopedics": (0, 0.2, 0.5, 0.9, 1.6, 0.8, 0.8, 1.1, 1.4, 1.3, 0.8),
    "Psychiatry": (0, 0, 0.1, 0.9, 1.8, 1.4, 1.3, 1, 0.6, 0.4, 0.3),
    "Neurology": (0.3, 0.5, 0.6, 0.9, 1.2, 0.6, 0.8, 0.9, 1.3, 1.9, 1.7),
    "Endocrinology": (0, 0.1, 0.3, 0.9, 1.8, 0.4, 0.6, 1, 1.4, 1.1, 0.7),
    "Pulmonology": (0.6, 1, 1.2, 1.2, 1, 0.3, 0.4, 0.8, 1.6, 1.7, 1),
    "Gastroenterology": (1, 0.9, 0.8, 0.9, 1.2, 0.4, 0.6, 1.1, 1.3, 1.1, 0.8),
    "Cardiology": (1.6, 1, 0.7, 0.8, 1.2, 0.15, 0.25, 0.7, 2, 3.2, 3),
    "Urology": (0, 0.3, 0.9, 1.3, 1, 0.35, 0.5, 0.8, 1.7, 2.2, 1.8),
}
"""How often people of the ages `AT` are with a specialist, against others; straight lines between. Ours."""
WOMEN: Final = {"Psychiatry": 1.3, "Neurology": 1.25, "Endocrinology": 1.6, "Cardiology": 0.8, "Urology": 0.35, "Dermatology": 1.1}
"""How often women are with a specialist, against men. Ours."""
NEEDS: Final[dict[str, tuple[float, ...]]] = {
    "little": (1.1, 0.9, 0.8, 0.8, 1, 1.3, 1.2, 0.9, 0.4, 0.3, 0.3),
    "some": (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1),
    "much": (1.5, 1.3, 1, 0.8, 0.8, 0.4, 0.5, 0.9, 1.8, 2.4, 2.6),
}
"""How often people of the ages `AT` have little, some or much need of care, against others. Ours."""
MOTHERS: Final = {17: 0.0, 18: 0.3, 20: 0.7, 24: 1.0, 28: 1.6, 32: 1.7, 35: 1.2, 37: 0.8, 38: 0.0}
"""How often women of an age are among those who bear children, in the years that follow; straight lines between. Nobody is with the
clinics for much longer than seven years, so no mother is over 44. Ours."""

YEARS: Final = tuple(range(1915, 2025, 5))
NAMES: Final = 90
"""Names of a sex in each five years: those that were given most."""


def pyramid() -> Floats:
    """People by sex (F, M) and year of age, adding up to 1: the five years' figures as curves that keep them."""
    out = np.zeros((2, OLDEST + 1))
    for sex in range(2):
        share = [many * (men if sex else 100 - men) / 100 for many, men in zip(PEOPLE, MEN, strict=True)]
        ends = np.cumsum([0.0, *share[:-1]])
        ages = np.arange(86)
        # The curve goes through the sums up to each fifth year; its slope there is that between the neighbours.
        slopes = np.gradient(ends, 5.0)
        left = np.minimum(ages // 5, 16)
        t = (ages - 5 * left) / 5
        upto = (
            ends[left] * (2 * t**3 - 3 * t**2 + 1)
            + 5 * slopes[left] * (t**3 - 2 * t**2 + t)
            + ends[left + 1] * (3 * t**2 - 2 * t**3)
            + 5 * slopes[left + 1] * (t**3 - t**2)
        )
        out[sex, :85] = np.diff(upto)
        old = FADING ** np.arange(OLDEST - 84)
        out[sex, 85:] = share[-1] * old / old.sum()
    return out / out.sum()


def fitted() -> Floats:
    """Share of the patients of each profile, sex and age: shape (profiles, 2, ages)."""
    ages = np.arange(OLDEST + 1)
    seed = np.zeros((len(PROFILES), 2, OLDEST + 1))
    for number, profile in enumerate(PROFILES):
        if profile.script:
            lean = np.interp(ages, list(MOTHERS), list(MOTHERS.values()))
        else:
            lean = np.interp(ages, AT, LEANS[profile.specialist]) * np.interp(ages, AT, NEEDS[profile.need])
        lean[(ages <= CHILD) != (profile.primary_care == CHILDREN)] = 0
        women = WOMEN.get(profile.specialist, 1.0)
        seed[number] = lean * np.array([[women], [0.0 if profile.specialist.startswith("Obst") else 1.0]])
    people, weights = pyramid(), np.array([profile.weight for profile in PROFILES]) / 256
    children = weights[[profile.primary_care == CHILDREN for profile in PROFILES]].sum()
    young = ages <= CHILD
    # As many children as the profiles have: within a tenth of a per cent those of the population.
    people[:, young] *= children / people[:, young].sum()
    people[:, ~young] *= (1 - children) / people[:, ~young].sum()
    seed *= people
    for _ in range(500):
        seed *= (weights / seed.sum(axis=(1, 2)))[:, None, None]
        seed *= (people / seed.sum(axis=0))[None]
    return seed


def ages() -> Iterator[tuple[str, str, str, str, int, int]]:
    """Rows of patient_ages.csv: weights in a profile's hundred thousandths."""
    for profile, table in zip(PROFILES, fitted(), strict=True):
        for sex, name in enumerate("FM"):
            for age in range(OLDEST + 1):
                weight = round(100_000 * table[sex, age] / table.sum())
                if weight:
                    yield profile.primary_care, profile.specialist, profile.need, name, age, weight


def names(source: Path) -> Iterator[tuple[str, str, str, str, int]]:
    """Rows of first_names_by_year.csv: births with a name in five years."""
    with sqlite3.connect(source) as connection:
        born = connection.execute(
            "SELECT max(year - year % 5, ?) AS first, sex, name, sum(births) AS n FROM usNameData WHERE year >= ?"
            " GROUP BY 1, 2, 3 ORDER BY 1, 2, n DESC, 3",
            (YEARS[0], YEARS[0]),
        ).fetchall()
    for (first, sex), group in groupby(born, key=lambda row: row[:2]):
        for _, _, name, births in islice(group, NAMES):
            since = "" if first == YEARS[0] else f"{first}-01-01"
            until = "" if first == YEARS[-1] else f"{first + 4}-12-31"
            yield name.capitalize(), sex, since, until, max(round(births / 100), 1)


def main() -> None:
    """Writes the three lists."""
    if sum(profile.weight for profile in PROFILES) != 256:
        raise SystemExit("the weights of the profiles do not add up to 256")
    write("patient_profiles", Profile._fields, PROFILES)
    write(
        "patient_ages",
        ("age", "sex", "primary_care", "specialist", "need", "weight"),
        ((row[4], row[3], *row[:3], row[5]) for row in ages()),
    )
    write("first_names_by_year", ("name", "sex", "valid_from", "valid_to", "weight"), names(Path(sys.argv[1])))


if __name__ == "__main__":
    main()
