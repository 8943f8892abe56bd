"""Progress of a run on a terminal: the whole, with the time that is left, above the tables."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence

import pytest
from ingen_fab.synthetic_data.cli.reporters import BarReporter, PlainReporter, reporter
from ingen_fab.synthetic_data.core.run.estimate import Estimate, TableEstimate
from ingen_fab.synthetic_data.core.run.events import Event, RunStarted, TableFinished, TableProgress

STARTED = RunStarted("r", "shop", (("orders", 20_000_000), ("lines", 5_000_000)), 2, 0.0)


class Terminal(io.StringIO):
    """One whose lines can be drawn over."""

    def isatty(self) -> bool:
        return True


def drawn(monkeypatch: pytest.MonkeyPatch, events: Sequence[Event], expected: Estimate | None = None) -> list[str]:
    """Of each bar, the whole first: its name, how full it is, and what stands behind it."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("COLUMNS", "120")
    bars = BarReporter()
    bars._expected = expected
    with bars as emit:
        for event in events:
            emit(event)
        return [f"{task.description} {task.percentage:.0f}% {task.fields['load'].rstrip()}" for task in bars._progress.tasks]


def test_the_whole_and_the_time_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """By rows where nothing else is known; by what tables cost, from the first row on, where an estimate says it."""
    ten = TableProgress("orders", 10_000_000, 20_000_000, 0, 10.0)
    assert drawn(monkeypatch, [STARTED, ten]) == ["total 40% 1.0 M rows/s, 15 s left", "orders 50% ", "lines 0% "]
    first = TableProgress("orders", 200_000, 20_000_000, 0, 0.5)
    assert drawn(monkeypatch, [STARTED, first])[0] == "total 1% 400 k rows/s"
    costs = {"orders": TableEstimate(20_000_000, 1, 10.0), "lines": TableEstimate(5_000_000, 1, 30.0)}
    expected = Estimate(20.0, 1, 1, costs)
    assert drawn(monkeypatch, [STARTED, first], expected)[0] == "total 0% 400 k rows/s, 19 s left"
    assert drawn(monkeypatch, [STARTED, ten], expected)[0].startswith("total 12% 1.0 M rows/s, ")
    done = [TableFinished("orders", 20_000_000, 1, 9.0, 9.0), TableFinished("lines", 5_000_000, 1, 9.0, 10.0)]
    assert drawn(monkeypatch, [STARTED, *done])[0] == "total 100% 2.5 M rows/s"


def test_a_dumb_terminal_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """No bar is drawn over and over where nothing can be drawn over."""
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    assert isinstance(reporter(), BarReporter)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(reporter(), PlainReporter)
