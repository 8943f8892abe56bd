"""What a day brings, where nobody waits for it any more."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.run import day_changes
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.tui.screens import one_day


def test_a_cancelled_look_has_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tables that were looked at until then are not shown as all."""
    monkeypatch.setattr(day_changes, "day_changes", lambda *_, **__: ())
    series: Any = None
    cancel, day = CancelToken(), date(2024, 5, 6)
    assert one_day._changes(series, day, cancel) == (day, ())
    cancel.set()
    assert one_day._changes(series, day, cancel) is None
