"""Weights that follow from others: how many rows are visits of those who come back."""

from __future__ import annotations

from pathlib import Path

from ..errors import ConfigError
from ..spec.dataset import Dataset
from ..spec.kinds.category import Category
from ..spec.layouts.recurring import Recurring
from ..spec.shapes import equal
from .relations import replace_column


def balanced(dataset: Dataset, source: Path) -> Dataset:
    """A dataset with a number for each weight `auto`; raises ConfigError where none follows from what is declared."""
    tables = dict(dataset.tables)
    for name, table in dataset.tables.items():
        rows = table.rows
        if not isinstance(rows, Recurring) or rows.returns is None or rows.rates is not None or rows.of not in tables:
            continue
        column, born = equal(rows.where)
        other, back = equal(rows.returns.where)
        model = tables[rows.of].columns.get(column)
        if isinstance(model, Category) and column == other and model.unsolved == back and born in model.values():
            try:
                weights = rows.returns.balanced(model.given, born, back)
            except ValueError as error:
                raise ConfigError(source, [(f"tables.{name}.rows.returns", str(error))]) from None
            replace_column(tables, rows.of, column, {"given": weights})
    return dataset.model_copy(update={"tables": tables})
