"""Checks of what was written: read by DuckDB, judged by the dataset's own declaration, never by the generating code."""
