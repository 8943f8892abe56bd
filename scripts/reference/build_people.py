"""Rebuilds the lists of names, e-mail domains and streets in configs/reference/.

Run by hand, never at install or run time, in an environment that holds the Faker named in SOURCES.md:

    python scripts/reference/build_people.py
"""

from __future__ import annotations

from collections.abc import Mapping

from faker.providers.address.en_US import Provider as Addresses
from faker.providers.person.en_US import Provider as People
from lists import write

PARTS = 10_000_000
"""Faker's frequencies are decimals with nine places; weights are whole numbers of ten millionths, at least 1."""

EMAIL_DOMAINS = {
    "example.com": 46,
    "example.org": 14,
    "example.net": 12,
    "mail.example.com": 8,
    "inbox.example.net": 5,
    "post.example.org": 4,
    "letters.example": 3,
    "homebox.example": 3,
    "family.example": 2,
    "work.example": 1,
    "online.test": 1,
    "webmail.test": 1,
}
"""Names that RFC 2606 reserves, so that no message can reach anybody. The weights are ours."""

STREET_SUFFIXES = {
    "Street": 24,
    "Avenue": 16,
    "Road": 14,
    "Drive": 14,
    "Lane": 10,
    "Court": 7,
    "Place": 4,
    "Circle": 4,
    "Way": 3,
    "Parkway": 2,
    "Terrace": 1,
    "Trail": 1,
}
"""Suffixes of Faker's list with weights of ours."""


def names(frequencies: Mapping[str, float]) -> list[tuple[str, int]]:
    """Plain ASCII names with whole weights, the most frequent first."""
    rows = [(name, max(1, round(share * PARTS))) for name, share in frequencies.items() if name.isascii()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def first_names() -> list[tuple[str, str, int]]:
    """Names of women (F), of men (M) and, for everybody else (X), of both."""
    women, men = dict(names(People.first_names_female)), dict(names(People.first_names_male))
    both = {name: women.get(name, 0) + men.get(name, 0) for name in {**women, **men}}
    everybody = sorted(both.items(), key=lambda row: (-row[1], row[0]))
    return [(name, sex, weight) for sex, rows in (("F", women.items()), ("M", men.items()), ("X", everybody)) for name, weight in rows]


def street_names(number: int) -> list[tuple[str, int]]:
    """The most frequent last names, each with one suffix, suffixes dealt in proportion to their weight."""
    missing = set(STREET_SUFFIXES) - set(Addresses.street_suffixes)
    if missing:
        raise SystemExit(f"Faker no longer has the street suffixes {sorted(missing)}")
    given = dict.fromkeys(STREET_SUFFIXES, 0)
    rows = []
    for name, weight in names(People.last_names)[:number]:
        suffix = min(given, key=lambda word: (given[word] + 0.5) / STREET_SUFFIXES[word])
        given[suffix] += 1
        rows.append((f"{name} {suffix}", max(1, round(weight**0.5))))
    return rows


if __name__ == "__main__":
    write("first_names", ("name", "sex", "weight"), first_names())
    write("last_names", ("name", "weight"), names(People.last_names))
    write("email_domains", ("domain", "weight"), EMAIL_DOMAINS.items())
    write("street_names", ("name", "weight"), street_names(500))
