"""What reaches a root on an object store, as runs use it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..program.tasks import ParquetSink
    from ..sinks.lakehouse import Form
    from ..sinks.store import Look, Part, Taken


class Storage(Protocol):
    """What reaches an object store: delta-rs (`core.sinks.store.Store`) or Spark. Paths are below the root; each may raise RunError."""

    @property
    def session(self) -> Any:
        """A `SparkSession` for the executor, or None."""

    def at(self, path: str) -> str:
        """The URL of a path."""

    def look(self, path: str, run_id: str = "") -> Look | None:
        """A Delta table; None where there is none. `run_id` is of a run that is known to have been here."""

    def commit(self, path: str, parts: Sequence[Part], schema: Any, form: Form, run_id: str) -> Sequence[Part]:
        """Makes a table hold what a run wrote, and nothing else; gives its files as they are."""

    def undo(self, path: str, run_id: str) -> None:
        """Takes back what a run wrote to a table, committed or not."""

    def rows(self, path: str, schema: Any) -> list[dict[str, Any]]:
        """All rows of a small table."""

    def write_rows(self, path: str, rows: Sequence[Mapping[str, Any]], schema: Any, run_id: str, add: bool) -> None:
        """Adds rows to a small table, or replaces its rows."""

    def reset(self, path: str, run_id: str) -> bool:
        """Puts a table back to what a run left, where runs that never came to their end have written since."""

    def refuse_overtaken(self, path: str, run_id: str) -> None:
        """Raises RunError where a table is not as a run left it."""

    def text(self, path: str) -> str | None:
        """The content of a small file; None where there is none."""

    def put(self, path: str, text: str) -> None:
        """Writes a small file, whole."""

    def remove(self, path: str) -> None:
        """Takes a file away."""


class Absorbing(Storage, Protocol):
    """A storage whose tables take in the rows of other ones by itself."""

    def absorb(self, path: str, staged: str, key: Sequence[str], sink: ParquetSink, run_id: str, version: int) -> Taken:
        """Brings all rows of a table into another, which is in some version: with a key in the place of those that have the same one."""
