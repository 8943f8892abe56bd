"""Checks of what was written: read by DuckDB, judged by the dataset's own declaration, never by the generating code."""

from typing import Final

CHECKED_AT_ONCE: Final = 5_000_000
"""Rows of a run up to which its check is a step of it; it takes about as long as the run. A larger run is checked when asked."""
