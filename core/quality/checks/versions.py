"""Versions (slowly changing dimensions of type 2): the audits of TPC-DI.

They are those that the TPC-DI benchmark makes of its dimensions, under its names: DistinctKeys, EndDate, Overlap,
EndOfTime, Consolidation, IsCurrent, EffectiveDate; and VersionNumber where versions are numbered.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...spec.kinds.family import Parent, Position
from ...spec.kinds.lifetime import Begin, Current, End
from ...spec.layouts.versions import Versions
from ..check import Check, NoneBad, never, register
from ..judges.counts import Distinct
from ..subject import Subject, Written, is_open, moment, own


@register
def versions(subject: Subject) -> Iterator[Check]:
    """Tables whose rows are the periods of an owner: they have a parent, a begin and an end."""
    for table in subject.tables.values():
        owner, begin, end = (table.first(kind) for kind in (Parent, Begin, End))
        if isinstance(table.rows, Versions) and owner is not None and begin is not None and end is not None:
            yield from audits(table, owner, begin, end, table.first(Current), table.first(Position))
            if table.columns[begin].type == "timestamp":
                late = f"{own(begin)} >= {moment(subject.end)}"
            else:
                late = f"{own(begin)} > DATE '{subject.plan.as_of}'"
            yield never(table, "EffectiveDate", begin, f"{begin} is {subject.plan.as_of} at the latest", late)


def audits(table: Written, owner: str, begin: str, end: str, current: str | None, position: str | None) -> Iterator[Check]:
    """The audits of a table whose rows are periods `begin` to `end` of an `owner`; an end that is NULL or far away is open."""
    closed = f"NOT {is_open(own(end))}"
    window = f"(PARTITION BY {own(owner)} ORDER BY {own(begin)})"
    chain = f"(SELECT *, lead({own(begin)}) OVER {window} AS following, row_number() OVER {window} AS place FROM {table.source}) AS t"
    yield never(table, "EndDate", end, f"each {end} is the {begin} of the next version, and only the last one is open",
                f"following IS NULL AND {closed} OR following IS NOT NULL AND {own(end)} IS DISTINCT FROM following",
                source=chain)  # fmt: skip
    yield never(table, "Overlap", f"{begin}, {end}", f"no two versions of one {owner} overlap",
                f"following IS NOT NULL AND (NOT ({closed}) OR following < {own(end)})", source=chain)  # fmt: skip
    yield never(table, "Consolidation", f"{begin}, {end}", f"each version starts before it ends: {begin} < {end}",
                f"{closed} AND {own(begin)} >= {own(end)}")  # fmt: skip
    yield _one_open(table, owner, end, closed)
    yield _distinct(table, owner, begin)
    if current is not None:
        yield never(table, "IsCurrent", current, f"{current} holds exactly where {end} is open",
                    f"{own(current)} IS DISTINCT FROM (NOT ({closed}))")  # fmt: skip
    if position is not None:
        yield never(table, "VersionNumber", position, f"{position} counts 1, 2, 3 .. within each {owner} in order of {begin}",
                    f"{own(position)} IS DISTINCT FROM place", source=chain)  # fmt: skip


def _one_open(table: Written, owner: str, end: str, closed: str) -> Check:
    source = f"(SELECT {own(owner)} AS owner, count(*) FILTER (WHERE NOT ({closed})) AS open FROM {table.source} GROUP BY 1)"

    return Check(
        name="EndOfTime",
        table=table.name,
        column=end,
        sentence=f"each {owner} has exactly one version that is open",
        group="structure",
        source=source,
        ask={"rows": "count(*)", "bad": "count(*) FILTER (WHERE open <> 1)"},
        judge=NoneBad(),
        culprits=f"SELECT owner FROM {source} WHERE open <> 1 ORDER BY 1 LIMIT 5",
    )


def _distinct(table: Written, owner: str, begin: str) -> Check:
    source = f"(SELECT count(*) AS n FROM {table.source} GROUP BY {own(owner)}, {own(begin)})"

    return Check(
        name="DistinctKeys",
        table=table.name,
        column=f"{owner}, {begin}",
        sentence=f"no {owner} has two versions from one {begin}",
        group="structure",
        source=source,
        ask={"rows": "sum(n)", "distinct": "count(*)"},
        judge=Distinct(),
        culprits=f"SELECT {own(owner)} FROM {table.source} GROUP BY {own(owner)}, {own(begin)} HAVING count(*) > 1 ORDER BY 1 LIMIT 5",
    )
