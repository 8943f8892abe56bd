"""What the plan writes the engine reads, and the other way round."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.kernels import KERNELS
from ingen_fab.synthetic_data.core.engine.layouts import LAYOUTS
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program import changes, columns, days, program, rows, values
from ingen_fab.synthetic_data.core.program.codec import from_json, to_json
from ingen_fab.synthetic_data.core.program.program import Program

CORE = Path(__file__).resolve().parents[2] / "core"
LARGEST = 40_000
"""Bytes."""
LARGER = {
    "retail_star_large": 45_500,
    "finance_star_large": 70_000,
    "finance_oltp_large": 54_000,
    "ecommerce_star_large": 43_000,
    "healthcare_oltp_small": 42_500,
}
"""Thirteen tables, a star and what it is computed from, whose shops and parcels go by the clocks of eight time zones; a bank with more than
twenty kinds of postings, each with its rhythm, rail and other side (its star of 68 kB travels as 14 kB when packed, and is read in 6 ms);
visitors of thirty countries, each with its own clock; clinics, whose six tables follow from two hundred hidden columns."""
NOBODY_READS = {"format", "version"}
"""Fields that are for whoever receives a program, not for its engine."""

SHIPPED = [
    "benchmark_customers",
    "benchmark_orders",
    "ecommerce_star_large",
    "finance_oltp_large",
    "finance_star_large",
    "healthcare_oltp_small",
    "retail_oltp_large",
    "retail_star_large",
]


def records() -> Iterator[type[Any]]:
    """Every dataclass that programs are made of."""
    for module in (changes, columns, days, program, rows, values):
        for found in vars(module).values():
            # What stands in a package's modules is told by the package itself.
            if isinstance(found, type) and is_dataclass(found) and f"{found.__module__}.".startswith(f"{module.__name__}."):
                yield found


def attributes(*folders: str) -> set[str]:
    """Every attribute that sources read."""
    trees = [ast.parse(file.read_text()) for folder in folders for file in (CORE / folder).rglob("*.py")]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_the_engine_reads_every_field() -> None:
    """A field that only the plan knew would be a dead word."""
    read = attributes("engine", "program")
    unread = {f"{record.__name__}.{field.name}" for record in records() for field in fields(record) if field.name not in read}
    assert {name for name in unread if name.partition(".")[2] not in NOBODY_READS} == set()


def test_every_record_is_made_by_the_plan() -> None:
    """A record that nobody makes would be one too."""
    trees = [ast.parse(file.read_text()) for folder in ("plan", "spec") for file in (CORE / folder).rglob("*.py")]
    named = {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    named |= {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, ast.alias)}
    bases = {columns.Pointing, rows.Grouped, columns.Kernel, rows.Rows}
    unmade = {record.__name__ for record in records() if record not in bases and record.__name__ not in named}
    assert unmade == set()


def test_every_record_has_its_kernel_or_layout() -> None:
    """By the kind that it travels under."""
    assert {kind for kind in columns.Kernel.members if kind not in KERNELS} == set()
    assert {kind for kind in rows.Rows.members if kind not in LAYOUTS} == set()
    assert len(columns.Kernel.members) > 30
    assert len(rows.Rows.members) > 10


@pytest.mark.parametrize("dataset_id", SHIPPED)
def test_programs_travel(plan_of: Callable[..., Plan], dataset_id: str) -> None:
    """JSON text in between changes nothing, and is small enough to send to every worker."""
    plan = plan_of(dataset_id)
    text = json.dumps(to_json(plan.program), separators=(",", ":"))
    assert from_json(Program, json.loads(text)) == plan.program
    assert len(text) < LARGER.get(dataset_id, LARGEST)
