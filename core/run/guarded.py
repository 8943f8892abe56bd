"""DuckDB for statements that others wrote: locked, bounded in memory and time, and stopped at once where asked.

A connection reads the files that it was given and nothing else, writes temporary files of its own alone, and keeps its
settings. What a statement may be is decided by DuckDB's own parser, so that nothing is read in two ways.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, TypeVar

from ..errors import InputError, RunCancelled, RunError, UnknownNameError
from ..frozen import dataclass
from ..sinks.reading import exact, literal, named
from ..sql_functions import TABLES, refused
from ..statement import PIVOT, tokens, with_name
from .abandoned import abandon
from .cancel import CancelToken

if TYPE_CHECKING:
    import duckdb

MEMORY: Final = 1 << 30
"""Bytes that DuckDB may use; what needs more uses temporary files."""
_STACKS: Final = 3 << 30
"""Bytes of addresses beyond that for what DuckDB does not count: values of one row, threads, the answer."""
_STARTS: Final = 1.0
"""Seconds after which a thread that has not begun never will."""
_GRACE: Final = 2.0
"""Seconds that a statement has to end after it was told to."""
_LOOK: Final = 0.05
"""Seconds between two looks at a cancel token."""

_NODES: Final = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})
_CATALOG: Final = frozenset({"tables", "columns", "schemata"})
"""Views of information_schema that a query may read."""

_KIND: Final = re.compile(r"[A-Z][A-Za-z ]{0,30} Error: ")

T = TypeVar("T")


class TooSlow(RunError):
    """A statement ran longer than it may."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"it ran longer than {seconds:g} {'second' if seconds == 1 else 'seconds'} and was stopped")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a statement names."""

    tables: tuple[tuple[str, str], ...]
    """(schema or nothing, table), as written."""


class Guard:
    """A locked connection."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, cancel: CancelToken | None, stop: Callable[[], None] | None = None) -> None:
        self._connection, self._cancel, self._tell = connection, cancel, stop
        self.lost = False
        """Whether a statement did not end when it was told to: the connection cannot be closed then."""

    def work(self, work: Callable[[duckdb.DuckDBPyConnection], T], seconds: float | None = None) -> T:
        """Does something with the connection; raises RunCancelled, TooSlow, KeyboardInterrupt, and what `work` raises."""
        outcome: list[T] = []
        failure: list[BaseException] = []
        begun, ended = Event(), Event()

        def do() -> None:
            begun.set()
            try:
                outcome.append(work(self._connection))
            except BaseException as error:  # is raised again where the caller waits
                failure.append(error)
            finally:
                ended.set()

        until = monotonic() + seconds if seconds else None
        thread = Thread(target=do, name="statement", daemon=True)
        try:
            # Inside, as a signal may come while it starts.
            thread.start()
            while not ended.wait(_LOOK if until is None else min(_LOOK, max(until - monotonic(), 0.001))):
                if self._cancel is not None and self._cancel.is_set():
                    raise RunCancelled
                if until is not None and seconds and monotonic() >= until:
                    raise TooSlow(seconds)
        except BaseException:
            if begun.wait(_STARTS):
                self._stop(thread, ended)
            raise
        if failure:
            raise failure[0]
        return outcome[0]

    def rows(self, sql: str, seconds: float | None = None) -> list[tuple[Any, ...]]:
        """All rows of a statement's answer."""
        return self.work(lambda connection: connection.execute(sql).fetchall(), seconds)

    def _stop(self, thread: Thread, ended: Event) -> None:
        until = monotonic() + _GRACE
        try:
            while not ended.is_set() and monotonic() < until:
                # A statement that is still being planned does not hear the first call.
                self._interrupt()
                ended.wait(_LOOK)
        finally:
            if not ended.is_set():
                self.lost = True
                abandon(thread, self._interrupt)

    def _interrupt(self) -> None:
        self._connection.interrupt()
        if self._tell is not None:
            self._tell()

    def asked(self, sql: str, what: str, shows: bool = False) -> Asked:
        """What a statement names, if it is one SELECT that reads tables alone, by DuckDB's own parser.

        With `shows` it may be DESCRIBE or SUMMARIZE too. Raises InputError.
        """
        ((found,),) = self.work(lambda connection: connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [sql]).fetchall())
        try:
            tree = json.loads(found)
        except RecursionError:
            raise InputError(f"{what} is nested too deeply") from None
        if tree["error"]:
            if tree["error_type"] == "parser":
                raise InputError(f"{what} cannot be read: {first(str(tree['error_message']))}")
            if any(word.text.upper() in ("PIVOT", "UNPIVOT") for word in tokens(sql, what)):
                raise InputError(f"{what} has a PIVOT that is not allowed: {PIVOT}")
            raise InputError(f"{what} must be one SELECT statement; nothing can be changed here")
        if len(tree["statements"]) != 1:
            raise InputError(f"{what} must be one statement; this is {len(tree['statements'])}")
        return _look(tree["statements"][0], what, shows)


def _look(tree: Mapping[str, Any], what: str, shows: bool) -> Asked:
    """Everything in a statement's tree is something that may be there."""
    tables: list[tuple[str, str]] = []
    pending: list[tuple[Any, frozenset[str]]] = [(tree, frozenset())]
    """What is still to be looked at, and the queries of WITH that are seen there."""
    while pending:
        node, seen = pending.pop()
        if isinstance(node, list):
            pending += ((each, seen) for each in node)
        if not isinstance(node, dict):
            continue
        kind = str(node.get("type", ""))
        if kind.endswith("_NODE") and kind not in _NODES:
            raise InputError(f"{what} must be one SELECT statement; nothing can be changed here")
        pending += _scoped(node, seen, what)
        if kind == "TABLE_FUNCTION":
            name = str(node["function"].get("function_name", "")).lower()
            if name not in TABLES:
                raise InputError(f"{what} may not call {name}(): it only reads tables")
        elif "function_name" in node and refused(str(node["function_name"])):
            raise InputError(f"{what} may not call {str(node['function_name']).lower()}(): it only reads tables")
        elif kind == "SHOW_REF" and not (shows and node.get("query") is not None):
            raise InputError(f"{what} must be one SELECT statement; DESCRIBE, SUMMARIZE and SHOW TABLES cannot be part of it")
        elif kind == "BASE_TABLE":
            catalog, schema, name = (str(node.get(key) or "") for key in ("catalog_name", "schema_name", "table_name"))
            if catalog:
                raise InputError(f"{what} names `{catalog}.{schema}.{name}`: a table is named by its schema and its name only")
            if schema or name.lower() not in seen:
                tables.append((schema, name))
    for _, name in tables:
        if not name.isprintable() or set(name) & set("/\\:*?"):
            raise InputError(f"{what} names `{name}`: files cannot be read, and tables have plain names")
    return Asked(tuple(dict.fromkeys(reversed(tables))))


def _scoped(node: Mapping[str, Any], seen: frozenset[str], what: str) -> Iterator[tuple[Any, frozenset[str]]]:
    """The parts of a node, each with the queries of WITH that it sees: its own WITH's, in which each sees those before it."""
    made = node.get("cte_map")
    for entry in made["map"] if isinstance(made, dict) else ():
        yield entry["value"], seen
        seen |= {with_name(str(entry["key"]), what)}
    inner = seen | {with_name(str(node["cte_name"]), what)} if "cte_name" in node else seen
    for key, part in node.items():
        if key != "cte_map":
            # A recursive query sees itself in its second half, and one that is kept is seen by what follows it.
            yield part, inner if key in ("right", "child") else seen


def first(text: str) -> str:
    """The first paragraph of what a library says, in a line, without DuckDB's name for the kind of error."""
    if "lambda_syntax" in text:
        # DuckDB names a setting, which is locked here.
        return "a function without a name is written `lambda x: x * 2`, not `x -> x * 2`"
    told = " ".join(named(text).strip().split("\n\n")[0].split("\nLINE ")[0].split()).rstrip(".")
    return _KIND.sub("", told)


@contextmanager
def guarded(
    prepare: Callable[[duckdb.DuckDBPyConnection], T],
    files: Callable[[T], Collection[str]],
    *,
    memory: int = MEMORY,
    threads: int | None = None,
    cancel: CancelToken | None = None,
    stop: Callable[[], None] | None = None,
) -> Iterator[tuple[Guard, T]]:
    """A locked connection, made ready by `prepare` before it is locked; `files` says which it may read then.

    DuckDB uses `memory` bytes and `threads` at most (None: as many as there are cores), and temporary files that go when it ends.
    `stop` tells whoever makes rows for it that a statement has to end.
    """
    import duckdb

    with TemporaryDirectory(prefix="synthetic-data-", ignore_cleanup_errors=True) as spill:
        settings: dict[str, Any] = {
            "memory_limit": f"{memory >> 20}MiB",
            "temp_directory": spill,
            "max_temp_directory_size": "100GiB",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "allow_persistent_secrets": "false",
            "python_enable_replacements": "false",
        }
        if threads is not None:
            settings["threads"] = min(threads, os.cpu_count() or 1)
        guard = Guard(duckdb.connect(config=settings), cancel, stop)
        try:

            def lock(connection: duckdb.DuckDBPyConnection) -> T:
                connection.execute("SET TimeZone = 'UTC'")
                ready = prepare(connection)
                # A pattern is looked at twice: as it is written, and as the file that it finds.
                listed = ", ".join(literal(path) for file in files(ready) for path in sorted({file, exact(file)}))
                connection.execute(f"SET allowed_paths = [{listed}]")
                connection.execute("SET enable_external_access = false")
                connection.execute("SET lock_configuration = true")
                return ready

            yield guard, guard.work(lock)
        finally:
            if not guard.lost:
                guard._connection.close()


@contextmanager
def bounded(memory: int = MEMORY) -> Iterator[None]:
    """A bound on this process's memory while a statement of others runs, for what DuckDB does not count.

    Only for a process that does nothing else meanwhile; without effect where the system knows no such bound.
    """
    try:
        import resource
    except ImportError:
        yield
        return
    import psutil

    before = resource.getrlimit(resource.RLIMIT_AS)
    wanted = psutil.Process().memory_info().vms + memory + _STACKS + (os.cpu_count() or 1) * (136 << 20)
    with suppress(ValueError, OSError):
        if before[0] == resource.RLIM_INFINITY or wanted < before[0]:
            resource.setrlimit(resource.RLIMIT_AS, (wanted, before[1]))
    try:
        yield
    finally:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, before)


def checked_tables(asked: Asked, known: Mapping[tuple[str, str], Any], problems: Mapping[tuple[str, str], str]) -> None:
    """Every table that a statement names is one that is known, in any case; raises UnknownNameError and RunError."""
    there = {(schema.lower(), name.lower()) for schema, name in known}
    broken = {(schema.lower(), name.lower()): text for (schema, name), text in problems.items()}
    for schema, name in asked.tables:
        key = (schema.lower(), name.lower())
        key = ("", key[1]) if key[0] == "main" else key
        if key in there or (key[0] == "information_schema" and key[1] in _CATALOG):
            continue
        written = f"{schema}.{name}" if schema else name
        if key in broken:
            raise RunError(f"{written} cannot be read: {broken[key]}")
        raise _missing(written, known)


def _missing(written: str, known: Mapping[tuple[str, str], Any]) -> InputError:
    names: Sequence[str] = sorted({f"{schema}.{name}" if schema else name for schema, name in known})
    last = written.rpartition(".")[2].lower()
    same = [name for name in names if name.rpartition(".")[2].lower() == last]
    if same:
        return InputError(f"there is no table `{written}`; did you mean {' or '.join(f'`{name}`' for name in same[:5])}?")
    return UnknownNameError("table", written, names)
