"""A PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from pwd import getpwall
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import quote
from uuid import uuid4

import pytest

SECRET = "s'cr3t %\\pässword"  # noqa: S105  # of a server of the tests


class Server(NamedTuple):
    """A server, whose user is `tester`."""

    port: int

    def url(self, database: str = "postgres", password: str = SECRET) -> str:
        """Of a database."""
        return f"postgresql://tester:{quote(password, safe='')}@127.0.0.1:{self.port}/{database}"


def programs() -> Path | None:
    """The folder of the server's programs, which Debian keeps off the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next((one.parent for one in sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)


def installed() -> Path:
    """The same; CI installs what is missing, others skip."""
    in_ci = os.environ.get("CI") == "true"
    if programs() is None and in_ci and os.geteuid() == 0 and shutil.which("apt-get"):
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "postgresql"]):
            subprocess.run(command, check=True, capture_output=True, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})
    found = programs()
    if found is None:
        told = "there is no PostgreSQL server here: apt-get install postgresql"
        if in_ci:
            pytest.fail(told)
        pytest.skip(told)
    return found


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server on a free port, run by a user without rights: it refuses to be run by root."""
    bin_, known = installed(), {one.pw_name for one in getpwall()}
    user = ("postgres" if "postgres" in known else "nobody") if os.geteuid() == 0 else None
    # A folder of the tests is closed to other users.
    folder = Path(tempfile.mkdtemp(prefix="synthetic-data-postgres-", dir="/tmp"))
    try:
        (folder / "secret").write_text(SECRET, encoding="utf-8")
        if user is not None:
            for path in (folder, folder / "secret"):
                shutil.chown(path, user)
        setting: dict[str, Any] = {"user": user, "cwd": folder, "env": {"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]}}
        words = ["--username=tester", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync", f"--pwfile={folder / 'secret'}"]
        subprocess.run([bin_ / "initdb", *words, folder / "data"], check=True, capture_output=True, **setting)
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
        options = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "", "fsync": "off"}
        command = [str(bin_ / "postgres"), "-D", str(folder / "data"), *(f"--{name}={value}" for name, value in options.items())]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, **setting) as process:
            assert process.stderr is not None
            assert any("ready to accept connections" in line for line in process.stderr)
            Thread(target=process.stderr.read, daemon=True).start()
            yield Server(port)
            process.terminate()
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def database(server: Server) -> str:
    """The URL of an empty database."""
    import psycopg

    name = f"of_{uuid4().hex[:12]}"
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return server.url(name)


Ran = Callable[[str], list[tuple[object, ...]]]


@pytest.fixture
def rows_of(database: str) -> Iterator[Ran]:
    """Asks the database: `rows_of("SELECT 1")`."""
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:

        def ask(sql: str) -> list[tuple[object, ...]]:
            found = connection.execute(sql.encode())
            return found.fetchall() if found.description is not None else []

        yield ask
