"""Limits: wide enough for chance, narrow enough to tell something."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.quality import limits
from ingen_fab.synthetic_data.core.quality.expected import Declared, distance
from ingen_fab.synthetic_data.core.spec.distributions import Distribution

DRAWS = 400


@pytest.mark.parametrize("n", [100, 1_000, 10_000])
@pytest.mark.parametrize("p", [0.001, 0.05, 0.5, 0.97])
def test_shares_of_chance_stay_inside(n: int, p: float) -> None:
    """Four hundred samples of each size: the farthest is inside by a third at least."""
    found = np.random.default_rng(1).binomial(n, p, DRAWS) / n
    assert np.abs(found - p).max() < limits.share(p, n) * 0.67


@pytest.mark.parametrize("n", [100, 1_000, 10_000])
@pytest.mark.parametrize("weights", [[1, 1], [65, 24, 11], [97, 1, 1, 1], [1] * 200], ids=["two", "three", "one and few", "many"])
def test_categories_of_chance_stay_inside(n: int, weights: list[int]) -> None:
    """The total variation distance of samples from their own shares."""
    p = np.array(weights) / sum(weights)
    found = np.random.default_rng(2).multinomial(n, p, DRAWS) / n
    assert (np.abs(found - p).sum(axis=1) / 2).max() < limits.variation(p.tolist(), n) * 0.85


@pytest.mark.parametrize("n", [100, 1_000, 10_000])
def test_distributions_of_chance_stay_inside(n: int) -> None:
    """The Kolmogorov-Smirnov distance of samples from their own distribution."""
    expected = Declared(Distribution(type="lognormal", mean=100, stddev=120, max=2_000).engine(), places=2).expected
    draws = expected.values[np.random.default_rng(3).integers(0, len(expected.values), (50, n))]
    found = [
        distance(np.histogram(row, [-np.inf, *expected.edges + expected.step / 4, np.inf])[0].tolist(), expected.edges, expected)
        for row in draws
    ]
    assert max(found) < limits.kolmogorov(n) * 0.8
    assert np.abs(draws.mean(axis=1) - expected.mean).max() < limits.moment(expected.stddev, expected.span, n) * 0.8


@pytest.mark.parametrize("limit", [lambda n: limits.share(0.3, n), limits.kolmogorov, lambda n: limits.variation([0.4, 0.6], n)])
def test_limits_are_effects_in_the_end(limit: Callable[[int], float]) -> None:
    """They fall with the rows, and at a million they are at most two hundredths."""
    sizes = [10**k for k in range(2, 10)]
    values = [limit(n) for n in sizes]
    assert values == sorted(values, reverse=True)
    assert 0.004 < values[-1] < values[4] < 0.02
    assert limit(0) == 1


@settings(max_examples=60, deadline=None)
@given(
    distribution=st.sampled_from(
        [
            Distribution(type="normal", mean=42, stddev=15, min=18, max=95),
            Distribution(type="uniform", min=1, max=6),
            Distribution(type="geometric", mean=2.6, min=1, max=12),
            Distribution(type="exponential", mean=3),
            Distribution(type="empirical", values={1: 5, 2: 3, 8: 2}),
            Distribution(type="poisson", mean=4, max=20),
        ]
    ),
    scale=st.sampled_from([1.0, 7.0, 365.2425]),
    places=st.integers(0, 2),
)
def test_what_is_expected_is_a_distribution(distribution: Distribution, scale: float, places: int) -> None:
    """It rises from above 0 to 1 over its edges, and its bars hold nearly all of it."""
    expected = Declared(distribution.engine(), scale, places).expected
    levels = expected.below(expected.edges)
    assert levels[0] > 0
    assert (np.diff(levels) >= 0).all()
    assert expected.below([float(expected.values[-1])])[0] == 1
    bars, _ = expected.bars
    assert np.diff(expected.below(bars - expected.step / 2)).sum() > 0.97


def test_a_uniform_distribution_of_whole_numbers_counts_both_ends() -> None:
    """A die's faces are alike."""
    die = Declared(Distribution(type="uniform", min=1, max=6).engine()).expected
    assert np.diff([0, *die.below([1, 2, 3, 4, 5, 6])]) == pytest.approx([1 / 6] * 6, abs=1e-4)
