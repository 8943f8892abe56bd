"""The package as it is installed and imported."""

from __future__ import annotations

import ast
import inspect
import os
import subprocess
import sys
import tomllib
import venv
import zipfile
from pathlib import Path
from typing import get_args

import ingen_fab.synthetic_data as package
import pytest
from ingen_fab.synthetic_data.core import errors

ROOT = Path(__file__).resolve().parents[1]
CODE = ("cli", "configs", "core", "tui")


def test_the_public_names_are_there() -> None:
    """Every name of `__all__` can be imported, and there are no others."""
    assert sorted(package.__all__) == package.__all__
    for name in package.__all__:
        assert getattr(package, name) is not None
    assert sorted(package._HOMES) == package.__all__
    code = "import ingen_fab.synthetic_data as package; print([n for n in vars(package) if not n.startswith('_')])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(ast.literal_eval(found.stdout)) == {"annotations", "import_module", "TYPE_CHECKING"}
    assert set(package.__all__) <= set(dir(package))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        package.__getattr__("nothing")
    assert len((ROOT / "__init__.py").read_text().splitlines()) <= 80


def test_the_face_holds_what_its_users_catch_and_hear() -> None:
    """Every error and every event; and the names that a type checker sees are those that are there."""
    kinds = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, package.SyntheticDataError)]
    assert len(kinds) > 10
    assert len(get_args(package.Event)) > 7
    assert {kind.__name__ for kind in (*kinds, *get_args(package.Event))} <= set(package.__all__)
    tree = ast.parse((ROOT / "__init__.py").read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    seen = {alias.name: f".{node.module}" for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen == package._HOMES


def test_the_version_is_said_once() -> None:
    """The module and the project agree."""
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == package.__version__


def test_every_folder_with_modules_is_packaged() -> None:
    """The list of packages is that of the folders."""
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    found = {path.parent.relative_to(ROOT) for top in CODE for path in (ROOT / top).rglob("*.py")}
    assert {Path("cli"), Path("core/spec/kinds"), Path("tui/screens")} <= found
    expected = {"ingen_fab.synthetic_data", *(f"ingen_fab.synthetic_data.{'.'.join(path.parts)}" for path in found)}
    assert set(listed) == expected


def test_the_core_is_light() -> None:
    """Importing the package loads no library; making a plan loads no store of tables, no front end and no pandas."""
    code = """
import sys
import ingen_fab.synthetic_data as package
print(sorted({"numpy", "pyarrow", "pydantic", "sqlglot", "yaml"} & set(sys.modules)))
plan = package.make_plan(package.resolve_parameters("retail_oltp_small", flags={"target_rows": 100}))
assert plan.rows > 100
print(sorted({"pandas", "deltalake", "duckdb", "rich", "typer", "textual", "pyspark"} & set(sys.modules)))
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["[]", "[]"]


def loaded(tmp_path: Path, *words: str) -> set[str]:
    """The libraries that a command has loaded at its end."""
    code = """
import atexit
import sys
from ingen_fab.synthetic_data.cli.main import synthetic_data
sys.argv = ["synthetic-data", *sys.argv[1:]]
atexit.register(lambda: print("\\nLOADED", *{name.partition(".")[0] for name in sys.modules} & LIBRARIES))
synthetic_data()
""".replace("LIBRARIES", repr(LIBRARIES))
    found = subprocess.run([sys.executable, "-c", code, *words], cwd=tmp_path, capture_output=True, text=True, check=True)
    return set(found.stdout.splitlines()[-1].split()[1:])


LIBRARIES = {
    *("deltalake", "duckdb", "importlib.metadata", "jinja2", "numpy", "pandas", "psutil", "pyarrow", "pydantic", "pyspark", "rich"),
    *("sqlglot", "textual", "typer", "yaml"),
}


def test_commands_load_what_they_use(tmp_path: Path) -> None:
    """Help loads the library of the command line alone; a plan that was made before is read without what makes plans."""
    show, preview = ("show", "retail_oltp_small"), ("preview", "retail_oltp_small", "orders")
    generate = ("generate", "retail_oltp_small", "--target-rows", "100", "--no-validate")
    checked = generate[:-1]
    for words in (show, (*preview, "--target-rows", "100"), generate, checked):
        loaded(tmp_path, *words)
    assert loaded(tmp_path, "--help") == {"typer"}
    assert loaded(tmp_path, *show) == {"psutil"}
    assert loaded(tmp_path, *preview, "--target-rows", "100") <= {"numpy", "psutil", "pyarrow", "rich"}
    assert loaded(tmp_path, *generate) <= {"deltalake", "numpy", "psutil", "pyarrow", "rich"}
    assert loaded(tmp_path, *checked) <= {"deltalake", "duckdb", "numpy", "psutil", "pyarrow", "rich"}


def test_generating_imports_no_pandas() -> None:
    """Of no shipped dataset: each worker would pay for it."""
    code = """
import sys
import ingen_fab.synthetic_data as package
from ingen_fab.synthetic_data.core.engine.engine import Engine
seen = 0
for info in package.DatasetConfigurationRepository().list():
    if info.target_rows <= 10_000:
        seen += 1
        plan = package.make_plan(package.resolve_parameters(info.dataset_id, flags={"target_rows": 1_000}))
        engine = Engine(plan.program)
        for table in plan.tables:
            engine.batch(table.name, table.first_row, table.first_row + min(table.rows, 500))
            assert "pandas" not in sys.modules, (info.dataset_id, table.name)
assert seen >= 4, seen
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_specification_s_fixture() -> None:
    """The Python API gives a mapping of table names to pandas DataFrames."""
    generator = package.SyntheticDataGenerator(dataset_id="retail_oltp_small", target_rows=100, seed=12345)
    tables = generator.generate()
    assert list(tables) == ["products", "stores", "customers", "orders", "order_items", "inventory"]
    assert len(tables["orders"]) == 100
    assert tables["orders"]["total_amount"].sum() == tables["order_items"]["line_total"].sum()
    assert sum(batch.num_rows for batch in generator.batches("order_items", 50)) == len(tables["order_items"])


@pytest.mark.slow
def test_the_wheel_stands_beside_a_user_s_core(tmp_path: Path) -> None:
    """The wheel holds every module and data file, and a user's own package `core` stays importable."""
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, cwd=tmp_path)
    wheel = next(tmp_path.glob("*.whl"))
    names = set(zipfile.ZipFile(wheel).namelist())
    for top in (*CODE, "templates"):
        kept = (".py", ".yaml", ".csv", ".md", ".j2", ".tcss", ".json")
        found = [path for path in (ROOT / top).rglob("*") if path.suffix in kept and "__pycache__" not in path.parts]
        assert found, top
        for path in found:
            assert f"ingen_fab/synthetic_data/{path.relative_to(ROOT).as_posix()}" in names
    assert "ingen_fab/synthetic_data/cli/pytest_plugin.py" in names
    points = next(name for name in names if name.endswith(".dist-info/entry_points.txt"))
    told = zipfile.ZipFile(wheel).read(points).decode()
    assert "[pytest11]\nsynthetic_data = ingen_fab.synthetic_data.cli.pytest_plugin\n" in told
    assert not any(name.startswith(("core/", "cli/", "configs/", "templates/", "tests/")) for name in names)
    venv.create(tmp_path / "env", with_pip=False, system_site_packages=False)
    site = next((tmp_path / "env").rglob("site-packages"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    (site / "core.py").write_text("MINE = True\n")
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    code = "import core; from ingen_fab.synthetic_data import DatasetConfigurationRepository as R; "
    code += "print(core.MINE, len(R().list()) > 1, R.__module__)"
    python = tmp_path / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"
    done = subprocess.run(
        [str(python), "-c", f"import sys; sys.path.append({libraries!r}); {code}"], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout.split() == ["True", "True", "ingen_fab.synthetic_data.core.spec.repository"]
