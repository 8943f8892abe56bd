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
from typing import IO, Any, Final, Protocol, Self

from ..errors import RunCancelled, WorkerError
from ..program.codec import to_json
from ..program.program import Program
from .cancel import CancelToken

Task = Mapping[str, Any]
Progress = Callable[[str, int, int], None]
"""(table, part, rows so far)"""
Done = Callable[[dict[str, Any]], None]

SMALL: Final = 200_000
"""Rows of a whole plan up to which starting workers costs more than it saves."""


def workers(program: Program, count: int) -> Workers:
    """Workers for a program, in a `with` block; 0 of them means that this process works itself."""
    return Processes(program, count) if count else Here(program)


class Workers(Protocol):
    """Work off tasks."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def work(self, tasks: Sequence[Task], cancel: CancelToken, progress: Progress, done: Done) -> None:
        """Works off tasks in their order; raises RunCancelled and WorkerError."""


class Here:
    """This process."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def work(self, tasks: Sequence[Task], cancel: CancelToken, progress: Progress, done: Done) -> None:
        """As `Workers.work`."""
        from ..engine.engine import Engine
        from .part import Stopped, part_sentence, write_part

        engine = Engine(self._program)
        for task in tasks:

            def report(rows: int, task: Task = task) -> None:
                progress(task["table"], task["index"], rows)

            try:
                result = write_part(engine, task, report, cancel.is_set)
            except Stopped:
                raise RunCancelled from None
            except (KeyboardInterrupt, SystemExit, GeneratorExit):
                raise
            except BaseException as error:
                # Whatever a library raises; a panic of Rust is not even an Exception.
                raise WorkerError(part_sentence(error, task)) from None
            done(result)
            if cancel.is_set():
                raise RunCancelled


def _environment() -> dict[str, str]:
    """A worker's environment: with the C library of Linux, memory in large pages that is kept rather than given back.

    Blocks of the same sizes come and go all the time; this saves a tenth of a run. Elsewhere the setting is not read.
    """
    tuned = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=268435456:glibc.malloc.trim_threshold=1073741824"
    return {"GLIBC_TUNABLES": tuned, **os.environ}


class Processes:
    """Processes that start in the background, so that their imports cost no time, and wait for tasks."""

    def __init__(self, program: Program, count: int) -> None:
        self._program = json.dumps(to_json(program)) + "\n"
        self._count = count
        self._answers: SimpleQueue[tuple[int, dict[str, Any] | None]] = SimpleQueue()
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

    def work(self, tasks: Sequence[Task], cancel: CancelToken, progress: Progress, done: Done) -> None:
        """As `Workers.work`."""
        waiting = deque(tasks)
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
            if "error" in answer:
                raise WorkerError(answer["error"])
            if "progress" in answer:
                progress(answer["table"], answer["index"], answer["progress"])
                continue
            if "result" in answer:
                done(answer["result"])
                left -= 1
            self._idle.append(number)

    def _start(self, number: int) -> None:
        errors = tempfile.TemporaryFile()  # noqa: SIM115  # closed in __exit__, after the worker
        self._errors.append(errors)
        process = subprocess.Popen(
            [sys.executable, "-m", "ingen_fab.synthetic_data.core.run.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            encoding="utf-8",
            start_new_session=True,
            env=_environment(),
        )
        self._processes.append(process)
        Thread(target=self._feed, args=(number, process), name=f"worker-{number}", daemon=True).start()

    def _feed(self, number: int, process: subprocess.Popen[str]) -> None:
        try:
            self._send(process, self._program)
            for line in process.stdout or ():
                self._answers.put((number, json.loads(line)))
        except (OSError, ValueError):
            # The pipe broke or half a line came: the worker is gone, which the end of its answers tells.
            pass
        self._answers.put((number, None))

    @staticmethod
    def _send(process: subprocess.Popen[str], line: str) -> None:
        if process.stdin is not None:
            process.stdin.write(line)
            process.stdin.flush()

    def _give(self, number: int, task: Task) -> None:
        try:
            self._send(self._processes[number], json.dumps(task) + "\n")
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
