"""`doctor` tells what is there, and what to do where something is missing."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Call = Callable[..., subprocess.CompletedProcess[str]]


def test_it_tells_what_is_there(call: Call, tmp_path: Path) -> None:
    """As lines and as JSON."""
    done = call("doctor", cwd=tmp_path)
    assert done.returncode == 0
    assert any(line.split()[0] == "pyarrow" for line in done.stdout.splitlines())
    found = {one["name"]: one for one in json.loads(call("doctor", "--json", cwd=tmp_path).stdout)}
    assert {"Python", "cores", "free memory", "free disk", "Java", "pyspark", "delta-spark", "Spark"} <= set(found)
    assert found["Spark"]["value"].startswith("master local[*]")


@pytest.mark.parametrize(
    ("environment", "name", "told"),
    [
        ({"JAVA_HOME": "/nowhere"}, "Java", "JAVA_HOME is /nowhere, which has no bin/java: correct it, or unset it"),
        ({"SPARK_REMOTE": "sc://127.0.0.1:{port};token=s3cr3t"}, "Spark", "start it, or leave SPARK_REMOTE out"),
    ],
)
def test_what_is_missing_has_a_remedy(call: Call, tmp_path: Path, environment: dict[str, str], name: str, told: str) -> None:
    """Python mode works without Spark, so the exit code stays 0; a token is not told."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
        given = {key: value.format(port=port) for key, value in environment.items()}
        done = call("doctor", "--json", cwd=tmp_path, **given)
    found = {finding["name"]: finding for finding in json.loads(done.stdout)}
    assert told in found[name]["remedy"]
    assert done.returncode == 0
    assert "s3cr3t" not in done.stdout


def test_a_run_without_java_says_what_to_do(call: Call, tmp_path: Path) -> None:
    """Before anything is written."""
    done = call("generate", "retail_oltp_small", "-m", "pyspark", cwd=tmp_path, JAVA_HOME="/nowhere")
    assert done.returncode == 1
    assert "JAVA_HOME is /nowhere, which has no bin/java: correct it, or unset it (Spark needs Java 17 or newer)" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "synthetic_data" / "Tables" / "retail_oltp_small").exists()
