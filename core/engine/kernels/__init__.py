"""Kernels, one family a module. Importing this package registers all of them."""

from . import drawn, expression, family, identifiers, lifecycle, moments, references, stock, texts
from .base import KERNELS, Kernel, make_kernel

__all__ = [
    "KERNELS",
    "Kernel",
    "drawn",
    "expression",
    "family",
    "identifiers",
    "lifecycle",
    "make_kernel",
    "moments",
    "references",
    "stock",
    "texts",
]
