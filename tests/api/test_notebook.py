"""The Python API in a notebook: types of columns, what values say of themselves, and progress where somebody looks."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import ingen_fab.synthetic_data as package
import pandas as pd
import pytest
from ingen_fab.synthetic_data.core.html import html_card


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> package.SyntheticDataGenerator:
    """A small one."""
    where = {"output_settings.output_dir": str(tmp_path_factory.mktemp("out"))}
    return package.SyntheticDataGenerator("retail_oltp_small", target_rows=60, seed=7, parameters=where)


def test_types_of_columns_may_be_chosen(generator: package.SyntheticDataGenerator) -> None:
    """As pandas' own readers have them, of tables and of previews, with the same values; other words are refused by the argument's name."""
    orders = generator.arrow()["orders"]
    nullable = generator.generate(dtype_backend="numpy_nullable")["orders"]
    assert {name: str(nullable[name].dtype) for name in ("order_id", "store_id", "status", "order_number")} == {
        "order_id": "Int64",
        "store_id": "Int64",
        "status": "string",
        "order_number": "string",
    }
    assert [None if value is pd.NA else value for value in nullable["store_id"]] == orders["store_id"].to_pylist()
    assert list(nullable["status"]) == orders["status"].to_pylist()
    arrow = generator.preview("orders", 3, 5, dtype_backend="pyarrow")
    assert all(isinstance(kind, pd.ArrowDtype) for kind in arrow.dtypes)
    assert arrow["ordered_at"].tolist() == orders["ordered_at"].to_pylist()[3:8]
    for ask in (generator.generate, lambda **given: generator.preview("orders", **given)):
        with pytest.raises(package.ParameterError, match=r"dtype_backend: may be 'numpy_nullable', 'pyarrow' or None, not `numpy`"):
            ask(dtype_backend="numpy")  # type: ignore[arg-type]  # what is wrong
    with pytest.raises(package.ParameterError, match="progress: may be True, False or None, not `1`"):
        generator.generate(progress=1)  # type: ignore[arg-type]  # what is wrong


def test_values_say_what_they_are(generator: package.SyntheticDataGenerator) -> None:
    """In a line, and as a table where a notebook asks for one."""
    job = generator.write()
    assert repr(job.run).startswith("<RunResult of retail_oltp_small COMPLETED: ")
    assert repr(job.report).startswith("<Report on retail_oltp_small: ")
    assert repr(generator.resolved).startswith("<Resolved parameters of retail_oltp_small: output_settings.output_dir (edited)")
    for value in (generator, generator.plan, job, job.run, job.report):
        page: Any = value._repr_html_()  # type: ignore[union-attr]
        assert page.count("<table>") == page.count("</table>") == 1
        assert "order_items" in page
        assert len(repr(value)) < 300
    broken = package.SyntheticDataGenerator("retail_oltp_small", parameters={"distributions.nothing": {"type": "constant", "value": 1}})
    assert broken._repr_html_() is None


def test_texts_of_others_are_no_markup(generator: package.SyntheticDataGenerator) -> None:
    """Neither names nor sentences reach a notebook as HTML, and no control character does."""
    hostile = "<script>alert(1)</script>\x1b[31m & \u202e"
    assert html_card(hostile, {hostile: hostile}, [hostile], [[hostile]]).count("&lt;script&gt;") == 5
    table = replace(generator.plan.tables[0], about=hostile)
    page = replace(generator.plan, tables=(table,), notes=(hostile,))._repr_html_()
    assert "<script" not in page
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_progress_on_a_terminal(generator: package.SyntheticDataGenerator, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that goes again; nothing into a pipe, unless it is asked for, and nothing on a terminal that does not want it."""
    for is_terminal, wanted, shows in ((False, None, False), (True, None, True), (True, False, False), (False, True, True)):
        stream = io.StringIO()
        stream.isatty = lambda answer=is_terminal: answer  # type: ignore[method-assign,misc]
        monkeypatch.setattr(sys, "stderr", stream)
        generator.generate(progress=wanted)
        drawn = stream.getvalue()
        assert bool(drawn) is shows
        if shows:
            assert "100% generating: " in drawn
            assert drawn.endswith(" \r")


def test_progress_in_a_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One display of the cell, drawn anew in its place, and nothing on standard error; a stand-in takes the place of IPython."""
    drawn: list[str] = []
    displays: list[object] = []

    class Display:
        def update(self, page: str) -> None:
            drawn.append(page)

    def display(page: str, display_id: bool) -> Display:
        assert display_id
        drawn.append(page)
        displays.append(page)
        return Display()

    shell, shown = ModuleType("IPython"), ModuleType("IPython.display")
    monkeypatch.setattr(shell, "get_ipython", lambda: SimpleNamespace(kernel=object()), raising=False)
    monkeypatch.setattr(shown, "HTML", str, raising=False)
    monkeypatch.setattr(shown, "display", display, raising=False)
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setitem(sys.modules, "IPython.display", shown)
    where = {"output_settings.output_dir": str(tmp_path / "out"), "output_settings.output_mode": "csv"}
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    package.SyntheticDataGenerator("retail_oltp_small", target_rows=60, parameters=where).write(check=False)
    assert len(displays) == 1
    assert drawn[-1].startswith('<div><progress value="1.0000" max="1"')
    assert "100% writing: " in drawn[-1]
    assert stream.getvalue() == ""
