"""How unevenly rows are drawn: laws of popularity, and the column that tells it."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.distributions import rates
from ingen_fab.synthetic_data.core.engine.hashing import make_key
from ingen_fab.synthetic_data.core.engine.popularity import Popularity
from ingen_fab.synthetic_data.core.program.columns import Popularity as Zipf
from ingen_fab.synthetic_data.core.program.columns import Rates
from ingen_fab.synthetic_data.core.quality.judges.curves import LastingSlope, Rate


@pytest.mark.parametrize(("law", "variance", "most"), [(Rates("gamma", 0.7), 1 / 0.7, 0.02), (Rates("lognormal", 0.8), 0.8965, 0.021)])
def test_rates_have_their_law_in_populations_of_any_size(law: Rates, variance: float, most: float) -> None:
    """A mean of 1 and the law's variance; among 500 nobody has a share that a quantile of the law would not give."""
    for count in (512, 65_536):
        weights = Popularity(make_key(5, "x"), law).weights(count) / 2**20
        assert weights.mean() == pytest.approx(1, rel=0.02)
        assert weights.var() == pytest.approx(variance, rel=0.12)
    few = Popularity(make_key(5, "x"), law).weights(500)
    assert few.max() / few.sum() < most


def test_quantiles_of_rates_are_right() -> None:
    """Of an exponential distribution by its formula; of a sum of two by its distribution; of shapes far apart by mean and variance."""
    above = np.concatenate([10.0 ** -np.arange(9, 0, -1), np.linspace(0.2, 0.999, 50)])
    assert rates("gamma", 1, above) == pytest.approx(-np.log(above), rel=1e-3)
    twice = rates("gamma", 2, above) * 2
    assert np.exp(-twice) * (1 + twice) == pytest.approx(above, rel=2e-3)
    middle = (np.arange(65_536) + 0.5) / 65_536
    for shape in (0.05, 100):
        values = rates("gamma", shape, middle)
        assert (float(values.mean()), float(values.var()) * shape) == pytest.approx((1, 1), rel=3e-3)


def test_weights_are_the_same_everywhere() -> None:
    """Their bits, which no library's functions decide."""
    digest = hashlib.sha256()
    for law in (Zipf(0.9, 0.001), Rates("gamma", 0.7), Rates("lognormal", 1.1)):
        weights = Popularity(make_key(5, "x"), law).weights(16_384)
        digest.update(np.sort(weights).astype("<i8").tobytes())
    assert digest.hexdigest()[:16] == "e2190fe477a6fe46"


@pytest.mark.parametrize(("counts", "right"), [("law", True), ("even", False)])
def test_even_draws_are_not_taken_for_a_law(counts: str, right: bool) -> None:
    """Of rows that are there on all days; what is drawn evenly falls with its rank by chance alone."""
    rng = np.random.default_rng(3)
    weights = rates("gamma", 0.7, (np.arange(6_000) + 0.5) / 6_000) if counts == "law" else np.ones(6_000)
    drawn, parents = np.unique(rng.poisson(weights * 60), return_counts=True)
    answer = {"parents": 6_000, "counts": dict(zip(drawn.tolist(), parents.tolist(), strict=True))}
    assert LastingSlope(Rate("gamma", 0.7), 10)(answer).passed is right
