"""The parts of a plan's tables; where paths follow a pattern, those of events begin and end with their days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Final

from ..engine.ground import Layout
from ..engine.parts import ChainedParts, Ranges
from ..errors import ParameterError, brief
from ..frozen import dataclass
from ..spec.paths import Place, columns_of, is_day_path, path_of
from .plan import Parts, TablePlan

SETTING: Final = "output_settings.path_format"


@dataclass(frozen=True, slots=True)
class Window:
    """The days of a plan, and how their rows are cut into parts."""

    span: tuple[int, int]
    """Numbers of the first and the last day."""
    first: date
    as_of: date | None
    """Under which rows that last lie, where paths follow a pattern; else None."""
    rows_per_file: int

    def parts(self, name: str, layout: Layout, low: int, high: int, lasts: bool) -> Parts:
        """Of a table, whose rows are those from low to high."""
        if self.as_of is None:
            return Parts(name, layout.parts(low, high, self.rows_per_file))
        if lasts or not layout.happens:
            return Parts(name, layout.parts(low, high, self.rows_per_file), under=(self.as_of,), starts=(0,))
        days: list[date] = []
        found: list[Sequence[Ranges]] = []
        for number in range(self.span[0], self.span[1] + 1):
            end = high if number == self.span[1] else layout.before(number + 1)
            # A day without rows has no file, but a table without rows has one.
            if end > low or (number == self.span[1] and not days):
                days.append(self.first + timedelta(days=number - self.span[0]))
                found.append(layout.parts(low, end, self.rows_per_file))
            low = end
        parts = ChainedParts.of(found)
        return Parts(name, parts, under=tuple(days), starts=parts.starts[:-1])


def refuse_long(pattern: str, dataset_id: str, tables: Iterable[str]) -> None:
    """Raises ParameterError where the names of a dataset and its tables make a path too long. That no two are one, the pattern sees to."""
    for table in tables:
        path = path_of(pattern, Place(table, date(2024, 1, 1), dataset_id, 0, 2, "parquet"))
        if not is_day_path(path):
            raise ParameterError(SETTING, f"the path of {table} would be `{brief(path)}`, which is too long for some systems")


def notes(pattern: str, tables: Iterable[TablePlan]) -> list[str]:
    """What the user should know of tables that have columns of the names that a pattern gives to folders."""
    named = columns_of(pattern)
    found = {table.name: [column.name for column in table.columns if column.name in named] for table in tables}
    told = "readers that take columns from the names of folders show those of the folders in their place"
    return [f"{table} has columns of its own called {', '.join(names)}: {told}" for table, names in found.items() if names]
