"""A root on an object store, as Spark reaches it: only the cluster may have the credentials, so log and manifest go through it too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, takewhile
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import unquote

from ..errors import RunError
from ..sinks.store import NEWEST, WRITTEN_BY, Look, Part, Taken, left_by, writer_of
from ..sinks.streams import without_secrets
from .files import Files, actions_of, commit_file
from .jobs import codec_of
from .reasons import said
from .session import Cluster, quiet
from .types import plain_texts, spark_type

if TYPE_CHECKING:
    import pyarrow as pa

    from ..program.tasks import ParquetSink
    from ..sinks.lakehouse import Form

_NO_TABLE: Final = ("DELTA_MISSING_DELTA_TABLE", "DELTA_TABLE_ONLY_OPERATION", "DELTA_PATH_DOES_NOT_EXIST", "PATH_NOT_FOUND")
"""What Spark says of a place where there is no table or file."""
DELTA: Final = "spark.databricks.delta"
"""Begins the options of a session that Delta reads."""
_NAMED: Final = f"{DELTA}.commitInfo.userMetadata"
_EVER: Final = 1 << 30
"""Commits: all of a table."""
_FEW: Final = 8
"""Commits of a table: more than one run makes."""
_IN_ORDER: Final = ("tinyint", "smallint", "int", "bigint", "date")
"""Types of a key of which files tell the least and the greatest."""


class _Added(NamedTuple):
    """A file that commits have brought."""

    path: str
    """Below the root."""
    bytes: int
    rows: int | None
    """None where the log does not tell."""


class SparkStore:
    """As `core.sinks.store.Store`; `cluster` writes Delta tables."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self.url, self._cluster = url, cluster
        self._files = None if cluster.is_remote else Files(cluster.spark)

    @property
    def session(self) -> Any:
        """The session that works."""
        return self._cluster.spark

    def at(self, path: str) -> str:
        """The URL of something below the root."""
        return f"{self.url}/{path}"

    def look(self, path: str, run_id: str = "") -> Look | None:
        """A Delta table; None where there is none. Raises RunError."""
        with self._in_words(path):
            commits = self._commits(path, _EVER)
            newest = next(commits, None)
            if newest is None:
                return None
            own = any(writer_of([commit]) for commit in chain([newest], commits))
            properties = dict(self.session.sql(f"SHOW TBLPROPERTIES {self._name(path)}").collect())
            why = "takes only further rows" if properties.get("delta.appendOnly", "").lower() == "true" else ""
            version = int(newest["version"])
            if own:
                return Look(own, why, version)
            detail = self.session.sql(f"DESCRIBE DETAIL {self._name(path)}").collect()[0]
            columns = frozenset(self.session.read.format("delta").load(self.at(path)).columns)
            return Look(own, why, version, not detail["numFiles"], columns)

    def commit(self, path: str, parts: Sequence[Part], schema: pa.Schema, form: Form, run_id: str) -> Sequence[Part]:
        """The files that Spark committed when it wrote the table. Raises RunError where that is not what stands."""
        with self._in_words(path):
            mine = list(takewhile(lambda commit: writer_of([commit]) == run_id, self._history(path, _FEW)))
            if not mine:
                raise RunError(f"{self.at(path)} has been written to by others since")
            # The first of them replaced all that was there.
            files, _ = self._changes(path, range(int(mine[-1]["version"]), int(mine[0]["version"]) + 1))
            if any(part.rows is None for part in files):
                files = self._counted(path)
        return [Part(part.path, part.bytes, "", part.rows) for part in sorted(files) if part.rows]

    def _counted(self, path: str) -> list[_Added]:
        """The files of a table that have rows, with their number, which is counted: not every log tells it."""
        from pyspark.sql import functions as f

        rows = self.session.read.format("delta").load(self.at(path))
        seen = rows.select(f.col("_metadata.file_path").alias("path"), f.col("_metadata.file_size").alias("bytes"))
        found = seen.groupBy("path", "bytes").count().collect()
        return [_Added(f"{path}/{_below(row['path'], path)}", int(row["bytes"]), int(row["count"])) for row in found]

    def undo(self, path: str, run_id: str) -> None:
        """Takes back the commits of a run, if there are any. Raises RunError where others have written since."""
        with self._in_words(path):
            commits = self._history(path)
            mine = [writer_of([commit]) == run_id for commit in commits]
            if not any(mine):
                return
            if False in mine[: sum(mine)]:
                raise RunError(f"{self.at(path)} has been written to by others since")
            version = int(commits[sum(mine) - 1]["version"])
            if version:
                # Upkeep by others may stand between.
                self._restore(path, version - 1, next((writer for commit in commits[sum(mine) :] if (writer := writer_of([commit]))), ""))
            elif self._cluster.is_remote:
                self.session.sql(f"DELETE FROM {self._name(path)}").collect()
            else:
                self.remove(path)

    def absorb(self, path: str, staged: str, key: Sequence[str], sink: ParquetSink, run_id: str, version: int) -> Taken:
        """Brings all rows of a table into another, which is in some version: with a key in the place of those that have the same one.

        Raises RunError, also where others have written since.
        """
        given = {
            _NAMED: f"{WRITTEN_BY}{run_id}",
            f"{DELTA}.write.txnAppId": run_id,
            f"{DELTA}.write.txnVersion": "0",
            "spark.sql.parquet.compression.codec": codec_of(sink),
        }
        with self._in_words(path):
            if [int(commit["version"]) for commit in self._history(path, 1)] != [version]:
                raise RunError(f"{self.at(path)} has been written to by others since")
            came = self.session.read.format("delta").load(self.at(staged))
            with options(self.session, given):
                if key:
                    told = self.session.sql(
                        f"MERGE INTO {self._name(path)} AS stands USING {self._name(staged)} AS comes ON {self._same(staged, came, key)}"
                        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
                    ).collect()
                else:
                    came.write.format("delta").mode("append").save(self.at(path))
                    told = []
            commits = self._history(path, _FEW)
            made = [commit for commit in commits if int(commit["version"]) > version]
            if not made or any(writer_of([commit]) != run_id for commit in made):
                raise RunError(f"{self.at(path)} has been written to by others since")
            files, gone = self._changes(path, range(version + 1, version + 1 + len(made)))
            parts = tuple(Part(part.path, part.bytes, "", part.rows or 0) for part in files)
            return Taken(parts, gone, sum(int(row["num_updated_rows"]) for row in told))

    def _same(self, staged: str, came: Any, key: Sequence[str]) -> str:
        """When a row that comes has the key of one that stands. Files that cannot hold such a row are not looked into."""
        words, kind = [f"stands.`{name}` = comes.`{name}`" for name in key], dict(came.dtypes)[key[0]]
        if kind in _IN_ORDER and (bounds := self._bounds(staged, came, key[0])) is not None:
            words.append("stands.`{0}` BETWEEN CAST('{2}' AS {1}) AND CAST('{3}' AS {1})".format(key[0], kind, *bounds))
        return " AND ".join(words)

    def _bounds(self, staged: str, came: Any, name: str) -> tuple[str, str] | None:
        """The least and the greatest value of a column of a table that one commit has written; None where it has no rows."""
        from pyspark.sql import functions as f

        log = self.text(commit_file(staged, 0))
        told = [json.loads(add.get("stats") or "{}") for add in actions_of(log or "", "add")]
        ends = [[one.get(which, {}).get(name) for one in told if one.get("numRecords") != 0] for which in ("minValues", "maxValues")]
        if log is not None and None not in ends[0] + ends[1]:
            return (str(min(ends[0])), str(max(ends[1]))) if ends[0] else None
        low, high = came.select(f.min(f"`{name}`").cast("string"), f.max(f"`{name}`").cast("string")).collect()[0]
        return (low, high) if low is not None else None

    def _changes(self, path: str, versions: range) -> tuple[list[_Added], tuple[str, ...]]:
        """What the commits of some versions did to a table's files: those that came, and the paths of those that went."""
        files: dict[str, _Added] = {}
        gone = []
        for version in versions:
            text = self.text(commit_file(path, version)) or ""
            for remove in actions_of(text, "remove"):
                name = f"{path}/{unquote(remove['path'])}"
                if files.pop(name, None) is None:
                    gone.append(name)
            for add in actions_of(text, "add"):
                name = f"{path}/{unquote(add['path'])}"
                files[name] = _Added(name, int(add["size"]), json.loads(add.get("stats") or "{}").get("numRecords"))
        return list(files.values()), tuple(gone)

    def refuse_overtaken(self, path: str, run_id: str) -> None:
        """Raises RunError where a table is not as a run left it."""
        with self._in_words(path):
            if writer_of(self._history(path, 1)) != run_id:
                raise RunError(f"{self.at(path)} has been written to by others since")

    def reset(self, path: str, run_id: str) -> bool:
        """As `core.sinks.store.Store.reset`."""
        with self._in_words(path):
            found = left_by(self._commits(path, NEWEST), run_id)
            if found is None:
                raise RunError(f"{self.at(path)} has been written to by others since")
            version, dead = found
            if dead:
                self._restore(path, version, run_id)
            return dead

    def _restore(self, path: str, version: int, run_id: str) -> None:
        """Puts a table back to a version, of which a run is known to be the writer, if any is."""
        with options(self.session, {_NAMED: f"{WRITTEN_BY}{run_id}"} if run_id else {}):
            self.session.sql(f"RESTORE TABLE {self._name(path)} TO VERSION AS OF {version}").collect()

    def remove(self, path: str) -> None:
        """Takes a file or a folder away; through a server, which has no other way, it becomes a folder of no content. Raises RunError."""
        with self._in_words(path):
            if self._files is not None:
                self._files.remove(self.at(path))
                return
            with quiet(), options(self.session, {f"{DELTA}.formatCheck.enabled": "false"}):
                self.session.createDataFrame([], "value string").write.mode("overwrite").text(self.at(path))

    def rows(self, path: str, schema: pa.Schema) -> list[dict[str, Any]]:
        """All rows of a small table; none where there is no table. Raises RunError."""
        with self._in_words(path):
            found = there(lambda: self.session.read.format("delta").load(self.at(path)).select(*schema.names).collect())
            return [row.asDict() for row in found or ()]

    def write_rows(self, path: str, rows: Sequence[Mapping[str, Any]], schema: pa.Schema, run_id: str, add: bool) -> None:
        """Adds rows to a small table, or replaces its rows. Raises RunError."""
        from pyspark.sql.types import StructField, StructType

        kinds = StructType([StructField(field.name, spark_type(field.type), True) for field in schema])
        with self._in_words(path), quiet():
            frame = self.session.createDataFrame([tuple(row[name] for name in schema.names) for row in rows], kinds)
            writer = plain_texts(frame.coalesce(1)).write.format("delta").mode("append" if add else "overwrite")
            writer.option("userMetadata", f"{WRITTEN_BY}{run_id}").save(self.at(path))

    def text(self, path: str) -> str | None:
        """The content of a small file; None where there is none. Raises RunError."""
        with self._in_words(path):
            if self._files is not None:
                return self._files.text(self.at(path))
            found = there(lambda: self.session.read.text(self.at(path), wholetext=True).collect())
            return "".join(str(row[0]) for row in found) if found is not None else None

    def put(self, path: str, text: str) -> None:
        """Writes a small file; through a server, which has no other way, a folder of that name with the file in it. Raises RunError."""
        with self._in_words(path):
            if self._files is not None:
                self._files.put(self.at(path), text)
                return
            frame = self.session.createDataFrame([(text,)], "value string")
            frame.coalesce(1).write.mode("overwrite").text(self.at(path))

    def _commits(self, path: str, most: int) -> Iterator[dict[str, Any]]:
        """The commits of a table, the newest first; read as far as they are asked for, since mostly the newest ones tell."""
        seen = 0
        for many in (1, NEWEST, _EVER):
            found = self._history(path, many) if many <= most else []
            yield from found[seen:]
            if len(found) < many:
                return
            seen = len(found)

    def _history(self, path: str, most: int = NEWEST) -> list[dict[str, Any]]:
        """The newest commits of a table, the newest first; none where there is no table."""
        if self._files is not None and most <= NEWEST:
            versions = self._files.versions(self.at(path))
            if versions is None:
                return []
            if versions:
                return [self._commit(path, version) for version in versions[:most]]
        # A log that was put together has no commits, but a table.
        asked = f"DESCRIBE HISTORY {self._name(path)} LIMIT {most}"
        found = there(lambda: self.session.sql(asked).select("version", "operation", "userMetadata").collect())
        if found == []:
            raise RunError(f"{self.at(path)} has a Delta log without a commit")
        return [row.asDict() for row in found or ()]

    def _commit(self, path: str, version: int) -> dict[str, Any]:
        """Who made a version of a table, and how, as Spark tells it in a history."""
        told = next(iter(actions_of(self.text(commit_file(path, version)) or "", "commitInfo")), {})
        return {"version": version, "operation": told.get("operation"), "userMetadata": told.get("userMetadata")}

    def _name(self, path: str) -> str:
        # No letter of a URL that is taken ends a name in backquotes.
        return f"delta.`{self.at(path)}`"

    @contextmanager
    def _in_words(self, path: str) -> Iterator[None]:
        try:
            yield
        except (RunError, KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:  # whatever Spark raises
            raise RunError(f"{self.at(path)} cannot be used: {without_secrets(said(error))}") from None


def _below(url: str, path: str) -> str:
    """Of the URL of a file, which is escaped once more than its name, what follows the folder of its table."""
    return unquote(url).partition(f"/{path}/")[2]


def there(ask: Callable[[], Any]) -> Any:
    """What an action gives; None where Spark says that there is nothing."""
    from pyspark.errors import PySparkException

    try:
        return ask()
    except PySparkException as error:
        if any(sign in str(error) for sign in _NO_TABLE):
            return None
        raise


@contextmanager
def options(spark: Any, given: Mapping[str, str]) -> Iterator[None]:
    """A session with some options, which are what they were afterwards."""
    before = {name: spark.conf.get(name, None) for name in given}
    try:
        for name, value in given.items():
            spark.conf.set(name, value)
        yield
    finally:
        for name, old in before.items():
            if old is None:
                spark.conf.unset(name)
            else:
                spark.conf.set(name, old)
