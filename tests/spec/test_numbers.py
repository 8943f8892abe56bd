"""Numbers as people write them: one reading is read, two are refused with both, and none gets a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.spec.form import settings
from ingen_fab.synthetic_data.core.spec.numbers import number, share, whole
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

BY_PATH = {setting.path: setting for setting in settings()}
AMBIGUOUS = [
    ("10.000", "`10.000` could mean 10 or 10,000; write 10 or 10000"),
    ("10,000", "`10,000` could mean 10 or 10,000; write 10 or 10000"),
    ("1,5M", "`1,5M` could mean 1,500,000 or 15,000,000; write 1500000 or 15000000"),
    ("1.500M", "`1.500M` could mean 1,500,000 or 1,500,000,000; write 1500000 or 1500000000"),
    ("12,5", "`12,5` could mean 12.5 or 125; write 12.5 or 125"),
    ("1.5.0", "`1.5.0` is not a whole number"),
    ("1_0", "`1_0` is not a whole number"),
    ("1 0", "`1 0` is not a whole number"),
    ("1,00,000", "`1,00,000` is not a whole number"),
    ("1,000.5", "`1,000.5` is not a whole number"),
    ("1.5", "`1.5` is not a whole number"),
    ("inf", "`inf` is not a whole number"),
    ("nan", "`nan` is not a whole number"),
    ("²", "`²` is not a whole number"),
    ("1e400", "must be at most 1,000,000,000,000, not `1e400`"),
    ("1e99999", "`1e99999` is not a whole number"),
]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10k", 10_000),
        ("2M", 2_000_000),
        ("1.5M", 1_500_000),
        ("1e6", 1_000_000),
        ("1_000", 1_000),
        ("1 000", 1_000),
        ("1\u00a0000", 1_000),
        ("1,000,000", 1_000_000),
        ("1.000.000", 1_000_000),
        ("10.0", 10),
        (" 7 ", 7),
    ],
)
def test_what_has_one_reading_is_read(text: str, value: int) -> None:
    """Short, with a power, and with groups of three digits."""
    assert whole(text) == number(text) == value
    assert isinstance(whole(text), int)


@pytest.mark.parametrize(("text", "sentence"), AMBIGUOUS)
@pytest.mark.parametrize("by", ["option", "set", "yaml", "quoted", "json", "form", "environment"])
def test_what_has_none_or_two_is_refused_wherever_it_is_written(tmp_path: Path, text: str, sentence: str, by: str) -> None:
    """Options, --set, both kinds of files, the environment and the wizard's fields read alike."""
    file = tmp_path / f"run.{'json' if by == 'json' else 'yaml'}"
    quoted = json.dumps(text, ensure_ascii=False)
    file.write_text(json.dumps({"target_rows": text}) if by == "json" else f"target_rows: {quoted if by == 'quoted' else text}\n")
    given: dict[str, dict[str, Any]] = {
        "option": {"flags": {"target_rows": text}},
        "set": {"sets": [f"target_rows={text}"]},
        "environment": {"environ": {"SYNTHETIC_DATA_TARGET_ROWS": text}},
    }
    with pytest.raises(InputError) as refused:
        BY_PATH["target_rows"].read(text) if by == "form" else resolve_parameters("retail_oltp_small", **given.get(by, {"config": file}))
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("text", ["10.000", "1.000.000,5", "0,5", "true", "abc", "1e400", ".inf"])
def test_a_number_that_need_not_be_whole(text: str) -> None:
    """A point is a decimal point, unless three zeros follow it."""
    with pytest.raises(InputError):
        resolve_parameters("retail_oltp_small", sets=[f"scale_factor={text}"])
    assert resolve_parameters("retail_oltp_small", sets=["scale_factor=1.125"]).parameters.scale_factor == 1.125


@pytest.mark.parametrize(("text", "value"), [("5%", 0.05), ("0.5 %", 0.005), ("100%", 1.0), ("0.05", 0.05), ("0", 0.0)])
def test_shares_may_be_percentages(text: str, value: float) -> None:
    """Of settings, and of a dataset's shares of NULL."""
    assert share(text) == value
    assert resolve_parameters("retail_oltp_small", sets=[f"orphan_percentage={text}"]).parameters.orphan_percentage == value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("5", "must be a share from 0 to 1, not `5`; did you mean 0.05 or 5%?"),
        ("120%", "`120%` is not between 0% and 100%"),
        ("-1%", "`-1%` is not between 0% and 100%"),
        ("x%", "`x` is not a number"),
        ("500", "must be at most 1"),
        (".nan", "`.nan` is not a number"),
    ],
)
def test_what_is_said_of_shares(text: str, sentence: str) -> None:
    """With what may have been meant."""
    with pytest.raises(InputError) as refused:
        resolve_parameters("retail_oltp_small", sets=[f"relationship_null_percentage={text}"])
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", ["mean", "stddev", "min", "max"])
@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), "nan", "Infinity"])
def test_every_number_of_a_distribution_is_finite(name: str, value: Any) -> None:
    """From Python too, where no text stands between."""
    distribution = {"type": "normal", "mean": 5, "stddev": 1, name: value}
    with pytest.raises(InputError, match=r"must be a finite number|is not a number"):
        resolve_parameters("retail_oltp_small", edited={"distributions": {"orders.total_amount": distribution}})


@pytest.mark.parametrize("of", ["weekdays", "hourly_distribution"])
def test_every_factor_is_finite(of: str) -> None:
    """Weights and factors as well."""
    key = "monday" if of == "weekdays" else "09-12"
    with pytest.raises(InputError, match="must be a finite number"):
        resolve_parameters("retail_oltp_small", edited={"temporal_patterns": {of: {key: float("nan")}}})
