"""Identifiers: the form of their scheme, and check digits computed anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from ..check import Check, never, register
from ..expressions import see
from ..subject import Subject, own

Form = Callable[[str, Any], str]
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
def _pattern(text: str, model: Any) -> str:
    parts = ("[0-9]" if c == "#" else "[A-Z]" if c == "A" else re.escape(c) for c in model.pattern)
    return f"regexp_full_match({text}, '{''.join(parts).replace(chr(39), chr(39) * 2)}')"


@form("us_phone")
def _us_phone(text: str, model: Any) -> str:
    """555-0100 to 555-0199 are kept for fiction in every area of the North American Numbering Plan."""
    return rf"regexp_full_match({text}, '\([2-9][0-9]{{2}}\) 555-01[0-9]{{2}}')"


@form("ean13")
def _ean13(text: str, model: Any) -> str:
    """Weights 1 and 3, modulo 10 (GS1 General Specifications, 7.9); prefixes 20 to 29 are for use inside a company."""
    total = " + ".join(f"{1 if place % 2 else 3} * {digit(text, place)}" for place in range(1, 14))
    return guarded(text, "2[0-9]{12}", f"({total}) % 10 = 0")


@form("luhn")
def _luhn(text: str, model: Any) -> str:
    """Every second digit from the right is doubled, its digits added (ISO/IEC 7812-1, annex B)."""
    pattern = model.pattern or "#" * 16
    last = len(pattern)
    doubled = [f"(2 * {digit(text, place)} - CASE WHEN {digit(text, place)} > 4 THEN 9 ELSE 0 END)" for place in range(last - 1, 0, -2)]
    total = " + ".join([*doubled, *(digit(text, place) for place in range(last, 0, -2))])
    return guarded(text, pattern.replace("#", "[0-9]"), f"({total}) % 10 = 0")


@form("uuid")
def _uuid(text: str, model: Any) -> str:
    """Version 4, variant 10 of RFC 9562."""
    return f"regexp_full_match({text}, '[0-9a-f]{{8}}-[0-9a-f]{{4}}-4[0-9a-f]{{3}}-[89ab][0-9a-f]{{3}}-[0-9a-f]{{12}}')"


@register
def codes(subject: Subject) -> Iterator[Check]:
    """Every written code of a scheme with a known form."""
    for table in subject.tables.values():
        for name, model in table.of_kind("code"):
            if model.scheme in FORMS:
                wrong = f"NOT {FORMS[model.scheme](own(name), model)}"
                shown = model.pattern or f"a valid {model.scheme}"
                yield never(table, "FormatAdherence", name, f"{name} is {shown}", wrong, counted=f"count({own(name)})")
            area = see(subject, table, model.prefix) if model.prefix else None
            if area is not None and model.scheme == "us_phone":
                wrong = f"substr({own(name)}, 2, 3) <> ({area.sql})::VARCHAR"
                sentence = f"{name} has the area code of its row"
                yield never(table, "FormatAdherence", name, sentence, wrong, joins=area.joins, reads=area.reads)
