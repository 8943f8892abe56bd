"""Values of distributions and of lists are the same whichever way they are computed."""

from __future__ import annotations

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.distributions import SIZE, Sampler, table
from ingen_fab.synthetic_data.core.engine.pools import Pool
from ingen_fab.synthetic_data.core.program.values import Distribution


@pytest.mark.parametrize(
    "distribution",
    [
        Distribution("lognormal", mean=40.0, stddev=30.0, min=1.0, max=900.0),
        Distribution("normal", mean=0.0, stddev=2.0, min=-1.0),
        Distribution("exponential", mean=3.0),
        Distribution("geometric", mean=2.5, min=1.0, max=9.0),
        Distribution("poisson", mean=3.0),
        Distribution("pareto", mean=8.0, min=2.0, max=400.0),
        Distribution("empirical", values=((1.0, 3.0), (5.5, 2.0), (9.0, 1.0))),
    ],
)
def test_few_draws_are_those_of_the_table(distribution: Distribution) -> None:
    """A table is made once it pays; the values that are drawn before are its values, bit by bit."""
    bits = np.arange(SIZE, dtype=np.uint64) << np.uint64(48)
    few, whole = Sampler(distribution, 100.0), table(distribution, 100.0)
    drawn = [few.draw(bits[start : start + 1_000]) for start in range(0, SIZE, 1_000)]
    assert np.array_equal(np.concatenate(drawn), whole)
    assert few.most == whole[-1]


@pytest.mark.parametrize(
    ("text", "scale", "number"), [("-0.07", 2, -7), ("3", 4, 30_000), ("99999999999999.9999", 4, 999_999_999_999_999_999)]
)
def test_decimals_of_a_list_are_exact(text: str, scale: int, number: int) -> None:
    """Also those that no double holds."""
    pool = Pool.parse(f"a\n{text}\n0.5\n", {"a": f"decimal(18,{scale})"})
    assert pool.fields["a"].values.tolist() == [number, 5 * 10 ** (scale - 1)]
