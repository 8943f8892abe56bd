"""Posts: on each day as many rows hold them as there are, and of each row of a list that is dealt as many as it says."""

from __future__ import annotations

from collections.abc import Iterator

from ...sinks.warehouse import quoted
from ...spec.kinds.lifetime import Begin, End
from ...spec.kinds.quota import Quota
from ...spec.layouts.posts import Posts
from ..check import Check, register
from ..judges.counts import PostsHeld
from ..subject import Subject, Written, is_open, own
from .pools import listed, shown


@register
def posts(subject: Subject) -> Iterator[Check]:
    """Every written table of posts that shows when its rows begin and end."""
    for table in subject.tables.values():
        begin, end = table.first(Begin), table.first(End)
        if not isinstance(table.rows, Posts) or begin is None or end is None:
            continue
        yield _held(subject, table, begin, end, {}, "")
        for name, model in table.declared.items():
            if isinstance(model, Quota) and model.pool in subject.plan.lists:
                fields = shown(table, name, subject.plan.lists[model.pool])
                if fields:
                    yield _held(subject, table, begin, end, fields, model.pool)


def _held(subject: Subject, table: Written, begin: str, end: str, fields: dict[str, str], pool: str) -> Check:
    """Whoever follows is born on a day and holds the post from the next day on, on which the one before has left."""
    many = subject.plan.sizes.posts[table.name]
    start, last = subject.dataset.history.start, subject.plan.as_of
    mine = ", ".join(f"{own(column)}::VARCHAR" for column in fields.values())
    kind = f"concat_ws(chr(31), {mine})" if fields else "''"
    taken = f"SELECT {kind} AS kind, greatest({subject.day(table, begin)} + 1, DATE '{start}') AS day, 1 AS n FROM {table.source}"
    given = f"SELECT {kind}, greatest({subject.day(table, end)}, DATE '{start}'), -1 FROM {table.source} WHERE NOT {is_open(own(end))}"
    steps = f"SELECT kind, day, sum(n) AS n FROM ({taken} UNION ALL {given}) WHERE day <= DATE '{last}' GROUP BY kind, day"
    wanted = f"SELECT '' AS kind, {many} AS posts"
    if fields:
        file = subject.plan.lists[pool]
        weight = '"weight"::BIGINT' if "weight" in file.fields else "1"
        theirs = ", ".join(f"{quoted(field)}::{table.columns[column].type}::VARCHAR" for field, column in fields.items())
        wanted = (
            f"SELECT kind, sum(w) * {many} / sum(sum(w)) OVER () AS posts FROM (SELECT concat_ws(chr(31), {theirs}) AS kind, "
            f"{weight} AS w FROM {listed(file)}) GROUP BY kind"
        )
    source = (
        f"(SELECT kind, day, posts, sum(n) OVER (PARTITION BY kind ORDER BY day) AS held FROM ({steps}) AS s "
        f"FULL JOIN ({wanted}) AS d USING (kind)) AS t"
    )
    wrong = "held IS DISTINCT FROM posts"

    per = f", for each row of the list {pool} as many as its weight says" if fields else ""
    return Check(
        name="PostAdherence",
        table=table.name,
        column=", ".join(fields.values()) or f"{begin}, {end}",
        sentence=f"{many:,} rows are there on each day{per}",
        group="structure",
        source=source,
        ask={"days": "count(*)", "bad": f"count(*) FILTER (WHERE {wrong})"},
        judge=PostsHeld(many),
        culprits=f"SELECT strftime(day, '%Y-%m-%d') AS day, replace(kind, chr(31), ' ') FROM {source} WHERE {wrong} ORDER BY 1, 2 LIMIT 5",
    )
