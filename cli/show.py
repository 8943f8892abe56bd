"""What the commands that only look at things print."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core import format as shown
from .streams import tell, tell_json

if TYPE_CHECKING:
    from ..core.plan.plan import Plan
    from ..core.spec.repository import DatasetConfigurationRepository, DatasetInfo
    from .tables import Form


def dataset_lines(infos: Sequence[DatasetInfo]) -> list[str]:
    """The listing, by domain."""
    width = max((len(info.dataset_id) for info in infos), default=0)
    lines = []
    for domain in dict.fromkeys(info.domain for info in infos):
        lines.append(domain)
        for info in infos:
            if info.domain == domain:
                what = _in_a_line(info.problem) or f"{shown.rows(info.target_rows):>10} rows  {', '.join(info.tables)}"
                lines.append(f"  {info.dataset_id:<{width}}  {what}")
    return lines


def incremental_lines(repository: DatasetConfigurationRepository) -> list[str]:
    """The listing of what arrives day by day: each dataset, and the type of each of its tables."""
    lines = []
    for value in incremental_values(repository):
        lines.append(f"{value['dataset_id']}  about {shown.rows(value['rows_per_day'])} rows a day")
        width = max(len(name) for name in value["tables"])
        lines += [f"  {name:<{width}}  {kind}" for name, kind in value["tables"].items()]
    return lines


def incremental_values(repository: DatasetConfigurationRepository) -> list[dict[str, Any]]:
    """The same as JSON values; `rows_per_day` counts the driving table."""
    from ..core.plan.series import table_types

    out = []
    for info in repository.incremental():
        variant = repository.get(info.dataset_id)
        history = variant.dataset.history
        pace = variant.rows_per_day or variant.target_rows // ((history.end - history.start).days + 1)
        out.append({"dataset_id": info.dataset_id, "dataset_name": info.dataset_name, "domain": info.domain, "rows_per_day": pace})
        out[-1]["tables"] = dict(table_types(variant))
    return out


def show_dataset(
    dataset_id: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], resolved: bool, as_json: bool
) -> None:
    """Prints a dataset's tables, and with `resolved` its settings."""
    from ..core.plan.kept import planned

    plan, _ = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ)
    settings = _settings(dataset_id, flags, config, sets) if resolved else {}
    if as_json:
        tell_json({**plan.to_json(), **({"settings": settings} if resolved else {})})
        return
    tell(f"{plan.dataset_id}: {plan.dataset_name} ({plan.domain})")
    tell(*_table_lines(plan))
    if plan.drawn:
        tell("", "pools", *(f"  {name}  {drawn}, sha256 {drawn.sha256}" for name, drawn in plan.drawn.items()))
        tell(*(f"  {note}" for drawn in plan.drawn.values() for note in drawn.notes))
    if resolved:
        tell("", "settings", *(f"  {name} = {value}  ({origin})" for name, (value, origin) in settings.items()))


def show_dictionary(dataset_id: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], form: str) -> None:
    """Prints the data dictionary."""
    from ..core.plan.dictionary import dictionary_json, markdown
    from ..core.plan.make import make_plan
    from ..core.spec.resolve import resolve_parameters

    plan = make_plan(resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ))
    if form == "json":
        tell_json(dictionary_json(plan))
    else:
        tell(*markdown(plan).splitlines())


def _settings(dataset_id: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str]) -> dict[str, tuple[Any, str]]:
    from ..core.spec.resolve import resolve_parameters

    found = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ)
    out: dict[str, tuple[Any, str]] = {}
    dumped = found.parameters.model_dump(mode="json", by_alias=True)
    dumped["target_rows"] = dumped["target_rows"] or found.variant.target_rows

    def walk(value: Mapping[str, Any], path: str) -> None:
        for key, inner in value.items():
            here = f"{path}.{key}" if path else key
            if isinstance(inner, dict) and here in ("output_settings", "generation_settings", "generation_config", "chunking_config"):
                walk(inner, here)
            elif inner not in (None, {}, []):
                out[here] = (inner, found.origins.get(here, "default"))

    walk(dumped, "")
    return out


def _table_lines(plan: Plan) -> list[str]:
    lines = []
    for table in plan.tables:
        lines += [
            "",
            f"{table.name}  {shown.rows(table.rows)} rows, {table.layout}{', driving' if table.driving else ''}",
            f"  {_in_a_line(table.about)}",
        ]
        keys = {key.column: key for key in table.foreign_keys}
        width = max(len(column.name) for column in table.columns)
        for column in table.columns:
            marks = []
            if column.name in table.primary_key:
                marks.append("primary key")
            if column.name in keys:
                marks.append(f"-> {keys[column.name].parent}.{keys[column.name].parent_column}")
            if column.as_of:
                marks.append("as of")
            if column.unit:
                marks.append(column.unit)
            about = f"  {_in_a_line(column.about)}" if column.about else ""
            lines.append(f"    {column.name:<{width}}  {column.type:<13}  {', '.join(marks)}{about}".rstrip())
    return lines


def _in_a_line(text: str) -> str:
    return " ".join(text.split())


def show_rows(
    dataset_id: str, table: str, offset: int, rows: int, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], form: Form
) -> None:
    """Prints rows of a table as they would be written."""
    from ..core.plan.kept import planned
    from ..core.run.preview import preview
    from .tables import write_table

    plan, _ = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ)
    write_table(preview(plan, table, offset, rows), form)


def validate_file(file: Path | None, datasets: Sequence[Path] = (), custom_schema: Path | None = None) -> list[str]:
    """Checks a file by what it holds, and says that it is valid; raises InputError and ConfigError."""
    from ..core.errors import ConfigError, DataError, InputError
    from ..core.plan.make import make_plan
    from ..core.quality.prepared import unanswerable
    from ..core.run.preview import probe
    from ..core.spec.parse import read_mapping
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.resolve import resolve_parameters

    file, schema = (custom_schema, None) if file is None else (file, custom_schema)
    if file is None:
        raise InputError("say which file: a dataset's, or a config file")
    if isinstance(read_mapping(file).get("tables"), dict):
        if schema is not None:
            raise InputError(f"{file} declares a dataset, and so does --custom-schema; check one at a time")
        repository = DatasetConfigurationRepository(datasets, file, os.environ)
        found = [resolve_parameters(info.dataset_id, repository=repository) for info in repository.of_file(file)]
        plans = [make_plan(each) for each in found]
        try:
            probe(min(plans, key=lambda plan: plan.target_rows))
        except DataError as error:
            where = f"tables.{error.table}.columns.{error.column}" if error.column else f"tables.{error.table}"
            raise ConfigError(file, [(where, error.reason)]) from None
        broken = [
            (f"checks.{sentence}", f"the check {why}") for sentence, why in unanswerable(max(plans, key=lambda plan: plan.target_rows))
        ]
        if broken:
            raise ConfigError(file, broken)
        dataset = found[-1].variant.dataset
        what = f"{shown.many(len(plans[-1].tables), 'table')}, {shown.many(len(dataset.checks), 'check')}"
        notes = dict.fromkeys(note for plan in plans for drawn in plan.drawn.values() for note in drawn.notes)
        return [f"{file}: dataset `{dataset.dataset_id}` is valid: {what}", *notes]
    flags = {"datasets": [str(path) for path in datasets] or None, "custom_schema": str(schema) if schema else None}
    probe(make_plan(resolve_parameters(config=file, flags=flags, repository=DatasetConfigurationRepository(environ=os.environ))))
    return [f"{file}: is a valid config"]
