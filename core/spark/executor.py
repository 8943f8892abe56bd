"""Works off parts on Spark: a part is a task, and what came of it lies in a folder that this process watches."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import TYPE_CHECKING, Final, Self
from uuid import uuid4

from ..errors import DiskFullError, RunCancelled, RunError, WorkerError, is_full
from ..program.tasks import Work
from .into_table import IntoTable, Layout
from .jobs import BySpark, Job, Take, Written, sink_of
from .reasons import said
from .session import Cluster, Place, open_cluster

if TYPE_CHECKING:
    from ..program.program import Program
    from ..run.cancel import CancelToken
    from ..run.means import Means

_LOOK: Final = 0.1
"""Seconds between two looks at what has come."""
_PATIENCE: Final = 10
"""Seconds in which tasks that were told to stop are waited for."""


class OnSpark:
    """Executors of a cluster that see the output root: each part is a task of theirs."""

    def __init__(self, program: Program, place: Place, writer: str, means: Means) -> None:
        self._program, self._place, self._writer, self._means = program, place, writer, means
        # Executors work in folders of their own.
        self._scratch = means.scratch.absolute()
        self._cluster: Cluster | None = None
        self._package = ""
        self._tag = f"synthetic-data-{uuid4().hex}"
        self._jobs = 0

    def __enter__(self) -> Self:
        return self

    def work(self, parts: Sequence[Work], cancel: CancelToken, report: Callable[[str, int, int], None], take: Take) -> None:
        """As `core.run.executor.Executor.work`; parts are reported when they are done."""
        if self._cluster is None:
            self._cluster = open_cluster(self._place, self._means.session, cancel, self._means.say)
            self._package = self._cluster.send(self._program)
        for job in self._jobs_of(parts):
            try:
                self._run(job, self._cluster, cancel, take)
            finally:
                shutil.rmtree(job.folder, ignore_errors=True)

    def _jobs_of(self, parts: Sequence[Work]) -> Iterator[Job]:
        if self._writer == "direct":
            yield Written(self._folder(), self._package, parts)
            return
        from ..engine.engine import Engine

        engine = Engine(self._program)
        for name, delivery in dict.fromkeys((part.task.table, part.task.delivery) for part in parts):
            own = [part for part in parts if (part.task.table, part.task.delivery) == (name, delivery)]
            if self._means.plan is not None and "://" in sink_of(own[0]).path:
                layout = Layout.of(self._means.plan, name)
                yield IntoTable(self._folder(), self._package, own, engine, self._means.run_id, layout)
            else:
                yield BySpark(self._folder(), self._package, own, engine)

    def _folder(self) -> Path:
        self._jobs += 1
        return self._scratch / f"job-{self._jobs}"

    def _run(self, job: Job, cluster: Cluster, cancel: CancelToken, take: Take) -> None:
        errors: list[BaseException] = []

        def start() -> None:
            try:
                with cluster.tagged(self._tag):
                    job.start(cluster)
            except BaseException as error:  # told below
                errors.append(error)

        thread = Thread(target=start, name="spark-job", daemon=True)
        try:
            job.answers.mkdir(parents=True)
            thread.start()
            while thread.is_alive():
                job.look(take)
                if cancel.is_set():
                    raise RunCancelled
                thread.join(_LOOK)
            job.look(take)
            if errors:
                raise self._sentence(errors[0])
            job.finish(take)
            if cancel.is_set():
                raise RunCancelled
        except BaseException:
            # A job that is only being handed in now would be missed by a single word.
            until = monotonic() + _PATIENCE
            while thread.is_alive() and monotonic() < until:
                cluster.stop(self._tag)
                thread.join(_LOOK)
            raise

    def _sentence(self, error: BaseException) -> RunError:
        if is_full(error, self._scratch):
            # Of a staging folder in the output root.
            return DiskFullError(self._scratch.parents[2])
        return WorkerError(said(error))

    def __exit__(self, *_: object) -> None:
        pass
