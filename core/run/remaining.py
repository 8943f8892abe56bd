"""How long a run will still take: the plan's estimate at first, what was measured later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_TRUST: Final = 2.0
"""Seconds of work as told by an estimate that weigh as much as what was measured: the first second of a run says little."""
_LAG: Final = 0.7
"""Seconds that show no work: workers start, and what they work at is told block by block."""


def work_done(rows: Mapping[str, tuple[int, int]], costs: Mapping[str, float] | None = None) -> float:
    """The share of a run's work that is done, 0 to 1.

    `rows` has of each table its rows so far and all of them. `costs` has core seconds of whole tables, as an estimate tells
    them: rows of one table may cost a hundred times those of another. Rows of tables that it does not know cost what rows of the
    others cost on average.
    """
    known = {name: cost for name, cost in (costs or {}).items() if name in rows and cost > 0}
    counted = sum(total for name, (_, total) in rows.items() if name in known)
    a_row = sum(known.values()) / counted if counted else 1.0
    done = whole = 0.0
    for name, (now, total) in rows.items():
        cost = known.get(name, a_row * total)
        whole += cost
        done += cost * min(now / total, 1.0) if total else 0.0
    return min(done / whole, 1.0) if whole else 0.0


def remaining(share: float, elapsed: float, expected: float | None = None) -> float | None:
    """Seconds that a run will still take; None where nothing is known yet.

    `share` of its work is done, 0 to 1, after `elapsed` seconds. `expected` is what the plan's estimate said of the whole run, in
    seconds. It is believed at first, and corrected by how much slower or faster the work really goes, the more of it is measured.
    """
    if share >= 1:
        return 0.0
    if not expected or expected <= 0:
        return elapsed * (1 - share) / share if share > 0 and elapsed > 0 else None
    slower = (_TRUST + max(elapsed - _LAG, 0.0)) / (_TRUST + expected * share)
    return expected * (1 - share) * slower
