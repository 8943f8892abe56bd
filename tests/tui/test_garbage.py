"""When the wizard looks for garbage."""

from __future__ import annotations

import gc

from ingen_fab.synthetic_data.tui.garbage import settling


def test_what_stays_is_set_apart() -> None:
    """Nothing is looked for until something is shown; in the end all is as it was."""
    before = gc.get_freeze_count()
    with settling() as settled:
        assert not gc.isenabled()
        made: list[list[int]] = [[] for _ in range(1_000)]
        settled()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= before + len(made)
    assert gc.isenabled()
