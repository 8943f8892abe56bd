"""Events: what happens day by day."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from .base import LayoutModel, Number, RowScope, register


@register
class Events(LayoutModel):
    """What happens day by day; ids and time rise together, day counts follow the temporal patterns."""

    layout: Literal["events"]
    number: Number | None = None
    """Only for events that do not drive the dataset."""

    is_event: ClassVar[bool] = True
    may_drive: ClassVar[bool] = True

    def row_count(self, scope: RowScope) -> float:
        if self.number is None:
            raise ValueError("needs `number`: these events do not drive the dataset")
        return scope.counted(self.number)

    def compile(self, scope: RowScope) -> dict[str, Any]:
        return {"layout": "events", "number": int(scope.number(scope.table))}
