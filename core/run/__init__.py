"""Running plans, looking at them before and asking about them after."""

from .cancel import CancelToken
from .estimate import Estimate, TableEstimate, estimate
from .events import Event, RunResult, TableResult
from .preview import preview
from .query import query
from .run import run

__all__ = ["CancelToken", "Estimate", "Event", "RunResult", "TableEstimate", "TableResult", "estimate", "preview", "query", "run"]
