"""The recipes of the guide: each line of its table can be planned, and the examples pass all of their checks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.run.run import run

DOCS = Path(__file__).resolve().parents[2] / "docs"
LINES = [line.split(" | ") for line in (DOCS / "own_datasets.md").read_text(encoding="utf-8").splitlines() if re.match(r"\| .* \| `", line)]
RECIPES = [(line[0].removeprefix("| "), line[1], line[2].removesuffix(" |")) for line in LINES if len(line) == 3]
"""What is wanted, what is written, and where."""
SHOP = """
dataset_id: shop
driving: orders
target_rows: 400
tables:
  customers:
    columns:
      customer_id: key
      first_name: varchar(40)
      last_name: varchar(40)
      city: {kind: category, weights: {Ulm: 3, Bonn: 2, Kiel: 1}}
  countries: {rows: {layout: list, values: [{code: DE}, {code: FR}]}, columns: {country_id: key, code: copy}}
  products: {rows: {number: 80}, columns: {product_id: key, price: {kind: number, distribution: {min: 1, max: 9}, places: 2}}}
  orders:
    rows: events
    columns:
      order_id: key
      customer_id: {kind: reference, to: customers}
      ordered_at: begin
      channel: {kind: category, weights: {web: 1, app: 1}}
  order_lines:
    rows: {layout: children, of: orders, count: 2}
    primary_key: [order_id, line]
    columns:
      order_id: parent
      line: position
      product_id: {kind: reference, to: products}
      quantity: {kind: number, distribution: {min: 1, max: 3}}
"""


def test_there_are_recipes() -> None:
    """The table is read."""
    assert len(RECIPES) >= 25


@pytest.mark.parametrize(("wanted", "written", "where"), RECIPES, ids=[recipe[0] for recipe in RECIPES])
def test_a_recipe_can_be_planned(plan_of: Callable[..., Plan], tmp_path: Path, wanted: str, written: str, where: str) -> None:
    """Put where it says, alone; its rows are there."""
    value: dict[str, Any] = yaml.safe_load(SHOP)
    spans, places = re.findall("`([^`]+)`(?: |$)", written), where.split(", ")
    touched = set()
    assert spans, wanted
    for span, place in zip(spans, places if len(places) == len(spans) else places * len(spans), strict=True):
        told = yaml.safe_load(span)
        if place == "file":
            value |= told
        elif place == "tables":
            value["tables"] |= told
            touched |= set(told)
        else:
            touched.add(place)
            rows = told.pop("rows", None)
            value["tables"][place]["columns"] |= told
            if rows is not None:
                value["tables"][place]["rows"] = rows
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump(value, sort_keys=False))
    plan = plan_of("shop", datasets=[tmp_path])
    for table in touched or {"orders"}:
        assert preview(plan, table, 0, 20).num_rows > 0


@pytest.mark.parametrize("name", sorted(file.stem for file in (DOCS / "examples").glob("*.yaml")))
@pytest.mark.parametrize("seed", [1, 42])
def test_an_example_passes_its_checks(plan_of: Callable[..., Plan], name: str, seed: int) -> None:
    """Written as files, read back, and asked everything that its declaration says."""
    known = yaml.safe_load((DOCS / "examples" / f"{name}.yaml").read_text(encoding="utf-8"))
    size = next(iter(known.get("sizes", [])), None)
    dataset = f"{known['dataset_id']}_{size}" if size else known["dataset_id"]
    plan = plan_of(dataset, datasets=[DOCS / "examples"], seed_value=seed, output_settings__output_mode="parquet")
    assert run(plan, workers=0).status == "COMPLETED"
    report = validate(plan)
    assert report.passed, report.failures
    assert {result.sentence for result in report.results if result.group == "rule"} == set(known.get("checks", {}))
