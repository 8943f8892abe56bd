"""Values and texts of others in Python source, Markdown and comments."""

from __future__ import annotations

import ast
from enum import StrEnum
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.compile.cells import Cell, Notebook, notebook_of, text_of
from ingen_fab.synthetic_data.core.compile.literals import comment, literal, markdown
from ingen_fab.synthetic_data.core.errors import InputError
from markdown_it import MarkdownIt

TEXTS = """
META {
MAGIC
Fabric notebook source
CELL ********************
*/ DROP TABLE t; /*
/*/
'; DROP TABLE t --
{{ 7 * 7 }}
1. a
- a
+ a
===
# a
> a
<script>alert(1)</script>
![x](http://evil)
[a]: http://evil
http://evil.com
www.evil.com
me@evil.com
`a`
~~a~~
| a | b |
&lt;
\\
$x$
%pip install x
""".strip().split("\n")
HOSTILE = st.one_of(st.text(), st.sampled_from([*TEXTS, "a\nb", "a\u2028b", "a\x85b", "a\n\n# b"]))


class Mode(StrEnum):
    DAILY = "daily"


@given(
    st.one_of(
        st.text(st.characters(codec=None)),
        st.integers(),
        st.floats(allow_nan=False, allow_infinity=False),
        st.booleans(),
        st.none(),
        HOSTILE,
    )
)
def test_a_literal_is_the_value_again(value: str | int | float | bool | None) -> None:
    """Of its type, in ASCII, on one line."""
    source = literal(value)
    assert source.isascii()
    assert source.isprintable()
    found = ast.literal_eval(source)
    assert type(found) is type(value)
    assert found == value
    assert text_of(Notebook("python", (Cell("parameters", f"x = {source}"),)))


@pytest.mark.parametrize(
    ("value", "source"),
    [
        ("retail_oltp_small", '"retail_oltp_small"'),
        ('"; import os #', '"\\"; import os #"'),
        ("a\n%pip\\", '"a\\n%pip\\\\"'),
        ("naïve 😀", '"na\\xefve \\U0001f600"'),
        (Mode.DAILY, '"daily"'),
        (np.float64(0.1), "0.1"),
        (True, "True"),
        (-0.0, "-0.0"),
    ],
)
def test_literals_read_well(value: Any, source: str) -> None:
    """In double quotes, as ruff writes them; of subclasses the value alone."""
    assert literal(value) == source


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), 10**4_000, -(10**9_000)], ids=["nan", "inf", "-inf", "long", "longer"]
)
def test_numbers_without_a_literal_are_refused(value: float) -> None:
    """They have none, or none that Python reads."""
    with pytest.raises(InputError, match="cannot be a parameter of a notebook"):
        literal(value)


@given(HOSTILE)
def test_markdown_shows_a_text_as_it_is(text: str) -> None:
    """A parser of Markdown finds nothing in it but text, and a notebook holds it at the beginning of a line."""
    line = markdown(text)
    tokens = [token for token in MarkdownIt("gfm-like").parse(line) if token.type not in ("paragraph_open", "paragraph_close")]
    kinds = {child.type for token in tokens for child in (token.children or [token])}
    assert kinds <= {"text", "text_special"}
    notebook = Notebook("spark", (Cell("markdown", line),))
    assert notebook_of(text_of(notebook)) == notebook


@given(HOSTILE)
def test_a_comment_stays_one(text: str) -> None:
    """On its line, without the marks of other comments and of the format."""
    line = comment(text)
    assert len(line.splitlines()) <= 1
    assert "*/" not in line
    assert "/*" not in line
    notebook = Notebook("spark", (Cell("code", f"# {line}\nx = 1"),))
    assert notebook_of(text_of(notebook)) == notebook


def test_plain_texts_stay_readable() -> None:
    """Nothing is escaped that means nothing."""
    assert comment("Orders, a row each (2024-01-01 to 2024-12-31)") == "Orders, a row each (2024-01-01 to 2024-12-31)"
    assert markdown("Orders, a row each (2024-01-01 to 2024-12-31)") == "Orders, a row each (2024-01-01 to 2024-12-31)"
    assert markdown("  a\n b * c  ") == "a b \\* c"
