"""Any text of others, in everything that the command line writes."""

from __future__ import annotations

import csv
import io
import json
from contextlib import redirect_stderr, redirect_stdout
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from ingen_fab.synthetic_data.cli.streams import say, tell
from ingen_fab.synthetic_data.cli.tables import Form, aligned, columns_of, write_table
from ingen_fab.synthetic_data.core.format import printable
from ingen_fab.synthetic_data.core.quality.html import html
from ingen_fab.synthetic_data.core.quality.junit import junit
from ingen_fab.synthetic_data.core.quality.report import Report, Result, Silent, TableLine
from ingen_fab.synthetic_data.core.quality.words import report_lines
from rich.cells import cell_len

NASTY = st.sampled_from(
    ["\x1b]0;t\x07", "\x1b[2J", "\x9b", "\r", "\n", "\t", "\x00", "\u202e", "\u2028", "\uffff", "\ufffe", "[/]", "[bold]", "]]>", "<b>",
     "&", '"', ",", "|", "`", "{{", "日", "\u0301", "👩\u200d👧", " ", "x" * 10_000]
)  # fmt: skip
TEXTS = st.lists(st.one_of(NASTY, st.text(max_size=5)), max_size=5).map("".join)
"""Texts of Unicode, as files in UTF-8 hold them."""
ANY_TEXTS = st.lists(st.one_of(NASTY, st.text(st.characters(codec=None), max_size=5), st.just("\ud800")), max_size=5).map("".join)
"""With halves of surrogate pairs, as escapes in JSON and names of files hold them."""


def written(work: Any, *arguments: Any) -> tuple[str, str]:
    """What a function writes to standard output and standard error, each of which takes UTF-8."""
    out, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(errors):
        work(*arguments)
    texts = []
    for stream in (out, errors):
        stream.seek(0)
        texts.append(stream.read())
    return texts[0], texts[1]


@given(st.lists(ANY_TEXTS, max_size=3))
def test_lines_are_printable(texts: list[str]) -> None:
    """A text is a line of its own on standard output; on standard error its lines are bounded."""
    out, _ = written(tell, *texts)
    assert out == "".join(f"{printable(text)}\n" for text in texts)
    for text in texts:
        _, errors = written(say, text)
        assert printable(errors, keep="\n") == errors
        assert all(len(line) < 2_100 for line in errors.splitlines())


@given(
    st.lists(
        st.tuples(TEXTS, st.lists(st.none() | TEXTS, min_size=3, max_size=3)), min_size=1, max_size=4, unique_by=lambda column: column[0]
    ),
    st.integers(0, 200),
)
def test_tables(columns: list[tuple[str, list[str | None]]], width: int) -> None:
    """Aligned ones have a line for each row and fit; CSV and JSON are read back."""
    arrays = [pa.array(values, pa.string()) for _, values in columns]
    table = pa.Table.from_arrays([*arrays, pa.array([1, None, 30])], names=[*(name for name, _ in columns), "a number"])
    lines, _ = aligned(columns_of(table), width)
    assert len(lines) == 4
    assert all(cell_len(line) <= max(width, 2) for line in lines)
    forms: tuple[Form, ...] = ("table", "vertical", "csv", "json")
    outs = {form: written(write_table, table, form)[0] for form in forms}
    for out in outs.values():
        assert printable(out, keep="\n\t") == out
    assert len(outs["table"].splitlines()) == 4
    assert len(outs["vertical"].splitlines()) == 3 * (len(columns) + 2)
    rows = list(csv.reader(io.StringIO(outs["csv"], newline=""), strict=True))
    for number, (name, values) in enumerate(columns):
        assert [row[number] for row in rows] == [printable(name, keep="\n\t"), *(printable(value or "", keep="\n\t") for value in values)]
    told = json.loads(outs["json"])
    assert [list(row.values())[:-1] for row in told] == [list(row) for row in zip(*(values for _, values in columns), strict=True)]


@st.composite
def reports(draw: st.DrawFn) -> Report:
    """A report that says anything."""

    def text() -> str:
        return draw(ANY_TEXTS)

    results = tuple(
        Result(text(), "t", text(), text(), "rule", draw(st.booleans()), 1.0, text(), 2.5, 0, 9, offending=(text(), text()))
        for _ in range(2)
    )
    silent = (Silent(text(), "t", text(), text()),)
    return Report(
        text(), text(), text(), 1, 10, text(), (text(), text()), text(), text(), (TableLine("t", text(), 9, 2, 1),), results, silent, 0.1
    )


class Tags(HTMLParser):
    """Counts tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: dict[str, int] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] = self.tags.get(tag, 0) + 1


@settings(max_examples=settings.default.max_examples // 2 if settings.default else 20)
@given(reports())
def test_reports(report: Report) -> None:
    """XML and HTML are well-formed UTF-8 with the cases that there are; lines are lines."""
    root = ET.fromstring(junit(report).encode())  # noqa: S314  # our own text
    assert len(list(root.iter("testcase"))) == 3
    page = html(report)
    page.encode()
    assert printable(page, keep="\n") == page
    parser = Tags()
    parser.feed(page)
    assert "bold" not in parser.tags
    assert parser.tags["html"] == 1
    out, _ = written(tell, *report_lines(report))
    assert printable(out, keep="\n") == out
