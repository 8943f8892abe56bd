"""Values that follow from other written values: expressions, copies, texts, sums over children, stock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from ...sinks.reading import literal
from ...sinks.warehouse import quoted
from ...spec.kinds.aggregate import Aggregate
from ...spec.kinds.copy import Copy
from ...spec.kinds.family import Parent
from ...spec.kinds.lifetime import Begin
from ...spec.kinds.sql import Sql
from ...spec.kinds.stock import Stock
from ...spec.kinds.text import Text
from ..check import Check, never, register
from ..expressions import Seen, express, see
from ..subject import Subject, Written, own

_PIECE: Final = re.compile(r"\{([a-z_][a-z0-9_.]*)(?::0(\d{1,2}))?\}")


@register
def expressions(subject: Subject) -> Iterator[Check]:
    """Expressions, evaluated anew by DuckDB, and copies."""
    for table in subject.tables.values():
        for name, model in table.models():
            if model.when is not None or model.nulls:
                continue
            seen, said = None, ""
            if isinstance(model, Sql):
                seen, said = express(subject, table, model.sql, but=name), model.sql
            elif isinstance(model, Copy):
                said = _source_of(table, name, model)
                seen = see(subject, table, said, but=name) if said else None
            if seen is not None:
                yield _equal(table, name, f"{name} is {' '.join(said.split())}", seen)


def _source_of(table: Written, name: str, model: Copy) -> str:
    """The path of a copy; empty where it is a field of a list or a part of a calendar's moment."""
    if model.from_ is not None:
        return str(model.from_)
    up = next((column for column, other in table.declared.items() if isinstance(other, Parent)), None)
    return f"{up}.{name}" if up is not None and len(table.rows.parents) == 1 else ""


def _equal(table: Written, name: str, sentence: str, seen: Seen, label: str = "FormulaAdherence") -> Check:
    kind = {"timestamp": "TIMESTAMPTZ"}.get(table.columns[name].type, table.columns[name].type)
    wanted = f"({seen.sql})::{kind}"
    wrong = f"{own(name)} IS DISTINCT FROM {wanted}"
    if kind == "double":
        wrong += f" AND coalesce(abs({own(name)} - {wanted}) > 1e-9 * greatest(1, abs({wanted})), true)"
    return never(table, label, name, sentence, wrong, joins=seen.joins, reads=seen.reads)


@register
def days(subject: Subject) -> Iterator[Check]:
    """A begin that is a date is the local day of the one that is a moment."""
    for table in subject.tables.values():
        begins = {table.columns[name].type: name for name, _ in table.each(Begin)}
        if {"date", "timestamp"} <= set(begins):
            day, moment = begins["date"], begins["timestamp"]
            yield _equal(table, day, f"{day} is the local day of {moment}", Seen(subject.day(table, moment)))


@register
def texts(subject: Subject) -> Iterator[Check]:
    """Texts made of other columns: as a whole, or what stands before and after the first and last piece that is not written."""
    for table in subject.tables.values():
        for name, model in table.each(Text):
            check = _template(subject, table, name, model, model.template) if model.template is not None else None
            if check is not None:
                yield check


def _template(subject: Subject, table: Written, name: str, model: Text, template: str) -> Check | None:
    pieces: list[Seen | None] = []
    end = 0
    for match in _PIECE.finditer(template):
        pieces.append(Seen(literal(template[end : match.start()])))
        end = match.end()
        found = see(subject, table, match[1], but=name)
        if found is not None:
            text = f"({found.sql})::VARCHAR"
            if match[2]:
                text = f"format('{{:0{int(match[2])}d}}', ({found.sql})::BIGINT)"
            if model.ascii:
                text = f"regexp_replace(strip_accents({text}), '[^ -~]', '', 'g')"
            found = Seen(text, found.joins, found.reads)
        pieces.append(found)
    pieces.append(Seen(literal(template[end:])))
    known = [piece for piece in pieces if piece is not None]
    joins = "".join(dict.fromkeys(piece.joins for piece in known))
    reads = tuple(dict.fromkeys(read for piece in known for read in piece.reads))

    def cased(part: list[Seen]) -> str:
        text = " || ".join(piece.sql for piece in part)
        return f"{model.case}({text})" if model.case else f"({text})"

    hidden = [number for number, piece in enumerate(pieces) if piece is None]
    if not hidden:
        return never(table, "FormatAdherence", name, f"{name} is {template}", f"{own(name)} <> {cased(known)}",
                     joins=joins, reads=reads)  # fmt: skip
    head = [piece for piece in pieces[: hidden[0]] if piece is not None]
    tail = [piece for piece in pieces[hidden[-1] + 1 :] if piece is not None]
    wrong = []
    if any(piece.sql != "''" for piece in head):
        wrong.append(f"NOT starts_with({own(name)}, {cased(head)})")
    if any(piece.sql != "''" for piece in tail):
        wrong.append(f"NOT ends_with({own(name)}, {cased(tail)})")
    if not wrong:
        return None
    sentence = f"{name} begins and ends as {template}"
    return never(table, "FormatAdherence", name, sentence, " OR ".join(wrong), joins=joins, reads=reads)


@register
def aggregates(subject: Subject) -> Iterator[Check]:
    """Sums, counts, minima and maxima over children, computed anew."""
    for table in subject.tables.values():
        for name, model in table.each(Aggregate):
            of, _, column = model.of.partition(".")
            child = subject.tables.get(of)
            if child is None or (column and column not in child.columns) or model.when is not None or model.nulls:
                continue
            fk = next((key for key in child.plan.foreign_keys if key.parent == table.name and key.column in child.columns), None)
            if fk is None or not isinstance(child.declared[fk.column], Parent) or fk.parent_column not in table.columns:
                continue
            where = express(subject, child, model.where) if model.where is not None else Seen("true")
            if where is None:
                continue
            take = model.take or ("sum" if column else "count")
            taken = f"{take}({own(column)})" if column else "count(*)"
            alias = quoted(f"of_{name}")
            joins = (
                f" LEFT JOIN (SELECT {own(fk.column)} AS parent, {taken} AS value FROM {child.source}{where.joins} WHERE {where.sql} "
                f"GROUP BY {own(fk.column)}) AS {alias} ON {alias}.parent = {own(fk.parent_column)}"
            )
            value = f"coalesce({alias}.value, 0)" if take in ("sum", "count") else f"{alias}.value"
            what = f"the {take} of {column} over its {of}" if column else f"the number of its {of}"
            yield _equal(table, name, f"{name} is {what}", Seen(value, joins, (of, *where.reads)))


@register
def stock(subject: Subject) -> Iterator[Check]:
    """Stock on hand is what was there, less what went, plus what came."""
    for table in subject.tables.values():
        for name, _ in table.each(Stock):
            parts = {part: see(subject, table, f"{name}.{part}") for part in ("opening", "received", "sold")}
            if all(parts.values()):
                opening, received, sold = (part.sql for part in parts.values() if part is not None)
                yield _equal(table, name, f"{name} is opening + received - sold", Seen(f"{opening} + {received} - {sold}"))
            yield never(table, "BoundaryAdherence", name, f"{name} is never negative", f"{own(name)} < 0")
