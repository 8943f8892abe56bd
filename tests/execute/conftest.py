"""Compiled notebooks, run here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.compile.cells import Cell, Kernel, Notebook, text_of
from ingen_fab.synthetic_data.core.compile.compilers import IncrementalSyntheticDataGenerationCompiler
from ingen_fab.synthetic_data.core.compile.literals import Scalar, literal
from ingen_fab.synthetic_data.core.execute.execute import Executed

Run = Callable[..., Executed]
Write = Callable[..., Path]


@pytest.fixture(scope="session")
def compiler(tmp_path_factory: pytest.TempPathFactory) -> IncrementalSyntheticDataGenerationCompiler:
    """Of one workspace for all tests: generic notebooks are compiled once."""
    return IncrementalSyntheticDataGenerationCompiler(tmp_path_factory.mktemp("workspace"))


@pytest.fixture
def executed(compiler: IncrementalSyntheticDataGenerationCompiler, tmp_path: Path) -> Run:
    """Runs a notebook of the workspace: `executed("generic_single_dataset_lakehouse", dataset_id="retail_star_small")`."""

    def run(name: str, root: Path | None = None, **parameters: Scalar) -> Executed:
        return compiler.execute_with_parameters(name, parameters, output_dir=root or tmp_path / "out")

    return run


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A notebook of a test's own: `write("print(n)", n=5)`."""

    def make(*cells: str, kernel: Kernel = "python", **parameters: Scalar) -> Path:
        folder = tmp_path / "own.Notebook"
        folder.mkdir(exist_ok=True)
        told = Cell("parameters", "\n".join(f"{name} = {literal(value)}" for name, value in parameters.items()))
        made = Notebook(kernel, (*([told] if parameters else []), *(Cell("code", cell) for cell in cells)))
        (folder / "notebook-content.py").write_text(text_of(made), encoding="utf-8")
        return folder

    return make


def tables_of(value: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Rows and digest of each table, as an exit value tells them."""
    return {name: (told["rows"], told["digest"]) for name, told in value["tables"].items()}
