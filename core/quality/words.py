"""Figures and findings in words; one way for every front end."""

from __future__ import annotations

from collections import Counter

from ..format import many
from .heat import told
from .report import Figure, Report, Result, Silent, TableLine


def figure(value: Figure) -> str:
    """`1,000`, `0.0235`, `12 to 99`: up to four digits that matter."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) or (abs(value) >= 1000 and value == int(value)):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"


def quantity(value: float) -> str:
    """`1,440,000`, `0.25`: whole numbers as they are, others to six digits."""
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1e6 else f"{value:,.6g}"


def finding(result: Result) -> list[str]:
    """A check that failed, in two lines or three: what, what was found, where."""
    where = f"{result.table}.{result.column}" if result.column else result.table
    limit = f" (limit {figure(result.limit)})" if result.limit else ""
    # That of the structure counts columns.
    among = f", of {result.rows:,} rows" if result.name != "TableStructure" else ""
    lines = [
        f"{result.name} {where}: {result.sentence}",
        f"  found {figure(result.observed)}, expected {figure(result.expected)}{limit}{among}",
    ]
    return [*lines, f"  for example {', '.join(result.offending)}"] if result.offending else lines


def silence(silent: Silent) -> list[str]:
    """A check that could not be made, in two lines: what, and why."""
    return [f"{silent.name} {silent.table}: {silent.sentence}", f"  not checked: {silent.reason}"]


def findings(report: Report) -> list[list[str]]:
    """The checks that failed, each as by `finding`; why a table cannot be read is said once."""
    out, at, more = list[list[str]](), dict[tuple[str, str], int](), Counter[tuple[str, str]]()
    for result in report.failures:
        key = (result.table, str(result.observed))
        if key in at:
            more[key] += 1
            continue
        if key[1].startswith("cannot be asked: "):
            at[key] = len(out)
        out.append(finding(result))
    for key, count in more.items():
        out[at[key]].append(f"  and {many(count, 'more check')} of {key[0]}, for the same reason")
    return out


def table_line(table: TableLine, width: int) -> str:
    """One table in a line."""
    verdict = f"{table.failed} of {table.checks} checks failed" if table.failed else f"{many(table.checks, 'check')} passed"
    return f"{table.name:<{width}}  {table.rows:>15,} rows  {verdict}"


def warnings(report: Report) -> list[str]:
    """What is found and not declared, a line a pair of columns."""
    return [f"warning: {table}: {told(pair)}" for table, pair in report.unexpected]


def association_line(report: Report) -> str:
    """The matrices of associations in a line; empty where none were asked for, or no table has rows enough."""
    pairs = [pair for matrix in report.associations for pair in matrix.pairs]
    if not pairs:
        return ""
    unexpected = len(report.unexpected)
    declared = f"{unexpected} of them undeclared" if unexpected else "all as declared"
    return f"{sum(pair.found for pair in pairs)} of {many(len(pairs), 'pair')} of columns are associated, {declared}"


def report_lines(report: Report) -> list[str]:
    """The report as plain lines: failures first, then a line a table."""
    width = max(len(table.name) for table in report.tables)
    lines = [line for found in findings(report) for line in found]
    lines += warnings(report)
    lines += [""] if lines else []
    lines += [table_line(table, width) for table in report.tables]
    lines += list(filter(None, [association_line(report)]))
    silent = f", {len(report.silent)} could not be checked (--json says why)" if report.silent else ""
    return [*lines, f"{report.dataset_id}: {report.headline}{silent}, seed {report.seed}, as of {report.as_of}"]
