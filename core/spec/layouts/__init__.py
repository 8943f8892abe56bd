"""Layouts, one a module: what a table's rows stand on. Importing this package registers all that lie in its folder."""

from importlib import import_module
from pkgutil import iter_modules

from .base import LAYOUTS, LayoutModel, RowScope, RowsError

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["LAYOUTS", "LayoutModel", "RowScope", "RowsError"]
