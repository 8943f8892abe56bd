"""The shipped templates: all of their presets are in force and change the plan, and what they offer changes what it says it does."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.machine import Machine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.make_series import as_files, make_series
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.quality.validate import validate, validate_run
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.spec.enhanced import Template
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import Resolved, leaves, preset_by, resolve_parameters
from ingen_fab.synthetic_data.core.spec.templates import SHIPPED, TemplateRepository

pytestmark = pytest.mark.slow

REPOSITORY = TemplateRepository()
TEMPLATES = [info.template_id for info in REPOSITORY.list()]
FRIDAY = date(2024, 11, 29)
SIZES = ("target_rows", "scale_factor", "incremental_config.rows_per_day")
NOVEMBER = {"history.start": "2024-11-01", "history.end": "2024-11-30"}


def resolved_of(template: Template, **settings: Any) -> Resolved:
    """At a small size."""
    size = {"incremental_config.rows_per_day": 10} if template.dataset.endswith("_incremental") else {"target_rows": 800}
    return resolve_parameters(template=template, edited={**size, **settings})


def planned(template: Template, **settings: Any) -> Plan | Series:
    """The plan of a template, or the series of its Black Friday, on a machine that is always the same."""
    machine = Machine(2, 8_000_000_000)
    resolved = resolved_of(template, **settings)
    if resolved.variant.incremental:
        return make_series(as_files(resolved), FRIDAY, FRIDAY, machine=machine)
    return make_plan(resolved, machine=machine)


def told(made: Plan | Series) -> str:
    """All that a plan or a series says."""
    plan = made.plan if isinstance(made, Series) else made
    own = (made.arrivals, made.frequency, made.pattern) if isinstance(made, Series) else ()
    return repr((plan.spec_hash, plan.window, plan.as_of, plan.output, plan.work, plan.notes, *own)) + repr(plan.tables)


def rows(template: Template, **settings: Any) -> dict[str, Any]:
    """Every written column at a small size; of days those of the whole history, as one run would write them."""
    resolved = resolved_of(template, **settings)
    plan = make_plan(as_files(resolved) if resolved.variant.incremental else resolved, by_day=resolved.variant.incremental)
    engine = Engine(plan.program)
    batches = {table.name: engine.batch(table.name, table.first_row, table.first_row + table.rows) for table in plan.tables}
    return {f"{name}.{column}": batch.column(column) for name, batch in batches.items() for column in batch.schema.names}


def test_every_family_and_pattern_has_a_template() -> None:
    """And the listing, which reads single lines, says what the files say."""
    worlds = {info.world for info in DatasetConfigurationRepository().list() if not info.for_measuring}
    assert {REPOSITORY.datasets.get(info.dataset_id).dataset.dataset_id for info in REPOSITORY.list()} == worlds
    assert len(TEMPLATES) == len(list(SHIPPED.glob("*.yaml"))) == len(worlds) + 1
    for info in REPOSITORY.list():
        template = REPOSITORY.get(info.template_id)
        assert (template.id, template.name, template.about, template.dataset) == (info.template_id, info.name, info.about, info.dataset_id)
        assert info.template_id == info.source.stem


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_every_preset_is_in_force(template_id: str) -> None:
    """Each is said to be the template's, and without it the plan is another one."""
    template = REPOSITORY.get(template_id)
    resolved = resolve_parameters(template=template)
    settings, before = preset_by(template), told(planned(template))
    for path, _ in leaves(settings):
        assert resolved.origins[path] == f"template {template_id}"
        if path in SIZES:
            continue
        block, _, leaf = path.partition(".")
        rest = {block: {name: value for name, value in settings[block].items() if name != leaf}} if leaf else {}
        presets = {**{name: value for name, value in settings.items() if name != block}, **rest}
        without = Template.model_validate({"id": template_id, "about": "x", "dataset": template.dataset, "runtime_params": presets})
        assert told(planned(without)) != before, path


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_what_is_offered_changes_what_it_says(template_id: str) -> None:
    """At an end of its range: the tables that are named and no others, and the columns; or the plan, and no row."""
    template = REPOSITORY.get(template_id)
    before, plan = rows(template), told(planned(template))
    for offered in REPOSITORY.offered(template):
        values = [value for value in (offered.min, offered.max, *offered.choices) if value not in (None, offered.default)]
        for value in values[1:]:
            # Whatever is offered can be planned.
            assert offered.path in SIZES or told(planned(template, **{offered.path: value})) != plan, (offered.path, value)
        value = 2 if offered.path in SIZES else values[0]
        assert offered.default != value
        if offered.changes == "files":
            assert told(planned(template, **{offered.path: value})) != plan, offered.path
        after = rows(template, **{offered.path: value})
        found = {name for name in before if not before[name].equals(after[name])}
        if offered.changes == "everything":
            assert REPOSITORY.datasets.get(template.dataset).dataset.driver in {name.partition(".")[0] for name in found}
        elif offered.changes == "files":
            assert not found, offered.path
        else:
            assert {name.partition(".")[0] for name in offered.changes} == {name.partition(".")[0] for name in found}, offered.path
            assert {name for name in offered.changes if "." in name} <= found, offered.path


@pytest.mark.parametrize("template_id", TEMPLATES)
def test_its_default_run_passes_all_checks(template_id: str, tmp_path: Path) -> None:
    """At a small size; of days those around Black Friday."""
    template = REPOSITORY.get(template_id)
    place = {"output_settings.output_dir": str(tmp_path / "out")}
    if template.dataset.endswith("_incremental"):
        resolved = as_files(resolve_parameters(template=template, flags={**place, "incremental_config.rows_per_day": 40}))
        result = run_series(make_series(resolved, date(2024, 11, 25), date(2024, 12, 2)))
        assert result.status == "COMPLETED", result.message
        report = validate_run(result)
    else:
        # A file a day takes its time.
        short = NOVEMBER if "path_format" in template.settings.get("output_settings", {}) else {}
        plan = make_plan(resolve_parameters(template=template, flags={**place, **short, "target_rows": 600}))
        done = run(plan, workers=0)
        assert done.status == "COMPLETED", done.message
        report = validate(plan)
    assert report.passed, report.failures
    assert len(report.results) > 50


def test_black_friday_is_what_the_template_says() -> None:
    """Four to six times an ordinary Friday of the same season."""
    template = REPOSITORY.get("retail_oltp_enhanced")
    days = Counter(str(day) for day in rows(template, target_rows=10_000)["orders.order_date"])
    ordinary = sum(days[day] for day in ("2024-11-01", "2024-11-08", "2024-11-15", "2024-11-22")) / 4
    assert 4 < days["2024-11-29"] / ordinary < 6
