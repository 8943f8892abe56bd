"""All about a column, beside the list of columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ...core.charts import lying
from ...core.format import printable
from .plot import Plot

if TYPE_CHECKING:
    from ...core.explain.column import ColumnFacts
    from ...core.explain.sample import ColumnSample

_MOST: Final = 12
"""Values that are told with their shares."""


class ColumnCard(VerticalScroll):
    """What a column means, what it is drawn from, what it gives, and what has to do with it."""

    HELP = """
# The column

What the column under the cursor means, what its values follow, and what they look like in a sample of the very rows that a run would
write; where the dataset declares shares, they stand behind those of the sample.

**depends on** and **used by** name the columns that it is computed from and those computed from it, **settings** what in Parameters
changes it. The arrows scroll, **escape** goes back.
"""
    BINDINGS: ClassVar = [
        Binding("j", "scroll_down", "Down", show=False, id="vim.down"),
        Binding("k", "scroll_up", "Up", show=False, id="vim.up"),
    ]
    DEFAULT_CSS = """
    ColumnCard Static { width: 1fr; height: auto; }
    ColumnCard Plot { height: 8; margin-top: 1; display: none; }
    ColumnCard.-plotted Plot { display: block; }
    ColumnCard #column-rest { margin-top: 1; }
    """

    def compose(self) -> ComposeResult:
        """Texts above and below a plot."""
        yield Static(id="column-law", markup=False)
        yield Static(id="column-sample", markup=False)
        yield Plot(id="column-plot")
        yield Static(id="column-rest", markup=False)

    def show(self, facts: ColumnFacts | None, sample: ColumnSample | None = None, problem: str = "") -> None:
        """Brings the card up to date; without a sample it says that one is drawn, or why there is none."""
        shape = sample.shape if sample is not None and not sample.values else None
        self.set_class(shape is not None, "-plotted")
        law, rest = self.query_one("#column-law", Static), self.query_one("#column-rest", Static)
        figures, plot = self.query_one("#column-sample", Static), self.query_one(Plot)
        if facts is None:
            for each in (law, rest, figures):
                each.update("")
            return
        law.update(_law(facts))
        rest.update(_rest(facts))
        if sample is None:
            figures.update(Content.styled(f"\n{printable(problem) or 'drawing a sample ...'}", "$text-error" if problem else "dim"))
            return
        figures.update(Content("\n").append(Content("\n").join(map(Content, _figures(facts, sample, max(self.content_size.width, 20))))))
        if shape is None:
            return
        if shape.labels:
            plot.show_bars(shape.shares, shape.labels, title=shape.title, scale=_percent)
        else:
            plot.show_curve(shape.shares, title=shape.title, ends=shape.ends, scale=_percent)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.1 or not share else f"{share:.1%}"


def _law(facts: ColumnFacts) -> Content:
    text = Content.styled(printable(facts.column), "bold").append(Content.styled(f"  {facts.type}", "dim"))
    lines = [text]
    lines += [Content.styled(printable(", ".join(facts.roles)), "$text-primary")] if facts.roles else []
    unit = f" ({facts.unit})" if facts.unit else ""
    lines += [Content(printable(f"{facts.about}{unit}"))] if facts.about else []
    lines.append(Content.assemble("\n", (facts.kind, "bold"), f": {facts.words}"))
    lines += [Content.assemble((f"{printable(name)}  ", "dim"), printable(told)) for name, told in facts.law]
    return Content("\n").join(lines)


def _figures(facts: ColumnFacts, sample: ColumnSample, width: int) -> Iterator[str]:
    empty = f", {sample.empty:.1%} empty" if sample.empty else ""
    yield f"in a sample of {sample.rows:,} rows: {sample.distinct:,} different{empty}"
    if sample.least and sample.least != sample.most:
        mean = f", mean {sample.mean:,.6g}" if sample.mean is not None else ""
        yield f"from {printable(sample.least)} to {printable(sample.most)}{mean}"
    if sample.quartiles:
        yield f"quartiles {', '.join(sample.quartiles)}"
    declared = dict(facts.values)
    if sample.values:
        found = sample.values[:_MOST]
        figures = [_percent(share) + (f" ({_percent(declared[value])})" if value in declared else "") for value, share in found]
        yield from lying([share for _, share in found], [printable(value) or '""' for value, _ in found], figures, width)
        if len(sample.values) > _MOST:
            yield f"and {len(sample.values) - _MOST} more"
        if any(value in declared for value, _ in found):
            yield "(in brackets: as declared)"
    elif sample.shape is None and sample.examples:
        yield f"such as {printable(', '.join(sample.examples))}"


def _rest(facts: ColumnFacts) -> Content:
    parts: list[Content] = []
    for title, names in (
        ("depends on (by this word of the declaration)", facts.depends_on),
        ("and by way of these on", facts.further),
        ("used by", facts.used_by),
    ):
        if names:
            own = [name.removeprefix(f"{facts.table}.") for name in names]
            parts.append(Content.assemble((title, "bold"), f"\n{printable(', '.join(own))}"))
    if facts.settings:
        lines = [Content.assemble((printable(name), "$text-primary"), f"  {printable(told)}") for name, told in facts.settings]
        parts.append(Content("\n").join([Content.styled("settings that change it", "bold"), *lines]))
    return Content("\n\n").join(parts)
