"""Events: what happens day by day."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...program import rows
from ..names import Name, Path
from .base import LayoutModel, Number, RowScope, RowsError, register


@register
class Events(LayoutModel):
    """What happens day by day; ids and time rise together, day counts follow the temporal patterns."""

    layout: Literal["events"]
    number: Number | None = None
    """Only for events that do not drive the dataset."""
    within_day: Name | None = None
    """A table of children that last some time: each row begins early enough for them to end on its own day."""
    time_zone: Path | None = None
    """A text of the row that names a time zone (IANA): the hours of the day are those of that zone. A row stays on its day in the
    dataset's own zone, and rows of a day are then in no order. Where it is NULL, the dataset's own zone holds."""

    is_event: ClassVar[bool] = True
    may_drive: ClassVar[bool] = True
    by_day: ClassVar[bool] = True

    def row_count(self, scope: RowScope) -> float:
        if self.number is None:
            raise ValueError("needs `number`: these events do not drive the dataset")
        return scope.counted(self.number)

    def compile(self, scope: RowScope) -> rows.Events:
        if self.within_day is not None:
            children = scope.layout(self.within_day)
            if children.parents != (scope.table,) or getattr(children, "duration", None) is None:
                raise RowsError("within_day", f"`{self.within_day}` holds no children of `{scope.table}` that last some time (`duration`)")
        zone = None
        if self.time_zone is not None:
            try:
                zone = scope.zoned(self.time_zone)
            except ValueError as error:
                raise RowsError("time_zone", str(error)) from None
        return rows.Events(int(scope.number(scope.table)), self.within_day or "", zone)
