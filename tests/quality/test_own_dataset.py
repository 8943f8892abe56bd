"""A user's own dataset is checked like a shipped one: every word that the retail dataset does not use."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_output
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).parent / "own"

OWN = ("KSComplement keepers.pay", "TVComplement keepers.shirt", "TVComplement keepers.trained", "FormatAdherence keepers.card",
       "FormatAdherence keepers.tag", "KSComplement keepers.reviewed_at", "KSComplement keepers.badge_until",
       "MissingValueSimilarity visits.house_id", "ReferentialIntegrity visits.house_id", "MissingValueSimilarity visits.tip",
       "FormulaAdherence visits.brightest", "FormulaAdherence photos.size", "KSComplement photos.stars", "KSComplement photos.light",
       "CardinalityShapeSimilarity photos.visit_id", "TVComplement visits.state", "KSComplement visits.granted_at",
       "FormulaAdherence visits.weekday", "OpenHours visits.fed_at", "HourPattern visits.started_at", "KSComplement visits.tip",
       "CombinationAdherence days.day_key", "FormulaAdherence days.fiscal_week", "CombinationAdherence hours.hour_key",
       "ReferentialIntegrity visits.day_key", "ReferentialIntegrity visits.left_key", "FormatAdherence keepers.badge",
       "EndDate licences.replaced_at", "ReferentialIntegrity visits.licence_id", "LifetimeAdherence visits.licence_id",
       "PositionAdherence purses.number", "LifetimeAdherence purses.opened_at", "FormulaAdherence payments.left",
       "FormulaAdherence purses.left", "BoundaryAdherence payments.left", "EntryAdherence payments.amount",
       "EntryAdherence payments.what", "MissingValueSimilarity visits.pond_id", "FormulaAdherence visits.pond_depth",
       "PostAdherence animals.came_on, gone_on", "PostAdherence animals.sort", "PostAdherence vets.sort, days",
       "GridAdherence checkups.from, until", "GridAdherence checkups.from", "Overlap checkups.from, until",
       "PositionAdherence checkups.number", "LifetimeAdherence checkups.animal_id")  # fmt: skip
"""What the dataset declares enough for, beside what every table has."""


def checked(root: Path, own: Path) -> Report:
    """Checks what was written, with the repository that the dataset is in."""
    return validate_output(root, repository=DatasetConfigurationRepository([own]))


@pytest.fixture(scope="module")
def zoo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The dataset above as it was written, and the folder that its YAML is in."""
    return written(tmp_path_factory.mktemp("zoo"))


def written(folder: Path) -> tuple[Path, Path]:
    """The output root and the folder of the YAML, both new."""
    own, root = folder / "own", folder / "out"
    shutil.copytree(FOLDER, own)
    flags = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(root)}
    resolved = resolve_parameters("zoo", flags=flags, repository=DatasetConfigurationRepository([own]))
    assert run(make_plan(resolved)).status == "COMPLETED"
    return root, own


def test_every_word_is_checked(zoo: tuple[Path, Path]) -> None:
    """Nothing fails, and each word of the declaration has its check."""
    report = checked(*zoo)
    assert [(r.name, r.table, r.column, r.sentence, r.observed, r.expected, r.limit) for r in report.failures] == []
    assert {f"{result.name} {result.table}.{result.column}" for result in report.results} >= set(OWN)


@pytest.mark.parametrize(
    ("window", "as_of"),
    [
        ((date(2024, 4, 10), date(2024, 6, 30)), None),
        ((date(2024, 1, 1), date(2024, 3, 31)), date(2024, 3, 31)),
        ((date(2024, 5, 7), date(2024, 5, 7)), date(2024, 5, 7)),
        ((date(2024, 1, 1), date(2025, 2, 10)), date(2025, 3, 1)),
    ],
    ids=["the end", "the first quarter", "a day", "beyond the history"],
)
def test_other_windows(tmp_path: Path, window: tuple[date, date], as_of: date | None) -> None:
    """What lies outside cannot be seen, and is not asked for."""
    flags = {"output_settings.output_mode": "csv", "output_settings.output_dir": str(tmp_path)}
    resolved = resolve_parameters("zoo", flags=flags, repository=DatasetConfigurationRepository([FOLDER]))
    plan = make_plan(resolved, window=window, as_of=as_of)
    assert run(plan).status == "COMPLETED"
    assert [(r.name, r.table, r.column, r.sentence, r.observed) for r in validate(plan).failures] == []


def test_quotas_are_exact(zoo: tuple[Path, Path]) -> None:
    """A tenth is a tenth of the rows, to the row; the limit of such a quota is narrow."""
    report = checked(*zoo)
    found = {(result.name, result.table, result.column): result for result in report.results}
    nulls = found["MissingValueSimilarity", "visits", "house_id"]
    assert (nulls.observed, nulls.expected) == (0.1, 0.1)
    orphans = found["ReferentialIntegrity", "visits", "house_id"]
    assert (orphans.observed, orphans.expected) == (0.02, 0.02)


def test_an_own_dataset_is_found_by_the_manifest(zoo: tuple[Path, Path]) -> None:
    """It says where the dataset was, so nobody has to say it again."""
    assert validate_output(zoo[0]).passed


def test_an_unknown_dataset_is_told(tmp_path: Path) -> None:
    """The manifest names a dataset that is no longer there."""
    root, own = written(tmp_path)
    (own / "zoo.yaml").unlink()
    with pytest.raises(InputError, match="cannot be planned anew: there is no dataset `zoo`"):
        validate_output(root)


def test_a_changed_dataset_is_refused(tmp_path: Path) -> None:
    """One sentence: what was written cannot be judged by another declaration."""
    root, own = written(tmp_path)
    text = (own / "zoo.yaml").read_text(encoding="utf-8")
    (own / "zoo.yaml").write_text(text.replace("mean: 90, stddev: 20", "mean: 95, stddev: 20"), encoding="utf-8")
    with pytest.raises(InputError, match=r"has changed since run .* of `zoo` was written"):
        checked(root, own)
