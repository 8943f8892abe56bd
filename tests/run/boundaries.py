"""Ends a run at every point at which it touches the output root, and looks at what the next ones find there.

Run as a script, with a folder, an environment, a mode, what is walked (`run` or `recovery`), how the second run publishes
(`replace`, `paths`, or `plain`, of which one puts its files elsewhere than the other, or `change`, which adds to the first one's
rows), and the points of a run that are met: `every` one, the `even` or the `odd` ones. Everything happens in forks of this
process, so that each starts with
all imports done. Prints how many points there were.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401  # once, for all forks
import duckdb  # noqa: F401
import pandas  # noqa: F401
import pyarrow.pandas_compat
import pyarrow.parquet  # noqa: F401
import sqlglot.dialects.duckdb  # noqa: F401
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.journal import How
from ingen_fab.synthetic_data.core.run.publish import is_cut, locked, recover
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

TABLES = {"people": "person_id", "visits": "visit_id"}
"""Table -> key."""
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link")
RUN_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}")
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def plan_of(folder: Path, environment: str, mode: str, number: int, how: str) -> Plan:
    """Two tables of a seed, or of one half of the history."""
    flags = {
        "target_rows": {"replace": 20 + number, "change": 20}.get(how, 4 + number),
        "seed_value": 1 if how == "change" else number,
        "output_settings.target_environment": environment,
        "output_settings.output_mode": mode,
        "output_settings.output_dir": str(folder / "out"),
        "output_settings.path_format": "hive_partitioned" if (how, number) in (("paths", 2), ("plain", 1)) else None,
        "partition_config.partition_columns": [("year", "month")[number - 1]] if how == "parts" else None,
    }
    resolved = resolve_parameters("clinic", flags=flags, repository=DatasetConfigurationRepository([folder / "own"]))
    whole = make_plan(resolved)
    if how != "change":
        return whole
    start, end = whole.window
    cut = start + (end - start) // 2
    return (
        make_plan(resolved, window=(start, cut), as_of=cut) if number == 1 else make_plan(resolved, window=(cut + timedelta(days=1), end))
    )


def forked(work: Callable[[], Any], watch: Callable[[str], None] | None = None, root: Path | None = None) -> Any:
    """What `work` gives in a fork, None where it was killed; `watch` is told of each change to the root before it is made."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            if watch is not None:
                _listen(watch, str(root))
            answer = json.dumps(work())
        except BaseException as error:  # a fork must never go on as the parent
            answer = json.dumps({"error": f"{type(error).__name__}: {error}"})
        os.write(writing, answer.encode())
        os._exit(0)
    os.close(writing)
    with open(reading, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return None
    answer = json.loads(text)
    assert not (isinstance(answer, dict) and "error" in answer), answer
    return answer


def _listen(watch: Callable[[str], None], root: str) -> None:
    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event == "open":
            if isinstance(args[0], str | os.PathLike) and os.fspath(args[0]).startswith(root) and args[2] & WRITES:
                watch(os.fspath(args[0]))
        elif event in CHANGES and (str(args[0]).startswith(root) or not str(args[0]).startswith("/")):
            watch(str(args[0]))

    sys.addaudithook(hook)


def killer(point: int) -> Callable[[str], None]:
    """Kills before the change number `point`, the first being 0."""
    numbers = count()

    def watch(_: str) -> None:
        if next(numbers) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    return watch


def state(root: Path) -> dict[str, Any]:
    """The rows of all tables, and the files that are there beside those that Delta keeps."""
    asked = ", ".join(f"(SELECT list(t ORDER BY t.{key}) FROM clinic.{table} AS t) AS {table}" for table, key in TABLES.items())
    (found,) = query(root, f"SELECT {asked}").to_pylist()
    out: dict[str, Any] = {table: [str(row) for row in found[table]] for table in TABLES}
    files = sorted(str(path.relative_to(root)) for path in (root / "Files").rglob("*") if path.is_file())
    out["files"] = [RUN_ID.sub("run", file) for file in files]
    for path in (root / ".manifests").glob("*.json"):
        out[path.name] = [[table["name"], table["rows"], table["digest"]] for table in json.loads(path.read_text())["tables"]]
    return out


def worked(plan: Plan, how: Mapping[str, How] = {}) -> str:
    """Runs in this process alone."""
    result = run(plan, workers=0, datasets=(), how=how)
    assert result.status == "COMPLETED", result.message
    return result.status


class Walk:
    """Kills at each point in turn, from the same beginning."""

    def __init__(self, folder: Path, environment: str, mode: str, how: str) -> None:
        self.folder, self.root = folder, folder / "out"
        self.first, self.second = (plan_of(folder, environment, mode, number, how) for number in (1, 2))
        self.how: Mapping[str, How] = {"people": "merge", "visits": "append"} if how == "change" else {}
        forked(lambda: worked(self.first))
        self.old = forked(lambda: state(self.root))
        shutil.copytree(self.root, folder / "begin")
        self.changes = self.recorded(lambda: worked(self.second, self.how))
        self.journal = next(n for n, path in enumerate(self.changes) if "publish.json" in path)
        self.new = forked(lambda: state(self.root))
        assert self.old != self.new

    def recorded(self, work: Callable[[], Any]) -> list[str]:
        """The changes of undisturbed work."""
        seen: list[str] = []

        def told() -> list[str]:
            work()
            return list(seen)

        found: list[str] = forked(told, seen.append, self.root)
        return found

    def again(self, begin: str = "begin") -> None:
        """The root as it was at the beginning."""
        shutil.rmtree(self.root)
        shutil.copytree(self.folder / begin, self.root, symlinks=True)

    def seen(self) -> bool:
        """Recovers; what is there then is old or new as a whole, and nothing lies about; tells whether it is new."""
        with locked(self.root):
            recover(self.root)
        found = state(self.root)
        assert found in (self.old, self.new), found
        assert not (self.root / ".staging").exists()
        assert not is_cut(self.root)
        return bool(found == self.new)

    def run(self, met: str) -> int:
        """Kills the run at some of its points before the journal is written, and at each afterwards, or each other one."""
        was_new = False
        points = [*range(0, self.journal - 1, 9), *range(self.journal - 1, len(self.changes))]
        for number, point in enumerate(points[met == "odd" :: 1 if met == "every" else 2]):
            self.again()
            assert forked(lambda: worked(self.second, self.how), killer(point), self.root) is None
            new = forked(self.seen)
            assert new or not was_new, f"point {point}: the old tables after the new ones"
            was_new = new
            if number % 8 == 0:
                forked(lambda: worked(self.first))
                assert forked(lambda: state(self.root)) == self.old, point
        assert was_new
        return len(self.changes)

    def recovery(self) -> int:
        """Kills the run right after it wrote its journal, and then its recovery at each of its points."""
        point = self.journal
        while not list(self.root.glob(".staging/*/publish.json")):
            self.again()
            assert forked(lambda: worked(self.second, self.how), killer(point), self.root) is None
            point += 1
        shutil.copytree(self.root, self.folder / "cut", symlinks=True)
        changes = self.recorded(self.seen)
        for point in range(len(changes)):
            self.again("cut")
            assert forked(self.seen, killer(point), self.root) is None
            assert forked(self.seen), point
        return len(changes)


if __name__ == "__main__":
    walk = Walk(Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[5])
    sys.stdout.write(f"{walk.run(sys.argv[6]) if sys.argv[4] == 'run' else walk.recovery()}\n")
