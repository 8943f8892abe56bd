"""Small files of an object store through Hadoop's own file systems, for which Spark starts no job."""

from __future__ import annotations

import json
import re
from typing import Any, Final

from ..sinks.delta_log import LOG

_COMMIT: Final = re.compile(r"/([0-9]{20})\.json(?=;)")
"""A commit among what Hadoop's file systems tell of the files of a Delta log: `FileStatus{path=..; isDirectory=..`."""


class Files:
    """What lies at URLs, as the driver of a session sees it; a client of a server has no such sight.

    All methods raise what Hadoop raises.
    """

    def __init__(self, session: Any) -> None:
        self._context = session.sparkContext

    def text(self, url: str) -> str | None:
        """The content of a file; None where there is none."""
        files, place = self._at(url)
        if not files.exists(place):
            return None
        file = files.open(place)
        try:
            return bytes(file.readAllBytes()).decode(errors="replace")
        finally:
            file.close()

    def put(self, url: str, text: str) -> None:
        """Writes a file, whole."""
        files, place = self._at(url)
        out = files.create(place, True)
        out.write(bytearray(text.encode()))
        out.close()

    def remove(self, url: str) -> None:
        """Takes a file or a folder away, where there is one."""
        files, place = self._at(url)
        files.delete(place, True)

    def versions(self, table: str) -> list[int] | None:
        """The versions of a Delta table whose commits lie in its log, the newest first; None where there is no log."""
        files, place = self._at(f"{table}/{LOG}")
        if not files.exists(place):
            return None
        # As one text: a log may hold thousands, and each object of Java that is looked at costs a message.
        jvm = self._context._jvm
        found = files.listStatus(place)
        objects = self._context._gateway.new_array(jvm.java.lang.Object, len(found))
        jvm.java.lang.System.arraycopy(found, 0, objects, 0, len(found))
        told = jvm.java.util.Arrays.toString(objects)
        return sorted(map(int, _COMMIT.findall(told)), reverse=True)

    def _at(self, url: str) -> tuple[Any, Any]:
        place = self._context._jvm.org.apache.hadoop.fs.Path(url)
        return place.getFileSystem(self._context._jsc.hadoopConfiguration()), place


def commit_file(table: str, version: int) -> str:
    """Where the commit of a version of a Delta table lies."""
    return f"{table}/{LOG}/{version:020}.json"


def actions_of(text: str, name: str) -> list[dict[str, Any]]:
    """The actions of one kind in a commit, such as `add`."""
    return [action[name] for line in text.splitlines() if f'"{name}"' in line and name in (action := json.loads(line))]
