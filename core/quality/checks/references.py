"""References: keys of the parent or declared orphans, and parents that are alive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from ...plan.plan import ForeignKey
from ...sinks.warehouse import quoted
from ..check import Answer, Check, Verdict, never, register
from ..subject import Subject, Written, own
from .structure import quota_limit, unique

ORPHANS: Final = 9_000_000_000_000_000
"""Keys of declared orphans start here: no table ever has so many rows."""


@register
def references(subject: Subject) -> Iterator[Check]:
    """Every reference to a table that is written too."""
    for table in subject.tables.values():
        for key in table.plan.foreign_keys:
            if key.parent not in subject.tables or key.parent_column not in subject.tables[key.parent].columns:
                continue
            model = table.model.columns[key.column]
            if model.kind == "reference" and subject.happens(key.parent) and not subject.is_whole:
                # The row that it points at may have happened before the window.
                continue
            yield _integrity(table, key, getattr(model, "orphans", 0.0), exact=subject.is_whole and model.when is None)
            alive = _alive(subject, table, key, model)
            if alive is not None:
                yield alive
        for name, model in table.of_kind("reference"):
            parent = table.one_of_kind("parent")
            if model.distinct and parent is not None:
                yield unique(table, (parent, name), f"no two rows of one {parent} have the same {name}")


def _integrity(table: Written, key: ForeignKey, orphans: float, exact: bool) -> Check:
    mine, parent = own(key.column), quoted(key.parent)
    match = f"SELECT 1 FROM {parent} AS p WHERE p.{quoted(key.parent_column)} = {mine}"
    stray = f"(SELECT {mine} AS stray FROM {table.source} WHERE {mine} IS NOT NULL AND NOT EXISTS ({match}))"
    listed = f"SELECT {table.key} FROM {table.source} WHERE {mine} IS NOT NULL AND NOT EXISTS ({match})"

    def judge(answer: Answer) -> Verdict:
        rows, keys, found = int(answer["rows"]), int(answer["keys"]), int(answer["stray"])
        if not orphans:
            return Verdict(found == 0, 1 - found / max(keys, 1), found, 0, 0, keys)
        observed, limit = found / max(rows, 1), quota_limit(orphans, rows, exact)
        inside = answer["least"] is None or int(answer["least"]) >= ORPHANS
        return Verdict(inside and abs(observed - orphans) <= limit, 1 - abs(observed - orphans), observed, orphans, limit, rows)

    sentence = f"each {key.column} is one of {key.parent}.{key.parent_column}"
    ask = {
        "stray": "count(*)",
        "keys": f"(SELECT count({mine}) FROM {table.source})",
        "rows": f"(SELECT count(*) FROM {table.source})",
    }
    culprits = f"{listed} ORDER BY {table.order} LIMIT 5"
    if orphans:
        sentence = f"{orphans:.2%} of {key.column} point at no row of {key.parent}, from a range that is never assigned"
        ask["least"] = "min(stray)"
        culprits = f"{listed} AND {mine} < {ORPHANS} ORDER BY {table.order} LIMIT 5"
    return Check("ReferentialIntegrity", table.name, key.column, sentence, "structure", stray, ask, judge, culprits, (key.parent,))


def _alive(subject: Subject, table: Written, key: ForeignKey, model: Any) -> Check | None:
    target = subject.tables[key.parent]
    mine, born, left = table.one_of_kind("begin"), target.one_of_kind("begin"), target.one_of_kind("end")
    if subject.plan.parameters.get("enable_relationships") is False or getattr(model, "at", None):
        return None
    if model.kind != "reference" or target.layout != "entities" or mine is None or not subject.happens(table.name) or born is None:
        return None
    moments = {table.columns[mine].type, target.columns[born].type} | ({target.columns[left].type} if left else set())
    if len(moments) > 1:
        return None
    wrong = f"{own(mine)} < p.{quoted(born)}" + (f" OR {own(mine)} >= p.{quoted(left)}" if left else "")
    joins = f" JOIN {quoted(key.parent)} AS p ON p.{quoted(key.parent_column)} = {own(key.column)}"
    sentence = f"no {mine} is before the {born}{f' or after the {left}' if left else ''} of its {key.column}"
    return never(table, "LifetimeAdherence", key.column, sentence, wrong, joins=joins, reads=(key.parent,))
