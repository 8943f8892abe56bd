"""Sharing parts among worker processes, or working in this one.

Workers are plain subprocesses with pipes: no fork, nothing inherited from the terminal, so they start from inside a
running text interface, from notebooks and on every platform.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from typing import IO, TYPE_CHECKING, Final, Protocol, Self

from ..errors import InputError, RunCancelled, WorkerError, hint
from ..program.codec import from_json, to_json
from ..program.content import KNOWN
from ..program.program import Program
from ..program.tasks import Answer, Begin, Content, Done, Failed, Order, PartResult, Progress, Work
from .cancel import CancelToken
from .limits import TUNED
from .means import Means

if TYPE_CHECKING:
    from ..plan.plan import Plan


Report = Callable[[str, int, int], None]
"""(table, part, rows so far)"""
Take = Callable[[PartResult], None]

SMALL: Final = 200_000
"""Rows of a whole plan up to which starting workers costs more than it saves."""

_FEW_FILES: Final = 400
"""Files above which starting workers saves more than it costs, however few their rows are."""
MANY_DAYS: Final = 60
"""From so many days on, starting workers costs less than it saves."""


def is_small(plan: Plan) -> bool:
    """Whether a plan is done sooner in this process alone."""
    return plan.work.mode == "python" and plan.rows <= SMALL and plan.files <= _FEW_FILES


def workers_by_days(plan: Plan, left: int, days: int) -> int:
    """Worker processes for the days that are left of a plan's; 0: this process does them itself."""
    small = plan.work.mode == "python" and plan.rows * left / max(days, 1) <= SMALL and left < MANY_DAYS
    return 0 if small else plan.work.workers


class Executor(Protocol):
    """Works off parts of one program, between entering and leaving a `with` block."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def work(self, parts: Sequence[Work], cancel: CancelToken, report: Report, take: Take) -> None:
        """Works off parts in their order, and gives each result to `take` in this thread; raises RunCancelled and WorkerError."""


def _python(program: Program, means: Means) -> Executor:
    return Processes(program, means.count) if means.count else Here(program)


def _pyspark(program: Program, means: Means) -> Executor:
    from ..spark.executor import OnSpark
    from ..spark.session import Place

    work = means.work
    return OnSpark(program, Place(work.master, means.conf, by_spark=work.writer == "spark"), work.writer, means)


EXECUTORS: Final[dict[str, Callable[[Program, Means], Executor]]] = {"python": _python, "pyspark": _pyspark}
"""By the name of a plan's mode: made of a program and of what it may use."""


def executor(name: str, program: Program, means: Means) -> Executor:
    """The executor of a name, at work on a program; raises InputError for a name that there is not."""
    make = EXECUTORS.get(name)
    if make is None:
        raise InputError(f"there is no executor `{name}`{hint(name, sorted(EXECUTORS))}")
    return make(program, means)


class Here:
    """This process."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def work(self, parts: Sequence[Work], cancel: CancelToken, report: Report, take: Take) -> None:
        """As `Executor.work`."""
        from ..engine.engine import Engine
        from .part import Stopped, part_sentence, work_off

        engine = Engine(self._program)
        for part in parts:

            def tell(rows: int, part: Work = part) -> None:
                report(part.task.table, part.task.index, rows)

            try:
                result = work_off(engine, part.task, part.sink, tell, cancel.is_set)
            except Stopped:
                raise RunCancelled from None
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Whatever a library raises; a panic of Rust is not even an Exception.
                raise WorkerError(part_sentence(error, part.task, part.sink)) from None
            take(result)
            if cancel.is_set():
                raise RunCancelled


def speaking(words: Sequence[str], errors: IO[bytes], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """A process that reads and writes lines of text; it leads a session of its own, so that no key pressed here reaches it."""
    return subprocess.Popen(
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        start_new_session=True,
        env=environment,
    )


def _environment() -> dict[str, str]:
    """A worker's environment: with the C library of Linux, memory in large pages that is kept rather than given back.

    Blocks of the same sizes come and go all the time; this saves a tenth of a run. Elsewhere the setting is not read.
    Threads for linear algebra, which nothing here computes, would cost a quarter of what a worker's start does.
    """
    return {"GLIBC_TUNABLES": TUNED, "OPENBLAS_NUM_THREADS": "1", **os.environ}


def _line(order: Order) -> str:
    return json.dumps(to_json(order)) + "\n"


def _contents(program: Program) -> list[Content]:
    """What a program names, so that no worker needs a file of this machine; raises WorkerError where it has changed."""
    try:
        return [Content(KNOWN.read(name).decode()) for name in sorted({pool.sha256 for pool in program.pools.values()})]
    except (OSError, ValueError) as error:
        raise WorkerError(str(error)) from None


class Processes:
    """Processes that start in the background, so that their imports cost no time, and wait for tasks."""

    def __init__(self, program: Program, count: int) -> None:
        self._first = "".join(map(_line, (*_contents(program), Begin(program))))
        self._count = count
        self._answers: SimpleQueue[tuple[int, Answer | None]] = SimpleQueue()
        self._processes: list[subprocess.Popen[str]] = []
        self._errors: list[IO[bytes]] = []
        self._idle: list[int] = []

    def __enter__(self) -> Self:
        try:
            for number in range(self._count):
                self._start(number)
        except BaseException:
            self.__exit__()
            raise
        return self

    def work(self, parts: Sequence[Work], cancel: CancelToken, report: Report, take: Take) -> None:
        """As `Executor.work`."""
        waiting = deque(parts)
        left = len(waiting)
        while left:
            while waiting and self._idle:
                self._give(self._idle.pop(), waiting.popleft())
            if cancel.is_set():
                raise RunCancelled
            try:
                number, answer = self._answers.get(timeout=0.1)
            except Empty:
                continue
            if answer is None:
                raise WorkerError(self._last_words(number))
            if isinstance(answer, Failed):
                raise WorkerError(answer.sentence)
            if isinstance(answer, Progress):
                report(answer.table, answer.index, answer.rows)
                continue
            if isinstance(answer, Done):
                take(answer.result)
                left -= 1
            self._idle.append(number)

    def _start(self, number: int) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__, after the worker
        self._errors.append(errors)
        process = speaking([sys.executable, "-m", "ingen_fab.synthetic_data.core.run.worker"], errors, _environment())
        self._processes.append(process)
        Thread(target=self._feed, args=(number, process), name=f"worker-{number}", daemon=True).start()

    def _feed(self, number: int, process: subprocess.Popen[str]) -> None:
        try:
            self._send(process, self._first)
            for line in process.stdout or ():
                self._answers.put((number, from_json(Answer, json.loads(line))))
        except (OSError, ValueError):
            # The pipe broke or half a line came: the worker is gone, which the end of its answers tells.
            pass
        self._answers.put((number, None))

    @staticmethod
    def _send(process: subprocess.Popen[str], lines: str) -> None:
        if process.stdin is not None:
            process.stdin.write(lines)
            process.stdin.flush()

    def _give(self, number: int, part: Work) -> None:
        try:
            self._send(self._processes[number], _line(part))
        except OSError:
            raise WorkerError(self._last_words(number)) from None

    def _last_words(self, number: int) -> str:
        self._processes[number].wait(timeout=5)
        self._errors[number].seek(0)
        text = self._errors[number].read().decode(errors="replace").strip()
        code = self._processes[number].returncode
        return text.splitlines()[-1] if text else f"it ended with code {code}"

    def __exit__(self, *_: object) -> None:
        for process in self._processes:
            process.kill()
        for process, errors in zip(self._processes, self._errors, strict=False):
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    # A killed worker may leave unsent text in the pipe.
                    with suppress(OSError):
                        pipe.close()
            errors.close()
