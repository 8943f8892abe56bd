"""Descriptions of the fields of models, from the docstrings that stand below them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import cache
from inspect import cleandoc
from pathlib import Path
from threading import Lock
from typing import Final

from .names import MODELS, Strict

Docstrings = Mapping[str, Mapping[str, str]]
"""Class -> field -> its docstring."""


def described() -> None:
    """Gives the fields of all models that are declared so far their descriptions; those that have one keep it."""
    # Python 3.11 fails where two threads make syntax trees at once.
    with _ALONE:
        for model in MODELS:
            if model not in _DONE:
                _describe(model)
                _DONE.add(model)


def _describe(model: type[Strict]) -> None:
    for owner in reversed([each for each in model.__mro__ if issubclass(each, Strict)]):
        for name, text in _docstrings(owner.__module__).get(owner.__qualname__, {}).items():
            field = model.model_fields.get(name)
            if field is not None and (field.description is None or owner is model):
                field.description = text


def rebuilt() -> None:
    """As `described`, and the models' own schemas say so too."""
    described()
    for model in MODELS:
        model.model_rebuild(force=True)


_DONE: set[type[Strict]] = set()
_ALONE: Final = Lock()


@cache
def _docstrings(module: str) -> Docstrings:
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return {}
    tree = ast.parse(Path(file).read_text(encoding="utf-8"))
    return {node.name: _of_fields(node) for node in tree.body if isinstance(node, ast.ClassDef)}


def _of_fields(node: ast.ClassDef) -> Mapping[str, str]:
    out: dict[str, str] = {}
    for field, after in zip(node.body, node.body[1:], strict=False):
        if not (isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr)):
            continue
        if isinstance(after.value, ast.Constant) and isinstance(after.value.value, str):
            out[field.target.id] = cleandoc(after.value.value)
    return out
