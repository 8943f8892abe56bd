"""Layouts: how a table's rows are numbered, and when each of them begins. Importing this package registers all of them."""

from . import children, entities, events, listed, snapshot
from .base import LAYOUTS, Layout, make_layout

__all__ = ["LAYOUTS", "Layout", "children", "entities", "events", "listed", "make_layout", "snapshot"]
