"""Lifecycles: whoever asks for one rare step alone gets what the whole timeline says, for the price of the steps before it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from ingen_fab.synthetic_data.core.engine.distributions import Sampler
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.engine.hashing import Bits, Ints
from ingen_fab.synthetic_data.core.plan.plan import Plan

STEPS = 14
LAG = "lag: {min: 1, max: 3, unit: hours}"
LATER = [f"          s{step}: {{after: [{', '.join(f's{n}' for n in range(step))}], share: 0.2, {LAG}}}\n" for step in range(2, STEPS)]
FIFTH = LATER[3]
TRIPS = f"""
dataset_id: trips
history: {{start: 2024-01-01, end: 2024-03-31}}
driving: trips
tables:
  trips:
    rows: events
    columns:
      trip_id: key
      due: {{kind: timestamp, from: begun, plus: {{value: 30, type: constant, unit: hours}}}}
      begun: begin
      state:
        kind: lifecycle
        steps:
          s0: {{}}
          s1: {{after: s0, share: 0.5, {LAG}}}
{"".join(LATER)}      last: state.s{STEPS - 1}
      what: {{kind: copy, from: state}}
"""


@pytest.mark.parametrize("due", [False, True])
@pytest.mark.parametrize("seed", [7, 42])
def test_a_rare_step_alone(own_plan: Callable[..., Plan], monkeypatch: pytest.MonkeyPatch, due: bool, seed: int) -> None:
    """Its times are those of the whole timeline, and no step's are drawn twice, however many ways lead to it."""
    plan = own_plan(TRIPS, *((FIFTH, FIFTH.replace(LAG, "at: due")) if due else ()), target_rows=1_000, seed=seed)
    drawn: list[int] = []
    draw = Sampler.draw

    def counted(sampler: Sampler, bits: Bits) -> Ints:
        drawn.append(id(sampler))
        return draw(sampler, bits)

    monkeypatch.setattr(Sampler, "draw", counted)
    alone = Engine(plan.program).batch("trips", 0, 1_000, ["last"])
    assert len(drawn) == len(set(drawn)) < STEPS
    whole = Engine(plan.program).batch("trips", 0, 1_000, ["what", "last"])
    assert alone.column("last").equals(whole.column("last"))
    assert 100 < 1_000 - alone.column("last").null_count < 250
