"""Runs a compiled notebook here: its own cells, with parameters injected as Fabric does, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic, sleep
from typing import Any, Final

from ..compile.cells import Cell, Kernel, Notebook, text_of
from ..compile.literals import Scalar, literal
from ..compile.reading import parameters_of, read_notebook
from ..errors import InputError, RunCancelled, RunError, UnknownNameError, brief, sentence
from ..format import printable
from ..frozen import dataclass
from ..plan.machine import LOCAL, spark_missing
from ..run.cancel import CancelToken
from ..run.events import Event, from_json, ignore
from ..run.executor import speaking
from ..run.root import make_root, real_folder

_CHILD: Final = Path(__file__).with_name("child.py")
_NUMERIC: Final = ("numpy", "pandas", "pyarrow", "dateutil", "pytz", "six", "tzdata")
PACKAGES: Final[Mapping[Kernel, tuple[str, ...]]] = {
    "python": (*_NUMERIC, "deltalake", "arro3", "typing_extensions", "deprecated", "wrapt", "duckdb", "_duckdb", "adbc_driver_duckdb"),
    "spark": (*_NUMERIC, "pyspark", "py4j", "delta", "importlib_metadata", "zipp", "setuptools", "pkg_resources", "lazy_importer"),
}
"""What a notebook of each kernel may import beside the standard library: less than the images have, so that it runs on all of them."""
_PATIENCE: Final = 5.0
"""Seconds for a process that has said its last word to end by itself."""
_GRACE: Final = 15.0
"""Seconds for a process that was asked to end."""
_KEPT: Final = 10
"""Executed notebooks that stay."""
EXECUTED: Final = "Files/.executed"
"""Below the output root: what was run, with its parameters and its exit value."""


@dataclass(frozen=True, slots=True)
class Executed:
    """A notebook that has run."""

    exit_value: str
    """As the notebook gave it: a JSON object, where it is one of ours."""
    saved: Path
    """The notebook as it was run."""

    @property
    def value(self) -> dict[str, Any]:
        """The exit value; empty where it is no JSON object."""
        try:
            found = json.loads(self.exit_value or "{}")
        except (ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def injected(notebook: Notebook, parameters: Mapping[str, Scalar]) -> Notebook:
    """The notebook with a cell below its parameters that gives them other values; raises UnknownNameError and InputError."""
    known = parameters_of(notebook)
    for name in parameters:
        if name not in known:
            raise UnknownNameError("parameter", name, list(known))
    text = "\n".join(f"{name} = {literal(value)}" for name, value in parameters.items())
    place = next(n for n, cell in enumerate(notebook.cells) if cell.kind == "parameters") + 1 if known else 0
    cells = (*notebook.cells[:place], Cell("code", text or "pass"), *notebook.cells[place:])
    return replace(notebook, cells=cells)


def execute(
    path: Path,
    parameters: Mapping[str, Scalar],
    root: Path,
    *,
    emit: Callable[[Event], None] = ignore,
    say: Callable[[str], None] = lambda line: None,
    cancel: CancelToken | None = None,
    python: Path | None = None,
) -> Executed:
    """Runs a notebook whose lakehouse is the folder `root`; what its cells print goes to `say`, and events of its run to `emit`.

    `python` is another interpreter, which has the packages of one of Fabric's images. Raises InputError for what is no such notebook or
    parameter, RunError with the notebook's own sentence where it fails, and RunCancelled.
    """
    notebook = read_notebook(path)
    own = {"lakehouse_root": str(root.absolute())} if "lakehouse_root" in parameters_of(notebook) else {}
    run = injected(notebook, {**own, **parameters})
    missing = spark_missing() if notebook.kernel == "spark" and python is None else ""
    if missing:
        raise RunError(missing)
    saved = _save(root, path, run)
    order = {
        "cells": [cell.text for cell in run.cells if cell.kind in ("code", "parameters")],
        "packages": list(PACKAGES[notebook.kernel]),
        "spark": _session() if notebook.kernel == "spark" else None,
        "context": {"currentNotebookName": _name(path)},
        "lakehouse": str(root.absolute()),
        "warehouse": str(root.absolute() / "warehouse.duckdb"),
    }
    for answer in _answers(order, python or Path(sys.executable), cancel or CancelToken()):
        if "event" in answer:
            # A notebook that was edited may emit anything.
            with suppress(KeyError, TypeError, ValueError, AttributeError):
                emit(from_json(answer["event"]))
        elif "print" in answer:
            say(answer["print"])
        elif "failed" in answer:
            raise (InputError if answer.get("mistake") else RunError)(_told(answer, _name(path)))
        elif "exit" in answer:
            saved.with_suffix(".json").write_text(answer["exit"] or "{}", encoding="utf-8", errors="backslashreplace")
            return Executed(answer["exit"], saved)
    raise RunError(f"the process of the notebook {_name(path)} ended without a word")


def _name(path: Path) -> str:
    folder = path if path.suffix == ".Notebook" else path.parent
    return folder.name.removesuffix(".Notebook")


def _save(root: Path, path: Path, run: Notebook) -> Path:
    folder = root / EXECUTED
    make_root(root)
    real_folder(root / "Files")
    real_folder(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        saved = folder / f"{_name(path)}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.py"
        saved.write_text(text_of(run), encoding="utf-8")
        for old in sorted(folder.glob("*.py"), key=lambda path: path.name[-len("20261127T141805861694.py") :])[:-_KEPT]:
            old.unlink(missing_ok=True)
            old.with_suffix(".json").unlink(missing_ok=True)
    except OSError as error:
        raise RunError(sentence(error, folder)) from None
    return saved


def _session() -> dict[str, str]:
    from ..spark.session import NEEDED, Place, session_options

    # The process asks its own Delta for jars; the session of a Fabric notebook has none of the options that Spark's own writer needs.
    left_out = {*NEEDED, "spark.jars.packages"}
    return {name: value for name, value in session_options(Place(LOCAL, delta=True)).items() if name not in left_out}


def _told(answer: Mapping[str, Any], name: str) -> str:
    """What failed, in the words of the engine; of any other error, where it is."""
    told = " ".join(printable(str(answer["failed"])).split())
    return told if answer["ours"] else f"the notebook {name} failed: {answer['kind']}: {brief(told)}"


def _answers(order: Mapping[str, Any], python: Path, cancel: CancelToken) -> Iterator[dict[str, Any]]:
    """What the process tells, line by line; it ends with the reader."""
    # What the engine, Spark and the notebook leave in folders for temporary files goes with the process.
    with (
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryDirectory(prefix="synthetic-data-notebook-", ignore_cleanup_errors=True) as own,
    ):
        environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME", "SPARK_REMOTE")}
        words = [str(python), "-E", "-s", str(_CHILD)]
        process = speaking(words, errors, {**environment, "PYSPARK_PYTHON": str(python), "TMPDIR": own})
        lines: SimpleQueue[str | None] = SimpleQueue()

        def read() -> None:
            for line in process.stdout or ():
                lines.put(line)
            lines.put(None)

        reader = Thread(target=read, name="notebook", daemon=True)
        reader.start()
        done = False
        try:
            if process.stdin is not None:
                process.stdin.write(json.dumps(order) + "\n")
                process.stdin.close()
            while True:
                if cancel.is_set():
                    raise RunCancelled
                try:
                    line = lines.get(timeout=0.1)
                except Empty:
                    continue
                if line is None:
                    break
                told = json.loads(line)
                done = "exit" in told or "failed" in told
                yield told
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()
            yield {
                "failed": text.splitlines()[-1] if text else f"it ended with code {process.wait()}",
                "kind": "process",
                "ours": False,
            }
        finally:
            _end(process, _PATIENCE if done else 0)
            reader.join()
            if process.stdout is not None:
                process.stdout.close()


def _end(process: subprocess.Popen[str], patience: float) -> None:
    """Ends the process and those that it has started: it leads a session of its own. Asked first, its run is cancelled as any other."""
    if not patience and not _has_ended(process):
        process.terminate()
        patience = _GRACE
    until = monotonic() + patience
    while monotonic() < until and not _has_ended(process):
        sleep(0.05)
    if process.returncode is None:
        try:
            import signal

            # Nobody has asked how it ended, so its number is still its own.
            os.killpg(process.pid, signal.SIGKILL)
        except (AttributeError, OSError):
            process.kill()
    process.wait()


def _has_ended(process: subprocess.Popen[str]) -> bool:
    """Whether it has; its number stays its own, so that what it has started can be ended by it."""
    if process.returncode is not None or not hasattr(os, "waitid"):
        return process.poll() is not None
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT | os.WNOHANG) is not None
