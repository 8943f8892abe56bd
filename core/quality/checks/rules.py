"""Rules that the dataset declares as SQL."""

from __future__ import annotations

from collections.abc import Iterator

from ...errors import InputError
from ...statement import Rule, rule
from ..check import Check, register
from ..judges.counts import NoneBroken
from ..report import Silent
from ..subject import Subject


@register
def rules(subject: Subject) -> Iterator[Check | Silent]:
    """Every declared rule that can speak of these rows; the others with the reason why they cannot."""
    known = subject.dataset.columns_by_table()
    for sentence, (from_rows, sql) in subject.plan.checks.items():
        try:
            found = rule(sql, known)
        except InputError as error:
            # The settings may have put other tables in the place of those that it is about.
            yield Silent("BusinessRule", next(iter(subject.tables)), sentence, str(error))
            continue
        reason = _silenced(subject, from_rows, found)
        home = next((name for name in found.tables if name in subject.tables), next(iter(subject.tables)))
        if reason:
            yield Silent("BusinessRule", home, sentence, reason)
        else:
            yield _rule(subject, home, sentence, found)


def _silenced(subject: Subject, from_rows: int, found: Rule) -> str:
    """Why a rule says nothing of these rows; empty if it speaks."""
    missing = [name for name in found.tables if name not in subject.tables]
    if missing:
        return f"{', '.join(missing)} was not written"
    if subject.plan.target_rows < from_rows:
        return f"it speaks from {from_rows:,} target rows"
    history = subject.dataset.history
    if not subject.is_whole:
        return f"it is about the whole history, {history.start} to {history.end}"
    if from_rows > 1 and subject.plan.parameters.get("temporal_patterns"):
        return "the settings change the temporal patterns"
    touched = [f"{table}.{column}" for table, column in subject.plan.changed if table in found.tables and column in found.columns]
    return f"the settings change {', '.join(touched[:3])}" if touched else ""


def _rule(subject: Subject, home: str, sentence: str, found: Rule) -> Check:
    rows = max((subject.tables[name].plan.rows for name in found.tables), default=0)
    source = f"({found.sql}\n) AS broken"
    # As texts: a value may be too large for Python.
    culprits = f"SELECT COLUMNS(*)::VARCHAR FROM {source} LIMIT 5"
    return Check("BusinessRule", home, "", sentence, "rule", source, {"bad": "count(*)"}, NoneBroken(rows), culprits, found.tables)
