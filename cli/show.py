"""What the commands that only look at things print."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from ..core import format as shown
from .streams import tell, tell_json, width_of_terminal

if TYPE_CHECKING:
    from ..core.plan.plan import TablePlan
    from ..core.spec.enhanced import Template
    from ..core.spec.repository import DatasetConfigurationRepository, DatasetInfo
    from .tables import Form

_DEFAULT: Final = "default"
_GAP: Final = "  "
_INDENT: Final = "    "
_ROOM: Final = 40
"""Cells for the meaning of a column, so that its marks have a place of their own."""
_LEAST: Final = 24
"""Cells for a text; where there are fewer, it stands below."""


def dataset_lines(infos: Sequence[DatasetInfo]) -> list[str]:
    """The listing, by domain."""
    width = max((len(info.dataset_id) for info in infos), default=0)
    lines = []
    for domain in dict.fromkeys(info.domain for info in infos):
        lines.append(domain)
        for info in infos:
            if info.domain == domain:
                what = in_a_line(info.problem) or f"{shown.rows(info.target_rows):>10} rows  {', '.join(info.tables)}"
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
    from ..core.plan.make_series import table_types

    out = []
    for info in repository.incremental():
        variant = repository.get(info.dataset_id)
        history = variant.dataset.history
        pace = variant.rows_per_day or variant.target_rows // ((history.end - history.start).days + 1)
        out.append({"dataset_id": info.dataset_id, "dataset_name": info.dataset_name, "domain": info.domain, "rows_per_day": pace})
        out[-1]["tables"] = dict(table_types(variant))
    return out


def show_dataset(
    dataset_id: str | None,
    flags: Mapping[str, Any],
    config: Path | None,
    sets: Sequence[str],
    resolved: bool,
    as_json: bool,
    template: Template | None = None,
) -> None:
    """Prints a dataset's tables, and with `resolved` its settings."""
    from ..core.plan.kept import planned
    from ..core.spec.repository import INCREMENTAL

    plan, repository = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    settings = _settings(dataset_id, flags, config, sets, template) if resolved else {}
    if as_json:
        tell_json({**plan.to_json(), **({"settings": settings} if resolved else {})})
        return
    width = width_of_terminal()
    tell(*wrapped(f"{plan.dataset_id}: {plan.dataset_name} ({plan.domain})", "", width))
    size = f"{shown.many(len(plan.tables), 'table')}, {shown.many(plan.rows, 'row')}"
    tell(*wrapped(f"{size}; from {plan.window[0]} to {plan.window[1]}, as of {plan.as_of}, seed {plan.seed}", "", width))
    if plan.dataset_id.endswith(INCREMENTAL) and all(info.dataset_id != plan.dataset_id for info in repository.list()):
        days = (plan.window[1] - plan.window[0]).days + 1
        pace = shown.many(round(plan.target_rows / days), "row")
        told = f"it arrives day by day, {pace} of its driving table a day: these are the rows of all {shown.many(days, 'day')}"
        tell(*wrapped(f"{told}; what some of them bring: generate-series --dry-run", "", width))
    for table in plan.tables:
        tell("", *_table_lines(table, width))
    if plan.drawn:
        tell("", "pools", *_aligned([(name, str(drawn)) for name, drawn in plan.drawn.items()]))
        tell(*(line for drawn in plan.drawn.values() for note in drawn.notes for line in wrapped(note, "  ", width)))
    if resolved:
        tell("", "settings", *_aligned([(name, _written(value), origin) for name, (value, origin) in settings.items()]))


def show_dictionary(
    dataset_id: str | None,
    flags: Mapping[str, Any],
    config: Path | None,
    sets: Sequence[str],
    form: str,
    template: Template | None = None,
) -> None:
    """Prints the data dictionary."""
    from ..core.plan.dictionary import dictionary_json, markdown
    from ..core.plan.make import make_plan
    from ..core.plan.make_series import make_series
    from ..core.spec.resolve import resolve_parameters

    resolved = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    plan = make_plan(resolved)
    if resolved.parameters.incremental_config.keep_snapshots:
        plan = make_series(resolved, *plan.window).plan
    if form == "json":
        tell_json(dictionary_json(plan))
    else:
        tell(*markdown(plan).splitlines())


def _settings(
    dataset_id: str | None, flags: Mapping[str, Any], config: Path | None, sets: Sequence[str], template: Template | None
) -> dict[str, tuple[Any, str]]:
    from ..core.spec.resolve import leaves, resolve_parameters

    found = resolve_parameters(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    told = found.parameters.model_dump(mode="json", by_alias=True)
    told["target_rows"] = told["target_rows"] or found.variant.target_rows
    # Where nothing is set, days and hours are the dataset's.
    told["temporal_patterns"] = found.parameters.temporal_patterns.model_dump(mode="json", by_alias=True, exclude_unset=True)
    settings = {path: (value, _origin(path, found.origins)) for path, value in leaves(told) if value not in (None, {}, [])}
    return dict(sorted(settings.items(), key=lambda setting: setting[1][1] == _DEFAULT))


def _origin(path: str, origins: Mapping[str, str]) -> str:
    """Where a setting is from, or what is inside of it."""
    return ", ".join(dict.fromkeys(origin for name, origin in origins.items() if f"{name}.".startswith(f"{path}."))) or _DEFAULT


def _written(value: Any) -> str:
    """As it may be written in a config file."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _table_lines(table: TablePlan, width: int | None) -> list[str]:
    head = f"{table.name}  {shown.many(table.rows, 'row')}, {table.layout}{', driving' if table.driving else ''}"
    keys = {key.column: f"-> {key.parent}.{key.parent_column}" for key in table.foreign_keys}
    rows = []
    for column in table.columns:
        key = "primary key" if column.name in table.primary_key else ""
        marks = (key, keys.get(column.name, ""), "as of" if column.as_of else "", in_a_line(column.unit))
        rows.append((column.name, column.type, ", ".join(filter(None, marks)), in_a_line(column.about)))
    return [head, *(wrapped(in_a_line(table.about), "  ", width)), *_column_lines(rows, width)]


def _column_lines(rows: Sequence[tuple[str, str, str, str]], width: int | None) -> list[str]:
    """Name, type, marks and meaning of each column; where there is little room, marks stand before the meaning."""
    longest = [max(len(row[place]) for row in rows) for place in range(3)]
    if width is not None and sum(longest) + 3 * len(_GAP) + _ROOM > width:
        rows = [(name, kind, "", ": ".join(filter(None, (marks, about)))) for name, kind, marks, about in rows]
        longest[2] = 0
    lines = []
    for *cells, about in rows:
        start = _INDENT + _GAP.join(f"{cell:<{room}}" for cell, room in zip(cells, longest, strict=True) if room) + _GAP
        if width is None or width - len(start) >= _LEAST:
            first, *more = wrapped(about, " " * len(start), width) or [""]
            lines += [f"{start}{first.strip()}".rstrip(), *more]
        else:
            lines += [start.rstrip(), *wrapped(about, _INDENT * 2, width)]
    return lines


def wrapped(text: str, indent: str, width: int | None, hanging: str = "") -> list[str]:
    """A text in lines of a terminal, or in one where there is none; nothing of an empty one."""
    if width is None or not text:
        return [f"{indent}{text}"] if text else []
    room = max(width, len(indent) + _LEAST)
    return wrap(text, room, initial_indent=indent, subsequent_indent=hanging or indent, break_on_hyphens=False)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    longest = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    return ["  " + _GAP.join(f"{cell:<{room}}" for cell, room in zip(row, longest, strict=True)).rstrip() for row in rows]


def in_a_line(text: str) -> str:
    """A text without line breaks."""
    return " ".join(text.split())


def show_rows(
    dataset_id: str | None,
    table: str,
    offset: int,
    rows: int,
    flags: Mapping[str, Any],
    config: Path | None,
    sets: Sequence[str],
    form: Form,
    template: Template | None = None,
) -> None:
    """Prints rows of a table as they would be written."""
    from ..core.plan.kept import planned
    from ..core.run.preview import preview
    from .tables import write_table

    plan, _ = planned(dataset_id, flags=flags, sets=sets, config=config, environ=os.environ, template=template)
    write_table(preview(plan, table, offset, rows), form)


def validate_file(file: Path | None, datasets: Sequence[Path] = (), custom_schema: Path | None = None) -> list[str]:
    """Checks a file by what it holds (a dataset, a template or settings), and says that it is valid; raises InputError and ConfigError."""
    from ..core.errors import ConfigError, DataError, InputError
    from ..core.plan.make import make_plan
    from ..core.quality.prepared import unanswerable
    from ..core.run.preview import probe
    from ..core.spec.enhanced import PRESETS
    from ..core.spec.parse import read_mapping
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.resolve import resolve_parameters
    from ..core.spec.templates import TemplateRepository

    file, schema = (custom_schema, None) if file is None else (file, custom_schema)
    if file is None:
        raise InputError("say which file: a dataset's, a template, or a config file")
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
    if PRESETS in read_mapping(file):
        found_datasets = DatasetConfigurationRepository(datasets, schema, os.environ)
        template = TemplateRepository(datasets=found_datasets).of_file(file)
        probe(make_plan(resolve_parameters(template=template, repository=found_datasets)))
        offered = shown.many(len(template.parameters), "parameter")
        return [f"{file}: template `{template.id}` of dataset `{template.dataset}` is valid and offers {offered}"]
    flags = {"datasets": [str(path) for path in datasets] or None, "custom_schema": str(schema) if schema else None}
    probe(make_plan(resolve_parameters(config=file, flags=flags, repository=DatasetConfigurationRepository(environ=os.environ))))
    return [f"{file}: is a valid config"]
