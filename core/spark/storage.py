"""A root on an object store, as Spark reaches it: only the cluster may have the credentials, so log and manifest go through it too."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from ..errors import RunError
from ..sinks.store import NEWEST, WRITTEN_BY, Look, Part, Taken, left_by, writer_of
from ..sinks.streams import without_secrets
from .jobs import codec_of
from .session import Cluster, quiet, said
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
_IN_ORDER: Final = ("tinyint", "smallint", "int", "bigint", "date")
"""Types of a key of which files tell the least and the greatest."""


class SparkStore:
    """As `core.sinks.store.Store`; `cluster` writes Delta tables."""

    def __init__(self, cluster: Cluster, url: str) -> None:
        self.url, self._cluster = url, cluster

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
            commits = there(lambda: self._history(path))
            if commits is None:
                return None
            # Mostly the newest ones tell.
            own = any(writer_of([commit]) for commit in commits) or any(writer_of([commit]) for commit in self._history(path, _EVER))
            detail = self.session.sql(f"DESCRIBE DETAIL {self._name(path)}").collect()[0]
            only_further = dict(detail["properties"]).get("delta.appendOnly", "").lower() == "true"
            why = "takes only further rows" if only_further else ""
            columns = frozenset(self.session.read.format("delta").load(self.at(path)).columns)
            return Look(own, why, int(commits[0]["version"]), not own and not detail["numFiles"], columns)

    def commit(self, path: str, parts: Sequence[Part], schema: pa.Schema, form: Form, run_id: str) -> Sequence[Part]:
        """The files that Spark committed when it wrote the table. Raises RunError where that is not what stands."""
        from pyspark.sql import functions as f

        with self._in_words(path):
            self.refuse_overtaken(path, run_id)
            rows = self.session.read.format("delta").load(self.at(path))
            seen = rows.select(f.col("_metadata.file_path").alias("path"), f.col("_metadata.file_size").alias("bytes"))
            found = seen.groupBy("path", "bytes").count().orderBy("path").collect()
        return [Part(f"{path}/{_below(row['path'], path)}", int(row["bytes"]), "", int(row["count"])) for row in found]

    def undo(self, path: str, run_id: str) -> None:
        """Takes back the commits of a run, if there are any. Raises RunError where others have written since."""
        with self._in_words(path):
            commits = there(lambda: self._history(path)) or []
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
            if int(self._history(path, 1)[0]["version"]) != version:
                raise RunError(f"{self.at(path)} has been written to by others since")
            came = self.session.read.format("delta").load(self.at(staged))
            with options(self.session, given):
                if key:
                    told = self.session.sql(
                        f"MERGE INTO {self._name(path)} AS stands USING {self._name(staged)} AS comes ON {self._same(came, key)}"
                        " WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
                    ).collect()
                else:
                    came.write.format("delta").mode("append").save(self.at(path))
                    told = []
            commits = self._history(path)
            made = [commit for commit in commits if int(commit["version"]) > version]
            if not made or any(writer_of([commit]) != run_id for commit in made):
                raise RunError(f"{self.at(path)} has been written to by others since")
            return self._taken(path, range(version + 1, version + 1 + len(made)), sum(int(row["num_updated_rows"]) for row in told))

    def _same(self, came: Any, key: Sequence[str]) -> str:
        """When a row that comes has the key of one that stands. Files that cannot hold such a row are not looked into."""
        from pyspark.sql import functions as f

        words = [f"stands.`{name}` = comes.`{name}`" for name in key]
        if dict(came.dtypes)[key[0]] in _IN_ORDER:
            # Files of the staged table tell them, without a look at its rows.
            low, high = came.select(f.min(f"`{key[0]}`").cast("string"), f.max(f"`{key[0]}`").cast("string")).collect()[0]
            kind = dict(came.dtypes)[key[0]]
            if low is not None:
                words.append(f"stands.`{key[0]}` BETWEEN CAST('{low}' AS {kind}) AND CAST('{high}' AS {kind})")
        return " AND ".join(words)

    def _taken(self, path: str, versions: range, went: int) -> Taken:
        """What the commits of some versions did to a table's files."""
        files: dict[str, Part] = {}
        gone = []
        for version in versions:
            for line in (self.text(f"{path}/_delta_log/{version:020}.json") or "").splitlines():
                action = json.loads(line)
                if (add := action.get("add")) is not None:
                    name = f"{path}/{unquote(add['path'])}"
                    rows = json.loads(add.get("stats") or "{}").get("numRecords", 0)
                    files[name] = Part(name, int(add["size"]), "", int(rows))
                if (remove := action.get("remove")) is not None:
                    name = f"{path}/{unquote(remove['path'])}"
                    if files.pop(name, None) is None:
                        gone.append(name)
        return Taken(tuple(files.values()), tuple(gone), went)

    def refuse_overtaken(self, path: str, run_id: str) -> None:
        """Raises RunError where a table is not as a run left it."""
        with self._in_words(path):
            if writer_of(self._history(path, 1)) != run_id:
                raise RunError(f"{self.at(path)} has been written to by others since")

    def reset(self, path: str, run_id: str) -> bool:
        """As `core.sinks.store.Store.reset`."""
        with self._in_words(path):
            found = left_by(there(lambda: self._history(path)) or [], run_id)
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
            if self._cluster.is_remote:
                with quiet(), options(self.session, {f"{DELTA}.formatCheck.enabled": "false"}):
                    self.session.createDataFrame([], "value string").write.mode("overwrite").text(self.at(path))
                return
            files, place = self._hadoop(path)
            files.delete(place, True)

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
            found = there(lambda: self.session.read.text(self.at(path), wholetext=True).collect())
            return "".join(str(row[0]) for row in found) if found is not None else None

    def put(self, path: str, text: str) -> None:
        """Writes a small file; through a server, which has no other way, a folder of that name with the file in it. Raises RunError."""
        with self._in_words(path):
            if self._cluster.is_remote:
                frame = self.session.createDataFrame([(text,)], "value string")
                frame.coalesce(1).write.mode("overwrite").text(self.at(path))
                return
            files, place = self._hadoop(path)
            out = files.create(place, True)
            out.write(bytearray(text.encode()))
            out.close()

    def _history(self, path: str, most: int = NEWEST) -> list[dict[str, Any]]:
        """The newest commits, the newest first."""
        found = self.session.sql(f"DESCRIBE HISTORY {self._name(path)} LIMIT {most}").select("version", "operation", "userMetadata")
        return [row.asDict() for row in found.collect()]

    def _name(self, path: str) -> str:
        # No letter of a URL that is taken ends a name in backquotes.
        return f"delta.`{self.at(path)}`"

    def _hadoop(self, path: str) -> tuple[Any, Any]:
        context = self.session.sparkContext
        place = context._jvm.org.apache.hadoop.fs.Path(self.at(path))
        return place.getFileSystem(context._jsc.hadoopConfiguration()), place

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
