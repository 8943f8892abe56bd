"""Rules that the dataset declares as SQL."""

from __future__ import annotations

from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from ..check import Answer, Check, Verdict, register
from ..report import Silent
from ..subject import Subject


@register
def rules(subject: Subject) -> Iterator[Check | Silent]:
    """Every declared rule that can speak of these rows; the others with the reason why they cannot."""
    for sentence, (from_rows, sql) in subject.plan.checks.items():
        text = sql.strip().rstrip(";")
        try:
            tree = sqlglot.parse_one(text, read="duckdb")
        except SqlglotError:
            # DuckDB may still know what it means.
            tree = sqlglot.parse_one("SELECT 1")
        own = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
        tables = [name for name in dict.fromkeys(table.name for table in tree.find_all(exp.Table)) if name and name not in own]
        reason = _silenced(subject, from_rows, tree, tables)
        home = next((name for name in tables if name in subject.tables), next(iter(subject.tables)))
        if reason:
            yield Silent("BusinessRule", home, sentence, reason)
        else:
            yield _rule(subject, home, sentence, text, tuple(tables))


def _silenced(subject: Subject, from_rows: int, tree: exp.Expr, tables: list[str]) -> str:
    """Why a rule says nothing of these rows; empty if it speaks."""
    missing = [name for name in tables if name not in subject.tables]
    if missing:
        return f"{', '.join(missing)} was not written"
    if subject.plan.target_rows < from_rows:
        return f"it speaks from {from_rows:,} target rows"
    history = subject.dataset.history
    if not subject.is_whole:
        return f"it is about the whole history, {history.start} to {history.end}"
    if from_rows > 1 and subject.plan.parameters.get("temporal_patterns"):
        return "the settings change the temporal patterns"
    columns = {column.name for column in tree.find_all(exp.Column)}
    touched = [f"{table}.{column}" for table, column in subject.plan.changed if table in tables and column in columns]
    return f"the settings change {', '.join(touched[:3])}" if touched else ""


def _rule(subject: Subject, home: str, sentence: str, sql: str, tables: tuple[str, ...]) -> Check:
    def judge(answer: Answer) -> Verdict:
        bad = int(answer["bad"])
        rows = max((subject.tables[name].plan.rows for name in tables), default=0)
        return Verdict(bad == 0, float(bad == 0), bad, 0, 0, rows)

    source = f"({sql}\n) AS broken"
    culprits = f"SELECT * FROM {source} LIMIT 5"
    return Check("BusinessRule", home, "", sentence, "rule", source, {"bad": "count(*)"}, judge, culprits, tables)
