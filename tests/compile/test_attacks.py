"""Hostile texts in all that is compiled: they stay texts, in Python, JSON, Jinja and both dialects of SQL."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlglot
from ingen_fab.synthetic_data.core.compile.cells import notebook_of, text_of
from ingen_fab.synthetic_data.core.compile.ddl.dialect import whole
from ingen_fab.synthetic_data.core.compile.ddl.scripts import DIALECTS
from ingen_fab.synthetic_data.core.compile.ddl_notebook import ddl_notebook
from ingen_fab.synthetic_data.core.compile.items import Step, lakehouse_reference, notebook_item, pipeline_item
from ingen_fab.synthetic_data.core.compile.literals import markdown
from ingen_fab.synthetic_data.core.compile.notebooks import notebook
from ingen_fab.synthetic_data.core.compile.packed import Packed
from ingen_fab.synthetic_data.core.compile.parameters import Parameter
from ingen_fab.synthetic_data.core.errors import InputError
from sqlglot import exp

from ..ddl.test_attacks import ATTACKS as OF_SQL
from ..ddl.test_attacks import statements

Call = Callable[..., Any]
MARKERS = ("CELL", "PARAMETERS CELL", "MARKDOWN", "METADATA")
ATTACKS = [
    *OF_SQL,
    *(f"x\n\n# {marker} ********************\n\nimport os" for marker in MARKERS),
    *(f"# {marker} ********************" for marker in MARKERS),
    '# META {\n# META   "language": "sql"\n# META }',
    "# MAGIC %%sql\n# MAGIC DROP TABLE victims",
    "META x",
    "Fabric notebook source",
    "# Fabric notebook source",
    "%pip install evil",
    "\n%pip install evil",
    "\n!rm -rf /",
    "\n%%configure -f\n{}",
    "%run other",
    "{{ 7 * 7 }}",
    "{% import os %}",
    "{% raw %}",
    "{% endraw %}{{ config }}",
    "{# a comment #}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{%- for x in range(10**9) -%}x{%- endfor -%}",
    "{{",
    "%}",
    "#--- code\nimport os",
    '"""',
    "'''",
    '"; import os; "',
    "'; import os; '",
    '\\"; import os #',
    "\\",
    "\\\\",
    "\\x27\\u0027\\N{APOSTROPHE}",
    "{0.__class__} {x!r} %s %(x)s ${x}",
    '"}, {"x": "',
    "\r\n",
    "\r",
    "\x85\x1c\x1d\x1e",
    "\u2028\u2029",
    "\x0b\x0c",
    "\x00",
    "\ufeff",
    "\u202e evil \u2066",
    "\ud800",
    "\udc00\ud800",
    "\ufffe\uffff",
    "\U0001f600",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1)) ![](https://example.com/x.png)",
    "```\ncode\n```",
    "$$x$$ <!-- -->",
    "../../../etc/passwd",
    "~/x",
    "C:\\Users\\x",
    "CON",
    "a" * 70_000,
    "__import__('os').system('x')",
    "@@activity().output",
    "@{pipeline().RunId}",
    "@concat('a', 'b')",
    "&anchor *alias !!python/object:os.system",
    "- x: y\n  z: [",
    "NaN",
    "true",
    "--\n/* */ ;",
]
ENGINE = Packed("abc", "0" * 64, 3)


def _made(text: str) -> str:
    """A notebook that says a text wherever it can."""
    made = notebook(
        "generate",
        kernel="python",
        environment="warehouse",
        title=text,
        about=text,
        parameters=[Parameter("dataset_id", text, text), Parameter("target_rows", 5, text)],
        packed=ENGINE,
        lakehouse=lakehouse_reference("lake"),
        warehouse=None,
        further={"by_day": False, "offered": ""},
    )
    return text_of(made)


def _shape(source: str) -> list[tuple[str, list[str]]]:
    """The kinds of all cells and the statements in them, whatever their constants are."""
    out: list[tuple[str, list[str]]] = []
    for cell in notebook_of(source).cells:
        tree = ast.parse(cell.text) if cell.kind != "markdown" else ast.Module([], [])
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant):
                node.value = 0
        out.append((cell.kind, [ast.dump(each) for each in tree.body]))
    return out


def test_there_are_many() -> None:
    """As was promised, each once."""
    assert len(set(ATTACKS)) == len(ATTACKS) >= 60


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_python_and_jinja(text: str) -> None:
    """Cells have the statements that they have for a harmless text; the parameter is the text; no expression was evaluated."""
    source = _made(text)
    assert _shape(source) == _shape(_made("harmless"))
    cells = notebook_of(source).cells
    (parameters,) = [cell.text for cell in cells if cell.kind == "parameters"]
    assert ast.literal_eval(ast.parse(parameters).body[0].value) == text  # type: ignore[attr-defined]  # an assignment
    assert len(parameters.split("\n")) == 2
    title = next(cell.text for cell in cells if cell.kind == "markdown")
    assert title.startswith(f"# {markdown(text)}".rstrip())
    assert "49" not in source.replace(text, "")


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_json(text: str) -> None:
    """What is in an item's files is JSON, and says the text or what may be shown of it; what a pipeline would evaluate is refused."""
    half = any("\ud800" <= each <= "\udfff" for each in text)
    item = notebook_item("fine", notebook_of(_made("harmless")), text)
    for path, content in item.parts:
        if path.endswith((".platform", ".json")):
            json.loads(content)
    if half:
        return
    steps = [Step("one", "fine", {"text": text})]
    if text.startswith("@") or "@{" in text:
        with pytest.raises(InputError, match="a pipeline would take `text` for an expression"):
            pipeline_item("run", steps)
        return
    (content,) = [content for path, content in pipeline_item("run", steps).parts if path == "pipeline-content.json"]
    told = json.loads(content)["properties"]
    assert told["parameters"] == {"text": {"type": "string", "defaultValue": text}}
    handed = told["activities"][0]["typeProperties"]["parameters"]
    assert handed == {"text": {"value": {"value": "@pipeline().parameters.text", "type": "Expression"}, "type": "string"}}


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
@pytest.mark.parametrize("target", ["warehouse", "lakehouse"])
def test_sql(text: str, target: Any) -> None:
    """A literal is one value as a parser reads it; scripts have the statements of a harmless text, as has their notebook."""
    dialect = {"warehouse": "fabric", "lakehouse": "spark"}[target]
    literal = DIALECTS[target].literal(text)
    assert "\n" not in literal
    (tree,) = sqlglot.parse(f"SELECT {literal} AS it", dialect=dialect)
    assert isinstance(tree, exp.Select)
    assert len(tree.expressions) == 1
    assert not list(tree.find_all(exp.Column, exp.Drop, exp.Command, exp.Subquery))
    mine, harmless = (statements(target, "s", each) for each in (text, "harmless"))
    assert len(mine.statements) == len(harmless.statements)
    if any("\ud800" <= each <= "\udfff" for each in whole(text)):
        return
    made = ddl_notebook([mine], target, text, lakehouse_reference("lake"), None)
    cells = [cell.text for cell in notebook_of(text_of(made)).cells if "STATEMENTS = [" in cell.text]
    (assigned, *_) = ast.parse(cells[0]).body
    assert ast.literal_eval(assigned.value) == list(mine.statements)  # type: ignore[attr-defined]  # an assignment


@pytest.mark.slow
@pytest.mark.parametrize(
    "words",
    [
        ["--lakehouse", "'; DROP TABLE x"],
        ["--lakehouse", "../x"],
        ["--warehouse", "{{ 7 * 7 }}", "-e", "warehouse"],
        ["--warehouse", "a\nb", "-e", "warehouse"],
        ["--path-pattern", "{date}/../../x", "-o", "parquet"],
        ["--path-pattern", "{{ 7 * 7 }}", "-o", "parquet"],
        ["--path-pattern", "a\x00b", "-o", "parquet"],
        ["--set", "output_settings.schema='; DROP TABLE x"],
        ["--output-dir", "file"],
        ["--output-dir", "file/below"],
        ["--output-dir", "link"],
    ],
)
def test_names_and_places(call: Call, tmp_path: Path, words: list[str]) -> None:
    """Refused in a sentence, and nothing is written."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "link").symlink_to("nowhere")
    done = call("compile", "-d", "retail_star_small", *words, cwd=tmp_path)
    assert done.returncode in (1, 2), done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["elsewhere", "file", "link"]
    assert (tmp_path / "file").read_text() == "mine"


HOSTILE = {
    "dataset_id": "hostile",
    "dataset_name": "'; DROP TABLE x; -- {{ 7 * 7 }}\n# CELL ********************",
    "about": "%pip install x\n# META {",
    "tables": {
        "orders": {
            "rows": "events",
            "about": "*/ ''' \"\"\" \\",
            "columns": {
                "order_id": "key",
                "store": {
                    "kind": "category",
                    "weights": {"'; DROP TABLE stores; --": 1, "{{ 7 * 7 }}": 1, "a\\'b": 1, "%pip": 1},
                    "about": "\u202e'; DROP TABLE x",
                },
            },
        }
    },
}


@pytest.mark.slow
def test_a_hostile_dataset(call: Call, tmp_path: Path) -> None:
    """Compiled and run into a warehouse: the stores are called what they are called, and all tables are there."""
    import duckdb

    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "hostile.json").write_text(json.dumps(HOSTILE))
    words = ["generate", "hostile", "--datasets", "mine", "-r", "300", "-e", "warehouse"]
    for where, further in (("here", []), ("there", ["--execute"])):
        done = call(*words, "--output-dir", where, *further, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    found = []
    for where in ("here", "there"):
        with duckdb.connect(str(tmp_path / where / "warehouse.duckdb"), read_only=True) as connection:
            found.append(connection.execute("SELECT * FROM hostile.orders ORDER BY ALL").fetchall())
    assert found[0] == found[1]
    tables: Any = HOSTILE["tables"]
    assert {row[1] for row in found[0]} == set(tables["orders"]["columns"]["store"]["weights"])
