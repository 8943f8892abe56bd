"""Inside notebooks models are the same as here: of all that is shipped, and of whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.embedded import modelling as stand_in
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.spec import modelling
from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters
from ingen_fab.synthetic_data.core.spec.parse import read_mapping
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import leaves, repeating_settings
from ingen_fab.synthetic_data.core.spec.templates import TemplateRepository, enhanced_variant

from ..fuzz.mutations import ODD
from .both_sides import compared, planned

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("embedded")]

Ask = Callable[[dict[str, Any]], dict[str, Any]]
UNKNOWN = ["kind", "colums", "x.y"]
TABLE: dict[str, Any] = {"rows": {"layout": "entities", "number": 5}, "columns": {"id": "key"}}

SHARED = {"kind": "reference", "to": "one", "pick": "share", "weight": "id", "noise": 0.3}

OWN = {
    "dataset_id": "one",
    "driving": "one",
    "locale": "de_DE",
    "pools": {
        "people": {"locale": "fr_FR", "rows": 10, "faker": {"name": "name", "age": {"provider": "random_int", "arguments": {"min": 1}}}}
    },
    "aliases": {"name": "one.name"},
    "temporal_patterns": {
        "seasonal_multipliers": {"black_friday": 4},
        "ramps": {"black_friday": {"before": "5 days", "hangover": 0.9, "recovery": "9 days"}},
        "smooth": True,
        "noise": 0.06,
    },
    "clocks": {"shop": {"hours": {"mon-fri": "08:30-20", "sun": ["08-12", "13-14"]}, "closed": "holidays"}, "post": {"hours": "08-20"}},
    "checks": {"nothing": "SELECT 1 WHERE false", "said": {"sql": "SELECT 1 WHERE false", "from_rows": 5}},
    "privacy": {"none": {"one": {"name": {"kind": "constant", "value": "x"}}}},
    "tables": {"one": {**TABLE, "columns": {"id": "key", "name": {"kind": "pool", "pool": "people"}, "bare": "varchar", "shop": SHARED}}},
}


def _as_sent(work: dict[str, Any]) -> dict[str, Any]:
    """What the other side reads: JSON makes two halves of a character one."""
    return json.loads(json.dumps(work))


def _sounds() -> Iterator[tuple[str, str, Any]]:
    """Sound values that are small, and together have all that shipped datasets say: a column or a layout at a time, and the rest."""
    seen: set[tuple[str, Any]] = set()
    for file in sorted((CONFIGS / "datasets").glob("*.yaml")):
        whole = json.loads(json.dumps(read_mapping(file), default=str))
        tables = whole.pop("tables")
        for name, table in tables.items():
            parts = [("rows", name, table.get("rows"))]
            parts += [("column", f"{name}.{column}", value) for column, value in table.get("columns", {}).items()]
            for what, where, value in parts:
                if not isinstance(value, dict):
                    continue
                form = (what, value.get("kind", value.get("layout", "")))
                if form in seen:
                    continue
                seen.add(form)
                own = {"rows": value, "columns": {"id": "key"}} if what == "rows" else {**TABLE, "columns": {"id": "key", "it": value}}
                yield f"{file.stem}.{where}", "dataset", {"dataset_id": "one", "driving": "one", "tables": {"one": own}}
        rest = {key: value for key, value in whole.items() if key not in ("checks", "pools", "privacy")}
        yield f"{file.stem} without tables", "dataset", {**rest, "driving": "one", "tables": {"one": TABLE}}
    yield "of its own", "dataset", OWN
    yield "parameters", "parameters", RuntimeParameters().model_dump(mode="json", by_alias=True, exclude_unset=False)


SOUND = list(_sounds())


def _compare(other_side: Ask, model: str, sound: Any, most: int) -> None:
    work = _as_sent({"ask": "compared", "model": model, "sound": sound, "odd": ODD, "unknown": UNKNOWN, "most": most, "whole": []})
    here, there = compared(work), other_side(work)
    work["whole"] = ["sound", *(name for name in here if here[name] != there[name])][:6]
    found = _as_sent(compared(work))
    assert {name: other_side(work)[name] for name in work["whole"]} == {name: found[name] for name in work["whole"]}
    assert isinstance(found["sound"], list), found["sound"]


@pytest.mark.parametrize(("model", "sound"), [each[1:] for each in SOUND], ids=[each[0] for each in SOUND])
def test_the_same_problems(other_side: Ask, model: str, sound: Any) -> None:
    """Type and place of each, and the sentences, for values of every type at every place."""
    _compare(other_side, model, sound, 150)


@pytest.mark.long
@pytest.mark.parametrize(("model", "sound"), [each[1:] for each in SOUND], ids=[each[0] for each in SOUND])
def test_the_same_problems_of_all_values(other_side: Ask, model: str, sound: Any) -> None:
    """The same with all that the fuzzing knows."""
    _compare(other_side, model, sound, 1_000_000)


def _nested(settings: list[tuple[str, Any]]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for path, value in settings:
        *blocks, leaf = path.split(".")
        here = out
        for block in blocks:
            here = here.setdefault(block, {})
        here[leaf] = value
    return out


IDS = [info.dataset_id for info in DatasetConfigurationRepository().list() if not info.for_measuring]
MOVED = {"history": {"start": "2021-02-03", "end": "2021-03-04"}}


@pytest.mark.parametrize("dataset_id", IDS)
def test_the_same_plans(other_side: Ask, dataset_id: str) -> None:
    """Models with all that was given and all defaults, and plans to their hash; also where days and rows are others."""
    for settings in ({}, MOVED | {"seed_value": 7, "scale_factor": 0.5}, {"generation_settings": {"mode": "elsewhere"}}):
        work = _as_sent({"ask": "planned", "dataset_id": dataset_id, "settings": settings, "flags": {"target_rows": 1_000}})
        assert other_side(work) == _as_sent(planned(work))


@pytest.mark.parametrize("template_id", [info.template_id for info in TemplateRepository().list()])
def test_the_same_plans_of_templates(other_side: Ask, template_id: str) -> None:
    """Their presets, as compiled notebooks have them."""
    resolved = enhanced_variant(template_id)
    settings = _nested(leaves(repeating_settings(resolved)))
    work = _as_sent({"ask": "planned", "dataset_id": resolved.parameters.dataset_id, "settings": settings, "flags": {}})
    here = _as_sent(planned(work))
    assert other_side(work) == here
    # Of days the plan is made by a series.
    assert here.get("spec_hash") == (None if resolved.variant.incremental else make_plan(resolved).spec_hash)


def test_the_stand_in_has_all_that_models_use() -> None:
    """The same names."""
    assert set(modelling.__all__) <= set(vars(stand_in))


@pytest.mark.parametrize("value", [[1], [0.5, 2, 3], ["x"], [], "xx", None, {}, [0.5, 2]])
def test_the_same_problems_of_tuples(other_side: Ask, value: Any) -> None:
    """Too few values, too many, and none."""
    rows = next(each[2]["tables"]["one"]["rows"] for each in SOUND if each[0] == "finance_oltp.transactions")
    sound = {"dataset_id": "one", "driving": "one", "tables": {"one": {**TABLE, "rows": rows}}}
    rows = {**rows, "spending": {**rows["spending"], "scale": value}}
    sound["tables"] = {"one": {**TABLE, "rows": rows}}
    work = _as_sent({"ask": "compared", "model": "dataset", "sound": sound, "odd": [], "unknown": [], "most": 1, "whole": ["sound"]})
    assert other_side(work)["sound"] == _as_sent(compared(work))["sound"]
