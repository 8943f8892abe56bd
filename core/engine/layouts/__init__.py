"""Layouts: how a table's rows are numbered, and when each begins. Importing this package registers all that lie in its folder."""

from importlib import import_module
from pkgutil import iter_modules

from .base import LAYOUTS, make_layout

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["LAYOUTS", "make_layout"]
