"""What a number column knows besides its values."""

from __future__ import annotations

from typing import Any

import pytest
from ingen_fab.synthetic_data.core.engine.kernels.number import Number


def test_only_its_rank_is_known() -> None:
    """Any other name is an error, as of all columns."""
    number: Any = object.__new__(Number)
    number.column = "price"
    with pytest.raises(KeyError, match="price knows no lower"):
        number.part(None, "lower")
