"""The README's tour prints what it says, and its links lead somewhere."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks() -> list[tuple[list[str], list[str]]]:
    """Each command of the tour and the lines that it prints, as far as they are shown."""
    out: list[tuple[list[str], list[str]]] = []
    tour = README.partition("## Five minutes")[2].partition("## In Python")[0]
    for line in tour.splitlines():
        if line.startswith("    $ synthetic-data "):
            out.append((shlex.split(line)[2:], []))
        elif line.startswith("    ") and out:
            out[-1][1].append(line[4:])
    return out


def timeless(line: str) -> str:
    """Without what the machine decides."""
    return re.sub(r"\d[\d.]* (s|ms|min)\b", "_", re.sub(r"\d+\.\d [kM]B of memory", "_", line))


@pytest.mark.slow
def test_the_tour_prints_what_it_says(call: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """In its order, in one folder; `...` stands for lines that are left out. A config file is exported by hand."""
    (tmp_path / "retail_oltp_small.yaml").write_text("{dataset_id: retail_oltp_small, target_rows: 10}")
    assert len(blocks()) > 8
    for command, lines in blocks():
        done = call(*command, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        told = [timeless(line) for line in (done.stdout + done.stderr).splitlines()]
        for line in lines:
            assert line == "..." or timeless(line) in told, (command, line)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """To files of this repository."""
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        assert link.startswith("https://") or (page.parent / link).exists(), link
