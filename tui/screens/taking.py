"""The tables that a run wrote, and what can be taken away of them: digests, paths, the folder."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding
from textual.widgets import DataTable

from ...core.errors import InputError, SyntheticDataError
from ...core.run.events import RunResult, SeriesResult
from ..moving import LINES
from ..output_root import open_folder
from ..work import told
from .step import Step


class Written(DataTable[Text]):
    """The tables of a run."""

    HELP = """
# Tables

What was written, how fast, and the digest: the same seed and parameters give the same digest on any machine.
The files of the table under the cursor are listed below. **y** copies the digest, **Y** the path, **o** opens the
folder. **t** shows the checks, **/** looks for one, **H** every run of the folder, **A** asks in SQL.
"""
    BINDINGS: ClassVar = [*LINES, Binding("slash", "screen.find_check", "Find a check", show=False, id="results.find")]


class Taking(Step):
    """A step that shows a run; which keys take what of it is its own matter."""

    def __init__(self) -> None:
        super().__init__()
        self._run_shown: RunResult | SeriesResult | None = None

    @property
    def _folder(self) -> Path | None:
        """Where the table under the cursor lies; of a run without tables its root. None on an object store."""
        run, row = self._run_shown, self.query_one(Written).cursor_row
        if run is None or "://" in run.output_root:
            return None
        root = Path(run.output_root).absolute()
        files = run.tables[row].files if isinstance(run, RunResult) and row < len(run.tables) else ()
        return (root / files[0]).parent if files and (root / files[0]).parent.is_dir() else root

    def action_open_folder(self) -> None:
        """Shows the folder of the table in the platform's own program."""
        folder = self._folder
        try:
            if folder is None:
                raise InputError("what is on an object store has no folder to open")
            open_folder(folder)
        except (SyntheticDataError, OSError) as error:
            self.notify(told(error), severity="warning")

    def action_copy_path(self) -> None:
        """Copies where the table under the cursor lies."""
        if self._run_shown is not None:
            where = str(self._folder or self._run_shown.output_root)
            self.app.copy_to_clipboard(where)
            self.notify(f"Copied {where}")

    def action_copy(self) -> None:
        """Copies the digest under the cursor."""
        written = self.query_one(Written)
        if isinstance(self._run_shown, RunResult) and written.row_count:
            table = self._run_shown.tables[written.cursor_row]
            self.app.copy_to_clipboard(table.digest)
            self.notify(f"The digest of {table.name} is copied.")
