"""What of a preview is copied, and in which form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...core import format as shown
from .choosing import Choose
from .shown_rows import ShowsRows

if TYPE_CHECKING:
    import pyarrow as pa

    from ...core.run.copied import Form

_FORMS: Final[dict[str, Form]] = {"text (tabs)": "text", "CSV": "csv", "JSON": "json", "SQL (INSERT)": "sql"}
_OSC = 74_994
"""Bytes that terminals take through OSC 52, after base64: some take no more."""
_SHOWN: Final = 40


class Copies(ShowsRows):
    """A step whose rows can be copied."""

    def action_copy(self) -> None:
        """Copies the cell under the cursor as it is."""
        rows = self._cell()
        if rows is not None:
            from ...core.run.copied import copied_cell

            text = copied_cell(rows, "text")
            self._copy(
                text, f"Copied: {text[:_SHOWN]}{'..' if len(text) > _SHOWN else ''}" if text else "Copied: nothing, the cell is empty"
            )

    def action_copy_as(self) -> None:
        """Asks what to copy, and how."""
        grid = self.grid
        parts = {"row": range(grid.row, grid.row + 1), f"the {shown.many(len(grid.seen), 'row')} on the screen": grid.seen}
        names = {f"{part}, {name}": (rows, form) for part, rows in parts.items() for name, form in _FORMS.items()}
        cells = {f"cell, {name}": form for name, form in _FORMS.items() if form in ("json", "sql")}

        def chosen(name: str | None) -> None:
            view, some = self.view, self._cell() if name in cells else grid.pages.rows(names[name][0]) if name in names else None
            if name is None or view is None:
                return
            from ...core.run.copied import copied, copied_cell

            if some is None:
                self.notify("The rows are not there yet.", severity="warning")
            elif name in cells:
                self._copy(copied_cell(some, cells[name]), f"Copied: {name}")
            else:
                self._copy(copied(some, names[name][1], view.table), f"Copied: {name}")

        if grid.seen:
            self.app.push_screen(Choose("Copy", [*names, *cells]), chosen)

    def _cell(self) -> pa.Table | None:
        grid = self.grid
        rows = grid.pages.rows(range(grid.row, grid.row + 1)) if grid.seen else None
        return rows.select([grid.column]) if rows is not None else None

    def _copy(self, text: str, note: str) -> None:
        self.app.copy_to_clipboard(text)
        long = "; some terminals do not take that much" if len(text.encode()) * 4 // 3 > _OSC else ""
        self.notify(note + long)
