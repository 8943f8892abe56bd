"""Compiled notebooks as they stand in a folder: their cells, and their parameters without running them."""

from __future__ import annotations

import ast
from pathlib import Path

from ..errors import InputError, brief
from .cells import Notebook, notebook_of
from .items import CONTENT
from .literals import Scalar


def read_notebook(path: Path) -> Notebook:
    """A compiled notebook: its folder, or the file in it. Raises InputError where there is none that can be read."""
    file = path / CONTENT if path.is_dir() else path
    try:
        return notebook_of(file.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise InputError(f"{file} is not UTF-8 text, so it is no notebook") from None
    except OSError as error:
        raise InputError(f"{brief(str(file))}: {error.strerror or error}") from None


def parameters_of(notebook: Notebook) -> dict[str, Scalar]:
    """The parameters of a notebook and their defaults, read without running it; raises InputError for what are no plain values."""
    cell = next((cell for cell in notebook.cells if cell.kind == "parameters"), None)
    out: dict[str, Scalar] = {}
    try:
        for statement in ast.parse(cell.text if cell is not None else "").body:
            if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not isinstance(statement.targets[0], ast.Name):
                raise ValueError("holds more than parameters and their values")
            out[statement.targets[0].id] = ast.literal_eval(statement.value)
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        why = str(error) if type(error) is ValueError and str(error).startswith("holds") else "is not a list of names and plain values"
        raise InputError(f"the parameters cell of the notebook {why}") from None
    return out
