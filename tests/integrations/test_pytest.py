"""The plugin as its users have it: an entry point, an option, and fixtures that share what they wrote."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import pytest
from ingen_fab.synthetic_data import virtual
from ingen_fab.synthetic_data.cli.pytest_plugin import Make
from ingen_fab.synthetic_data.core.api import SyntheticDataGenerator
from ingen_fab.synthetic_data.core.run.manifest import manifests

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., subprocess.CompletedProcess[str]]
SPECIFIED = '''
import pytest

# pytest fixture for test data
@pytest.fixture
def synthetic_test_data():
    """Generate test data for each test"""
    from ingen_fab.synthetic_data import SyntheticDataGenerator
    
    generator = SyntheticDataGenerator(
        dataset_id="retail_oltp_small",
        target_rows=100,
        seed=12345
    )
    return generator.generate()


def test_totals(synthetic_test_data):
    assert len(synthetic_test_data["orders"]) == 100
'''  # noqa: W293
"""The fixture of the specification, and a test with it."""

SHARED = """
import os
import pytest

@pytest.mark.parametrize("n", range(4))
def test_orders(synthetic_dataset, synthetic_duckdb, n):
    found = synthetic_dataset("retail_oltp_small", target_rows=200, seed=5)
    assert found.files("orders")[0].is_file()
    assert synthetic_duckdb("retail_oltp_small", target_rows=200, seed=5).execute("SELECT count(*) FROM orders").fetchone() == (200,)
    with open("seen", "a") as file:
        file.write(f"{os.environ.get('PYTEST_XDIST_WORKER')} {found.root}\\n")
"""


def project(folder: Path, text: str) -> Path:
    """A folder with tests of somebody else."""
    (folder / "tests").mkdir(exist_ok=True)
    (folder / "tests" / "test_it.py").write_text(text)
    return folder


def seen(folder: Path) -> tuple[set[str], Path]:
    """The workers that asked, and the one folder that they were given."""
    lines = [line.split(" ", 1) for line in (folder / "seen").read_text().splitlines()]
    (root,) = {where for _, where in lines}
    return {worker for worker, _ in lines}, Path(root)


def test_the_fixture_of_the_specification(tmp_path: Path, shell: Shell) -> None:
    """As it is written there."""
    done = shell("pytest tests -q", cwd=project(tmp_path, SPECIFIED))
    assert "1 passed" in done.stdout, done.stdout


def test_the_page(tmp_path: Path, shell: Shell) -> None:
    """Its tests pass, with all of their types."""
    page = (ROOT / "docs" / "testing.md").read_text()
    (tmp_path / "tests").mkdir()
    for n, block in enumerate(re.findall(r"```python\n(.*?)```", page, re.DOTALL)):
        (tmp_path / "tests" / f"test_{n}.py").write_text(block)
    done = shell("pytest tests -q", cwd=tmp_path)
    assert "5 passed" in done.stdout, done.stdout


@pytest.mark.parametrize("option", ["", "--test-data-path=data", "-p no:cacheprovider"])
def test_workers_share_what_one_wrote(tmp_path: Path, shell: Shell, option: str) -> None:
    """Wherever it lies: one run wrote it, and both workers read it."""
    done = shell(f"pytest tests -q -n 2 --dist=each --basetemp=base {option}", cwd=project(tmp_path, SHARED))
    assert "8 passed" in done.stdout, done.stdout
    workers, root = seen(tmp_path)
    assert workers == {"gw0", "gw1"}
    place = {"": ".pytest_cache/d/synthetic_data", "--test-data-path=data": "data", "-p no:cacheprovider": "base/synthetic_data"}[option]
    assert root.parent == tmp_path / place
    assert [noted.value.seed for noted in manifests(root)] == [5]
    assert len(list(root.glob("Tables/config_synthetic_data_generation_jobs/_delta_log/*.json"))) == 1


def test_the_next_run_writes_nothing(tmp_path: Path, shell: Shell) -> None:
    """Until the cache is cleared."""
    project(tmp_path, SHARED)

    def ran(words: str) -> list[str]:
        done = shell(f"pytest tests -q -p xdist {words}", cwd=tmp_path)
        assert "4 passed" in done.stdout, done.stdout
        return [noted.run_id for noted in manifests(seen(tmp_path)[1])]

    first = ran("")
    assert ran("") == first
    assert ran("--cache-clear") != first


def test_a_cache_that_cannot_be_written_is_not_needed(tmp_path: Path, shell: Shell) -> None:
    """Datasets then live for one run, in its temporary folder."""
    (project(tmp_path, SHARED) / ".pytest_cache").write_text("in the way")
    done = shell("pytest tests -q -p xdist --basetemp=base", cwd=tmp_path)
    assert "4 passed" in done.stdout, done.stdout
    assert seen(tmp_path)[1].parent == tmp_path / "base" / "synthetic_data"


def test_the_plugin_is_light(tmp_path: Path, shell: Shell) -> None:
    """Whoever uses none of it loads three modules and no library."""
    text = """
import sys
def test_it():
    assert {name for name in sys.modules if name.startswith("ingen_fab.")} == {
        "ingen_fab.synthetic_data", "ingen_fab.synthetic_data.cli", "ingen_fab.synthetic_data.cli.pytest_plugin"
    }
    assert not {"deltalake", "duckdb", "filelock", "numpy", "pandas", "pyarrow", "pydantic", "sqlglot", "yaml"} & set(sys.modules)
"""
    done = shell("pytest tests -q -p no:hypothesispytest -p no:faker", cwd=project(tmp_path, text))
    assert "1 passed" in done.stdout, done.stdout


def test_a_mistake_is_one_sentence(tmp_path: Path, shell: Shell) -> None:
    """At the line of the test, without the insides of the product."""
    text = """
def test_it(synthetic_duckdb):
    synthetic_duckdb("retail_oltp_smal")
"""
    done = shell("pytest tests -q", cwd=project(tmp_path, text))
    assert "there is no dataset `retail_oltp_smal`; did you mean `retail_oltp_small`?" in done.stdout
    assert re.findall(r"^\S+\.py:\d+", done.stdout, re.MULTILINE) == ["tests/test_it.py:3"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("file", r"--test-data-path: \S+file is a file; name a folder, or one that is still to be made"),
        ("", "--test-data-path names no folder"),
    ],
)
def test_no_folder(tmp_path: Path, shell: Shell, given: str, told: str) -> None:
    """Said before any test runs."""
    (tmp_path / "file").write_text("")
    done = shell(f"pytest tests --test-data-path='{given}'", cwd=project(tmp_path, SPECIFIED))
    assert done.returncode == 4
    assert re.search(rf"^ERROR: {told}$", done.stderr, re.MULTILINE), done.stderr


def test_the_folder_is_that_of_the_command(tmp_path: Path, shell: Shell) -> None:
    """Also for a test that goes elsewhere, and whatever settings the environment holds; and the header names it."""
    text = """
def test_it(synthetic_dataset, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert synthetic_dataset("retail_oltp_small", target_rows=20).seed == 42
"""
    given = {"SYNTHETIC_DATA_SEED": "9", "SYNTHETIC_DATA_DIR": str(tmp_path / "elsewhere")}
    done = shell("pytest tests --test-data-path=./data", cwd=project(tmp_path, text), **given)
    assert "1 passed" in done.stdout, done.stdout
    assert f"synthetic data: {tmp_path / 'data'}\n" in done.stdout
    assert len(list((tmp_path / "data").glob("retail_oltp_small-*/Files/*/orders/*.parquet"))) == 1


def test_a_project_may_leave_it_out(tmp_path: Path, shell: Shell) -> None:
    """Where it has an option of the same name."""
    text = """
def test_it(request):
    assert request.config.getoption("--test-data-path") == "mine"
"""
    project(tmp_path, text)
    (tmp_path / "tests" / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--test-data-path')")
    done = shell("pytest tests -q -p no:synthetic_data --test-data-path=mine", cwd=tmp_path)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_generators_are_made_once(tmp_path: Path, shell: Shell) -> None:
    """So that a plan is made once for many tests, and writes nothing."""
    text = """
def test_it(synthetic_data_generator):
    one = synthetic_data_generator("retail_oltp_small", target_rows=20, tables=["orders"])
    assert len(one.generate()["orders"]) == 20
    assert synthetic_data_generator("retail_oltp_small", target_rows=20, tables=["orders"]) is one
    assert synthetic_data_generator("retail_oltp_small", target_rows=21, tables=["orders"]) is not one
"""
    done = shell("pytest tests -q -p no:cacheprovider", cwd=project(tmp_path, text), PYTHONDONTWRITEBYTECODE="1")
    assert "1 passed" in done.stdout, done.stdout
    assert {path.name for path in tmp_path.rglob("*")} == {"tests", "test_it.py"}


def test_fixtures_take_what_the_generator_takes() -> None:
    """The type that users write for them has the generator's arguments, but for a session of Spark, which only `write` uses."""
    ours, its = get_type_hints(Make.__call__), get_type_hints(SyntheticDataGenerator.__init__)
    assert [*list(ours)[:-1], "spark"] == list(its)[:-1]
    assert list(inspect.signature(virtual).parameters) == list(ours)[:-1]


def test_without_pytest_it_says_so() -> None:
    """Where a program imports the fixtures' types and pytest is not installed."""
    code = "import sys; sys.modules['pytest'] = None; import ingen_fab.synthetic_data.cli.pytest_plugin"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    told = "ImportError: the fixtures need pytest: pip install 'ingen-fab-synthetic-data[pytest]'"
    assert done.stderr.splitlines()[-1] == told


def test_only_tests_need_pytest() -> None:
    """It is an extra, and no command loads it."""
    loaded = "{'pytest', 'ingen_fab.synthetic_data.cli.pytest_plugin'} & {*sys.modules}"
    code = f"import sys; from ingen_fab.synthetic_data.cli.app import app; print({loaded})"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "set()\n"
    text = (ROOT / "pyproject.toml").read_text()
    assert "pytest" not in text.partition("dependencies = [")[2].partition("]")[0]
