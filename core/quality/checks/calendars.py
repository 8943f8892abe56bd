"""Calendars: a row for each day, hour or minute, and what it says of it; references to them by time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ...spec.dataset import CalendarUse
from ...spec.kinds.copy import Copy
from ...spec.kinds.family import Key
from ...spec.kinds.lifetime import Begin
from ...spec.kinds.reference import Reference
from ...spec.layouts.calendar import Calendar
from ...spec.names import MONTHS
from ..check import Check, never, register
from ..judges.counts import EachStep
from ..moments import Marks, part
from ..subject import Subject, Written, own

_DIGITS: Final = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2}


@register
def calendars(subject: Subject) -> Iterator[Check]:
    """Every written calendar with its key."""
    for table in subject.tables.values():
        key = table.first(Key)
        rows = table.rows
        if not isinstance(rows, Calendar) or key is None:
            continue
        moment = _moment(subject, table, rows, key)
        yield _complete(subject, table, rows, key, moment)
        for name, model in table.each(Copy):
            wanted = _part(subject, rows, moment, name) if model.from_ is None else None
            if wanted is not None and model.when is None and not model.nulls:
                sentence = f"{name} is that of the {rows.step}"
                yield never(table, "FormulaAdherence", name, sentence, f"{own(name)} IS DISTINCT FROM {wanted}")


def _days(subject: Subject, rows: Calendar) -> tuple[date, date]:
    """First and last day of a calendar of days."""
    history = subject.dataset.history
    last = max(history.end, subject.plan.window[1], subject.plan.as_of)
    first, last = rows.start or history.start.replace(month=1, day=1), date(last.year + rows.years_ahead, 12, 31)
    if not rows.whole_fiscal_years:
        return first, last
    use = subject.dataset.calendar
    begins = [_fiscal_begin(use, year) for year in range(first.year - 1, last.year + 3)]
    return max(day for day in begins if day <= first), min(day for day in begins if day > last) - timedelta(days=1)


def _fiscal_begin(use: CalendarUse, year: int) -> date:
    """The first of its month, or of a calendar in weeks the Sunday nearest to it."""
    first = date(year, MONTHS.index(use.fiscal_start) + 1, 1)
    since_sunday = first.isoweekday() % 7
    return first if use.fiscal == "plain" else first + timedelta(days=(7 if since_sunday > 3 else 0) - since_sunday)


def _moment(subject: Subject, table: Written, rows: Calendar, key: str) -> str:
    """SQL of the day, or of the moment of a day, that a key stands for; NULL where it stands for none."""
    form, step = next((model.format for name, model in table.each(Key) if name == key), None), rows.step
    if form is not None:
        width = sum(digits for sign, digits in _DIGITS.items() if sign in form)
        text = f"lpad({own(key)}::VARCHAR, {width}, '0')"
        return f"try_strptime({text}, '{form}')" + ("::DATE" if step == "day" else "")
    if step == "day":
        return f"(DATE '{_days(subject, rows)[0]}' + ({own(key)} - 1)::INTEGER)"
    return f"(TIMESTAMP '1970-01-01' + INTERVAL 1 {step} * ({own(key)} - 1)::INTEGER)"


def _part(subject: Subject, rows: Calendar, moment: str, name: str) -> str | None:
    if rows.step != "day":
        return part(name, moment, is_date=False)
    first, last = _days(subject, rows)
    return Marks(subject.dataset, first, last).part(name, moment)


def _complete(subject: Subject, table: Written, rows: Calendar, key: str, moment: str) -> Check:
    step = rows.step
    if step == "day":
        first, last = _days(subject, rows)
        wanted, shown = (last - first).days + 1, f"{first} to {last}"
        inside = f"{moment} BETWEEN DATE '{first}' AND DATE '{last}'"
    else:
        wanted, shown, inside = {"hour": 24, "minute": 1440}[step], "0:00 to 24:00", f"{moment} IS NOT NULL"

    return Check(
        name="CombinationAdherence",
        table=table.name,
        column=key,
        sentence=f"each {step} from {shown} has a row",
        group="structure",
        source=table.source,
        ask={"rows": "count(*)", "distinct": f"count(DISTINCT {moment}) FILTER (WHERE {inside})"},
        judge=EachStep(step, wanted),
        culprits=f"SELECT {table.key} FROM {table.source} WHERE NOT coalesce({inside}, false) ORDER BY {table.order} LIMIT 5",
    )


@register
def by_time(subject: Subject) -> Iterator[Check]:
    """References to the row of a calendar that a written moment lies in."""
    for table in subject.tables.values():
        for name, model in table.each(Reference):
            found = _key_of(subject, table, name, model)
            if found is not None:
                at, wanted = found
                wrong = f"{own(name)} <> {wanted}"
                yield never(table, "ReferentialIntegrity", name, f"{name} is the row of {model.to} that {at} lies in", wrong)


def _key_of(subject: Subject, table: Written, name: str, model: Reference) -> tuple[str, str] | None:
    target = subject.dataset.tables[model.to]
    at: str = model.at or table.first(Begin) or ""
    if not isinstance(target.rows, Calendar) or at not in table.columns or table.columns[at].type not in ("date", "timestamp"):
        return None
    key = next((other for other in target.columns.values() if isinstance(other, Key)), None)
    if key is None or key.format is None:
        return None
    local = own(at) if table.columns[at].type == "date" else subject.local(own(at))
    known = f" AND {own(name)} <> -1" if target.unknown else ""
    return at, f"strftime({local}, '{key.format}')::BIGINT{known}"
