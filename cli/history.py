"""`history`, `compare` and `watch`: the runs of an output root, two of them beside each other, and the one that is at work."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import fields
from typing import Final

from ..core import format as shown
from ..core.run.cancel import CancelToken
from ..core.run.differences import compare
from ..core.run.events import Event, RunFinished, to_json
from ..core.run.history import PastRun, find, history, refuse_file
from ..core.run.watch import Watched, follow
from ..core.spec.repository import DatasetConfigurationRepository
from .query import root_of
from .reporters import reporter
from .stopping import Stopped, code_of, stoppable, stopped_by, stopping
from .streams import say, tell, tell_json
from .tables import Column, Form, write_columns

_NAMES: Final = (*(one.name for one in fields(PastRun) if one.name != "settings"), "rows_per_second")
"""What CSV tells of a run: all but its settings, which are no value of a cell."""


def show_history(output_dir: str | None, form: Form) -> None:
    """Prints a line for each run of an output root, the newest first."""
    root = root_of(output_dir, "history reads")
    with stoppable():
        runs = history(root)
    if form == "json":
        tell_json([run.to_json() for run in runs])
    elif form == "csv":
        write_columns(_values(runs), form)
    elif not runs:
        tell(f"nothing has been generated under {root}")
    else:
        write_columns(_columns(runs), form)


def _values(runs: tuple[PastRun, ...]) -> list[Column]:
    """As other programs read them: numbers without units, moments in ISO 8601; the names alone where there are no runs."""
    rows = [run.to_json() for run in runs]
    return [Column(name, [None if row[name] is None else str(row[name]) for row in rows], False, True) for name in _NAMES]


def _columns(runs: tuple[PastRun, ...]) -> list[Column]:
    return [
        Column("run", [run.run_id for run in runs], False, False),
        Column("began (UTC)", [f"{run.began:%Y-%m-%d %H:%M}" for run in runs], False, False),
        Column("dataset", [run.dataset_id for run in runs], False, True),
        Column("rows", [shown.rows(run.rows) for run in runs], True, False),
        Column("seed", [str(run.seed) for run in runs], True, False),
        Column("mode", [run.mode for run in runs], False, False),
        Column("took", [shown.duration(run.seconds) if run.seconds is not None else None for run in runs], True, False),
        Column("speed", [shown.rate(run.rows_per_second) if run.rows_per_second else None for run in runs], True, False),
        Column("verdict", [run.verdict for run in runs], False, True),
    ]


def compare_runs(first: str, second: str, output_dir: str | None, as_json: bool, repository: DatasetConfigurationRepository) -> int:
    """Prints how two runs differ; 1 where they do."""
    root = root_of(output_dir, "compare reads")
    with stoppable():
        runs = history(root)
        found = compare(root, find(runs, first), find(runs, second), repository=repository)
    if as_json:
        tell_json(found.to_json())
    else:
        tell(*found.lines)
    return 0 if found.is_same else 1


def watch_run(output_dir: str | None, as_json: bool) -> int:
    """Shows the run that is at work under an output root until it ends; 1 where it did not complete."""
    root, cancel = root_of(output_dir, "watch reads"), CancelToken()
    refuse_file(root)
    watched = Watched(root)
    if (dead := watched.dead) is not None:
        say(f"{dead.dataset_id} under {root}: {dead.died}")
        if as_json:
            _write(watched.outcome())
        return 1
    there, events = watched.look()
    if not there or watched.last is None:
        say(f"no run is at work under {root}")
        return 0
    if not as_json:
        say(f"{watched.last.dataset_id}, seed {watched.last.seed}, {watched.last.mode} mode: {watched.last.process.told}")
    showing: AbstractContextManager[Callable[[Event], None]] = nullcontext(_write) if as_json else reporter()
    with stopping(cancel) as heard, showing as emit:
        for event in events:
            emit(event)
        ended = follow(watched, emit, cancel)
        outcome = watched.outcome() if ended and not heard else None
        if outcome is not None and outcome.status == "COMPLETED":
            for event in watched.untold():
                emit(event)
        if outcome is not None:
            emit(outcome)
    if heard:
        say("the run goes on")
        raise Stopped(stopped_by(heard))
    return _tell(watched, outcome) if outcome is not None else 0


def _write(event: Event) -> None:
    print(json.dumps(to_json(event)), flush=True)


def _tell(watched: Watched, ended: RunFinished) -> int:
    last = watched.last
    if last is not None:
        how = ended.message or ("done" if ended.status == "COMPLETED" else ended.status.lower())
        say(f"{last.dataset_id}, after {shown.duration(ended.elapsed)}: {how}")
    # Whoever watches was not stopped, whatever became of the run.
    return min(code_of(ended.status), 1)
