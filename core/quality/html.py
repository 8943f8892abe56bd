"""The report as one HTML file that needs nothing else: plots are inline SVG, colours follow the reader's light or dark setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ..format import printable
from .drawing import draw
from .heat import heat, told
from .plots import Days
from .report import Report, Result
from .words import association_line, figure

TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "reports"


_TITLES: Final = {
    "DailyRowCount": "{} by day",
    "WeekdayPattern": "{} by weekday",
    "MonthPattern": "{} by month",
    "HourPattern": "{} by hour",
    "SkewSlope": "rows by rank of {}",
    "CardinalityShapeSimilarity": "rows for each {}",
}
"""What a plot of these checks shows of a column."""


def html(report: Report) -> str:
    """The page. A report that was read back from JSON has no plots, so its page has none either."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["figure"] = figure
    environment.filters["pair"] = told
    matrices = {matrix.table: matrix for matrix in report.associations}
    sections = [
        {
            "table": table,
            "results": [result for result in report.results if result.table == table.name],
            "silent": [silent for silent in report.silent if silent.table == table.name],
            "matrix": matrices.get(table.name),
            "map": heat(matrices[table.name]) if table.name in matrices else None,
            "plots": [_plotted(result) for result in report.results if result.table == table.name and result.plot is not None],
        }
        for table in report.tables
    ]
    page = environment.get_template("quality.html.j2").render(
        report=report,
        sections=sections,
        failures=[_plotted(result) for result in report.failures],
        associations=association_line(report),
    )
    return printable(page, keep="\n")


def _plotted(result: Result) -> dict[str, Any]:
    title = _TITLES.get(result.name, "{}").format(result.column)
    drawing = draw(result.plot) if result.plot is not None else None
    return {"result": result, "title": title, "drawing": drawing, "wide": isinstance(result.plot, Days)}
