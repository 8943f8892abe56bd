"""Kinds of columns, one a module. Importing this package registers all of them."""

from . import (
    aggregate,
    boolean,
    category,
    code,
    copy,
    family,
    lifecycle,
    lifetime,
    moment,
    number,
    pool,
    reference,
    sql,
    stock,
    text,
)
from .base import KINDS, Column, Compiled, Found, Scope

__all__ = [
    "KINDS",
    "Column",
    "Compiled",
    "Found",
    "Scope",
    "aggregate",
    "boolean",
    "category",
    "code",
    "copy",
    "family",
    "lifecycle",
    "lifetime",
    "moment",
    "number",
    "pool",
    "reference",
    "sql",
    "stock",
    "text",
]
