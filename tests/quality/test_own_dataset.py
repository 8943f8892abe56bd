"""A user's own dataset is checked like a shipped one: every word that the retail dataset does not use."""

from __future__ import annotations

from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.quality.report import Report
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

pytestmark = pytest.mark.slow

ZOO = (Path(__file__).parent / "own" / "zoo.yaml").read_text(encoding="utf-8")

OWN = ("KSComplement keepers.pay", "TVComplement keepers.shirt", "TVComplement keepers.trained", "FormatAdherence keepers.card",
       "FormatAdherence keepers.tag", "KSComplement keepers.reviewed_at", "KSComplement keepers.badge_until",
       "MissingValueSimilarity visits.house_id", "ReferentialIntegrity visits.house_id", "MissingValueSimilarity visits.tip",
       "FormulaAdherence visits.brightest", "FormulaAdherence photos.size", "KSComplement photos.stars", "KSComplement photos.light",
       "CardinalityShapeSimilarity photos.visit_id", "TVComplement visits.state", "KSComplement visits.granted_at",
       "FormulaAdherence visits.weekday", "HourPattern visits.started_at", "KSComplement visits.tip")  # fmt: skip
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
    own.mkdir()
    (own / "zoo.yaml").write_text(ZOO)
    flags = {"output_settings.output_mode": "parquet", "output_settings.output_dir": str(root)}
    resolved = resolve_parameters("zoo", flags=flags, repository=DatasetConfigurationRepository([own]))
    assert run(make_plan(resolved)).status == "COMPLETED"
    return root, own


def test_every_word_is_checked(zoo: tuple[Path, Path]) -> None:
    """Nothing fails, and each word of the declaration has its check."""
    report = checked(*zoo)
    assert [(r.name, r.table, r.column, r.sentence, r.observed, r.expected, r.limit) for r in report.failures] == []
    assert {f"{result.name} {result.table}.{result.column}" for result in report.results} >= set(OWN)


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
    (own / "zoo.yaml").write_text(ZOO.replace("mean: 90, stddev: 20", "mean: 95, stddev: 20"))
    with pytest.raises(InputError, match=r"has changed since run .* of `zoo` was written"):
        checked(root, own)
