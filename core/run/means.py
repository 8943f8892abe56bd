"""What a run lets an executor use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from ..frozen import dataclass
from ..plan.plan import Plan
from ..plan.work import WorkPlan


@dataclass(frozen=True, slots=True)
class Means:
    """What an executor may use."""

    work: WorkPlan
    count: int
    """How many processes may work at once; 0: this one itself."""
    scratch: Path
    """A folder that the run owns, for what goes with it."""
    conf: Mapping[str, str] = field(default_factory=dict)
    """Options of a session of Spark that has to be started."""
    session: Any = None
    """A `SparkSession` that somebody has started."""
    say: Callable[[str], None] = lambda _: None
    """Told of what takes long, a sentence."""
    run_id: str = ""
    """By which Spark's commits of tables are known."""
    plan: Plan | None = None
    """Of a run whose tables Spark commits by itself: how they lie in their files."""
