"""The plot fills its room, and shows texts of others as texts."""

from __future__ import annotations

import asyncio

from ingen_fab.synthetic_data.tui.widgets.plot import Plot
from textual.app import App, ComposeResult


class Shown(App[None]):
    """A plot alone."""

    def compose(self) -> ComposeResult:
        """It has eight lines."""
        yield Plot()


def test_a_plot_shows_bars_a_curve_and_nothing() -> None:
    """Its title and labels are no markup, and it is drawn anew in another room."""

    async def story() -> None:
        app = Shown()
        async with app.run_test(size=(24, 10)) as pilot:
            plot = app.query_one(Plot)
            plot.show_bars([1, 2], ["[b]x", "y"], title="[red]shares")
            drawn = str(plot.render()).split("\n")
            assert (drawn[0], len(drawn)) == ("[red]shares", 8)
            assert drawn[1].startswith("2 ┤")
            assert drawn[-1].split() == ["[b]x", "y"]
            plot.show_curve([0, 1, 4], ends=("Jan", "Dec"), title="year")
            await pilot.resize_terminal(40, 10)
            drawn = str(plot.render()).split("\n")
            assert (drawn[1][0], drawn[-1].split(), len(drawn[1])) == ("4", ["Jan", "Dec"], 40)
            plot.show_curve([])
            assert str(plot.render()) == ""

    asyncio.run(story())
