"""Charts of block glyphs: what is drawn is as large as it was asked to be, and as high as its values say."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.cells import cell_len, cut, filled, split
from ingen_fab.synthetic_data.core.charts import bars, curve, figure, framed, lying

NUMBERS = st.lists(st.floats(0, 1e12) | st.just(float("nan")), max_size=60)


def test_bars_stand_over_their_labels() -> None:
    """Half as much is half as high, and nothing is nothing."""
    assert bars([4, 2, 0, 1], ["mo", "tu", "we", "th"], 16, 3) == [
        "███             ",
        "███ ███     ▄▄▄ ",
        "mo  tu  we  th  ",
    ]


def test_bars_are_equally_wide_where_that_leaves_little() -> None:
    """Seven in sixteen cells leave two free; three in five would leave as much, and share them out."""
    assert bars([1] * 7, [], 16, 1) == ["█" * 14 + "  "]
    assert bars([1] * 3, [], 5, 1) == ["█████"]


def test_a_line_shows_what_a_bar_is_compared_with() -> None:
    """It stands at the height of the other value, also across a bar."""
    assert bars([4, 4], [], 6, 4, beside=[1, 3]) == ["██ ── ", "██ ██ ", "── ██ ", "██ ██ "]


def test_labels_without_room_are_left_out() -> None:
    """Every third hour, where each would run into the next."""
    assert bars([1] * 24, [str(hour) for hour in range(24)], 48, 2)[1].split() == [str(hour) for hour in range(24)][::2]


def test_a_curve_is_stretched_and_averaged() -> None:
    """Over more cells than values, and over fewer."""
    assert curve([0, 8], 9, 1) == [" ▁▂▃▄▅▆▇█"]
    assert curve([0, 4, 4, 8, 8, 8], 3, 1) == ["▂▆█"]
    assert curve([4, 8], 2, 1, least=4) == [" █"]


def test_lying_bars_have_their_figures_behind_them() -> None:
    """Labels that are too long are cut, and say so."""
    assert lying([0.5, 0.25], ["web", "a very long name"], ["50%", "25%"], 20) == ["web      ███████ 50%", "a very.. ███▌    25%"]


def test_an_axis_names_its_ends() -> None:
    """The values at the left, the cells below."""
    assert framed(["▄█", "██"], "12", "0", ("a", "b")) == ["12 ┤▄█", " 0 ┤██", "    a "]


@settings(max_examples=40, deadline=None)
@given(NUMBERS, st.integers(1, 90), st.integers(1, 12), st.booleans())
def test_a_chart_has_the_size_that_was_asked_for(values: list[float], width: int, height: int, compared: bool) -> None:
    """Whatever the numbers are."""
    beside = values[::-1] if compared else []
    for lines in (
        bars(values, [f"v{n}" for n in range(len(values))], width, height, beside=beside),
        curve(values, width, height, beside=beside),
    ):
        assert [len(line) for line in lines] == [width] * height
    assert all(len(line) <= width for line in lying(values, ["x" * 9] * len(values), ["1"] * len(values), width))


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0"), (0.05, "0.05"), (12.345, "12.3"), (1234, "1234"), (12_345, "12.3k"), (999_900, "1M"), (3.4e6, "3.4M"), (5e13, "50000G")],
)
def test_figures_are_short(value: float, told: str) -> None:
    """Three digits, and a unit from ten thousand on."""
    assert figure(value) == told


def test_what_is_cut_says_so() -> None:
    """With two dots."""
    assert [cut("abcdef", width) for width in (6, 5, 2, 1, 0)] == ["abcdef", "abc..", "..", ".", ""]


@pytest.mark.parametrize(
    ("text", "cells"),
    [("abc", ["a", "b", "c"]), ("日本x", ["日", "", "本", "", "x"]), ("cafe\u0301s", ["c", "a", "f", "e\u0301", "s"]), ("", [])],
)
def test_texts_are_measured_in_cells(text: str, cells: list[str]) -> None:
    """Wide letters take two, marks none; whatever the room, what is cut or filled is no wider."""
    assert split(text) == cells
    assert len(cells) == cell_len(text)
    for width in range(9):
        assert cell_len(cut(text, width)) <= width
        assert cell_len(filled(text, width)) == cell_len(filled(text, width, right=True)) == width


def test_charts_of_wide_letters_stay_in_line() -> None:
    """Labels, figures and ends of an axis."""
    labels, width = ["東京都", "Zu\u0308rich", "a"], 24
    assert {cell_len(line) for line in lying([3, 2, 1], labels, ["3", "2", "1"], width)} == {width}
    assert {cell_len(line) for line in bars([3, 2, 1], labels, width, 3)} == {width}
    assert {cell_len(line) for line in framed(["█" * 9, "█" * 9], "1", "0", ("東京都", "大阪府"))} == {12}


@pytest.mark.parametrize("value", [9_999, 10_000, 12_345, 99_949, 99_999, 999_499, 999_999, 123_456_789, 999_999_999_999, 10**12])
def test_numbers_of_rows_take_five_letters_at_most(value: int) -> None:
    """Up to the most rows that a dataset may have: lists leave so much room."""
    assert len(figure(value)) <= 5
