"""Places among edges and distinct values, beside numpy's own searches, and shuffles of many numbers beside those of single ones."""

from __future__ import annotations

import numpy as np
import pytest
from ingen_fab.synthetic_data.core.engine.edges import Edges, numbered
from ingen_fab.synthetic_data.core.engine.hashing import Ints, hash_range
from ingen_fab.synthetic_data.core.engine.permute import permute, shuffle_pow2, shuffle_widths, unpermute

_DRAWS = np.random.default_rng(7)


@pytest.mark.parametrize(
    "edges",
    [
        np.array([5], np.int64),
        np.array([-7, -7, -7], np.int64),
        np.arange(0, 731 * 13_000, 13_000, dtype=np.int64),
        np.sort(_DRAWS.integers(-(2**50), 2**50, 900)),
        np.sort(_DRAWS.integers(0, 40, 500)),
        # Most lie in one stretch, so that they are searched for.
        np.append(np.arange(200, dtype=np.int64), 2**40),
    ],
)
@pytest.mark.parametrize("count", [0, 1, 63, 64, 5_000])
def test_values_pass_the_edges_that_a_search_finds(edges: Ints, count: int) -> None:
    """Below the first edge, on edges, between them and beyond the last."""
    low, high = int(edges[0]) - 10, int(edges[-1]) + 10
    values = _DRAWS.integers(low, high + 1, count)
    values[::3] = edges[_DRAWS.integers(0, len(edges), len(values[::3]))]
    assert np.array_equal(Edges(edges).passed(values), np.searchsorted(edges, values, side="right"))


@pytest.mark.parametrize("span", [1, 3, 500, 2**40])
@pytest.mark.parametrize("count", [0, 1, 2, 1_000])
def test_distinct_values_are_numbered_as_by_sorting(span: int, count: int) -> None:
    """Of close values, which are counted, and of others."""
    values = _DRAWS.integers(-5, span - 5, count)
    distinct, place = numbered(values)
    expected, places = np.unique(values, return_inverse=True)
    assert np.array_equal(distinct, expected)
    assert np.array_equal(place, places)


@pytest.mark.parametrize("forward", [True, False])
def test_runs_of_one_domain_are_permuted_as_single_numbers_are(forward: bool) -> None:
    """Long runs share their sides, short ones do not; which they are changes no value."""
    one = permute if forward else unpermute
    sizes = np.repeat(np.array([1, 2, 13_001, 13_001, 700], np.int64), [1, 2, 9_000, 5_000, 700])
    keys = np.repeat(hash_range(3, 0, 5), [1, 2, 9_000, 5_000, 700])
    places = _DRAWS.integers(0, sizes)
    together = one(keys, sizes, places)
    some = np.arange(0, len(places), 97)
    assert np.array_equal(together[some], one(keys[some], sizes[some], places[some]))
    assert np.array_equal(together[3:9_003], one(int(keys[3]), 13_001, places[3:9_003]))


def test_domains_of_several_widths_are_shuffled_as_each_alone() -> None:
    """Rows of blocks of all sizes in one step."""
    widths = _DRAWS.integers(2, 17, 3_000)
    keys, numbers = hash_range(5, 0, 3_000), _DRAWS.integers(0, 1 << 16, 3_000) & ((1 << widths) - 1)
    found = shuffle_widths(widths, keys, numbers)
    for width in range(2, 17):
        mine = np.flatnonzero(widths == width)
        assert np.array_equal(found[mine], shuffle_pow2(width, keys[mine], numbers[mine]))
