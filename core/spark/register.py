"""Giving a session of Spark the source `synthetic`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from ..plan.plan import Plan
    from .travelling import Travelling

_PUSHES: Final = "spark.sql.python.filterPushdown.enabled"


_REGISTERED: Final[WeakKeyDictionary[Any, dict[str, Travelling]]] = WeakKeyDictionary()
"""Session -> what its source knows."""


def _known(session: Any) -> dict[str, Travelling]:
    return _REGISTERED.get(session, {})


class Planned(Protocol):
    """What has a plan, as a `SyntheticDataGenerator` has."""

    @property
    def plan(self) -> Plan:
        """What will be generated."""


def register_spark_source(session: SparkSession, *datasets: str | Planned) -> None:
    """Gives a session the source `synthetic`: `spark.read.format("synthetic").option("dataset", id).option("table", name).load()`.

    Datasets that are named, by their ids or with settings as a `SyntheticDataGenerator`, are planned here and travel with the
    source, so that executors need numpy and pyarrow alone; any other one is planned when it is read, where the Python of
    Spark's driver has this package. A dataset that is registered again takes the place of what it was; others stay.
    Further options of a read: `columns` (names, separated by commas), `rows_per_partition`
    (default 500000), and settings of the dataset by their dotted names, such as `target_rows` or `seed_value`. Filters on keys
    and on the time at which rows begin leave partitions out where Spark pushes filters to Python (4.1 and later; this sets
    the session's option for it). Raises InputError for what is not allowed.
    """
    from ..plan.make import make_plan
    from ..spec.resolve import resolve_parameters
    from .session import Cluster
    from .source import SyntheticSource
    from .travelling import Travelling

    travelling = dict(_known(session))
    for each in datasets:
        plan = make_plan(resolve_parameters(each, environ=os.environ)) if isinstance(each, str) else each.plan
        travelling[plan.dataset_id] = Travelling.of(plan, fixed=not isinstance(each, str))
    _REGISTERED[session] = travelling

    class Source(SyntheticSource):
        """What is made here travels by value, with what it knows; its base is in the archive."""

        known = travelling

    Cluster(session).send_engine()
    session.conf.set(_PUSHES, "true")
    session.dataSource.register(Source)
