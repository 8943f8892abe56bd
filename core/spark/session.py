"""Which Spark works: the session that is given, a server (SPARK_REMOTE), the one of this process, or one of our own."""

from __future__ import annotations

import os
import re
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final, Protocol
from weakref import WeakKeyDictionary

from ..errors import InputError, RunCancelled, RunError
from ..frozen import dataclass
from ..plan.machine import LOCAL, REMOTE, address_of, spark_missing
from ..run.limits import TUNED
from .reach import options, packages
from .reasons import printed, said
from .travel import engine_archive, program_archive

if TYPE_CHECKING:
    from ..program.program import Program

NEEDED: Final = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.ansi.enabled": "true",
}
"""What Spark's own writer needs, or moments are read back without a zone, and what does not fit a type becomes NULL."""
_OWN: Final = {
    **NEEDED,
    "spark.app.name": "synthetic-data",
    "spark.sql.python.filterPushdown.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.executorEnv.GLIBC_TUNABLES": TUNED,
    "spark.executorEnv.OPENBLAS_NUM_THREADS": "1",
}
_DELTA: Final = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    # Runs commit a few files a table, and whoever reads a log in fifty tasks waits for most of them.
    "spark.databricks.delta.snapshotPartitions": "2",
}
_HADOOP: Final = "spark.hadoop."
"""Begins options that often hold keys."""
_PATIENCE: Final = 3.0
"""Seconds for a server to answer."""

_SENT: Final[WeakKeyDictionary[Any, set[str]]] = WeakKeyDictionary()
"""Context, or session of a server -> the archives that it has."""


class Stops(Protocol):
    """Tells whether what is done should stop."""

    def is_set(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Place:
    """Where Spark is, as it was asked for."""

    master: str = LOCAL
    conf: Mapping[str, str] = field(default_factory=dict)
    """Options of a session of our own."""
    delta: bool = False
    """Whether Spark itself writes Delta tables, for which it needs further jars."""
    url: str = ""
    """Of an object store that it writes to, for which it may need others."""
    by_spark: bool = False
    """Whether Spark itself writes, in whose options the types of files lie."""


class Cluster:
    """A session at work, whoever started it."""

    def __init__(self, spark: Any) -> None:
        self.spark = spark
        # What executors have been sent, they keep, whatever runs there next.
        self._sent = _SENT.setdefault(spark if self.is_remote else spark.sparkContext, set())

    @property
    def is_remote(self) -> bool:
        """Whether the session is a client of Spark Connect."""
        return type(self.spark).__module__.startswith("pyspark.sql.connect")

    @property
    def makes_decimals(self) -> bool:
        """Whether `types.with_decimals` can be asked of the session: the classes that it needs came with Spark 4."""
        return not self.is_remote and int(self.spark.version.split(".")[0]) >= 4

    def send(self, program: Program) -> str:
        """Sends the engine and a program to the executors, and returns the package of the program."""
        archive = program_archive(program)
        self.send_engine()
        self._send(archive)
        return archive.stem

    def send_engine(self) -> None:
        """Sends what executors import."""
        self._send(engine_archive())

    def _send(self, path: Path) -> None:
        if path.name in self._sent:
            return
        with _ONE:
            self._give(path)
        self._sent.add(path.name)

    def _give(self, path: Path) -> None:
        if self.is_remote:
            self.spark.addArtifacts(str(path), pyfile=True)
        else:
            self.spark.sparkContext.addPyFile(str(path))
            # It would be searched here as well, by everything that looks for a module from now on.
            sys.path[:] = [place for place in sys.path if Path(place).name != path.name]

    def mapped(self, ids: int, function: Callable[..., Any], schema: Any) -> Any:
        """A DataFrame of what a function makes of the ids 0 .. ids - 1, each a task of its own."""
        with quiet():
            return self.spark.range(0, ids, 1, ids).mapInArrow(function, schema)

    @contextmanager
    def tagged(self, tag: str) -> Iterator[None]:
        """What this thread starts has a tag by which it can be cancelled."""
        place = self.spark if self.is_remote else self.spark.sparkContext
        add, remove = (place.addTag, place.removeTag) if self.is_remote else (place.addJobTag, place.removeJobTag)
        add(tag)
        try:
            yield
        finally:
            remove(tag)

    def stop(self, tag: str) -> None:
        """Cancels what carries a tag."""
        # The session may be gone, and what it did with it.
        with suppress(Exception):
            if self.is_remote:
                self.spark.interruptTag(tag)
            else:
                self.spark.sparkContext.cancelJobsWithTag(tag)


@contextmanager
def quiet() -> Iterator[None]:
    """Without the warnings that are no concern of whoever runs this."""
    with warnings.catch_warnings():
        # It warns of pandas 3, of which nothing is used.
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas")
        yield


def open_cluster(place: Place, given: Any = None, cancel: Stops | None = None, say: Callable[[str], None] = lambda _: None) -> Cluster:
    """The session that works, started where there is none. Raises RunError with the reason, and RunCancelled while it starts.

    `say` is told when one is being started, and where settings of one that is started are of no use.
    """
    if given is not None:
        _refuse_no_session(given)
        _tell_unused(place, "the session that was given", say)
        return Cluster(_fitting(given, "the session that was given", place))
    remote = os.environ.get(REMOTE, "")
    missing = spark_missing()
    if missing:
        raise RunError(missing)
    if remote:
        where = f"the Spark server {_shown(remote)}"
        _tell_unused(place, where, say)
        say(f"connecting to {where}")
        _refuse_silent(remote, where)
        return Cluster(_told(lambda: _remote(remote), where, cancel, remote))
    found = _active()
    if found is not None and (found is not _STARTED.get("session") or _suffices(found, place)):
        if found is not _STARTED.get("session") or (place.master, place.conf) != (_STARTED["place"].master, _STARTED["place"].conf):
            _tell_unused(place, "the session of this process", say)
        return Cluster(_fitting(found, "the session of this process", place))
    if found is not None:
        _end(found)
    if place.master.startswith("spark://"):
        _refuse_silent(place.master, f"the Spark master {place.master}", "`spark.master`")
    say(f"starting Spark at {place.master}")
    started = _told(lambda: _start(place), f"Spark at {place.master}", cancel)
    # Makes the session that of this thread too; without one, Spark plans with none of its options.
    started.createDataFrame([], "id long")
    return Cluster(started)


def _refuse_no_session(given: Any) -> None:
    """Raises InputError for what is no session, or one that has ended."""
    if not hasattr(given, "range") or not hasattr(given, "conf"):
        raise InputError(f"`spark` must be a SparkSession, not {type(given).__name__}")
    if not Cluster(given).is_remote and given.sparkContext._jsc is None:
        raise InputError("`spark` is a session that has been stopped: give one that works")


def _tell_unused(place: Place, which: str, say: Callable[[str], None]) -> None:
    given = [f"`{name}`" for name, told in (("spark.master", place.master != LOCAL), ("spark.conf", bool(place.conf))) if told]
    if given:
        say(f"{which} is used, so {' and '.join(given)} of a session that would be started are not")


def _refuse_silent(url: str, where: str, named: str = REMOTE) -> None:
    """Raises RunError where nobody listens: a client would go on trying for minutes."""
    host, port = address_of(url)
    try:
        with socket.create_connection((host, port), timeout=_PATIENCE):
            pass
    except OSError as error:
        raise RunError(f"{where} does not answer ({error.strerror or error}): start it, or leave {named} out") from None


def _fitting(spark: Any, which: str, place: Place) -> Any:
    """A session, or a copy of it whose options are those that Spark's own writer needs: the session itself stays as it is.

    Raises RunError for a session of a server that has other options, of which no copy can be made.
    """
    wrong = {name: wanted for name, wanted in NEEDED.items() if spark.conf.get(name).lower() != wanted.lower()} if place.by_spark else {}
    if not wrong:
        return spark
    if Cluster(spark).is_remote:
        told = " and ".join(f"{name}={wanted}" for name, wanted in wrong.items())
        raise RunError(f"{which} needs other options for Spark's own writer: set {told}")
    # `newSession` would lose what else was set, such as keys of an object store.
    copy = type(spark)(spark.sparkContext, spark._jsparkSession.cloneSession())
    for name, wanted in wrong.items():
        copy.conf.set(name, wanted)
    return copy


def _suffices(session: Any, place: Place) -> bool:
    """Whether a session of our own has the jars that are needed."""
    wanted = session_options(place).get("spark.jars.packages", "")
    return {*wanted.split(",")} <= {"", *session.sparkContext.getConf().get("spark.jars.packages", "").split(",")}


def _end(session: Any) -> None:
    """Ends a session of our own with its Java, which takes no further jars; raises RunError while it works."""
    from pyspark import SparkContext

    with _ONE:
        if session.sparkContext.statusTracker().getActiveJobsIds():
            raise RunError("this process has started Spark without the jars that are needed here, and works with it: wait until it is done")
        gateway: Any = SparkContext._gateway
        session.stop()
        gateway.shutdown()
        gateway.proc.stdin.close()
        SparkContext._gateway = SparkContext._jvm = None
        _STARTED.clear()


def _active() -> Any:
    if "pyspark" not in sys.modules:
        return None
    from pyspark.sql import SparkSession

    found = SparkSession.getActiveSession()
    if found is None and (started := _STARTED.get("session")) is not None and started.sparkContext._jsc is not None:
        return started
    return found


def _remote(url: str) -> Any:
    from pyspark.sql import SparkSession

    with quiet():
        session = SparkSession.builder.remote(url).getOrCreate()
        # Of this session alone, whatever the server's own are.
        for name, value in NEEDED.items():
            session.conf.set(name, value)
        return session


def _shown(url: str) -> str:
    """An address without what may be secret in it; raises InputError."""
    try:
        host, port = address_of(url)
    except ValueError as error:
        raise InputError(f"{REMOTE}: {error}") from None
    return f"{host}:{port}"


_STARTED: Final[dict[str, Any]] = {}
"""The session that this process has started, and the place that was asked for."""
_ONE: Final = Lock()
"""One at a time: pyspark changes what this process imports from, and starts once."""


def _start(place: Place) -> Any:
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    with _ONE:
        if place.master.startswith("local"):
            # Spark reads it from nowhere else.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        conf = SparkConf()
        plain = {name: value for name, value in place.conf.items() if not name.startswith(_HADOOP)}
        own = session_options(place)
        for name, value in {**own, **plain, **({name: own[name] for name in ("spark.jars.packages",) if name in own})}.items():
            conf.set(name, value)
        # Not this process's own output: a terminal that shows a wizard belongs to it.
        pipes = {"stdout": printed(), "stderr": printed(), "start_new_session": True}
        gateway = launch_gateway(conf, pipes)  # type: ignore[no-untyped-call]  # as pyspark has it
        with quiet():
            context = SparkContext(conf=conf, gateway=gateway)
            # Not among the options of the session: those stand in the list of processes.
            given = {name.removeprefix(_HADOOP): value for name, value in place.conf.items() if name.startswith(_HADOOP)}
            for name, value in {**options(place.url, os.environ), **given}.items():
                context._jsc.hadoopConfiguration().set(name, value)
            _STARTED.update(session=SparkSession(context), place=place)
        return _STARTED["session"]


def session_options(place: Place) -> dict[str, str]:
    """Options of a session of our own; raises ImportError where Delta is needed and not installed."""
    out = {**_OWN, "spark.master": place.master}
    if place.master.startswith("local"):
        out |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if place.delta:
        given = [place.conf["spark.jars.packages"]] if "spark.jars.packages" in place.conf else []
        out |= {**_DELTA, "spark.jars.packages": ",".join([_delta_package(), *packages(place.url), *given])}
    return out


def _delta_package() -> str:
    from delta import configure_spark_with_delta_pip
    from pyspark.sql import SparkSession

    builder = configure_spark_with_delta_pip(SparkSession.Builder())
    return str(builder._options["spark.jars.packages"])


def _told(start: Callable[[], Any], what: str, cancel: Stops | None, secret: str = "") -> Any:
    """What a function returns, which works in a thread of its own, so that nobody has to wait for it. Raises RunError, RunCancelled.

    Of `secret` no sentence tells anything.
    """
    found: list[Any] = []
    errors: list[BaseException] = []

    def work() -> None:
        try:
            found.append(start())
        except BaseException as error:  # told below
            errors.append(error)

    # Not the main thread: there Spark would answer Ctrl-C in its own way.
    thread = Thread(target=work, name="spark", daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(0.1)
        if cancel is not None and cancel.is_set():
            raise RunCancelled
    if errors:
        told = said(errors[0])
        hidden = any(piece in told for piece in re.split(r"[;/=@\s]", secret) if len(piece) > 3 and piece not in what)
        raise RunError(f"{what} cannot be used: {'its address is not as Spark wants it' if hidden else told}") from None
    return found[0]
