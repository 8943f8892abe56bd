"""What checks read: typed models of the declaration, and nothing that generates rows."""

from __future__ import annotations

import ast
import json
from dataclasses import fields, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import pytest
from ingen_fab.synthetic_data.core.plan.kept import planned
from ingen_fab.synthetic_data.core.plan.later import Later
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.program.codec import from_json, to_json
from ingen_fab.synthetic_data.core.program.program import Program
from ingen_fab.synthetic_data.core.quality.derived import Derived, derive, derived
from ingen_fab.synthetic_data.core.quality.subject import Subject
from ingen_fab.synthetic_data.core.quality.validate import validate
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

OWN = Path(__file__).parent / "own"
QUALITY = Path(__file__).parents[2] / "core" / "quality"
SOURCES = sorted(QUALITY.rglob("*.py"))


class Forbidden:
    """Nobody may look into it, in any way."""

    def __getattr__(self, name: str) -> NoReturn:
        raise AssertionError(f"the program was read: {name}")


FORBIDDEN: Any = Forbidden()


@pytest.mark.parametrize("dataset_id", ["retail_star_small", "healthcare_oltp_small", "finance_oltp_small", "zoo"])
def test_checks_follow_from_the_declaration_alone(dataset_id: str) -> None:
    """Without the program the same checks are derived: skews, posts and lists too. They travel as JSON."""
    plan = make_plan(resolve_parameters(dataset_id, repository=DatasetConfigurationRepository([OWN])))
    found = derive(plan)
    assert len(found.checks) > 20
    assert derive(replace(plan, compiled=Later.of(FORBIDDEN))) == found
    assert from_json(Derived, json.loads(json.dumps(to_json(found)))) == found


def test_checking_reads_no_program(tmp_path: Path) -> None:
    """From the first question to the report."""
    flags = {"target_rows": 300, "output_settings.output_dir": str(tmp_path), "output_settings.output_mode": "parquet"}
    plan = make_plan(resolve_parameters("retail_oltp_small", flags=flags))
    run(plan)
    assert validate(replace(plan, compiled=Later.of(FORBIDDEN))).passed


def test_the_program_is_out_of_reach() -> None:
    """Whatever a check is handed leads to none."""
    subject = Subject(make_plan(resolve_parameters("retail_oltp_small", flags={"target_rows": 10})))
    for field in fields(Program):
        with pytest.raises(LookupError, match="checks read the declaration"):
            getattr(subject.plan.program, field.name)


@pytest.mark.parametrize("file", SOURCES, ids=lambda file: file.relative_to(QUALITY).as_posix())
def test_words_are_those_of_models(file: Path) -> None:
    """No word of the language is asked for as a text, which no type checker would miss, nor of a model without a type."""
    tree = ast.parse(file.read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)]
    assert [call.lineno for call in calls if isinstance(call.func, ast.Name) and call.func.id in ("getattr", "hasattr")] == []
    if file.parent.name == "checks":
        arguments = [argument for node in ast.walk(tree) if isinstance(node, ast.arguments) for argument in (*node.args, *node.kwonlyargs)]
        loose = [a.arg for a in arguments if isinstance(a.annotation, ast.Name) and a.annotation.id == "Any"]
        assert loose == []


def test_all_checks_are_looked_at() -> None:
    """The sources are there."""
    assert len([file for file in SOURCES if file.parent.name == "checks"]) > 15


def test_kept_checks_are_the_derived_ones(tmp_path: Path) -> None:
    """They lie beside their plan; what is broken is derived anew, and a plan that was changed has its own."""
    plan, _ = planned("retail_oltp_small", environ={"SYNTHETIC_DATA_CACHE": str(tmp_path)})
    assert plan.entry is not None
    found = derived(plan)
    assert found == derive(plan)
    (entry,) = (path for path in (tmp_path / "plans").iterdir() if path != plan.entry)
    key = json.loads(entry.read_bytes().partition(b"\n")[2])["key"]
    for value, wanted in (({"checks": [], "silent": []}, Derived((), ())), ({"checks": [{}], "silent": []}, found), ([], found)):
        body = json.dumps({"key": key, "value": value}).encode()
        entry.write_bytes(sha256(body).hexdigest().encode() + b"\n" + body)
        assert derived(plan) == wanted
    assert derived(replace(plan, tables=plan.tables[:2])) == derive(replace(plan, tables=plan.tables[:2]))
