"""The questions that one asks of a log again and again, and how their answers are drawn."""

from __future__ import annotations

from typing import Final

from ..frozen import dataclass
from .query import Answer
from .schemas import LOG


@dataclass(frozen=True, slots=True)
class View:
    """A question with a chart of its answer."""

    name: str
    sql: str
    labels: tuple[str, ...]
    """Columns that name a bar."""
    value: str
    """The column that a bar stands for."""

    def bars(self, answer: Answer) -> tuple[list[str], list[float]]:
        """The labels and the values of an answer; rows without a value are left out."""
        places = [answer.names.index(name) for name in self.labels]
        value = answer.names.index(self.value)
        rows = [row for row in answer.rows if row[value] is not None]
        return [" ".join(row[place] or "" for place in places) for row in rows], [float(row[value] or 0) for row in rows]


VIEWS: Final = (
    View(
        "Speed by dataset",
        "SELECT dataset_id, generation_mode, round(avg(rows_per_second)) AS avg_rows_per_sec, "
        "round(avg(duration_seconds), 2) AS avg_duration, round(min(rows_per_second)) AS min_speed, "
        "round(max(rows_per_second)) AS max_speed "
        f"FROM {LOG} WHERE status = 'COMPLETED' GROUP BY dataset_id, generation_mode ORDER BY avg_rows_per_sec DESC",
        ("dataset_id", "generation_mode"),
        "avg_rows_per_sec",
    ),
    View(
        "Memory by rows",
        "SELECT dataset_id, target_rows, round(max(peak_memory_gb), 3) AS max_memory, round(max(cpu_cores_used), 2) AS max_cores, "
        f"round(avg(duration_seconds), 2) AS avg_duration FROM {LOG} GROUP BY dataset_id, target_rows ORDER BY target_rows",
        ("dataset_id", "target_rows"),
        "max_memory",
    ),
    View(
        "Runs by day",
        f"SELECT started_at::DATE AS day, count(*) AS runs, sum(total_rows) AS rows FROM {LOG} GROUP BY day ORDER BY day",
        ("day",),
        "rows",
    ),
)
