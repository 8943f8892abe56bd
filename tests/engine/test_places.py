"""Places of rows in groups of 64: the same for whole groups, for any rows, and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.engine.places import GROUP, Places

KEYS = st.integers(0, 2**64 - 1)
GROUPS = st.lists(st.integers(0, 2**40), min_size=1, max_size=5)


@pytest.mark.parametrize("first_is_last", [False, True])
@given(key=KEYS, some=GROUPS)
def test_groups_rows_and_places_agree(first_is_last: bool, key: int, some: list[int]) -> None:
    """Each group has every place once; a row alone has the place that it has in its group, where it is found again."""
    places, groups = Places(key, first_is_last=first_is_last), np.array([0, *some], np.int64)
    whole = places.of_groups(groups)
    assert (np.sort(whole, axis=1) == np.arange(GROUP)).all()
    rows = groups[:, None] * GROUP + np.arange(GROUP)
    assert (places.of_rows(rows.ravel()) == whole.ravel()).all()
    assert (places.rows_at(groups, whole) == np.arange(GROUP)).all()


@given(key=KEYS)
def test_the_first_row_takes_the_last_place(key: int) -> None:
    """Only two rows of the first group move, and no other group changes."""
    plain, moved = Places(key), Places(key, first_is_last=True)
    groups = np.array([0, 1, 7], np.int64)
    before, after = plain.of_groups(groups), moved.of_groups(groups)
    assert after[0, 0] == GROUP - 1
    assert (before[0] != after[0]).sum() in (0, 2)
    assert (before[1:] == after[1:]).all()
