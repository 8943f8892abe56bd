"""The Python API as its users call it: types, errors, and what it says of itself."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import ingen_fab.synthetic_data as package
import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core import errors


@pytest.fixture(scope="module")
def generator() -> package.SyntheticDataGenerator:
    """A small one."""
    return package.SyntheticDataGenerator("retail_oltp_small", target_rows=200, seed=7)


def test_numbers_that_may_be_missing_keep_their_type() -> None:
    """By the schema and not by the rows: at 30 rows as at 3,000, with and without a missing value."""
    for rows in (30, 3_000):
        orders = package.SyntheticDataGenerator("retail_oltp_small", target_rows=rows, tables=["orders"]).generate()["orders"]
        assert str(orders["store_id"].dtype) == "Int64"
        assert str(orders["order_id"].dtype) == "int64"
        assert orders["store_id"].dropna().isin(range(1, 100_000)).all()
    assert orders["store_id"].isna().any()


def test_pandas_holds_what_arrow_does(generator: package.SyntheticDataGenerator) -> None:
    """Row by row, missing values too."""
    frames = generator.generate()
    for name, table in generator.arrow().items():
        found = pa.Table.from_pandas(frames[name], schema=table.schema, preserve_index=False)
        assert found.to_pylist() == table.to_pylist()


def test_tables_and_their_schemas_are_public(generator: package.SyntheticDataGenerator) -> None:
    """The names in the order of `generate`, and the schema of each batch."""
    assert generator.tables == ("products", "stores", "customers", "orders", "order_items", "inventory")
    for name in generator.tables:
        assert next(generator.batches(name)).schema == generator.schema(name)
    assert generator.preview("orders", 10, 5).equals(generator.arrow()["orders"].slice(10, 5))


def test_an_unknown_table_is_told_at_once(generator: package.SyntheticDataGenerator) -> None:
    """With the nearest name, and before the first batch is asked for."""
    for ask in (generator.batches, generator.schema, generator.preview, generator.plan.table):
        with pytest.raises(package.UnknownNameError, match="there is no table `order`; did you mean `orders`"):
            ask("order")


@pytest.mark.parametrize("rows", [-1, 0, -(1 << 70)])
def test_a_batch_has_rows(generator: package.SyntheticDataGenerator, rows: int) -> None:
    """No loop that ends at once, or never."""
    with pytest.raises(package.InputError, match="a batch has 1 row or more, not "):
        generator.batches("orders", rows)


def test_a_batch_has_a_whole_number_of_rows(generator: package.SyntheticDataGenerator) -> None:
    """Of any size."""
    with pytest.raises(package.InputError, match=r"`rows` is a whole number, not 2\.5"):
        generator.batches("orders", 2.5)  # type: ignore[arg-type]
    assert sum(batch.num_rows for batch in generator.batches("orders", 1 << 70)) == 200


def test_generators_and_plans_say_what_they_are(generator: package.SyntheticDataGenerator) -> None:
    """In a line."""
    assert repr(generator) == "SyntheticDataGenerator('retail_oltp_small', target_rows=200, seed=7)"
    assert repr(generator.plan).startswith("<Plan of retail_oltp_small: 6 tables, ")
    assert "seed 7, as of 20" in repr(generator.plan)
    assert len(repr(generator.plan)) < 100


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"target_rows": -5}, "target_rows"),
        ({"seed": "x"}, "seed"),
        ({"scale_factor": 0}, "scale_factor"),
        ({"datasets": ["missing"]}, "datasets"),
        ({"parameters": {"generation_settings.mode": "fast"}}, "generation_settings.mode"),
        ({"tables": "orders"}, "tables"),
    ],
)
def test_errors_speak_python(arguments: dict[str, object], name: str) -> None:
    """They name the argument, and no option of a command line."""
    with pytest.raises(package.InputError) as refused:
        package.SyntheticDataGenerator("retail_oltp_small", **arguments)  # type: ignore[arg-type]
    assert str(refused.value).startswith(f"{name}: ")
    assert "--" not in str(refused.value)


def test_errors_of_the_core_name_settings(tmp_path: Path) -> None:
    """The command line puts its options for them."""
    for error in (package.ExistsError(tmp_path), package.LockedError(tmp_path, "12"), package.NoOutputError(tmp_path)):
        assert "--" not in str(error)
        assert all(f"`{name}`" in str(error) for name in error.settings)
    with pytest.raises(package.NoOutputError, match="name another `output_dir`"):
        package.validate_output(tmp_path / "nothing")


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither files nor a log."""
    monkeypatch.chdir(tmp_path)
    package.SyntheticDataGenerator("retail_oltp_small", target_rows=10).generate()
    assert list(tmp_path.iterdir()) == []


def test_a_job_from_python_is_checked_and_logged(tmp_path: Path) -> None:
    """The report of the job is that of a later check."""
    settings = {"target_rows": 100, "output_settings.output_dir": str(tmp_path / "out"), "output_settings.output_mode": "parquet"}
    told: list[package.Event] = []
    done = package.run_job(package.make_plan(package.resolve_parameters("retail_oltp_small", flags=settings)), emit=told.append)
    assert done.run.status == "COMPLETED"
    assert done.report is not None
    again = package.validate_output(tmp_path / "out")
    assert done.report.run_id == again.run_id == done.run.run_id
    assert done.report.results == again.results
    assert any(isinstance(event, package.CheckProgress) for event in told)
    logged = package.query(tmp_path / "out", "SELECT message FROM log_synthetic_data_generation").to_pylist()
    assert logged == [{"message": f"quality: {done.report.headline}"}]


def test_no_sentence_of_the_core_names_an_option() -> None:
    """Options are spelled in one place, for the origins of settings and for commands that are printed."""
    # An item says how another tool deploys it.
    spelled = {"spec/flags.py", "spec/export.py", "spec/pipelines.py", "spec/resolve.py", "quality/words.py", "compile/deployment.py"}
    core = Path(errors.__file__).parent
    sources = {file.relative_to(core).as_posix(): ast.parse(file.read_text()) for file in core.rglob("*.py")}
    assert spelled < set(sources)
    found = []
    for name, tree in sources.items():
        told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told]
        found += [f"{name}:{text.lineno}" for text in texts if re.search(r"(?<![\w-])--[a-z]", str(text.value)) and name not in spelled]
    assert found == []


OF_SPARK = {
    *("doctor.py", "plan/machine.py", "run/away.py", "sinks/store.py", "virtual/connection.py"),
    *("spark/session.py", "spark/register.py", "spark/travelling.py"),
    *("sinks/streams.py", "embedded/job.py", "embedded/places.py", "execute/execute.py"),
}
"""Java, Spark and object stores are found by variables of their own, and a notebook's process has an environment of its own."""


def test_only_front_ends_know_the_process() -> None:
    """The environment is read by the Python API, compilers included, and handed on to workers; where the cache lies, too."""
    core = Path(errors.__file__).parent
    readers = {file.relative_to(core).as_posix() for file in core.rglob("*.py") if "os.environ" in file.read_text()}
    assert readers <= {"api.py", "cache.py", "compile/compilers.py", "run/executor.py", "engine/__init__.py", *OF_SPARK}
    assert "api.py" in readers


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"dataset_id": 5}, "dataset_id: must be a text, not 5"),
        ({"parameters": [1]}, "parameters: must be a mapping"),
        ({"config": 5}, "config: must be a path, not 5"),
        ({"datasets": "own"}, r"datasets: is a list of folders, such as \['own'\]"),
        ({"tables": 5}, r"tables: is a list of names, such as \['5'\]"),
        ({"seed": 7, "parameters": {"seed": 8}}, "seed: is given twice, .* with two values"),
        ({"target_rows": 6, "parameters": {"target_rows": 5}}, "target_rows: is given twice, .* with two values"),
    ],
)
def test_arguments_of_another_type_are_told(arguments: dict[str, Any], told: str) -> None:
    """In a sentence; and what is given twice is not chosen from."""
    with pytest.raises(errors.InputError, match=told):
        package.SyntheticDataGenerator(**{"dataset_id": "retail_oltp_small", **arguments})
