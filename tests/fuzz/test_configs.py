"""Whatever a config file says: a plan and rows, or one sentence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.errors import SyntheticDataError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.export import export
from ingen_fab.synthetic_data.core.spec.form import Setting
from ingen_fab.synthetic_data.core.spec.form import settings as form
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

from .mutations import at_most, check_sentence, texts

OWN = """
dataset_id: shop
tables:
  customers: {columns: {customer_id: key, name: {kind: pool, pool: last_names}, joined_at: begin}}
  orders:
    rows: events
    columns:
      order_id: key
      customer_id: {kind: reference, to: customers}
      ordered_at: begin
      status: {kind: category, weights: {open: 3, closed: 1}}
      total_amount: {kind: number, distribution: {type: lognormal, mean: 80, stddev: 60}, places: 2}
"""
CONFIG: dict[str, Any] = {
    "dataset_id": "shop",
    "target_rows": 50,
    "scale_factor": 2.5,
    "seed_value": 9,
    "as_of": "2025-03-01",
    "tables": ["orders", "customers"],
    "output_settings": {"output_mode": "csv", "schema": "mine", "rows_per_file": 5_000, "if_exists": "fail"},
    "generation_settings": {"enable_spill": True, "parallel_workers": 3, "memory_fraction": 0.5, "chunk_size": "10k"},
    "chunking_config": {"enabled": False},
    "temporal_patterns": {"weekdays": {"monday": 0.5}, "months": {12: 2.0}, "hourly_distribution": {"09-12": 3.0, "default": 0.5}},
    "distributions": {"orders.total_amount": {"type": "normal", "mean": 40.0, "stddev": 3.0, "min": 0}},
    "relationship_null_percentage": "5%",
    "orphan_percentage": 0.01,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a dataset."""
    made = tmp_path_factory.mktemp("own")
    (made / "shop.yaml").write_text(OWN)
    return made


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(text=texts(CONFIG), suffix=st.sampled_from(("json", "yaml")))
def test_a_config_works_or_gets_a_sentence(folder: Path, text: str, suffix: str) -> None:
    """Read, planned and looked at. A tenth of the rows is enough: none of them is many."""
    file = folder / f".run.{suffix}"
    file.write_text(text, encoding="utf-8", errors="surrogatepass")
    with at_most(20):
        try:
            plan = make_plan(resolve_parameters("shop", config=file, flags={"datasets": [str(folder)], "target_rows": 50}))
            for name in plan.names:
                preview(plan, name, 0, 3)
        except SyntheticDataError as error:
            check_sentence(error)


@given(
    setting=st.sampled_from(form()),
    text=st.text(max_size=40) | st.from_regex(r"[-+]?[0-9]{1,4}([.,_ ][0-9]{0,4}){0,3}(e[-+]?[0-9]{1,4})?[kMB%]?", fullmatch=True),
)
def test_a_field_of_the_form_reads_or_gets_a_sentence(setting: Setting, text: str) -> None:
    """Any text, and any that looks like a number."""
    with at_most(5):
        try:
            setting.read(text)
        except SyntheticDataError as error:
            check_sentence(error)


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=30), suffix=st.sampled_from(("json", "yaml")))
def test_any_text_of_an_export_comes_back(folder: Path, text: str, suffix: Any) -> None:
    """Control characters, emoji, what looks like a number or a word of YAML."""
    file = folder / f".export.{suffix}"
    file.write_text(export(resolve_parameters("retail_oltp_small", edited={"dataset_name": text}), suffix), encoding="utf-8", newline="")
    assert resolve_parameters(config=file).parameters.dataset_name == text


@given(text=st.text(max_size=60), key=st.sampled_from(("seed_value", "target_rows", "distributions", "output_settings", "tables", "a.b.c")))
def test_set_reads_or_gets_a_sentence(text: str, key: str) -> None:
    """Any text behind a key."""
    with at_most(5):
        try:
            resolve_parameters("retail_oltp_small", sets=[f"{key}={text}"])
        except SyntheticDataError as error:
            check_sentence(error)
