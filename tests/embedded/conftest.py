"""A notebook's side: a bundle that is unpacked, and a Python that has numpy and pyarrow alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.core.compile.bundle import Bundle, bundle_of, shipped

BOTH = Path(__file__).with_name("both_sides.py")
Ask = Callable[[dict[str, Any]], dict[str, Any]]


def unpack(bundle: Bundle, folder: Path) -> Path:
    """The files of a bundle in a folder, as the cell of a notebook unpacks them."""
    for name, text in json.loads(bundle.content).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the generic notebooks carry."""
    return unpack(bundle_of(shipped()), tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="session")
def other_side(unpacked: Path, bare_python: Path) -> Iterator[Ask]:
    """Asks a process in which the stand-ins stand: `other_side({"ask": "planned", ..})`."""
    with subprocess.Popen([bare_python, BOTH, unpacked], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(work: dict[str, Any]) -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(work) + "\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield ask
        process.stdin and process.stdin.close()
