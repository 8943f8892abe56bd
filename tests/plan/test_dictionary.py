"""The data dictionary of every shipped dataset."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.core.plan.dictionary import dictionary, dictionary_json, markdown
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from typer.testing import CliRunner

DATASETS = [info.dataset_id for info in DatasetConfigurationRepository().list()]
UNITLESS = ("key", "parent", "reference", "position", "begin", "end", "date", "timestamp", "category", "code")
"""Kinds of columns that count or measure nothing, although some of them are numbers."""


@pytest.mark.parametrize("dataset_id", DATASETS)
def test_every_column_is_described(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """Each has a meaning; what is drawn, summed or computed as a number has a unit, or its meaning says that it is a share."""
    plan = plan_of(dataset_id)
    sections = dictionary(plan)
    assert [section.table for section in sections] == list(plan.names)
    for table, section in zip(plan.tables, sections, strict=True):
        assert section.about
        keys = {key.column for key in table.foreign_keys}
        for column, entry in zip(table.columns, section.entries, strict=True):
            assert entry.about, f"{section.table}.{entry.column}"
            is_number = entry.type.startswith(("bigint", "integer", "double", "decimal"))
            # The parts of a calendar's moments are numbers by name, and keys of other tables are names.
            if is_number and column.kind not in UNITLESS and table.layout != "calendar" and column.name not in keys:
                assert entry.unit or "share" in entry.about.lower(), f"{section.table}.{entry.column} needs a unit"


def test_keys_and_states_are_marked(plan_of: Callable[..., Plan]) -> None:
    """A column may be both: part of the key, and a reference."""
    tables = {section.table: {entry.column: entry for entry in section.entries} for section in dictionary(plan_of("retail_oltp_small"))}
    assert tables["orders"]["customer_id"].key == "-> customers.customer_id"
    assert tables["inventory"]["store_id"].key == "primary key -> stores.store_id"
    assert tables["orders"]["status"].as_of
    assert not tables["orders"]["channel"].as_of
    assert tables["orders"]["store_id"].nullable
    assert tables["products"]["weight_grams"].unit == "g"


def test_the_document_has_a_row_for_each_column(plan_of: Callable[..., Plan]) -> None:
    """In Markdown, with seven cells."""
    plan = plan_of("retail_oltp_small")
    rows = [line for line in markdown(plan).splitlines() if line.startswith("| `")]
    assert len(rows) == sum(len(table.columns) for table in plan.tables)
    assert all(line.count(" | ") == 6 for line in rows)


def test_the_command(plan_of: Callable[..., Plan]) -> None:
    """`show --dictionary`, as Markdown or as JSON."""
    done = CliRunner().invoke(app, ["show", "retail_oltp_small", "--dictionary"])
    assert done.exit_code == 0, done.output
    assert done.stdout.startswith("# Retail OLTP - Small\n")
    for arguments in (["--format", "json"], ["--json"]):
        told = json.loads(CliRunner().invoke(app, ["show", "retail_oltp_small", "--dictionary", *arguments]).stdout)
        assert told == dictionary_json(plan_of("retail_oltp_small"))
    assert CliRunner().invoke(app, ["show", "retail_oltp_small", "--dictionary", "--format", "pdf"]).exit_code == 2
