"""What stands behind the preview's grid: a few pages of many rows, and places as people write them."""

from __future__ import annotations

import subprocess
import sys
from datetime import date

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.tui.looking import AsOf, ToDay, ToRow, destination
from ingen_fab.synthetic_data.tui.pages import PAGE, Page, Pages


def page(number: int) -> Page:
    texts = [str(number * PAGE + line) for line in range(PAGE)]
    return Page(number, pa.table({"a": texts}), [texts])


def test_few_pages_of_many_are_held() -> None:
    """What is on the screen comes first, then what lies beside it; what was seen longest ago goes."""
    pages = Pages(10**12)
    first = 10**12 - PAGE - 3
    wanted = [pages.missing(first, first + 50)]
    for _ in range(3):
        pages.put(page(wanted[-1] or 0))
        wanted.append(pages.missing(first, first + 50))
    last = 10**12 // PAGE
    assert wanted == [last - 2, last - 1, last - 3, None]
    assert pages.cell(first, 0) == str(first)
    for number in range(20):
        pages.put(page(number))
    assert sum(pages.page(number * PAGE) is not None for number in range(20)) == 12
    assert pages.page(first) is None
    assert Pages(0).missing(0, 10) is None


def test_a_page_that_fails_is_not_asked_for_again() -> None:
    """Else it would be worked out without end."""
    pages = Pages(2 * PAGE)
    pages.fail(0)
    assert pages.missing(0, 10) == 1


def test_places_as_they_are_written() -> None:
    """A row, the last row, a day, the state of a day; anything else is told in a sentence."""
    found = [destination(text, 1_000, int) for text in ("7", "-1", "2024-03-05", "@2024-03-05", "@", " ")]
    assert found == [ToRow(6), ToRow(999), ToDay(date(2024, 3, 5)), AsOf(date(2024, 3, 5)), AsOf(None), None]
    for wrong, told in (("1001", "1 to 1,000"), ("-1001", "1 to 1,000"), ("2024-13-01", "not a day"), ("@tomorrow", "not a day")):
        with pytest.raises(InputError, match=told):
            destination(wrong, 1_000, int)
    with pytest.raises(InputError, match="there are no rows here"):
        destination("1", 0, int)


def test_the_screen_is_there_before_the_libraries() -> None:
    """Arrow and DuckDB are loaded in the thread that makes rows: on a busy machine that takes seconds in which no key would be answered."""
    asked = (
        "import sys; import ingen_fab.synthetic_data.tui.screens.preview; print(sorted({'duckdb', 'numpy', 'pyarrow'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout.strip() == "[]"
