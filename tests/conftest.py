"""Fixtures for all tests."""

from __future__ import annotations

import gc
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import venv
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import quote
from urllib.request import Request, urlopen
from uuid import uuid4

import hypothesis
import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.cli.errors import guarded
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.spark.session import Place, open_cluster
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

MakePlan = Callable[..., Plan]
Reported = Callable[[], str]
SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
"""Options of a Java whose process ends before the better of its two compilers would pay."""
ALONE = ("numpy", "numpy.libs", "pyarrow", "pyarrow.libs")

hypothesis.settings.register_profile("suite", max_examples=40, deadline=None, derandomize=True)
hypothesis.settings.register_profile("fuzz", max_examples=2_000, deadline=None, print_blob=True)


def pytest_configure(config: pytest.Config) -> None:
    """Fuzzing is short and the same each time in the suite, long and random where it is asked for by its marker."""
    # The suite starts hundreds of processes, and each would compile the package anew, which takes longer than what it is asked for.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    # No power fails while tests run, and nothing else can tell whether a disk was waited for: half of a small run's time, 24 times.
    pytest.MonkeyPatch().setattr(os, "fsync", os.fstat)
    hypothesis.settings.load_profile("fuzz" if config.getoption("markexpr") == "fuzz" else "suite")


def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: much of the time tests wait, for processes, disks, Spark and the next tick of a screen."""
    return len(os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)) + 1


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays to the end: nobody has to look through it for garbage again and again."""
    if getattr(session.config.option, "loadgroup", False):
        # A pytest that pytest-xdist does not know yet shares groups out without a word: tests then wait for what others are making.
        lost = [item.nodeid for item in session.items if item.get_closest_marker("xdist_group") is not None and "@" not in item.nodeid]
        if lost:
            raise pytest.UsageError(f"this pytest-xdist does not keep groups together with pytest {pytest.__version__}: {lost[0]}")
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in this hook
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Whatever lies in tests/fuzz is fuzzing; long tests run where they are asked for by their marker, or by name."""
    for item in items:
        if item.path.parent.name == "fuzz":
            item.add_marker(pytest.mark.fuzz)
        if {"spark", "needs_java"} & set(getattr(item, "fixturenames", ())):
            # Where tests are shared out, one process has them all: there is one session.
            item.add_marker(pytest.mark.xdist_group("spark"))
    named = any("::" in argument for argument in config.args)
    if not named and "long" not in config.getoption("markexpr"):
        left = [item for item in items if item.get_closest_marker("long") is not None]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if item not in set(left)]


@pytest.fixture(scope="session", autouse=True)
def reports_of_defects(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder in which commands that tests start report what nobody foresaw."""
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(folder))
        patch.setattr(tempfile, "tempdir", None)
        yield folder


@pytest.fixture
def reported(reports_of_defects: Path) -> Reported:
    """Takes the one report that a test has made on purpose, and gives its text."""

    def take() -> str:
        (report,) = reports_of_defects.glob("synthetic-data-error-*")
        text = report.read_text(encoding="utf-8")
        report.unlink()
        return text

    return take


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing that is made is kept in the cache of whoever runs the tests, or taken from there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYNTHETIC_DATA_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(autouse=True)
def _no_defect(reports_of_defects: Path) -> Iterator[None]:
    """No input of any test ends with `this should not have happened`."""
    yield
    for report in reports_of_defects.glob("synthetic-data-error-*"):
        text = report.read_text(encoding="utf-8")
        report.unlink()
        pytest.fail(text)


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has numpy and pyarrow alone."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder, with_pip=False, symlinks=True)
    here = Path(sysconfig.get_paths()["purelib"])
    there = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    for name in ALONE:
        if (here / name).exists():
            (there / name).symlink_to(here / name)
    python = folder / "bin" / "python"
    told = subprocess.run([python, "-c", "import numpy, pyarrow, ingen_fab"], capture_output=True, text=True, check=False)
    assert "No module named 'ingen_fab'" in told.stderr
    return python


@pytest.fixture(scope="session")
def needs_java() -> None:
    """Tests of Spark are skipped where there is no Java, which CI has."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        told = "Spark needs Java 17 or newer, and there is none"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)


@pytest.fixture(scope="session")
def short_lived() -> dict[str, str]:
    """The environment in which a Java of tests is started."""
    return {"JDK_JAVA_OPTIONS": SHORT_LIVED}


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory, needs_java: None) -> Iterator[Any]:
    """One session of Spark for all tests, as the product starts it, with Delta."""
    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.driver.extraJavaOptions": SHORT_LIVED,
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder),
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
    }
    with warnings.catch_warnings(), pytest.MonkeyPatch.context() as patch:
        # What Spark says of its own libraries is no concern of ours.
        warnings.simplefilter("ignore")
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = open_cluster(Place("local[2]", settings, delta=True)).spark
        yield session
        session.stop()


class Bucket(NamedTuple):
    """A bucket of S3."""

    url: str
    endpoint: str
    environment: Mapping[str, str]

    def objects(self) -> dict[str, bytes]:
        """Everything in it, by its key."""
        where = f"{self.endpoint}/{self.url.removeprefix('s3://')}"
        keys: list[str] = []
        while True:
            after = f"&start-after={quote(keys[-1])}" if keys else ""
            listed = self._get(f"{where}?list-type=2{after}").decode()
            found = re.findall("<Key>(.*?)</Key>", listed)
            keys += found
            if not found:
                return {key: self._get(f"{where}/{quote(key)}") for key in keys}

    @staticmethod
    def _get(url: str) -> bytes:
        # It looks whether there is a signature, and not whose.
        signed = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=x"
        with urlopen(Request(url, headers={"Authorization": signed})) as answer:  # noqa: S310  # of this machine
            content: bytes = answer.read()
        return content


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of a server of S3."""
    # Not a thread: delta-rs holds Python's lock while it waits for an answer.
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        found = next((match for line in server.stderr if (match := re.search(r"http://127\.0\.0\.1:[0-9]+", line))), None)
        assert found is not None
        Thread(target=server.stderr.read, daemon=True).start()
        yield found[0]
        server.terminate()


@pytest.fixture
def s3(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """An empty bucket, and the environment in which it is reached."""
    name = f"bucket-{uuid4().hex[:12]}"
    environment = {
        "AWS_ACCESS_KEY_ID": "an-identity-of-tests",
        "AWS_SECRET_ACCESS_KEY": "a-secret-of-tests",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ALLOW_HTTP": "true",
    }
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    urlopen(Request(f"{s3_server}/{name}", method="PUT")).close()  # noqa: S310  # of this machine
    return Bucket(f"s3://{name}", s3_server, environment)


@pytest.fixture(scope="session")
def call() -> Callable[..., subprocess.CompletedProcess[str]]:
    """A command of `synthetic-data` in this process, not on a terminal: `call("show", "shop", cwd=folder, NAME="value")`."""

    def run(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        written = io.BytesIO(), io.BytesIO()
        out, errors = (io.TextIOWrapper(stream, encoding="utf-8") for stream in written)
        handler = signal.getsignal(signal.SIGINT)
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(cwd)
            for name, value in {"RUST_BACKTRACE": "0", **environment}.items():
                patch.setenv(name, value)
            patch.setattr(sys, "argv", ["synthetic-data", *arguments])
            patch.setattr(sys, "stdin", io.StringIO())
            patch.setattr(sys, "stdout", out)
            patch.setattr(sys, "stderr", errors)
            try:
                code = guarded(lambda: app, "synthetic-data")
                sys.stderr.flush()
            finally:
                signal.signal(signal.SIGINT, handler)
        return subprocess.CompletedProcess(arguments, code, *(stream.getvalue().decode() for stream in written))

    return run


@pytest.fixture
def plan_of(tmp_path: Path) -> MakePlan:
    """Makes plans that write under the test's own folder: `plan_of("retail_oltp_small", target_rows=100)`."""

    def make(dataset_id: str, *, window: Any = None, as_of: Any = None, datasets: Any = (), **flags: Any) -> Plan:
        given = {name.replace("__", "."): value for name, value in flags.items()}
        given.setdefault("output_settings.output_dir", str(tmp_path / "out"))
        if given.get("target_rows", 0) >= 1_000_000 and not any("mode" in name and "generation" in name for name in given):
            # Spark has tests of its own.
            given["generation_settings.mode"] = "python"
        resolved = resolve_parameters(dataset_id, flags=given, repository=DatasetConfigurationRepository(datasets))
        return make_plan(resolved, window=window, as_of=as_of)

    return make


@pytest.fixture
def own_plan(plan_of: MakePlan, tmp_path: Path) -> MakePlan:
    """Plans of a dataset's text, changed by a replacement: `own_plan(TEXT, "rows: events", "rows: list", target_rows=100)`."""

    def make(text: str, old: str = "", new: str = "", **settings: Any) -> Plan:
        assert old in text
        name = re.search(r"^dataset_id: (\w+)$", text, re.MULTILINE)
        assert name is not None
        (tmp_path / "own").mkdir(exist_ok=True)
        (tmp_path / "own" / f"{name[1]}.yaml").write_text(text.replace(old, new) if old else text)
        return plan_of(name[1], datasets=[tmp_path / "own"], **settings)

    return make


@pytest.fixture
def digests() -> Callable[..., dict[str, str]]:
    """The digest of every table of a plan, made in pieces of so many rows: `digests(plan, 777, backwards=True)`."""

    def make(plan: Plan, chunk: int, backwards: bool = False) -> dict[str, str]:
        out = {}
        for table in plan.tables:
            engine = Engine(plan.program)
            end = table.first_row + table.rows
            starts = list(range(table.first_row, end, chunk))
            if backwards:
                starts.reverse()
            out[table.name] = digest_of((engine.batch(table.name, low, min(low + chunk, end)) for low in starts), table.primary_key)
        return out

    return make
