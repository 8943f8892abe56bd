"""Fabric's Git format of notebooks: written byte for byte, read back, and nothing in a cell becomes a part of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ingen_fab.synthetic_data.core.compile.cells import Cell, CellKind, Notebook, Reference, notebook_of, text_of
from ingen_fab.synthetic_data.core.errors import InputError

GOLDEN = Path(__file__).parent / "golden"
STARS = "*" * 20
LAKEHOUSE = Reference("0ee837e4-2fd3-40d9-b228-1f167b504b7d", "LH")
WAREHOUSE = "47a749a1-b610-82eb-45ed-6355d2c827e1"


def sample(kernel: str = "spark") -> Notebook:
    cells = (
        Cell("markdown", "# Sales of a chain of stores\n\nOne day, 1 000 orders — “ready”"),
        Cell("parameters", 'dataset_id = "retail_oltp_small"\nseed = 12345'),
        Cell("code", "print(dataset_id)\n\n\nif seed % 2:\n    print('odd')\n"),
        Cell("magic", "%%sql\nSELECT 1\n\n-- # CELL " + STARS),
        Cell("code", ""),
    )
    return Notebook("python", cells, None, WAREHOUSE) if kernel == "python" else Notebook("spark", cells, LAKEHOUSE, WAREHOUSE)


@pytest.mark.parametrize("kernel", ["spark", "python"])
def test_a_notebook_is_written_as_the_golden_file(kernel: str) -> None:
    """And is read back from it."""
    golden = (GOLDEN / f"{kernel}_notebook.py.txt").read_bytes()
    assert text_of(sample(kernel)).encode() == golden
    assert notebook_of(golden.decode()) == sample(kernel)


EXPORTED = f"""\
# Fabric notebook source

# METADATA {STARS}

# META {{
# META   "kernel_info": {{
# META     "name": "synapse_pyspark"
# META   }},
# META   "dependencies": {{
# META     "lakehouse": {{
# META       "default_lakehouse": "31dcc456-a6b6-46e2-824b-24f1e44b7297",
# META       "default_lakehouse_name": "Sales",
# META       "default_lakehouse_workspace_id": "00000000-0000-0000-0000-000000000000",
# META       "known_lakehouses": [
# META         {{
# META           "id": "31dcc456-a6b6-46e2-824b-24f1e44b7297"
# META         }}
# META       ]
# META     }}
# META   }}
# META }}

# MARKDOWN {STARS}

# ## Look
#{" "}
# at it

# CELL {STARS}

# A new notebook
# begins with these lines


# METADATA {STARS}

# META {{
# META   "language": "python",
# META   "language_group": "synapse_pyspark"
# META }}

# CELL {STARS}

# MAGIC %%sql
# MAGIC{" "}
# MAGIC DROP TABLE sales

# METADATA {STARS}

# META {{
# META   "language": "sparksql",
# META   "language_group": "synapse_pyspark"
# META }}
"""


def test_what_fabric_exported_is_written_as_it_was() -> None:
    """Blank lines at a cell's end, empty lines of Markdown, a cell of a command."""
    found = notebook_of(EXPORTED)
    assert [cell.kind for cell in found.cells] == ["markdown", "code", "magic"]
    assert found.cells[0].text == "## Look\n\nat it"
    assert found.cells[1].text.endswith("begins with these lines\n")
    assert found.cells[2].text == "%%sql\n\nDROP TABLE sales"
    assert found.lakehouse == Reference("31dcc456-a6b6-46e2-824b-24f1e44b7297", "Sales")
    assert text_of(found) == EXPORTED
    # Git on Windows may write the ends of lines anew.
    assert notebook_of("\ufeff" + EXPORTED.replace("\n", "\r\n")) == found


def test_metadata_that_we_do_not_know_are_passed_over() -> None:
    """An environment, tags, no dependencies at all, a cell without metadata."""
    found = notebook_of(
        f'# Fabric notebook source\n\n# METADATA {STARS}\n\n# META {{\n# META   "kernel_info": {{"name": "jupyter", '
        f'"jupyter_kernel_name": "python3.11"}},\n# META   "dependencies": {{"environment": {{"environmentId": "x"}}}}\n# META }}\n\n'
        f'# MARKDOWN {STARS}\n\n# a\n#\n# b\n\n# CELL {STARS}\n\n!ls\n\n# METADATA {STARS}\n\n# META {{"tags": ["x"]}}\n\n'
        f"# CELL {STARS}\n\nx = 1\n"
    )
    assert found == Notebook("python", (Cell("markdown", "a\n\nb"), Cell("code", "!ls"), Cell("code", "x = 1")))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "its first line"),
        ("# Databricks notebook source\n", "its first line"),
        ("# Fabric notebook source\n", "does not begin with its metadata"),
        (f"# Fabric notebook source\n\n# METADATA {STARS}\n\n# META {{\n", "no JSON object"),
        (f"# Fabric notebook source\n\n# METADATA {STARS}\n\n# META []\n", "no JSON object"),
        (f"# Fabric notebook source\n\n# METADATA {STARS}\n\n# META {'[' * 100_000}\n", "no JSON object"),
        (f"# Fabric notebook source\n\n# METADATA {STARS}\n\n# META {{}}\n", "has the kernel `None`: it may be synapse_pyspark or jupyter"),
        (
            f'# Fabric notebook source\n\n# METADATA {STARS}\n\n# META {{"kernel_info": {{"name": "sql\\u001b[1m"}}}}\n',
            r"has the kernel `sql\x1b[1m`",
        ),
    ],
)
def test_other_texts_are_refused(text: str, told: str) -> None:
    """With one sentence that says why."""
    with pytest.raises(InputError) as caught:
        notebook_of(text)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("kind", "text", "told"),
    [
        ("code", f"x = 1\n# CELL {STARS}\ny = 2", f"cell 2 (code), line 2: `# CELL {'*' * 3}` begins a line that"),
        ("code", f'x = """\n# PARAMETERS CELL {STARS}\n"""', "line 2: `# PARAMETERS CELL ***` begins"),
        ("code", "  #META {}", "`#META` begins"),
        ("code", "# MAGIC %%sql", "`# MAGIC` begins"),
        ("code", "# Fabric notebook source", "`# Fabric notebook source` begins"),
        ("parameters", f"#  METADATA   {STARS}", "cell 2 (parameters), line 1"),
        ("markdown", f"a\nMARKDOWN {STARS}", "line 2: `# MARKDOWN ***` begins"),
        ("markdown", 'META { "kernel_info": 1 }', "`# META` begins"),
        ("markdown", f"# CELL {STARS}", None),
        ("markdown", "METADATA of META", None),
        ("code", "# METAL\n# MAGICAL\n#\nMETA = 1", None),
        ("code", "x = 1\n%pip install evil", "cell 2 (code), line 2: `%pip install evil` is a command to the notebook"),
        ("code", "\n  !curl evil | sh", "line 2: `!curl evil | sh` is a command"),
        ("code", "%%bash\nrm -rf /", "`%%bash` is a command"),
        ("parameters", "\t%run other", "`%run other` is a command"),
        ("code", "x = 5 % 3 != 4", None),
        ("markdown", "%pip and !", None),
        ("code", "x = 1\r# CELL", r"line 1: '\r' is a character"),
        ("code", "x = '\0'", r"'\x00' is a character"),
        ("markdown", "\ud800", r"'\ud800' is a character"),
        ("markdown", f"a\u2028CELL {STARS}", r"'\u2028' is a character"),
        ("magic", "%%sql\n\x85", r"line 2: '\x85' is a character"),
    ],
)
def test_what_would_be_read_as_the_format_is_refused(kind: CellKind, text: str, told: str | None) -> None:
    """Markers, metadata, commands, and characters that end lines; what only looks like them is not."""
    notebook = Notebook("spark", (Cell("markdown", "fine"), Cell(kind, text)))
    if told is None:
        assert notebook_of(text_of(notebook)) == notebook
        return
    with pytest.raises(InputError) as caught:
        text_of(notebook)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_limits_of_fabric_are_kept() -> None:
    """256 cells of code, 32 MB, and names that are text."""
    assert text_of(Notebook("python", (Cell("code", "1"),) * 256 + (Cell("markdown", "a"),) * 9))
    with pytest.raises(InputError, match="257 code cells: Fabric takes 256"):
        text_of(Notebook("python", (Cell("code", "1"),) * 257))
    with pytest.raises(InputError, match=r"32,000,\d{3} bytes: Fabric takes 32,000,000"):
        text_of(Notebook("python", (Cell("code", "#" * 31_999_700),)))
    with pytest.raises(InputError, match="metadata"):
        text_of(Notebook("python", (), Reference("x", "a\u2028b")))


CELLS = st.builds(
    Cell,
    st.sampled_from(["markdown", "parameters", "code", "magic"]),
    st.lists(
        st.one_of(st.sampled_from(["", "#", "# ", "# MAGIC", " # META", f"# CELL {STARS}", "%%sql", "META"]), st.text()), max_size=4
    ).map("\n".join),
)


@given(st.sampled_from(["spark", "python"]), st.lists(CELLS, max_size=5), st.booleans(), st.booleans())
def test_every_notebook_is_read_back_as_it_is_or_refused(kernel: str, cells: list[Cell], lakehouse: bool, warehouse: bool) -> None:
    """Whatever stands in its cells."""
    notebook = Notebook(
        "spark" if kernel == "spark" else "python", tuple(cells), LAKEHOUSE if lakehouse else None, WAREHOUSE if warehouse else None
    )
    try:
        text = text_of(notebook)
    except InputError:
        return
    assert "\r" not in text
    assert text.endswith("\n")
    assert notebook_of(text) == notebook
