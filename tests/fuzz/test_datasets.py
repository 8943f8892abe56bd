"""Whatever a dataset's file says: it is listed, and it works or gets one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import SyntheticDataError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.repository import SHIPPED, DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

from .mutations import at_most, check_sentence, texts

OWN: dict[str, Any] = yaml.safe_load("""
dataset_id: shop
about: A shop
history: {start: 2024-01-01, end: 2024-03-31}
calendar: {name: us_retail, time_zone: America/New_York}
temporal_patterns: {weekdays: {sunday: 0.5}, hourly_distribution: {09-12: 3, default: 1}, yearly_growth: 0.1}
sizes: {small: {target_rows: 60}}
driving: orders
locale: de_DE
pools:
  firms: {faker: company, rows: 30, unique: true, longest: 60, version: 1.2.3}
  coins: {faker: currency, locale: en_US, fields: {code: 1, title: 2}, rows: 20}
  plates: {faker: {plate: license_plate, mark: {provider: bothify, arguments: {text: "?#"}}}, rows: 20}
tables:
  customers:
    rows: {number: 0.5 per orders}
    columns:
      customer_id: key
      first: {kind: pool, pool: first_names}
      name: first.name
      email: {kind: text, template: "{name}{customer_id}@example.com", case: lower}
      joined_at: begin
      born: {kind: date, from: joined_at, minus: {type: normal, mean: 42, stddev: 15, min: 18, max: 95, unit: years}}
      vip: {kind: boolean, rate: 0.1}
      firm: {kind: pool, pool: firms}
      coin: {kind: pool, pool: coins}
      plate: {kind: pool, pool: plates}
  orders:
    rows: events
    columns:
      order_id: key
      customer_id: {kind: reference, to: customers, skew: {zipf: 0.9}, nulls: 0.05}
      ordered_at: begin
      status: {kind: category, weights: {open: 3, closed: 1}}
      amount: {kind: number, distribution: {type: lognormal, mean: 80, stddev: 60, min: 1}, places: 2}
      shipped: {kind: timestamp, from: ordered_at, plus: {type: exponential, mean: 3, unit: days}, when: "status = 'closed'"}
      net: {kind: sql, sql: "round(amount / 1.2, 2)"}
      code: {kind: code, scheme: pattern, pattern: "A9-##"}
  lines:
    rows: {layout: children, of: orders, count: {type: geometric, mean: 3, max: 9}}
    columns: {line_id: key, order_id: parent, position: position, bare: "decimal(8,2)", note: varchar(20)}
checks:
  late: SELECT order_id FROM orders WHERE shipped < ordered_at
""")
LIGHT = ("retail_oltp", "retail_star", "finance_star")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the changed file lies."""
    return tmp_path_factory.mktemp("own")


def work(folder: Path, text: str, suffix: str) -> None:
    """Lists the file, plans it at its smallest size and looks at its rows."""
    for old in folder.iterdir():
        old.unlink()
    file = folder / f"changed.{suffix}"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    repository = DatasetConfigurationRepository([folder])
    found = [info for info in repository.list() if info.source == file]
    assert all("\n" not in info.problem for info in found)
    try:
        plan = make_plan(resolve_parameters(found[0].dataset_id if found else None, repository=repository, flags={"target_rows": 60}))
        for name in plan.names:
            preview(plan, name, 0, 2)
    except SyntheticDataError as error:
        check_sentence(error)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=texts(OWN), suffix=st.sampled_from(("json", "yaml")))
def test_a_dataset_works_or_gets_a_sentence(folder: Path, text: str, suffix: str) -> None:
    """A small one with most of what the language has."""
    with at_most(30):
        work(folder, text, suffix)


@settings(max_examples=settings().max_examples // 10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_a_changed_shipped_dataset_works_or_gets_a_sentence(folder: Path, data: st.DataObject) -> None:
    """The shipped ones, each with one to three changes."""
    name = data.draw(st.sampled_from(LIGHT))
    value = yaml.safe_load((SHIPPED / f"{name}.yaml").read_text())
    with at_most(60):
        work(folder, data.draw(texts({**value, "dataset_id": "changed"})), "yaml")
