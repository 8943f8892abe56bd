"""Programs that the product works with, as their users start them."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., subprocess.CompletedProcess[str]]

AIRFLOW = """
class DAG:
    def __init__(self, dag_id, *, start_date, schedule_interval=None, schedule=None, **options):
        assert (schedule_interval or schedule) in ("@daily", None)
        self.dag_id, self.start_date, self.options, self.tasks = dag_id, start_date, options, []

    def __enter__(self):
        DAG.opened = self
        return self

    def __exit__(self, *_):
        DAG.opened = None
"""
BASH = '''
import os
import subprocess
import sys
import tempfile

import airflow
import jinja2


class BashOperator:
    """Renders and runs as Airflow's own does: in a temporary folder that goes afterwards, unless it is told another."""

    def __init__(self, *, task_id, bash_command, dag=None, env=None, append_env=False, cwd=None, **options):
        self.task_id, self.bash_command, self.env, self.append_env, self.cwd = task_id, bash_command, env, append_env, cwd
        (dag or airflow.DAG.opened).tasks.append(self)

    def execute(self, context):
        def rendered(text):
            return jinja2.Environment(undefined=jinja2.StrictUndefined).from_string(text).render(context)

        given = {name: rendered(value) for name, value in (self.env or {}).items()}
        environment = {**os.environ, **given} if self.env is None or self.append_env else given
        with tempfile.TemporaryDirectory(prefix="airflowtmp") as folder:
            cwd = rendered(self.cwd) if self.cwd else folder
            if not os.path.isdir(cwd):
                raise SystemExit(f"Can not find the cwd: {cwd}")
            done = subprocess.run(["bash", "-c", rendered(self.bash_command)], cwd=cwd, env=environment)
        if done.returncode:
            raise SystemExit(f"Bash command failed. The command returned a non-zero exit code {done.returncode}.")
'''
RUN = """
import runpy, sys
dag = runpy.run_path(sys.argv[1])["dag"]
for day in sys.argv[2:]:
    for task in dag.tasks:
        task.execute({"ds": day})
"""


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


@pytest.fixture
def airflow(tmp_path: Path, shell: Shell) -> Shell:
    """Runs the tasks of a DAG's file for some days: `airflow(TEXT, "2024-01-01", NAME="value")`."""
    home = tmp_path / "airflow"
    package = home / "stand_in" / "airflow"
    (package / "operators").mkdir(parents=True)
    (package / "__init__.py").write_text(AIRFLOW)
    (package / "operators" / "__init__.py").write_text("")
    (package / "operators" / "bash.py").write_text(BASH)
    (home / "run.py").write_text(RUN)

    def run(text: str, *days: date, **environment: str) -> subprocess.CompletedProcess[str]:
        (home / "dag.py").write_text(text)
        script = f"{sys.executable} run.py dag.py {' '.join(map(str, days))}"
        return shell(script, cwd=home, **{"PYTHONPATH": str(home / "stand_in"), "TMPDIR": str(tmp_path), **environment})

    return run
