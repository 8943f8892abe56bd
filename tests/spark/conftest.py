"""Spark on this machine: executors whose Python has numpy and pyarrow alone, a cluster of two workers, and a server of Spark Connect."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from ingen_fab.synthetic_data.core.spark.session import Place, session_options


class Standalone(NamedTuple):
    """A cluster."""

    master: str
    workers: tuple[int, ...]
    """Processes."""


@pytest.fixture(scope="session")
def java(
    tmp_path_factory: pytest.TempPathFactory, bare_python: Path, needs_java: None, short_lived: Mapping[str, str]
) -> Callable[..., subprocess.Popen[str]]:
    """Starts a process of Spark's, and waits for the words that say that it is ready."""
    import pyspark

    home = Path(pyspark.__file__).parent
    folder = tmp_path_factory.mktemp("cluster")
    environment = {
        **os.environ,
        **short_lived,
        "PYSPARK_PYTHON": str(bare_python),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_DIRS": str(folder),
        "SPARK_WORKER_DIR": str(folder / "work"),
    }

    def start(command: str, *words: str, ready: str) -> subprocess.Popen[str]:
        log = folder / f"{len(list(folder.glob('*.log')))}.log"
        with log.open("w") as out:
            memory = {"SPARK_DAEMON_MEMORY": "256m"} if command == "spark-class" else {}
            process = subprocess.Popen([home / "bin" / command, *words], env={**environment, **memory}, stdout=out, stderr=out, text=True)
        watch = subprocess.Popen(["tail", "-n", "+1", "-f", f"--pid={process.pid}", log], stdout=subprocess.PIPE, text=True)
        assert watch.stdout is not None
        line = next((line for line in watch.stdout if ready in line or "Exception in thread" in line), "")
        watch.kill()
        watch.wait()
        watch.stdout.close()
        assert ready in line, log.read_text()
        return process

    return start


@contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    """A process that ends with the block."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def standalone(java: Callable[..., subprocess.Popen[str]]) -> Iterator[Standalone]:
    """A master and two workers of a core each."""
    master = f"spark://127.0.0.1:{(port := free_port())}"
    with ExitStack() as stack:
        one = ("org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", f"{port}", "--webui-port", "0")
        stack.enter_context(ended(java("spark-class", *one, ready="I have been elected leader")))
        word = ("org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--cores", "1", "--memory", "1g", "--webui-port", "0")
        workers = [
            stack.enter_context(ended(java("spark-class", *word, master, ready="Successfully registered with master"))) for _ in range(2)
        ]
        yield Standalone(master, tuple(worker.pid for worker in workers))


@pytest.fixture(scope="session")
def connect(java: Callable[..., subprocess.Popen[str]]) -> Iterator[str]:
    """The address of a server of Spark Connect."""
    port = free_port()
    words = ("--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]")
    settings = {
        "spark.connect.grpc.binding.port": port,
        "spark.ui.enabled": "false",
        "spark.driver.memory": "512m",
        **session_options(Place("local[2]", delta=True)),
    }
    given = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    with ended(java("spark-submit", *words, *given, "spark-internal", ready="Spark Connect server started")):
        yield f"sc://127.0.0.1:{port}"


def free_port() -> int:
    """One that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def drive(bare_python: Path, needs_java: None, short_lived: Mapping[str, str]) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts `driver.py`, a program that generates on Spark, in a process of its own, which ends with the test."""
    with ExitStack() as stack:

        def start(*words: str, environment: Mapping[str, str] = {}) -> subprocess.Popen[str]:
            given = {**os.environ, **short_lived, "PYSPARK_PYTHON": str(bare_python), "SPARK_LOCAL_IP": "127.0.0.1", **environment}
            command = [sys.executable, str(Path(__file__).with_name("driver.py")), *words]
            process = stack.enter_context(subprocess.Popen(command, env=given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            stack.callback(process.kill)
            return process

        yield start
