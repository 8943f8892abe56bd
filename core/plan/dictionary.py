"""The data dictionary: every written table and column with its meaning, as the dataset declares it."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from ..format import printable
from ..frozen import dataclass
from .plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One column."""

    column: str
    type: str
    """SQL type."""
    key: str
    """`primary key`, `-> customers.customer_id`, both, or empty."""
    about: str
    unit: str
    """Of what is measured or counted; empty for everything else."""
    nullable: bool
    as_of: bool
    """Whether it is seen as of the run's `as_of`, and so may change from run to run."""
    depends_on: tuple[str, ...] = ()
    """What it is drawn by or computed from, with the word of the declaration that says so: `channel (by)`, `customers.city (from)`."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table."""

    table: str
    about: str
    layout: str
    entries: tuple[Entry, ...]


def dictionary(plan: Plan) -> tuple[Section, ...]:
    """The tables of a plan in its order, parents first."""
    # An import of its own: a notebook makes plans, and no dictionary.
    from .dependences import dependences_of

    sections, declared = [], dependences_of(plan.dataset)
    for table in plan.tables:
        points = {key.column: f"-> {key.parent.removeprefix('_')}.{key.parent_column}" for key in table.foreign_keys}
        entries = []
        for column in table.columns:
            primary = "primary key" if column.name in table.primary_key else ""
            key = " ".join(filter(None, (primary, points.get(column.name, ""))))
            needs = tuple(each.told(table.name) for each in declared.told((table.name, column.name)))
            entries.append(Entry(column.name, column.type, key, column.about, column.unit, column.nullable, column.as_of, needs))
        sections.append(Section(table.name, table.about, table.layout, tuple(entries)))
    return tuple(sections)


def dictionary_json(plan: Plan) -> dict[str, Any]:
    """Plain JSON values."""
    tables = [
        {**asdict(section), "entries": [{**asdict(entry), "depends_on": list(entry.depends_on)} for entry in section.entries]}
        for section in dictionary(plan)
    ]
    value: dict[str, Any] = {"dataset_id": plan.dataset_id, "dataset_name": plan.dataset_name, "tables": tables}
    if plan.drawn:
        value["pools"] = {name: drawn.to_json() for name, drawn in plan.drawn.items()}
    return value


def markdown(plan: Plan) -> str:
    """A document with a heading and a table for each table; ends with a line break."""
    lines = [f"# {_text(plan.dataset_name)}", ""]
    if plan.dataset.about:
        lines += [_text(plan.dataset.about), ""]
    lines += [f"Columns marked *as of* are seen as of the run's last day (here {plan.as_of}).", ""]
    for section in dictionary(plan):
        lines += [f"## {section.table}", ""]
        if section.about:
            lines += [_text(section.about), ""]
        lines += ["| column | type | meaning | unit | empty | | depends on |", "|---|---|---|---|---|---|---|"]
        for entry in section.entries:
            marks = ", ".join(filter(None, (entry.key, "*as of*" if entry.as_of else "")))
            empty, needs = "may be" if entry.nullable else "never", ", ".join(entry.depends_on)
            cells = (f"`{entry.column}`", entry.type, entry.about, entry.unit, empty, marks, needs)
            lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
        lines.append("")
    if plan.drawn:
        lines += ["## Pools drawn by Faker", "", "| pool | fields | locale | rows | Faker | SHA-256 |", "|---|---|---|---|---|---|"]
        for name, drawn in plan.drawn.items():
            facts = (name, ", ".join(drawn.faker), drawn.locale, f"{drawn.rows:,}", drawn.version, drawn.sha256)
            lines.append(f"| {' | '.join(map(_cell, facts))} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    """Text that does not end a cell."""
    return _text(text).replace("|", "\\|")


def _text(text: str) -> str:
    """Text on one line that cannot become HTML, links or pictures."""
    return re.sub(r"([\\<\[\]])", r"\\\1", printable(" ".join(text.split())))
