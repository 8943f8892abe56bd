"""Kills series at random moments while somebody reads what they write, and looks at where they end.

Run as a script, with a folder, how days are written (`parquet`, `csv`, `delta` or `warehouse`), how often to kill, and a seed. Runs and
readers are forks of this process, which itself opens nothing. Prints how often it has killed, and how many different
states somebody has read.
"""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from random import Random
from time import perf_counter
from typing import Any

import deltalake
import duckdb
import pandas  # noqa: F401  # once, for all forks
import pyarrow.parquet  # noqa: F401
import sqlglot  # noqa: F401
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.plan.make_series import make_series
from ingen_fab.synthetic_data.core.plan.series import Series
from ingen_fab.synthetic_data.core.run.manifest import manifests
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.series import run_series
from ingen_fab.synthetic_data.core.run.state import verify
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

DATASET = "retail_oltp_small"
FIRST, DAYS, BATCH = date(2023, 1, 1), 8, 2
CHAIN = 5
"""Times that one series is killed at most before it is left alone."""
KEYS = {
    "customers": ("customer_id",),
    "products": ("product_id",),
    "stores": ("store_id",),
    "orders": ("order_id",),
    "order_items": ("order_item_id",),
    "inventory": ("store_id", "product_id", "snapshot_date"),
}
DATED = {"orders": "order_date", "inventory": "snapshot_date"}


def series_of(root: Path, how: str) -> Series:
    """Days in several files each, or tables that keep their snapshots."""
    is_files = how in ("parquet", "csv")
    flags = {
        "output_settings.output_dir": str(root),
        "output_settings.output_mode": how if is_files else "table",
        "output_settings.target_environment": "warehouse" if how == "warehouse" else "lakehouse",
    }
    more = "output_settings.rows_per_file=1000" if is_files else "incremental_config.keep_snapshots=true"
    resolved = resolve_parameters(DATASET, flags=flags, sets=("target_rows=5000", more))
    return make_series(resolved, FIRST, FIRST + timedelta(days=DAYS - 1))


def forked(work: Callable[[int], Any]) -> tuple[int, int]:
    """A fork that works, given where it may write its answer as JSON; its process, and where the answer is read."""
    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    os.close(reading)
    try:
        answer = json.dumps(work(writing))
    except BaseException as error:  # a fork must never go on as the parent
        answer = json.dumps({"error": f"{type(error).__name__}: {error}"})
    os.write(writing, answer.encode())
    os._exit(0)


def answered(child: int, reading: int) -> Any:
    """What a fork says at its end; None where it was killed."""
    with open(reading, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return None
    answer = json.loads(text)
    assert not (isinstance(answer, dict) and "error" in answer), answer
    return answer


def worked(root: Path, how: str) -> str:
    """Runs in this process alone."""
    result = run_series(series_of(root, how), batch=BATCH, workers=0, datasets=())
    assert result.status == "COMPLETED", result.message
    return result.status


def files_of(root: Path) -> dict[str, str]:
    """What a glob finds below `Files`, and the SHA-256 of each file."""
    found = [path for path in sorted((root / "Files").rglob("*")) if path.is_file()]
    return {path.relative_to(root).as_posix(): sha256(path.read_bytes()).hexdigest() for path in found}


def ended(root: Path, how: str) -> dict[str, Any]:
    """All that a series has written, which must be as its own notes say."""
    damage = verify(root)
    assert damage == [], damage
    left = [name for name in (".staging", ".attempts") if (root / name).exists()]
    assert left == [], left
    if how in ("parquet", "csv"):
        return {"files": files_of(root)}
    digests = {name: digest_of(query(root, f"SELECT * FROM {DATASET}.{name}").to_batches(), keys) for name, keys in KEYS.items()}
    (noted,) = manifests(root)
    return {"digests": digests, "rows": sorted([table.name, table.rows] for table in noted.value.tables)}


class Reader:
    """Somebody who reads all the while, knowing what there will be at the end."""

    def __init__(self, root: Path, how: str) -> None:
        self._root, self._how = root, how
        self._read: Callable[[str], list[tuple[Any, ...]]] = self._of_delta if how == "delta" else self._of_warehouse

    def knows(self) -> dict[str, Any]:
        """What a series that nobody disturbed has written, as JSON values."""
        if self._how in ("parquet", "csv"):
            return files_of(self._root)
        days = {str(key): str(day) for key, day in self._rows("orders", "order_id", "order_date")}
        counts = {name: Counter(str(day) for (day,) in self._rows(name, column)) for name, column in DATED.items()}
        counts["order_items"] = Counter(days[str(order)] for (order,) in self._rows("order_items", "order_id"))
        return {"days": days, "counts": counts}

    def look(self, known: dict[str, Any]) -> str:
        """Whatever is there now is whole, and there once; what it was, or nothing where nothing was."""
        if self._how in ("parquet", "csv"):
            return self._look_at_files(known)
        rows = []
        for name, keys in KEYS.items():
            found = self._rows(name, *keys)
            assert len(set(found)) == len(found), f"{name}: a row twice"
            rows.append(len(found))
            if name in DATED or name == "order_items":
                days = (row for (row,) in self._rows(name, DATED.get(name, "order_id")))
                counts = Counter(known["days"][str(day)] if name == "order_items" else str(day) for day in days)
                wrong = {day: count for day, count in counts.items() if count != known["counts"][name][day]}
                assert not wrong, f"{name}: half a day, {wrong}"
        return str(rows) if any(rows) else ""

    def _look_at_files(self, known: dict[str, str]) -> str:
        found = files_of(self._root)
        for path, digest in found.items():
            assert known.get(path) == digest, f"{path} is no file of a day, or not the whole of it"
        # A folder comes at once, with all of its files.
        folders = {path.rpartition("/")[0] for path in found}
        there = set(files_of(self._root))
        for path in known:
            assert path.rpartition("/")[0] not in folders or path in there, f"{path} is missing beside others of its day"
        return " ".join(found)

    def _rows(self, table: str, *columns: str) -> list[tuple[Any, ...]]:
        return self._read(f"SELECT {', '.join(columns)} FROM {table}")

    def _of_delta(self, sql: str) -> list[tuple[Any, ...]]:
        name = sql.rpartition(" ")[2]
        folder = self._root / "Tables" / DATASET / name
        if not list((folder / "_delta_log").glob("*.json")):
            return []
        with duckdb.connect() as connection:
            connection.register(name, deltalake.DeltaTable(folder).to_pyarrow_table())
            return connection.execute(sql).fetchall()

    def _of_warehouse(self, sql: str) -> list[tuple[Any, ...]]:
        if not (self._root / "warehouse.duckdb").exists():
            return []
        with duckdb.connect(self._root / "warehouse.duckdb", read_only=True) as connection:
            there = connection.execute("SELECT count(*) FROM duckdb_tables() WHERE schema_name = ?", [DATASET]).fetchone()
            if there == (0,):
                return []
            connection.execute(f"USE {DATASET}")
            return connection.execute(sql).fetchall()


class Kills:
    """Series that are killed until they have been killed often enough."""

    def __init__(self, folder: Path, how: str, seed: int) -> None:
        self._out, self._how, self._random = folder / "out", how, Random(seed)  # noqa: S311  # moments, and no secrets
        self.seen = 0
        """Different states that somebody has read."""
        clean = folder / "clean"
        begin = perf_counter()
        answered(*forked(lambda _: worked(clean, how)))
        self._seconds = perf_counter() - begin
        self._end = answered(*forked(lambda _: ended(clean, how)))
        self._known = answered(*forked(lambda _: Reader(clean, how).knows()))

    def kill(self, times: int) -> int:
        """Kills so often, and tells how often it was."""
        killed = 0
        while killed < times:
            with self._reading():
                killed += self._chain(min(CHAIN, times - killed))
                answered(*self._run())
            assert answered(*forked(lambda _: ended(self._out, self._how))) == self._end
            shutil.rmtree(self._out)
        return killed

    def _run(self) -> tuple[int, int]:
        return forked(lambda _: worked(self._out, self._how))

    def _chain(self, most: int) -> int:
        """Starts one series again and again, and kills it each time; tells how often that was before it came through."""
        for number in range(most):
            child, reading = self._run()
            # Waits for the end of the run, or for a moment of it.
            done, _, _ = select.select([reading], [], [], self._random.uniform(0, self._seconds))
            if done:
                assert answered(child, reading) == "COMPLETED"
                return number
            os.kill(child, signal.SIGKILL)
            assert answered(child, reading) in (None, "COMPLETED")
            if self._how == "warehouse":
                # While a run has it open nobody else can read; what a dead one leaves is whole.
                self.seen += answered(*forked(lambda _: int(bool(Reader(self._out, self._how).look(self._known)))))
        return most

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Somebody reads files or Delta tables all the while."""
        if self._how == "warehouse":
            yield
            return
        asked, stop = os.pipe()

        def read(_: int) -> int:
            os.close(stop)
            reader, states = Reader(self._out, self._how), {""}
            while not select.select([asked], [], [], 0)[0]:
                states.add(reader.look(self._known))
            return len(states - {""})

        child, reading = forked(read)
        os.close(asked)
        try:
            yield
        finally:
            os.close(stop)
            self.seen += answered(child, reading)


if __name__ == "__main__":
    kills = Kills(Path(sys.argv[1]), sys.argv[2], int(sys.argv[4]))
    sys.stdout.write(f"{kills.kill(int(sys.argv[3]))} {kills.seen}\n")
