"""What a column of a preview looks like in numbers."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from ...core.format import printable
from ...core.run.look import ColumnStatistics

_BARS = " ▁▂▃▄▅▆▇█"


class StatisticsPanel(Static):
    """One column: its range, its most frequent values, its shape."""

    def show(self, found: ColumnStatistics | None, about: str, narrow: bool) -> None:
        """Brings the panel up to date."""
        if found is None:
            self.update("")
        else:
            self.update(Content("\n".join(printable(line) for line in (_short(found) if narrow else _long(found, about)))))


def bars(counts: tuple[int, ...]) -> str:
    """Counts as a line of bars; a count that is not zero is seen."""
    most = max(counts, default=0)
    return "".join(_BARS[0 if not count else max(round(8 * count / most), 1)] for count in counts)


def _share(found: ColumnStatistics) -> str:
    return f"{found.nulls / found.rows:.1%}" if found.nulls and found.rows else "none"


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 1e15 else f"{value:.3g}"


def _short(found: ColumnStatistics) -> list[str]:
    mean = f"  mean {_number(found.mean)}" if found.mean is not None else ""
    shape = f"  {bars(found.histogram)}" if len(found.histogram) > 1 else ""
    return [
        f"{found.name}  {found.type}  {found.distinct} distinct, {_share(found) if found.nulls else 'no'} null{mean}{shape}",
        f"{found.minimum} … {found.maximum}",
    ]


def _long(found: ColumnStatistics, about: str) -> list[str]:
    lines = [found.name, found.type, *([about] if about else []), ""]
    lines += [f"distinct  {found.distinct} of {found.rows}", f"null      {_share(found)}"]
    lines += [f"min       {found.minimum}", f"max       {found.maximum}"]
    if found.mean is not None and found.stddev is not None:
        lines += [f"mean      {_number(found.mean)}", f"stddev    {_number(found.stddev)}"]
    if len(found.histogram) > 1:
        lines += ["", bars(found.histogram)]
    if found.distinct < found.rows - found.nulls:
        lines += ["", "most frequent"]
        lines += [f"{count:>5}  {text}" for text, count in found.top]
    return lines
