"""The page of virtual tables: its commands answer what it shows, and its Python runs."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "virtual.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^    \$ synthetic-data (.*)\n((?:    [^$\n].*\n)+)", PAGE, re.MULTILINE)
PLAIN, SPARK = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize(("line", "shown"), COMMANDS, ids=range(len(COMMANDS)))
def test_commands_answer_what_the_page_shows(
    call: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, line: str, shown: str
) -> None:
    """Numbers included."""
    done = call(*shlex.split(line), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    told = [[word.strip() for word in row.split()] for row in done.stdout.splitlines()]
    assert told == [row.split() for row in shown.splitlines()]


def test_python_runs() -> None:
    """And finds the day."""
    found: dict[str, Any] = {}
    exec(PLAIN, found)  # noqa: S102  # of this repository
    assert found["orders"] == 2_064_486 == found["last"] - found["first"] + 1
    assert len({order for order, _ in found["lines"]}) == 1_000


@pytest.mark.slow
def test_python_of_spark_runs(spark: Any) -> None:
    """And finds the same day."""
    found: dict[str, Any] = {"spark": spark}
    exec(SPARK, found)  # noqa: S102  # of this repository
    assert found["count"] == 2_064_486
