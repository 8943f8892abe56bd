"""Programs that the product works with, as their users start them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder on the path with the entry point of the plugin as pyproject.toml has it now, however old the installation is."""
    folder = tmp_path_factory.mktemp("installed")
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["pytest11"]
    info = folder / "plugin_of_this_checkout-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugin-of-this-checkout\nVersion: 0\n")
    (info / "entry_points.txt").write_text("\n".join(["[pytest11]", *(f"{name} = {place}" for name, place in points.items())]))
    return folder


@pytest.fixture
def shell(installed: Path) -> Shell:
    """Runs a script as bash does, with the commands of this environment: `shell("pytest tests", cwd=folder, NAME="value")`."""

    def run(script: str, *, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "SYNTHETIC_DATA_D"))}
        given["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), given["PATH"]])
        given["PYTHONPATH"] = str(installed)
        return subprocess.run(["bash", "-e", "-c", script], cwd=cwd, env=given | environment, capture_output=True, text=True, check=False)

    return run
