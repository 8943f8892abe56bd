"""Identifiers with check digits, from ranges that nobody owns."""

from __future__ import annotations

import re
from typing import Final, Literal

from ...program import columns
from ..modelling import model_validator
from ..names import Path as DottedPath
from .base import Column, Compiled, Scope, register

_PATTERNS: Final = {
    "luhn": (r"[0-9#]{1,31}#", "up to 32 digits and `#`, the last of them `#`: the check digit"),
    "iban": (r"[A-Z]{2}[0-9A-Z#]{8,28}", "a country of two letters, then 8 to 28 digits, capital letters and `#`"),
}
_LONGEST: Final = 40
"""Characters of a code at most, where no pattern says how many: a UUID has 36, an address of IPv6 39."""


@register
class Code(Column):
    """An identifier of a scheme, unique unless said otherwise."""

    kind: Literal["code"]
    scheme: Literal["pattern", "us_phone", "ean13", "luhn", "npi", "uuid", "ipv4", "ipv6", "aba", "iban", "tax_id", "bic"]
    """What kind of identifier it is."""
    pattern: str | None = None
    """Of scheme pattern: `#` is a digit, `A` a capital letter, all else stands for itself. Of luhn: digits and `#`, whose last is the
    check digit. Of iban: the country and the account, between which the check digits are put."""
    prefix: DottedPath | None = None
    """Of scheme us_phone: the column that holds the area code."""
    unique: bool = True
    """Whether no two rows have the same."""

    @model_validator(mode="after")
    def _fits(self) -> Code:
        if self.pattern is None and self.scheme == "pattern":
            raise ValueError("scheme pattern needs a pattern")
        if self.pattern is not None and self.scheme not in ("pattern", *_PATTERNS):
            raise ValueError(f"a pattern has no effect on scheme {self.scheme}; it is for pattern, {' and '.join(_PATTERNS)}")
        if self.pattern is not None and self.scheme in _PATTERNS and not re.fullmatch(_PATTERNS[self.scheme][0], self.pattern):
            raise ValueError(f"a pattern of scheme {self.scheme} is {_PATTERNS[self.scheme][1]}")
        if self.pattern is not None and not re.fullmatch(r"[ -~]{1,32}", self.pattern):
            raise ValueError("a pattern is 1 to 32 ASCII characters")
        if self.prefix is not None and self.scheme != "us_phone":
            raise ValueError("`prefix` has no effect on this scheme; it is for us_phone")
        return self

    def space(self) -> int | None:
        """How many different codes there are; None: more than any table has rows."""
        if self.pattern is not None:
            out = 1
            for character in self.pattern[:-1] if self.scheme == "luhn" else self.pattern[2:] if self.scheme == "iban" else self.pattern:
                out *= {"#": 10, "A": 26}.get(character, 1)
            return out
        return {
            "us_phone": 100,
            "ean13": 10**11,
            "luhn": 10**9,
            "npi": 10**8,
            "ipv4": 768,
            "aba": 20 * 10**6,
            "iban": 10**10,
            "tax_id": 100 * 49 * 9_999,
            "bic": 26**4,
        }.get(self.scheme)

    @property
    def _characters(self) -> int:
        """Of a code at most; an IBAN has two check digits besides its pattern."""
        return len(self.pattern) + 2 * (self.scheme == "iban") if self.pattern is not None else _LONGEST

    def compile(self, scope: Scope) -> Compiled:
        space = self.space()
        rows = scope.number(scope.table)
        if self.unique and space is not None and rows > space:
            raise ValueError(f"{rows:,.0f} rows need more than the {space:,} codes of this scheme; say `unique: false` or widen it")
        if space is not None and space >= 1 << 52:
            raise ValueError("the pattern has more than 4.5e15 codes; make it shorter")
        if self.scheme == "ipv4":
            return Compiled(columns.Ipv4(self.unique), "varchar", (), longest=_LONGEST)
        if self.scheme == "ipv6":
            return Compiled(columns.Ipv6(self.unique), "varchar", longest=_LONGEST)
        prefix, nullable, sees, state = None, False, False, False
        if self.prefix is not None:
            found = scope.find(self.prefix)
            prefix = found.program
            nullable, sees, state = found.compiled.nullable, found.compiled.sees, found.compiled.state
        kernel = columns.Code(self.scheme, self.unique, self.pattern, prefix)
        return Compiled(kernel, "varchar", None, nullable, sees, state, longest=self._characters)
