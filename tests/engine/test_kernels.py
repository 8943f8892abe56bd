"""Building blocks: bijections, exact functions, alias tables, distributions."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine import exact
from ingen_fab.synthetic_data.core.engine.alias import build_alias
from ingen_fab.synthetic_data.core.engine.distributions import moments, multiset, table
from ingen_fab.synthetic_data.core.engine.hashing import hash_ints, hash_keyed, hash_range, make_key
from ingen_fab.synthetic_data.core.engine.permute import permute, shuffle_pow2, unpermute
from ingen_fab.synthetic_data.core.engine.popularity import Popularity
from ingen_fab.synthetic_data.core.program.columns import Popularity as Zipf
from ingen_fab.synthetic_data.core.program.columns import Rates
from ingen_fab.synthetic_data.core.program.values import Distribution


@given(size=st.integers(1, 5_000), key=st.integers(0, 2**63 - 1))
@settings(max_examples=60, deadline=None)
def test_permutations_are_bijections(size: int, key: int) -> None:
    """Every place is taken once, and the inverse leads back."""
    x = np.arange(size)
    y = permute(key, size, x)
    assert sorted(y.tolist()) == list(range(size))
    assert (unpermute(key, size, y) == x).all()


@given(bits=st.integers(2, 12), key=st.integers(0, 2**64 - 1))
@settings(max_examples=60, deadline=None)
def test_shuffles_are_bijections(bits: int, key: int) -> None:
    """The cheap shuffle of powers of two takes every place once."""
    size = 1 << bits
    assert sorted(shuffle_pow2(bits, np.full(size, key, np.uint64), np.arange(size)).tolist()) == list(range(size))


@given(start=st.integers(0, 2**40), count=st.integers(0, 70_000), key=st.integers(0, 2**64 - 1))
@settings(max_examples=40, deadline=None)
def test_ranges_hash_as_scattered_rows(start: int, count: int, key: int) -> None:
    """A range of counters hashes as the same counters one by one."""
    assert (hash_range(key, start, count) == hash_ints(key, np.arange(start, start + count))).all()
    counters = np.arange(start, start + count)
    assert (hash_keyed(np.full(count, key, np.uint64), counters) == hash_ints(key, counters)).all()


def test_keys_are_of_names() -> None:
    """Names are kept apart, and a key is the same on every machine."""
    assert make_key(1, "ab", "c") != make_key(1, "a", "bc")
    assert make_key(42, "retail_oltp", "orders", "order_id") == 12177824815307258230


def test_elementary_functions_are_accurate() -> None:
    """exp, log and the normal quantile agree with references to 1e-14."""
    x = np.linspace(-60, 60, 5_001)
    assert np.max(np.abs(exact.exp(x) / np.exp(x) - 1)) < 1e-14
    assert np.max(np.abs(exact.log(np.exp(x)) - x)) < 1e-13
    p = np.linspace(1e-7, 1 - 1e-7, 2_001)
    reference = np.array([NormalDist().inv_cdf(q) for q in p])
    assert np.max(np.abs(exact.normal_quantile(p) - reference)) < 1e-12


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=300).filter(any))
@settings(max_examples=60, deadline=None)
def test_alias_tables_are_exact(weights: list[int]) -> None:
    """The probabilities that a table encodes are the weights' shares to 1e-8."""
    given_weights = np.array(weights, np.int64)
    packed = build_alias(given_weights)
    threshold = (packed >> np.uint64(32)).astype(np.float64) / 2**32
    share = threshold.copy()
    np.add.at(share, (packed & np.uint64(0xFFFFFFFF)).astype(np.int64), 1 - threshold)
    assert np.max(np.abs(share / len(weights) - given_weights / given_weights.sum())) < 1e-8


@pytest.mark.parametrize(
    ("distribution", "mean", "spread"),
    [
        (Distribution("normal", mean=42, stddev=15), 42, 15),
        (Distribution("lognormal", mean=100, stddev=50), 100, 50),
        (Distribution("exponential", mean=6), 6, 6),
        (Distribution("uniform", min=0, max=12), 6, 12 / 12**0.5),
        (Distribution("poisson", mean=4), 4, 2),
        (Distribution("geometric", mean=3), 3, 12**0.5),
    ],
)
def test_distributions_have_their_moments(distribution: Distribution, mean: float, spread: float) -> None:
    """Mean and standard deviation of the values are the declared ones."""
    found = moments(distribution)
    assert found[0] == pytest.approx(mean, rel=0.002)
    assert found[1] == pytest.approx(spread, rel=0.01)


def test_truncation_has_no_spikes() -> None:
    """min and max cut the distribution; nothing piles up at the ends."""
    values = table(Distribution("normal", mean=42, stddev=15, min=18, max=95), 100.0)
    assert values.min() >= 1_800
    assert values.max() <= 9_500
    assert (values == 1_800).sum() < 20


@given(z=st.floats(-7.5, 7.5))
@settings(max_examples=60, deadline=None)
def test_the_normal_distribution_function_is_the_inverse_of_its_quantile(z: float) -> None:
    """As far as doubles and the quantile's own precision go: a little below lies less than z, a little above more."""
    p = exact.normal_probability(z)
    little = 4 * np.spacing(p) + 1e-11 * min(p, 1 - p)
    below, above = exact.normal_quantile(p + np.array([-little, little]))
    assert below <= z <= above


@given(mean=st.floats(1.0, 11.0))
@settings(max_examples=40, deadline=None)
def test_counts_have_an_exact_total(mean: float) -> None:
    """A multiset of counts sums to its size times the mean, inside its limits."""
    counts = multiset(Distribution("geometric", mean=mean, min=1, max=12), 1024)
    assert counts.sum() == int(1024 * mean + 0.5)
    assert counts.min() >= 1
    assert counts.max() <= 12


def test_impossible_counts_are_refused() -> None:
    """A mean beyond the limits is an error rather than a wrong total."""
    with pytest.raises(ValueError, match="cannot sum"):
        multiset(Distribution("geometric", mean=13, min=1, max=12), 1024)


@pytest.mark.parametrize("size", [3, 1_000, 1_024])
def test_exact_sums_move_no_count_beyond_the_declared_values(size: int) -> None:
    """Also where the values are listed, and min and max are not given; what has no weight is no value."""
    counts = multiset(Distribution("empirical", values=((0, 0), (2, 45), (3, 26), (5, 26), (9, 0))), size)
    assert (counts.min(), counts.max()) == (2, 5)


def test_no_rows_draw_no_popularity() -> None:
    """No hashes are no cells, whatever the population."""
    popularity, none = Popularity(make_key(1, "x"), Zipf(0.9, 0.001)), np.zeros(0, np.int64)
    block, rank = popularity.cells(hash_range(1, 0, 0), none)
    assert (len(block), len(rank), len(popularity.ids(block, rank, hash_range(2, 0, 0).take))) == (0, 0, 0)


@pytest.mark.parametrize("law", [Zipf(0.9, 0.001), Rates("gamma", 0.7), Rates("lognormal", 1.1)])
@pytest.mark.parametrize("count", [20, 1_000, 70_000])
def test_popularity_draws_as_its_weights(count: int, law: Zipf | Rates) -> None:
    """Draws follow the weights of the ids, and stay inside the covered blocks."""
    popularity = Popularity(make_key(1, "x"), law)
    draws = 200_000
    bits, more = hash_range(1, 0, draws), hash_range(2, 0, draws)
    ids = popularity.ids(*popularity.cells(bits, np.full(draws, count)), more.take)
    weights = popularity.weights(count)
    inside = ids[ids < count]
    found = np.bincount(inside, minlength=count).astype(float)
    hottest = np.argsort(weights)[::-1][: max(count // 100, 1)]
    assert found[hottest].sum() / len(inside) == pytest.approx(weights[hottest].sum() / weights.sum(), abs=0.01)
