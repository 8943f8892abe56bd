"""Staging and publishing: files appear whole or not at all.

A run writes into `<root>/.staging/<run id>`. When everything is there, a journal of steps is written: the point of no
return. Each step may be done again without harm, so a publication that was cut is finished by the next run; a staging
folder without a journal is removed.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from ..errors import LockedError, RunError
from ..sinks.files import sync

STAGING: Final = ".staging"
_JOURNAL: Final = "publish.json"
_LOCK: Final = ".lock"

Step = Mapping[str, Any]


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Holds the output root for one run; the operating system gives the lock back when a process dies. Raises LockedError."""
    from filelock import FileLock, Timeout

    root.mkdir(parents=True, exist_ok=True)
    holder = root / STAGING / "holder"
    lock = FileLock(root / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        pid = holder.read_text() if holder.is_file() else ""
        raise LockedError(root, pid) from None
    try:
        holder.parent.mkdir(exist_ok=True)
        holder.write_text(str(os.getpid()))
        yield
    finally:
        holder.unlink(missing_ok=True)
        with_contents = (root / STAGING).is_dir() and any((root / STAGING).iterdir())
        if (root / STAGING).is_dir() and not with_contents:
            (root / STAGING).rmdir()
        lock.release()


def write_whole(path: Path, text: str) -> None:
    """Writes a small file so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    sync(draft)
    draft.replace(path)
    sync(path.parent)


def publish(root: Path, staged: Path, steps: Sequence[Step]) -> None:
    """Makes a run visible: the journal first, then each step; the staging folder last."""
    write_whole(staged / _JOURNAL, json.dumps(list(steps)))
    _finish(root, staged)


def recover(root: Path) -> list[str]:
    """Finishes publications that were cut and removes what never got so far; tells what was done, a sentence each."""
    done = []
    staging = root / STAGING
    for staged in sorted(staging.iterdir()) if staging.is_dir() else []:
        if not staged.is_dir():
            continue
        if (staged / _JOURNAL).is_file():
            _finish(root, staged)
            done.append(f"finished publishing run {staged.name}, which had been cut")
        else:
            shutil.rmtree(staged, ignore_errors=True)
            done.append(f"removed what run {staged.name} had left unfinished")
    return done


def _finish(root: Path, staged: Path) -> None:
    for step in json.loads((staged / _JOURNAL).read_text(encoding="utf-8")):
        _STEPS[step["kind"]](root, staged, step)
    shutil.rmtree(staged)


def _folder(root: Path, staged: Path, step: Step) -> None:
    """A folder of files takes the place of another."""
    source, target = staged / step["from"], root / step["to"]
    if source.is_dir():
        old = staged / "old" / step["to"]
        if target.exists():
            if old.exists():
                shutil.rmtree(old)
            old.parent.mkdir(parents=True, exist_ok=True)
            target.rename(old)
        target.parent.mkdir(parents=True, exist_ok=True)
        source.rename(target)
        sync(target.parent)


def _delta(root: Path, staged: Path, step: Step) -> None:
    """Files move into a Delta table's folder, where nobody sees them before the commit."""
    import pyarrow.parquet as pq
    from deltalake.exceptions import DeltaError

    from ..sinks.lakehouse import replace_table

    source, target = staged / step["from"], root / step["to"]
    target.mkdir(parents=True, exist_ok=True)
    for name in step["files"]:
        if (source / name).exists():
            (source / name).replace(target / name)
    sync(target)
    schema = pq.read_schema(target / step["files"][0])
    try:
        replace_table(target, [target / name for name in step["files"]], schema, step["app"])
    except DeltaError as error:
        raise RunError(f"{target}: {error}") from None


def _warehouse(root: Path, staged: Path, step: Step) -> None:
    """Staged parquet files become tables of the DuckDB file."""
    import duckdb

    from ..sinks.warehouse import connect, load_tables

    spill = staged / "spill" if step["spill"] else None
    connection = connect(root, step["memory"], spill)
    try:
        tables = {name: [staged / file for file in files] for name, files in step["tables"].items()}
        load_tables(connection, step["schema"], tables)
    except duckdb.Error as error:
        raise RunError(f"{root}: {error}") from None
    finally:
        connection.close()


def _manifest(root: Path, staged: Path, step: Step) -> None:
    """The manifest says that the run is there: last."""
    write_whole(root / step["to"], step["text"])


_STEPS: Final = {"folder": _folder, "delta": _delta, "warehouse": _warehouse, "manifest": _manifest}
