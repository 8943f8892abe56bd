"""A root on an object store, as Spark reaches it: only the cluster may have the credentials, so log and manifest go through it too."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from ..errors import RunError
from ..sinks.store import WRITTEN_BY, Look, Part
from ..sinks.streams import without_secrets
from .session import Cluster, quiet, said
from .types import plain_texts, spark_type

if TYPE_CHECKING:
    import pyarrow as pa

    from ..sinks.lakehouse import Form

_NO_TABLE: Final = ("DELTA_MISSING_DELTA_TABLE", "DELTA_TABLE_ONLY_OPERATION", "DELTA_PATH_DOES_NOT_EXIST", "PATH_NOT_FOUND")
"""What Spark says of a place where there is no table or file."""


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
            detail = self.session.sql(f"DESCRIBE DETAIL {self._name(path)}").collect()[0]
            own = any(str(commit["userMetadata"] or "").startswith(WRITTEN_BY) for commit in commits)
            only_further = dict(detail["properties"]).get("delta.appendOnly", "").lower() == "true"
            return Look(own, "takes only further rows" if only_further else "")

    def commit(self, path: str, parts: Sequence[Part], schema: pa.Schema, form: Form, run_id: str) -> Sequence[Part]:
        """The files that Spark committed when it wrote the table. Raises RunError where that is not what stands."""
        from pyspark.sql import functions as f

        with self._in_words(path):
            if self._history(path)[0]["userMetadata"] != f"{WRITTEN_BY}{run_id}":
                raise RunError(f"{self.at(path)} has been written to by others since")
            rows = self.session.read.format("delta").load(self.at(path))
            seen = rows.select(f.col("_metadata.file_path").alias("path"), f.col("_metadata.file_size").alias("bytes"))
            found = seen.groupBy("path", "bytes").count().orderBy("path").collect()
        return [Part(f"{path}/{_below(row['path'], path)}", int(row["bytes"]), "", int(row["count"])) for row in found]

    def undo(self, path: str, run_id: str) -> None:
        """Takes back the commits of a run, if there are any. Raises RunError where others have written since."""
        with self._in_words(path):
            commits = there(lambda: self._history(path)) or []
            mine = [commit["userMetadata"] == f"{WRITTEN_BY}{run_id}" for commit in commits]
            if not any(mine):
                return
            if False in mine[: sum(mine)]:
                raise RunError(f"{self.at(path)} has been written to by others since")
            version = int(commits[sum(mine) - 1]["version"])
            if version:
                self.session.sql(f"RESTORE TABLE {self._name(path)} TO VERSION AS OF {version - 1}").collect()
            elif self._cluster.is_remote:
                self.session.sql(f"DELETE FROM {self._name(path)}").collect()
            else:
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

    def _history(self, path: str) -> Any:
        """The commits, the newest first."""
        return self.session.sql(f"DESCRIBE HISTORY {self._name(path)}").select("version", "userMetadata").collect()

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
