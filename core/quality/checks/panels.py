"""Panels: balances that are running sums, entries where and when they may be, and what is undone."""

from __future__ import annotations

from collections.abc import Iterator

from ...sinks.reading import literal
from ...sinks.warehouse import quoted
from ...spec.dues import most_a_month
from ...spec.kinds.entry import Balance
from ...spec.kinds.entry import Entry as EntryColumn
from ...spec.kinds.family import Key, Parent
from ...spec.kinds.lifetime import Begin
from ...spec.layouts.panel import Panel
from ..check import Check, never, register
from ..expressions import Seen, express
from ..subject import Subject, Written, own
from .structure import unique


@register
def panels(subject: Subject) -> Iterator[Check]:
    """Every written panel that shows its owners."""
    for table in subject.tables.values():
        entry, owner = (next((n for n, m in table.declared.items() if isinstance(m, kind)), None) for kind in (EntryColumn, Parent))
        if isinstance(table.rows, Panel) and entry is not None and owner in table.columns:
            yield from _Panel(subject, table, table.rows, entry, str(owner)).checks()


def closings(subject: Subject, panel: Written) -> str | None:
    """A source with the sum `closing` that each `owner` has at the end of each `day` with entries; None where it is not seen."""
    entry = next((name for name, model in panel.declared.items() if isinstance(model, EntryColumn)), None)
    balance, owner, begin, key = panel.copy_of(f"{entry}.balance"), panel.first(Parent), panel.first(Begin), panel.first(Key)
    if balance is None or owner is None or begin is None or key is None:
        return None
    closing = f"arg_max({own(balance)}, ({own(begin)}, {own(key)}))"
    return f"(SELECT {own(owner)} AS owner, {subject.day(panel, begin)} AS day, {closing} AS closing FROM {panel.source} GROUP BY 1, 2)"


class _Panel:
    """A panel's columns, as far as they are written, and SQL of them."""

    def __init__(self, subject: Subject, table: Written, rows: Panel, entry: str, owner: str) -> None:
        self._rows = rows
        self._subject, self._table, self._owner, self._entry = subject, table, owner, entry
        self._amount, self._balance, self._undone = (table.copy_of(f"{entry}.{part}") for part in ("amount", "balance", "undone"))
        self._begin = next((name for name, _ in table.each(Begin) if table.columns[name].type == "timestamp"), None)
        self._key = table.first(Key)
        pointed = subject.pointed(table, owner)
        self._owners = pointed.table if pointed is not None else None
        self._on = pointed.by(own(owner)) if pointed is not None else ""
        self._owner_key = pointed.key if pointed is not None else ""
        counts = rows.moves_balance
        self._counts = express(subject, table, counts) if counts is not None else Seen("true")

    def checks(self) -> Iterator[Check]:
        """Sums, then entries."""
        if self._begin is not None and self._key is not None:
            if self._amount is not None and self._balance is not None and self._counts is not None:
                yield self._running(self._amount, self._balance, self._counts)
            yield from self._standing()
        yield from self._floor()
        if self._entry in self._table.columns:
            yield from self._directions()
            yield from self._once()
            yield from self._undo()

    def _in_order(self, columns: str, joins: str = "") -> str:
        """The rows `t` with more columns, asked over the window `w` of an owner's rows in order of time."""
        order = f"{own(str(self._begin))}, {own(str(self._key))}"
        window = f"PARTITION BY {own(self._owner)} ORDER BY {order}"
        return f"(SELECT t.*, {columns} FROM {self._table.source}{joins} WINDOW w AS ({window})) AS t"

    def _standings(self, at: str) -> str | None:
        """The owner's column with its sum at the start of the history, or at the end."""
        for name, model in self._owners.each(Balance) if self._owners is not None else ():
            if model.of == self._table.name and model.at == at:
                return name
        return None

    def _running(self, amount: str, balance: str, counts: Seen) -> Check:
        """The first row of an owner is judged where what it had before the history is written."""
        opening = self._standings("start") if self._subject.plan.window[0] == self._subject.dataset.history.start else None
        joins = f" LEFT JOIN {self._on}" if opening is not None else ""
        before = f"lag({own(balance)}) OVER w"
        if opening is not None:
            before = f"coalesce({before}, p.{quoted(opening)})"
        moved = f"CASE WHEN {counts.sql} THEN {own(amount)} ELSE 0 END"
        source = self._in_order(f"{before} + {moved} AS summed", f"{counts.joins}{joins}")
        reads = (*counts.reads, *((self._owners.name,) if opening is not None and self._owners is not None else ()))
        sentence = f"{balance} is what each {self._owner} had before and the {amount} that counts, in order of {self._begin}"
        return never(self._table, "FormulaAdherence", balance, sentence, f"{own(balance)} <> summed", source=source, reads=reads)

    def _standing(self) -> Iterator[Check]:
        """What an owner has is the balance of its last row, where all rows up to `as_of` are written."""
        closing, window = self._standings("end"), self._subject.plan.window
        if closing is None or self._balance is None or self._owners is None or window[1] != self._subject.plan.as_of:
            return
        last = f"arg_max({own(self._balance)}, ({own(str(self._begin))}, {own(str(self._key))}))"
        lasts = f"(SELECT {own(self._owner)} AS owner, {last} AS closing FROM {self._table.source} GROUP BY 1)"
        joins = f" LEFT JOIN {lasts} AS l ON l.owner = {own(self._owner_key)}"
        sentence = f"{closing} is the {self._balance} of the last row of {self._table.name}"
        opening = self._standings("start") if window[0] == self._subject.dataset.history.start else None
        last = f"coalesce(closing, {own(opening)})" if opening is not None else "closing"
        yield never(self._owners, "FormulaAdherence", closing, sentence, f"{own(closing)} <> {last}", joins=joins,
                    reads=(self._table.name,))  # fmt: skip

    def _floor(self) -> Iterator[Check]:
        floor = self._rows.overdraft_limit
        if self._balance is None or (floor is not None and (self._owners is None or floor not in self._owners.columns)):
            return
        low, joins = "0", ""
        reads: tuple[str, ...] = ()
        if floor is not None and self._owners is not None:
            low, joins, reads = f"-p.{quoted(floor)}", f" JOIN {self._on}", (self._owners.name,)
        sentence = f"{self._balance} is never below {f'minus the {floor} of its {self._owner}' if floor is not None else 0}"
        yield never(self._table, "BoundaryAdherence", self._balance, sentence, f"{own(self._balance)} < {low}", joins=joins, reads=reads)

    def _named(self, name: str) -> str:
        return f"{own(self._entry)} = {literal(name)}"

    def _directions(self) -> Iterator[Check]:
        entries = self._rows.entries
        yield never(self._table, "CategoryAdherence", self._entry, f"{self._entry} is one of {', '.join(entries)}",
                    f"{own(self._entry)} NOT IN ({', '.join(map(literal, entries))})", group="shape")  # fmt: skip
        if self._amount is None:
            return
        wrong = [
            f"{self._named(name)} AND {own(self._amount)} {'<' if entry.direction == 'in' else '>'} 0"
            for name, entry in entries.items() if entry.role in ("begin", "due", "free")
        ]  # fmt: skip
        wrong += [f"{self._named(name)} AND {own(self._amount)} < 0" for name, entry in entries.items() if entry.role == "shortage"]
        sentence = f"{self._amount} has the direction of its {self._entry}"
        yield never(self._table, "EntryAdherence", self._amount, sentence, " OR ".join(wrong))

    def _once(self) -> Iterator[Check]:
        """Entries that begin are an owner's first row, those that end its last one; what is due comes once a month."""
        entries = self._rows.entries
        if self._begin is None or self._key is None:
            return
        for role, window, word in (("begin", "lag", "first"), ("end", "lead", "last")):
            for name, entry in entries.items():
                if entry.role == role:
                    source = self._in_order(f"{window}({own(self._key)}) OVER w AS beside")
                    sentence = f"{name} is the {word} row of its {self._owner}"
                    yield never(self._table, "EntryAdherence", self._entry, sentence, f"{self._named(name)} AND beside IS NOT NULL",
                                source=source)  # fmt: skip
        for most in (1, 2, 3, 4, 5):
            due = [name for name, entry in entries.items() if entry.role == "due" and most_a_month(entry.rules) == most]
            if due:
                month = f"date_trunc('month', {self._subject.day(self._table, self._begin)})"
                listed = ", ".join(map(literal, due))
                window = f"(PARTITION BY {own(self._owner)}, {own(self._entry)}, {month} ORDER BY {own(self._key)})"
                source = (
                    f"(SELECT *, row_number() OVER {window} AS nth FROM {self._table.source} WHERE {own(self._entry)} IN ({listed})) AS t"
                )
                often = "once a month" if most == 1 else f"at most {most} times a month"
                yield never(self._table, "EntryAdherence", self._entry, f"{', '.join(due)} come {often}", f"nth > {most}", source=source)

    def _undo(self) -> Iterator[Check]:
        undo = next(((name, entry, entry.undoes) for name, entry in self._rows.entries.items() if entry.undoes is not None), None)
        if undo is None or self._undone is None or self._key is None:
            return
        name, entry, undone = undo
        table = self._table
        wrong = [
            f"u.{quoted(self._entry)} IS DISTINCT FROM {literal(undone)}",
            f"u.{quoted(self._owner)} IS DISTINCT FROM {own(self._owner)}",
            *(f"u.{quoted(same)} IS DISTINCT FROM {own(same)}" for same in entry.same if same in table.columns),
        ]
        wrong += [f"u.{quoted(self._amount)} IS DISTINCT FROM -{own(self._amount)}"] if self._amount is not None else []
        wrong += [f"u.{quoted(self._begin)} > {own(self._begin)}"] if self._begin is not None else []
        joins = f" LEFT JOIN {quoted(table.name)} AS u ON u.{quoted(self._key)} = {own(self._undone)}"
        first = self._subject.plan.window[0] == self._subject.dataset.history.start
        # What is undone may lie before the window.
        seen = "true" if first else f"u.{quoted(self._key)} IS NOT NULL"
        sentence = f"{name}, and nothing else, takes back an earlier {undone} of its {self._owner}, the amount the other way"
        condition = (
            f"({own(self._undone)} IS NOT NULL) <> ({self._named(name)}) OR {self._named(name)} AND {seen} AND ({' OR '.join(wrong)})"
        )
        yield never(table, "EntryAdherence", self._undone, sentence, condition, joins=joins)
        yield unique(table, (self._undone,), f"no {undone} is taken back twice")
