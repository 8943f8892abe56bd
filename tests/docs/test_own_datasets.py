"""The guides do what they say: their files are written, their commands run in order, and their output is found."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

DOCS = Path(__file__).resolve().parents[2] / "docs"
CODES = {"# fails": 1, "# refused": 3}
"""How commands end, by the first line of their block; where it speaks of a mistake, with 2."""
ON_FABRIC = "# needs Fabric"
"""First line of a block that nothing here can run: it is only read."""


def blocks(page: str) -> list[tuple[str, str]]:
    """(language, text) of each block of a page."""
    return re.findall(r"^```(\w+)\n(.*?)^```$", (DOCS / page).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def matches(expected: str, output: str) -> bool:
    """Whether the lines stand in the output one after the other; ` ... ` or a line of `...` is anything, spaces are alike."""
    lines = [re.escape(" ".join(line.split())).replace(re.escape("..."), ".*") for line in expected.splitlines()]
    pattern = "\\n".join(lines).replace("\\ .*\\ ", " .*")
    return re.search(pattern, "\n".join(" ".join(line.split()) for line in output.splitlines()), re.DOTALL) is not None


def refuse_unreadable(language: str, text: str) -> None:
    """Fails for a block that its language cannot read."""
    if language == "python":
        compile(text, "block", "exec")
    elif language == "bash":
        subprocess.run(["bash", "-n", "-c", text], check=True)


def run_page(page: str, tmp_path: Path) -> list[str]:
    """Does what a page says, in an empty folder and with no settings of the environment; the languages of its blocks."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHETIC_DATA_") or name.endswith("_CACHE")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    output, found = "", []
    for language, text in blocks(page):
        found.append(language)
        first = text.splitlines()[0]
        if first == ON_FABRIC:
            found[-1] = ON_FABRIC
            refuse_unreadable(language, text)
        elif language == "yaml":
            name = text.splitlines()[0].removeprefix("# ")
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text)
        elif language in ("bash", "python"):
            command = ["bash", "-c", text] if language == "bash" else [sys.executable, "-c", text]
            done = subprocess.run(
                command, cwd=tmp_path, env={**kept, "PATH": path}, capture_output=True, text=True, check=False, timeout=300
            )
            output = done.stdout + done.stderr
            assert done.returncode == CODES.get(first, 2 if "mistake" in text else 0), output
        else:
            assert matches(text, output), f"expected\n{text}\nfound\n{output}"
    return found


def test_the_guide_runs(tmp_path: Path) -> None:
    """From the pasted types to the changed run."""
    found = run_page("own_datasets.md", tmp_path)
    assert found.count("bash") >= 6
    assert found.count("text") >= 6
    assert found.count("python") == 1


def test_the_page_of_pools_runs(tmp_path: Path) -> None:
    """Its datasets are planned, and its sentences are those that are said."""
    assert run_page("language/pools.md", tmp_path).count("text") == 4


def test_the_page_of_enhanced_templates_runs(tmp_path: Path) -> None:
    """Templates are listed, run, overridden and declared as it says."""
    found = run_page("enhanced.md", tmp_path)
    assert found.count("text") >= 8
    assert found.count("bash") >= 8


def test_the_page_of_notebooks_runs(tmp_path: Path) -> None:
    """Compiled, run with parameters, refused where they were changed, and the same rows as those of a direct run."""
    found = run_page("compile.md", tmp_path)
    assert found.count("bash") >= 12
    assert ON_FABRIC not in found


def test_the_page_of_fabric_runs(tmp_path: Path) -> None:
    """As far as it needs no tenant; the rest says that it does."""
    found = run_page("fabric.md", tmp_path)
    assert found.count("bash") >= 3
    assert found.count(ON_FABRIC) == 5


@pytest.mark.parametrize(
    ("page", "shown"),
    [
        ("incremental_synthetic_data_generation.md", 4),
        ("synthetic_data_generation_enhancements.md", 4),
        ("developer_guide/synthetic_data_generators.md", 2),
        ("user_guide/performance.md", 2),
    ],
)
def test_a_page_of_a_topic_runs(tmp_path: Path, page: str, shown: int) -> None:
    """Its examples run in their order, and print what it shows."""
    assert run_page(page, tmp_path).count("text") == shown
