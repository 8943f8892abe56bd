"""Identifiers of banks and authorities: their check digits by rules written out anew, and the ranges that they come from."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ConfigError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.preview import preview

BANK = """
dataset_id: codes
driving: rows
tables:
  rows:
    rows: {number: 1 per driving, initial_share: 1.0}
    columns:
      row_id: key
      aba: {kind: code, scheme: aba}
      iban: {kind: code, scheme: iban}
      british: {kind: code, scheme: iban, pattern: "GBAAAA000000########"}
      tax_id: {kind: code, scheme: tax_id}
      bic: {kind: code, scheme: bic}
      card: {kind: code, scheme: luhn, pattern: "400000##########"}
      short: {kind: code, scheme: luhn, pattern: "79927######"}
      plain: {kind: code, scheme: luhn}
"""


def codes(plan_of: Callable[..., Plan], folder: Path, text: str = BANK) -> list[dict[str, str]]:
    """Two thousand rows of the dataset above."""
    (folder / "own").mkdir()
    (folder / "own" / "codes.yaml").write_text(text)
    return preview(plan_of("codes", datasets=[folder / "own"], target_rows=2_000), "rows", 0, 2_000).to_pylist()


def luhn(number: str) -> bool:
    """Whether the digits sum to a multiple of ten when each second one from the right is doubled."""
    total = 0
    for place, digit in enumerate(map(int, reversed(number))):
        total += sum(divmod(digit * 2, 10)) if place % 2 else digit
    return total % 10 == 0


def test_check_digits_are_valid(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Every code keeps the rule of its standard."""
    for row in codes(plan_of, tmp_path):
        digits = [int(digit) for digit in row["aba"]]
        assert len(digits) == 9
        assert sum(digit * (3, 7, 1)[place % 3] for place, digit in enumerate(digits)) % 10 == 0
        for name, length in (("iban", 22), ("british", 22)):
            code = row[name]
            assert len(code) == length
            assert int("".join(str(int(character, 36)) for character in code[4:] + code[:4])) % 97 == 1
        assert all(luhn(row[name]) for name in ("card", "short", "plain"))


def test_codes_are_nobodys_and_unique(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """Codes lie in the ranges that are not assigned, and no two rows share one."""
    rows = codes(plan_of, tmp_path)
    shapes = {
        "aba": r"[45]\d{8}",
        "iban": r"DE\d{2}00000000\d{10}",
        "british": r"GB\d{2}[A-Z]{4}000000\d{8}",
        "tax_id": r"9\d\d-(0[1-9]|[1-4]\d)-(?!0000)\d{4}",
        "bic": r"Z[A-Z]{3}US[A-Z]0",
        "card": r"400000\d{10}",
        "short": r"79927\d{6}",
    }
    for name, shape in shapes.items():
        assert all(re.fullmatch(shape, row[name]) for row in rows), name
        assert len({row[name] for row in rows}) == len(rows), name


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('"400000##########"', '"400000########AA"', "the last of them `#`"),
        ('"GBAAAA000000########"', '"gb##"', "a country of two letters"),
        ("scheme: tax_id", 'scheme: tax_id, pattern: "##"', "no effect on scheme tax_id"),
        ('"79927######"', '"79927###"', "more than the 100 codes"),
    ],
)
def test_what_cannot_be_is_refused(plan_of: Callable[..., Plan], tmp_path: Path, old: str, new: str, sentence: str) -> None:
    """A sentence says what a pattern may be, and how many codes there are."""
    assert old in BANK
    with pytest.raises(ConfigError, match=sentence):
        codes(plan_of, tmp_path, BANK.replace(old, new))
