"""Checks of what days brought: nothing twice, no gap, each row on its day, later states that follow from earlier ones."""

from __future__ import annotations

from collections.abc import Iterator

from ..format import many
from ..program.tasks import CHANGE_TYPE, CHANGES
from ..sinks.reading import literal
from ..spec.kinds.entry import Balance
from ..spec.kinds.family import Parent
from ..spec.kinds.lifecycle import Lifecycle
from ..spec.layouts.snapshot import Snapshot
from .brought import Brought, Days
from .check import Check, never
from .checks.lifecycles import Cycle
from .checks.panels import closings
from .judges.counts import Distinct, EachDayDue, RowsNoted
from .subject import Written, own, text_of

_INSERT = f"{own(CHANGE_TYPE)} = 'insert'"


def arrivals(days: Days) -> Iterator[Check]:
    """The checks of all rows of all days."""
    for name, brought in days.tables.items():
        table = days.subject.tables[name]
        if not brought.due:
            continue
        yield _complete(table, brought)
        yield _counted(table, brought)
        keys = [key for key in table.plan.primary_key if key in table.columns]
        if len(keys) == len(table.plan.primary_key):
            yield from _once(table, brought, keys)
            if brought.marked:
                yield from _changes(days, table, brought, keys)
            if brought.follows or brought.arrival.type == "snapshot":
                yield from _forward(days, table, brought, keys)
            if len(keys) == 1:
                yield from _balances(days, table, brought, keys[0])
        yield from _on_its_day(days, table, brought)


def _by_day(brought: Brought) -> str:
    return f"(SELECT t._day AS day, count(*) AS n FROM {brought.source} GROUP BY 1)"


_GROUPS = {"groups": "list({'day': day, 'n': n})"}


def _complete(table: Written, brought: Brought) -> Check:
    due = brought.due
    span = f"{due[0]}" if len(due) == 1 else f"{due[0]} to {due[-1]}"
    sentence = f"no day of {span} is missing on which {table.name} is due"
    judge = EachDayDue(due, tuple(sorted(brought.empty)))
    return Check("DayCompleteness", table.name, "", sentence, "structure", _by_day(brought), _GROUPS, judge)


def _counted(table: Written, brought: Brought) -> Check:
    judge = RowsNoted({day.isoformat(): rows for day, rows in brought.noted.items()})
    sentence = "each day has as many rows as were written on it"
    return Check("RowCount", table.name, "", sentence, "structure", _by_day(brought), _GROUPS, judge)


def _once(table: Written, brought: Brought, keys: list[str]) -> Iterator[Check]:
    """Rows that come again are those of a later day that have changed, and whole snapshots; all others come once."""
    listed = ", ".join(map(own, keys))
    name = ", ".join(keys)
    again = brought.follows or brought.arrival.type == "snapshot"
    if again:
        yield _unique(table, brought, name, f"no day brings one {name} twice", f"{listed}, t._day", f"{text_of(keys)} || ' on ' || t._day")
    if brought.marked:
        yield _unique(table, brought, name, f"each {name} is an insert once", listed, text_of(keys), f" WHERE {_INSERT}")
    elif not again:
        yield _unique(table, brought, name, f"each {name} comes once", listed, text_of(keys))


def _unique(table: Written, brought: Brought, column: str, sentence: str, listed: str, named: str, where: str = "") -> Check:
    rows = f"FROM {brought.source}{where} GROUP BY {listed}"

    return Check(
        name="KeyUniqueness",
        table=table.name,
        column=column,
        sentence=sentence,
        group="structure",
        source=f"(SELECT count(*) AS n {rows})",
        ask={"rows": "sum(n)", "distinct": "count(*)"},
        judge=Distinct(),
        culprits=f"SELECT {named} {rows} HAVING count(*) > 1 ORDER BY {listed} LIMIT 5",
    )


def _on_its_day(days: Days, table: Written, brought: Brought) -> Iterator[Check]:
    """New rows come on the day on which they begin, or late; what comes again, on a later one."""
    subject, late = days.subject, brought.arrival.late
    begun, joins, whose = subject.begun(table), "", ""
    reads: tuple[str, ...] = ()
    if begun is None and subject.happens(table.name):
        # Rows that have no day of their own happen with the row that they stand on.
        parent = table.first(Parent)
        pointed = subject.pointed(table, parent) if parent is not None else None
        begun = subject.begun(pointed.table, "p") if pointed is not None else None
        if pointed is not None and parent is not None:
            joins, reads, whose = f" JOIN {pointed.by(own(parent))}", (pointed.table.name,), f" of its {parent}"
    if begun is None:
        return
    column, own_day = begun
    # What was there when the history began comes with its first day.
    lag = f"date_diff('day', greatest({own_day}, DATE '{days.plan.dataset.history.start}'), t._day)"
    wrong, sentence = f"{lag} < 0", f"no row comes before the {column}{whose}"
    if brought.arrival.type == "incremental":
        wrong += f" OR {lag} > {late}" if not brought.marked else f" OR {_INSERT} AND {lag} > {late}"
        after = f", or up to {many(late, 'day')} later" if late else ""
        sentence = f"each new row comes on the day of the {column}{whose}{after}"
    elif isinstance(table.rows, Snapshot):
        wrong, sentence = f"{lag} <> 0", f"each {column} is the day of the snapshot"
    yield never(table, "DayAdherence", "" if whose else column, sentence, wrong, source=brought.source, joins=joins,
                reads=reads, named=f"{table.key} || ' on ' || t._day")  # fmt: skip


def _changes(days: Days, table: Written, brought: Brought, keys: list[str]) -> Iterator[Check]:
    """Each row says why it came; a change comes on a later day than the row, of which there is one where the days show it."""
    words = ", ".join(map(literal, CHANGES))
    yield never(table, "ChangeAdherence", CHANGE_TYPE, f"{CHANGE_TYPE} is one of {', '.join(CHANGES)}",
                f"{own(CHANGE_TYPE)} NOT IN ({words}) OR {own(CHANGE_TYPE)} IS NULL", source=brought.source,
                named=f"{table.key} || ' on ' || t._day")  # fmt: skip
    begun = days.subject.begun(table)
    # A row that came before these days is not seen.
    seen = "true" if days.begins else f"max({begun[1]}) >= DATE '{days.first}'" if begun is not None else "false"
    listed = ", ".join(map(own, keys))
    source = (
        f"(SELECT {text_of(keys)} AS named, min(t._day) FILTER (WHERE {_INSERT}) AS came,"
        f" min(t._day) FILTER (WHERE NOT {_INSERT}) AS changed, {seen} AS seen FROM {brought.source} GROUP BY {listed})"
    )
    yield never(table, "ChangeAdherence", ", ".join(keys), "a row is an insert on an earlier day than it changes",
                "changed <= came OR came IS NULL AND seen", source=source, named="named")  # fmt: skip


def _forward(days: Days, table: Written, brought: Brought, keys: list[str]) -> Iterator[Check]:
    """From one day to a later one a lifecycle stays where it is, or goes on."""
    for name, model in table.each(Lifecycle):
        cycle = Cycle(days.subject, table, name, model)
        steps = [f"before = {literal(step)} AND {own(name)} NOT IN ({', '.join(map(literal, cycle.reach(step)))})" for step in model.steps]
        window = f"PARTITION BY {', '.join(map(own, keys))} ORDER BY t._day"
        source = f"(SELECT t.*, lag({own(name)}) OVER ({window}) AS before FROM {brought.source}) AS t"
        yield never(table, "LifecycleOrder", name, f"{name} never goes back to an earlier step", " OR ".join(steps), source=source,
                    named=f"{table.key} || ' on ' || t._day")  # fmt: skip


def _balances(days: Days, table: Written, brought: Brought, key: str) -> Iterator[Check]:
    """What an owner has at the end of a day is the balance of its last entry up to that day."""
    for name, model in table.each(Balance):
        panel = days.subject.tables.get(model.of)
        closed = closings(days.subject, panel) if panel is not None and not days.lacks(panel) else None
        if model.at != "end" or closed is None:
            continue
        joined = f"{brought.source} ASOF JOIN {closed} AS l ON {own(key)} = l.owner AND t._day >= l.day"
        # Of the days after these, late entries may still come.
        source = f"(SELECT t.*, l.closing FROM {joined} WHERE t._day <= DATE '{days.plan.window[1]}') AS t"
        sentence = f"on each day {name} is the balance of the last row of {model.of} up to it"
        yield never(table, "FormulaAdherence", name, sentence, f"{own(name)} <> closing", source=source, reads=(model.of,),
                    named=f"{table.key} || ' on ' || t._day")  # fmt: skip
