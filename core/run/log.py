"""The log of the runs and the config tables, in the lakehouse or the warehouse.

A run appends its rows once, when it has ended, so that it costs the same however old the log is. Until then they stand in a
file beside it (`core.run.running`), which the next run of the same environment appends where a run died.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import RunError, SyntheticDataError, sentence
from ..plan.plan import Environment
from .attempts import DIED
from .running import Open, open_runs, remove
from .schemas import DATASETS, JOBS, LOG, SAMPLES, SCHEMAS, DatasetRow, JobRow, LogRow, SampleRow


class LogStore:
    """The tables of one environment."""

    def __init__(self, root: Path, environment: Environment, memory: int) -> None:
        self._root, self._environment, self._memory = root, environment, memory

    def begin(self, log: LogRow, job: JobRow, datasets: Sequence[DatasetRow], samples: Sequence[SampleRow]) -> None:
        """Notes that a run has started; the dataset tables are kept equal to the YAML that is known, and keep what else they have.

        The caller holds the root's lock: runs that are noted and never ended are dead, and go into the log as failed; those of the
        other environment are noted as failed, and wait for its next run.
        Raises RunError.
        """
        with self._in_words():
            for found in open_runs(self._root):
                dead = found if found.ended else _failed(found)
                if found.environment == self._environment:
                    self._append(dead, again=True)
                elif not found.ended:
                    # Anybody may have put it there: no database is made, or opened, that this run does not write to anyway.
                    with suppress(OSError, SyntheticDataError):
                        dead.write(self._root)
            Open(log.log_id, self._environment, log, job, ended=False).write(self._root)
            self.know(datasets, samples)

    def know(self, datasets: Sequence[DatasetRow], samples: Sequence[SampleRow]) -> None:
        """Brings the dataset tables up to date; the caller holds the root's lock. Raises RunError."""
        with self._in_words():
            changed = {}
            for name, told in ((DATASETS, datasets), (SAMPLES, samples)):
                there, rows = self._read(name), [asdict(row) for row in told]
                known = {row["dataset_id"] for row in rows}
                # Runs of own datasets stay told of when a run knows other folders.
                rows += [row for row in there if row["dataset_id"] not in known]
                if rows != there:
                    changed[name] = rows
            if changed:
                self._replace(changed)

    def end(self, log: LogRow, job: JobRow) -> None:
        """Appends a run's rows as they stay. Raises RunError: the next run tries again."""
        with self._in_words():
            found = Open(log.log_id, self._environment, log, job, ended=True)
            found.write(self._root)
            self._append(found, again=False)

    def days(self, rows: Sequence[LogRow], run_id: str, again: bool = False) -> None:
        """Appends rows of days of a series; `again`: that it may have been done before. Raises RunError."""
        with self._in_words():
            self._add({LOG: rows}, run_id, again)

    def finish(self, run_id: str, log: LogRow | None, job: JobRow) -> None:
        """Appends the row of the job of a series, whose days are in the log, and of the day that failed, if one did. Raises RunError."""
        with self._in_words():
            self._add({LOG: [log] if log is not None else [], JOBS: [job]}, run_id, again=False)
            remove(self._root, run_id)

    def _append(self, run: Open, again: bool) -> None:
        """Appends the rows of a run; `again`: that it may have been done before, in part, and is looked for."""
        self._add({LOG: [run.log], JOBS: [run.job]}, run.run_id, again)
        remove(self._root, run.run_id)

    def _add(self, rows: Mapping[str, Sequence[LogRow | JobRow]], run_id: str, again: bool) -> None:
        if self._environment == "lakehouse":
            from ..sinks.lakehouse import append_rows

            for name, coming in rows.items():
                append_rows(self._root / "Tables" / name, [asdict(row) for row in coming], SCHEMAS[name], run_id, again)
        else:
            from ..sinks.warehouse import append_rows as append_to
            from ..sinks.warehouse import writing

            with writing(self._root, self._memory) as connection:
                append_to(connection, {name: ([asdict(row) for row in coming], SCHEMAS[name]) for name, coming in rows.items()}, again)

    def _read(self, name: str) -> list[dict[str, Any]]:
        if self._environment == "lakehouse":
            from ..sinks.lakehouse import read_rows

            return read_rows(self._root / "Tables" / name, SCHEMAS[name])
        from ..sinks.warehouse import FILE, connect
        from ..sinks.warehouse import read_rows as read_from

        if not (self._root / FILE).exists():
            return []
        connection = connect(self._root, self._memory, read_only=True)
        try:
            return read_from(connection, name)
        finally:
            connection.close()

    def _replace(self, tables: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
        if self._environment == "lakehouse":
            from ..sinks.lakehouse import overwrite_rows

            for name, rows in tables.items():
                overwrite_rows(self._root / "Tables" / name, rows, SCHEMAS[name])
            return
        from ..sinks.warehouse import write_rows, writing

        with writing(self._root, self._memory) as connection:
            connection.execute("BEGIN")
            for name, rows in tables.items():
                write_rows(connection, name, rows, SCHEMAS[name])
            connection.execute("COMMIT")

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (SyntheticDataError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            # Whatever a library raises; a panic of Rust is not even an Exception.
            raise RunError(sentence(error, f"the log in {self._root}")) from None


def _failed(run: Open) -> Open:
    """A run that died, as it goes into the log."""
    now, told = datetime.now(UTC), DIED
    return replace(
        run,
        ended=True,
        log=replace(run.log, status="FAILED", message=told, completed_at=now),
        job=replace(run.job, status="FAILED", error_message=told, completed_date=now),
    )
