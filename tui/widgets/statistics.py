"""What a column of a preview looks like in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from ...core import format as shown
from ...core.charts import bars
from ...core.format import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...core.run.look import ColumnStatistics
    from ...core.run.sampled import Sampled, Share

_EMPTY = "''"
_OFTEN = 20
"""Rows of a sample from which on a share tells anything."""


class StatisticsPanel(Static):
    """One column: its range, its most frequent values, its shape; of the rows that are looked at, and of all by a sample."""

    def show(self, found: ColumnStatistics, about: str, narrow: bool, sample: Sampled | None = None) -> None:
        """Brings the panel up to date; without a sample it says that one is being drawn."""
        lines = _short(found, sample) if narrow else [*_long(found, about), "", *_whole(sample)]
        self.update(Content("\n".join(printable(line) for line in lines)))


def _line(counts: Sequence[int]) -> str:
    return bars(counts, (), len(counts), 1)[0]


def _share(found: ColumnStatistics) -> str:
    return f"{found.nulls / found.rows:.1%}" if found.nulls and found.rows else "none"


def _number(value: float) -> str:
    return f"{value:,.2f}" if abs(value) < 1e15 else f"{value:.3g}"


def _within(share: Share, is_whole: bool) -> str:
    """A share with its interval, whose ends differ where it is small."""
    if is_whole:
        return f"{share.share:.1%}" if share.share else "none"
    if not share.share:
        return f"none seen (under {share.high:.2%})"
    return f"{share.share:.1%} ({share.low:.1%} to {share.high:.1%})"


def _few(share: float) -> str:
    return "none" if not share else f"{share:.1%}" if share >= 0.001 else "under 0.1%"


def _mean(sample: Sampled) -> str:
    if sample.mean is None:
        return ""
    return _number(sample.mean) if sample.is_whole else f"{_number(sample.mean)} ± {_number(sample.error)}"


def _short(found: ColumnStatistics, sample: Sampled | None) -> list[str]:
    shape = f"  {_line(found.histogram)}" if len(found.histogram) > 1 else ""
    lines = [f"{found.name}  {found.type}  {found.distinct} distinct, {_share(found) if found.nulls else 'no'} null here{shape}"]
    if sample is None:
        return [*lines, f"{found.minimum} .. {found.maximum}"]
    told = [f"mean {_mean(sample)}"] if sample.mean is not None else []
    told += [f"null {_few(sample.nulls.share)}", f"{_distinct(sample)} distinct" if sample.distinct is not None or sample.is_whole else ""]
    told += [f"{sample.orphans.share:.1%} orphans"] if sample.orphans is not None else []
    return [*lines, f"all: {', '.join(filter(None, told))}{'' if sample.is_whole else f' (of {shown.rows(sample.rows)})'}"]


def _of(sample: Sampled) -> str:
    if sample.is_whole:
        return f"all {shown.rows(sample.total)} rows"
    return f"{shown.rows(sample.rows)} of {shown.rows(sample.total)} rows"


def _long(found: ColumnStatistics, about: str) -> list[str]:
    lines = [found.name, found.type, *([about] if about else []), "", f"THESE {shown.many(found.rows, 'ROW').upper()}"]
    lines += [f"distinct  {found.distinct}", f"null      {_share(found)}"]
    lines += [f"min       {found.minimum}", f"max       {found.maximum}"]
    if found.mean is not None and found.stddev is not None:
        lines += [f"mean      {_number(found.mean)}", f"stddev    {_number(found.stddev)}"]
    if len(found.histogram) > 1:
        lines += [f"shape     {_line(found.histogram)}"]
    return lines


def _whole(sample: Sampled | None) -> list[str]:
    if sample is None:
        return ["WHOLE COLUMN", "drawing a sample ..."]
    lines = ["WHOLE COLUMN", f"{'' if sample.is_whole else 'a sample: '}{_of(sample)}"]
    lines += [f"null      {_within(sample.nulls, sample.is_whole)}"]
    if sample.orphans is not None:
        lines += [f"orphans ! {_within(sample.orphans, sample.is_whole)}"]
    lines += [f"distinct  {_distinct(sample)}"]
    if sample.mean is not None:
        lines += [f"mean      {_mean(sample)}"]
    lines += [f"{f'{part:.0%} below' if part != 0.5 else 'median':<9} {text}" for part, text in sample.quantiles]
    if top := [each for each in sample.top if each[1].share * sample.rows >= (2 if sample.is_whole else _OFTEN)]:
        lines += ["", "most frequent", *(f"{share.share:>6.1%}  {text or _EMPTY}" for text, share in top)]
    if not sample.is_whole:
        lines += ["", "(the range of 95 % of samples)"]
    return lines


def _distinct(sample: Sampled) -> str:
    if sample.is_whole:
        return shown.rows(sample.seen)
    if sample.distinct is None:
        return "nearly every value is different"
    return f"about {shown.rows(sample.distinct)}" if sample.distinct > sample.seen else f"{shown.rows(sample.seen)}"
