"""What a notebook's process may import and be told, and what comes of one that fails or is stopped."""

from __future__ import annotations

import json
import os
import re
import select
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.compile.reading import parameters_of, read_notebook
from ingen_fab.synthetic_data.core.errors import InputError, RunCancelled, RunError
from ingen_fab.synthetic_data.core.execute.execute import execute, injected
from ingen_fab.synthetic_data.core.run.cancel import CancelToken

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("execute")]

Write = Callable[..., Path]
IMPORTS = """
import importlib, json
found = []
for name in names.split(","):
    try:
        importlib.import_module(name)
        found.append(name)
    except ImportError:
        pass
notebookutils.notebook.exit(json.dumps({"found": found, "said": said}))
"""
ABSENT = [
    "ingen_fab",
    "ingen_fab.synthetic_data",
    "pydantic",
    "yaml",
    "sqlglot",
    "typer",
    "faker",
    "pytest",
    "psutil",
    "jinja2",
    "filelock",
]


def test_only_what_the_image_has(write: Write, tmp_path: Path) -> None:
    """This product is installed here and is not found there, nor is anything else that the image lacks; values arrive as they are."""
    said = "'; \"\\ \n{{ 7 * 7 }} %pip ü \U0001f600 \x00"
    path = write(IMPORTS, names="", said="")
    done = execute(path, {"names": ",".join([*ABSENT, "numpy", "pyarrow", "deltalake", "json"]), "said": said}, tmp_path)
    assert done.value == {"found": ["numpy", "pyarrow", "deltalake", "json"], "said": said}
    saved = read_notebook(done.saved)
    assert [cell.kind for cell in saved.cells] == ["parameters", "code", "code"]
    assert saved.cells[2].text == read_notebook(path).cells[1].text
    assert json.loads(done.saved.with_suffix(".json").read_text()) == done.value


FILES = """
import json
fs = notebookutils.fs
fs.put("Files/mine/a.txt", "one")
fs.append("/lakehouse/default/Files/mine/a.txt", " two")
fs.cp("Files/mine", "Files/copy", True)
fs.mv("Files/copy/a.txt", "Files/new/b.txt", create_path=True)
refused = []
for call in (lambda: fs.rm("Files/mine"), lambda: fs.put("Files/new/b.txt", ""), lambda: fs.ls("abfss://x@y/z")):
    try:
        call()
    except (OSError, ValueError) as error:
        refused.append(type(error).__name__)
told = [(each.name, each.size, each.isDir) for each in fs.ls("Files") if not each.name.startswith(".")]
fs.rm("Files/mine", True)
fs.mkdirs("Tables/x")
there = [fs.exists(path) for path in ("Files/mine", "Files/new/b.txt", "Tables/x")]
notebookutils.notebook.exit(json.dumps({"told": told, "head": fs.head("Files/new/b.txt", 5), "refused": refused, "there": there}))
"""


def test_files_of_the_lakehouse(write: Write, tmp_path: Path) -> None:
    """`notebookutils.fs` reads and writes in the folder that stands for it, by the paths that a notebook has."""
    assert execute(write(FILES), {}, tmp_path / "lake").value == {
        "told": [["copy", 0, True], ["mine", 0, True], ["new", 0, True]],
        "head": "one t",
        "refused": ["IsADirectoryError", "FileExistsError", "ValueError"],
        "there": [False, True, True],
    }
    assert (tmp_path / "lake" / "Files" / "new" / "b.txt").read_text() == "one two"


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1 / 0", "the notebook own failed: ZeroDivisionError: division by zero"),
        ("raise SystemExit(3)", "the notebook own failed: SystemExit: 3"),
        ("import os\nos._exit(7)", "the notebook own failed: process: it ended with code 7"),
        ("x = (", "the notebook own failed: SyntaxError: '(' was never closed"),
    ],
)
def test_a_cell_that_fails(write: Write, tmp_path: Path, cell: str, sentence: str) -> None:
    """Is one sentence; the cells behind it do not run."""
    with pytest.raises(RunError, match=re.escape(sentence)) as caught:
        execute(write(cell, f"open({str(tmp_path / 'ran')!r}, 'w')"), {}, tmp_path)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ran").exists()


def test_cancelling_ends_what_the_notebook_has_started(write: Write, tmp_path: Path) -> None:
    """Its process and the children of that."""
    path = write(
        "import os, subprocess, sys, time\nchild = subprocess.Popen(['sleep', '600'])\nprint(os.getpid(), child.pid)\nchild.wait()"
    )
    cancel, watched = CancelToken(), list[int]()

    def say(line: str) -> None:
        watched.extend(os.pidfd_open(int(pid)) for pid in line.split())
        cancel.set()

    with pytest.raises(RunCancelled):
        execute(path, {}, tmp_path, say=say, cancel=cancel)
    assert len(watched) == 2
    for each in watched:
        ended = select.poll()
        ended.register(each, select.POLLIN)
        assert ended.poll(10_000)
        os.close(each)


def test_parameters_that_are_none(write: Write, tmp_path: Path) -> None:
    """Said before anything runs, with the nearest name."""
    path = write("print(rows)", rows=5)
    with pytest.raises(InputError, match="no parameter `row`; did you mean `rows`"):
        execute(path, {"row": 6}, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    path = write("pass")
    (path / "notebook-content.py").write_text("nothing of a notebook")
    with pytest.raises(InputError):
        execute(path, {}, tmp_path / "out")
    with pytest.raises(InputError, match="No such file or directory"):
        execute(tmp_path / "away.Notebook", {}, tmp_path / "out")


def test_an_injected_value_is_a_value(write: Write) -> None:
    """Whatever stands in it: the cell below the parameters gives what was passed."""
    path = write("print(text)", text="", number=1)
    for text in ("'''", '"', "\\", "\n# CELL ********************\n\nimport os", "%pip install x", "# META {", "\u2028", "{{ x }}"):
        found = injected(read_notebook(path), {"text": text})
        again = parameters_of(type(found)(found.kernel, (found.cells[1].__class__("parameters", found.cells[1].text),)))
        assert again == {"text": text}


@pytest.mark.parametrize("how", ["letter", "short", "hash"])
def test_an_engine_that_is_not_the_compiled_one(compiler: IncrementalSyntheticDataGenerationCompiler, tmp_path: Path, how: str) -> None:
    """Refused in one sentence, and nothing of it is used."""
    path = compiler.found("generic_single_dataset_lakehouse")
    text = (path / "notebook-content.py").read_text(encoding="utf-8")
    lines = [n for n, line in enumerate(text.splitlines()) if line.startswith(("    '", '    "'))]
    rows = text.splitlines()
    at = lines[len(lines) // 2]
    if how == "letter":
        rows[at] = rows[at][:20] + ("A" if rows[at][20] != "A" else "B") + rows[at][21:]
    elif how == "short":
        del rows[at : lines[-200]]
    else:
        digest = next(n for n, row in enumerate(rows) if row.startswith("SHA256 = "))
        rows[digest] = f"SHA256 = {'0' * 64!r}"
    other = tmp_path / "generic.Notebook"
    other.mkdir()
    (other / "notebook-content.py").write_text("\n".join([*rows, ""]), encoding="utf-8")
    with pytest.raises(RunError, match=r"^the engine in this notebook is not the one that was compiled: its SHA-256 differs") as caught:
        execute(other, {"target_rows": 10}, tmp_path / "out")
    assert "\n" not in str(caught.value)
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["Files"]
    assert os.listdir(tmp_path / "out" / "Files") == [".executed"]
