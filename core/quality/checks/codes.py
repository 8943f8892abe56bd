"""Identifiers: the form of their scheme, and check digits computed anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from ...spec.kinds.code import Code
from ..check import Check, never, register
from ..expressions import see
from ..subject import Subject, own

Form = Callable[[str, Code], str]
FORMS: Final[dict[str, Form]] = {}
"""Scheme -> SQL that is true for a valid text, from the SQL of the text and the column's model."""


def form(scheme: str) -> Callable[[Form], Form]:
    """Decorator: makes the valid form of a scheme known."""

    def put(function: Form) -> Form:
        FORMS[scheme] = function
        return function

    return put


def digit(text: str, place: int) -> str:
    """SQL of the digit at a place, counted from 1."""
    return f"substr({text}, {place}, 1)::INTEGER"


def guarded(text: str, pattern: str, condition: str) -> str:
    """SQL: the text has a form, and then the condition holds; digits are only read where the form is right."""
    return f"CASE WHEN regexp_full_match({text}, '{pattern}') THEN {condition} ELSE false END"


@form("pattern")
def _pattern(text: str, model: Code) -> str:
    parts = ("[0-9]" if c == "#" else "[A-Z]" if c == "A" else re.escape(c) for c in model.pattern or "")
    return f"regexp_full_match({text}, '{''.join(parts).replace(chr(39), chr(39) * 2)}')"


@form("us_phone")
def _us_phone(text: str, model: Code) -> str:
    """555-0100 to 555-0199 are kept for fiction in every area of the North American Numbering Plan."""
    return rf"regexp_full_match({text}, '\([2-9][0-9]{{2}}\) 555-01[0-9]{{2}}')"


def _weighted(text: str, weights: Sequence[int], places: int) -> str:
    """The digits at so many places, times weights that come again and again."""
    return " + ".join(f"{weights[place % len(weights)]} * {digit(text, place + 1)}" for place in range(places))


@form("ean13")
def _ean13(text: str, model: Code) -> str:
    """Weights 1 and 3, modulo 10 (GS1 General Specifications, 7.9); prefixes 20 to 29 are for use inside a company."""
    return guarded(text, "2[0-9]{12}", f"({_weighted(text, (1, 3), 13)}) % 10 = 0")


def _luhn_sum(text: str, last: int) -> str:
    """Every second digit from the right is doubled, its digits added (ISO/IEC 7812-1, annex B)."""
    doubled = [f"(2 * {digit(text, place)} - CASE WHEN {digit(text, place)} > 4 THEN 9 ELSE 0 END)" for place in range(last - 1, 0, -2)]
    return " + ".join([*doubled, *(digit(text, place) for place in range(last, 0, -2))])


@form("luhn")
def _luhn(text: str, model: Code) -> str:
    pattern = model.pattern or "#" * 16
    return guarded(text, pattern.replace("#", "[0-9]"), f"({_luhn_sum(text, len(pattern))}) % 10 = 0")


@form("npi")
def _npi(text: str, model: Code) -> str:
    """As if 80840 stood before it, which adds 24; no number that begins with 2 has been issued."""
    return guarded(text, "2[0-9]{9}", f"(24 + {_luhn_sum(text, 10)}) % 10 = 0")


@form("aba")
def _aba(text: str, model: Code) -> str:
    """Weights 3, 7, 1, modulo 10; numbers from 40 to 59 on are assigned to no bank."""
    return guarded(text, "[45][0-9]{8}", f"({_weighted(text, (3, 7, 1), 9)}) % 10 = 0")


@form("iban")
def _iban(text: str, model: Code) -> str:
    """The account, the country's letters as numbers from 10 on, and the check digits: modulo 97 it is 1 (ISO 13616, ISO 7064)."""
    pattern = model.pattern or "DE00000000##########"
    country, account = pattern[:2], pattern[2:]
    form = f"{country}[0-9]{{2}}{account.replace('#', '[0-9]').replace('A', '[A-Z]')}"
    if not account.replace("#", "0").isdigit():
        return f"regexp_full_match({text}, '{form}')"
    letters = "".join(str(ord(letter) - 55) for letter in country)
    return guarded(text, form, f"(substr({text}, 5) || '{letters}' || substr({text}, 3, 2))::HUGEINT % 97 = 1")


@form("bic")
def _bic(text: str, model: Code) -> str:
    """0 as the eighth character marks a test identifier (ISO 9362)."""
    return f"regexp_full_match({text}, '[A-Z]{{6}}[A-Z0-9]0')"


@form("tax_id")
def _tax_id(text: str, model: Code) -> str:
    """Of an area from 900 on and a group below 50, in which no number is issued."""
    return f"regexp_full_match({text}, '9[0-9]{{2}}-[0-4][0-9]-[0-9]{{4}}')"


@form("ipv4")
def _ipv4(text: str, model: Code) -> str:
    """Of a range for documentation (RFC 5737)."""
    octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    return rf"regexp_full_match({text}, '(192\.0\.2|198\.51\.100|203\.0\.113)\.{octet}')"


@form("ipv6")
def _ipv6(text: str, model: Code) -> str:
    """Of the range for documentation (RFC 3849)."""
    return f"regexp_full_match({text}, '2001:db8(:[0-9a-f]{{1,4}}){{6}}')"


@form("uuid")
def _uuid(text: str, model: Code) -> str:
    """Version 4, variant 10 of RFC 9562."""
    return f"regexp_full_match({text}, '[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}')"


@register
def codes(subject: Subject) -> Iterator[Check]:
    """Every written code of a scheme with a known form."""
    for table in subject.tables.values():
        for name, model in table.each(Code):
            if model.scheme in FORMS:
                wrong = f"NOT {FORMS[model.scheme](own(name), model)}"
                shown = model.pattern or f"a valid {model.scheme}"
                yield never(table, "FormatAdherence", name, f"{name} is {shown}", wrong, counted=f"count({own(name)})")
            area = see(subject, table, model.prefix) if model.prefix else None
            if area is not None and model.scheme == "us_phone":
                wrong = f"substr({own(name)}, 2, 3) <> ({area.sql})::VARCHAR"
                sentence = f"{name} has the area code of its row"
                yield never(table, "FormatAdherence", name, sentence, wrong, joins=area.joins, reads=area.reads)
