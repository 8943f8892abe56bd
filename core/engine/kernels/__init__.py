"""Kernels, one family a module. Importing this package registers all that lie in its folder."""

from importlib import import_module
from pkgutil import iter_modules

from .base import KERNELS, make_kernel

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")

__all__ = ["KERNELS", "make_kernel"]
