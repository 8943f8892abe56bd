"""Runs with pools that Faker draws: what the root remembers of them, and what is told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.anew import plan_of as planned_anew
from ingen_fab.synthetic_data.core.run.manifest import find_manifest  # fmt: skip
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.tui.widgets.plan_card import plan_lines
from typer.testing import CliRunner

FAKER = version("faker")
SHOP = """
dataset_id: shop
locale: de_DE
pools:
  companies: {faker: company, rows: 40, unique: true}
  accounts: {faker: {holder: name, iban: iban, balance: port_number}, rows: 300}
tables:
  orders:
    rows: events
    columns:
      order_id: key
      company: {kind: pool, pool: companies}
      _account: {kind: pool, pool: accounts}
      holder: _account.holder
      iban: _account.iban
      balance: _account.balance
      city: varchar(60)
      state: varchar(60)
"""


@pytest.fixture
def shop(own_plan: Callable[..., Plan]) -> Plan:
    """1,000 orders, as parquet."""
    return own_plan(SHOP, target_rows=1_000, output_settings__output_mode="parquet")


def own(folder: Path) -> DatasetConfigurationRepository:
    """The datasets that `own_plan` writes."""
    return DatasetConfigurationRepository([folder / "own"])


def manifest_of(plan: Plan) -> Path:
    """The file of the one manifest in a plan's root."""
    (found,) = (plan.output.root / ".manifests").glob("*.json")
    return found


def drawn_before(plan: Plan, **told: Any) -> None:
    """As if an older Faker had drawn the companies of the run in a plan's root."""
    file = manifest_of(plan)
    value = json.loads(file.read_text())
    value["pools"]["companies"] |= {"sha256": "0" * 64, "version": "38.0.0", **told}
    value["spec_hash"] = "0" * 64
    file.write_text(json.dumps(value))


def test_what_is_drawn_is_written_and_checked(shop: Plan) -> None:
    """Rows stand in the list, and the report says so; the manifest names the digest and the version."""
    assert run(shop, workers=0).status == "COMPLETED"
    told = json.loads(manifest_of(shop).read_text())["pools"]
    assert told == {name: drawn.to_json() for name, drawn in shop.drawn.items()}
    assert told["companies"]["version"] == FAKER
    report = validate(shop)
    assert report.passed, report.failures
    sentences = {result.sentence for result in report.results}
    assert "company stands in the list companies" in sentences
    assert "holder, iban, balance stand together in the list accounts" in sentences


def test_workers_read_the_same(shop: Plan, own_plan: Callable[..., Plan], digests: Callable[..., dict[str, str]]) -> None:
    """In other processes, and in pieces of any size."""
    alone = {table.name: table.digest for table in run(shop, workers=0).tables}
    assert {table.name: table.digest for table in run(shop, workers=2).tables} == alone
    assert digests(shop, 77, backwards=True) == digests(shop, 1_000)


def test_a_root_remembers_another_faker(shop: Plan, tmp_path: Path) -> None:
    """The next run says so, in a sentence with both versions; `validate-data` does not check against other values."""
    run(shop, workers=0)
    drawn_before(shop)
    sentence = f"the pool `companies`: Faker {FAKER} draws other values than Faker 38.0.0, which drew those before"
    with pytest.raises(InputError, match="or generate it again") as refused:
        planned_anew(find_manifest(shop.output.root), repository=own(tmp_path))
    assert sentence in str(refused.value)
    heard: list[str] = []
    assert run(shop, workers=0, emit=lambda event: heard.append(str(getattr(event, "text", "")))).status == "COMPLETED"
    assert sum(sentence in text for text in heard) == 1
    heard.clear()
    run(shop, workers=0, emit=lambda event: heard.append(str(getattr(event, "text", ""))))
    assert not any("other values" in text for text in heard)


def test_the_cache_may_be_deleted_at_any_time(own_plan: Callable[..., Plan], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also between a plan and its run, its preview and its check: what is gone is drawn again."""
    monkeypatch.setenv("SYNTHETIC_DATA_CACHE", str(tmp_path / "cache"))
    plan = own_plan(SHOP, target_rows=100, output_settings__output_mode="parquet")
    shutil.rmtree(tmp_path / "cache")
    rows = preview(plan, "orders", 0, 100)
    for workers in (0, 2):
        shutil.rmtree(tmp_path / "cache")
        assert run(plan, workers=workers).status == "COMPLETED"
    shutil.rmtree(tmp_path / "cache")
    assert validate(planned_anew(find_manifest(plan.output.root), repository=own(tmp_path))).passed
    assert preview(plan, "orders", 0, 100).equals(rows)


@pytest.mark.parametrize(
    "told",
    [{"declared": "1" * 64}, {"sha256": 5}, {"version": "; rm -rf /"}, {"version": ["38"]}, {"sha256": "\x1b[2J"}, {"declared": None}],
)
def test_what_cannot_be_so_is_not_told(shop: Plan, told: dict[str, Any]) -> None:
    """A manifest is not trusted; and what was declared otherwise is no other version's."""
    run(shop, workers=0)
    drawn_before(shop, **told)
    heard: list[str] = []
    run(shop, workers=0, emit=lambda event: heard.append(str(getattr(event, "text", ""))))
    assert not any("other values" in text for text in heard)


def test_front_ends_show_pools(shop: Plan, tmp_path: Path) -> None:
    """The wizard's card, `show` and `validate`."""
    assert any(line.startswith("4 pools drawn by Faker") and FAKER in line for line in plan_lines(shop, None))
    file = tmp_path / "own" / "shop.yaml"
    shown = CliRunner().invoke(app, ["show", "shop", "--custom-schema", str(file)])
    (line,) = (line for line in shown.stdout.splitlines() if line.startswith("  companies "))
    assert line.split(maxsplit=1)[1] == f"40 rows of company, de_DE, drawn by Faker {FAKER}"
    file.write_text(SHOP.replace("unique: true", f"unique: true, sha256: {'0' * 64}, version: 38.0.0"))
    checked = CliRunner().invoke(app, ["validate", str(file)])
    assert checked.exit_code == 0, checked.output
    assert f"Faker {FAKER} draws other values than Faker 38.0.0" in checked.stdout
