"""Where users' datasets are: folders, and files that declare one or speak of one. All that is exported finds them again."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data import SyntheticDataGenerator
from ingen_fab.synthetic_data.core.errors import ConfigError, InputError, UnknownNameError
from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.run.preview import preview
from ingen_fab.synthetic_data.core.spec.export import FORMS, export
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository, load_dataset
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

SHOP: dict[str, Any] = {
    "dataset_id": "shop",
    "dataset_name": "A shop",
    "dataset_type": "transactional",
    "schema_pattern": "oltp",
    "domain": "retail",
    "tables": {
        "customers": {"columns": {"customer_id": "key", "joined_at": "begin"}},
        "orders": {"rows": "events", "columns": {"order_id": "key", "ordered_at": "begin"}},
    },
    "target_rows": 300,
    "generation_config": {"mode": "auto", "chunk_size": 2000, "parallel_tables": True},
    "relationships": [{"parent": "customers.customer_id", "child": "orders.customer_id", "type": "one_to_many"}],
}
"""The specification's dictionary of a dataset, with tables of its own."""


@pytest.fixture
def schema(tmp_path: Path) -> Path:
    """It, as JSON."""
    file = tmp_path / "own" / "shop.json"
    file.parent.mkdir()
    file.write_text(json.dumps(SHOP))
    return file


def test_the_dictionary_declares_a_dataset(schema: Path) -> None:
    """With its references, and with its settings as defaults that flags and files beat."""
    found = resolve_parameters(flags={"custom_schema": str(schema)})
    plan = make_plan(found)
    assert plan.dataset_id == "shop"
    assert plan.table("orders").rows == 300
    assert plan.work.chunk_size == 2_000
    assert [(key.column, key.parent) for key in plan.table("orders").foreign_keys] == [("customer_id", "customers")]
    assert found.origins["generation_config.chunk_size"] == "dataset shop.json"
    stronger = resolve_parameters(flags={"custom_schema": str(schema), "generation_settings.chunk_size": 5_000})
    assert make_plan(stronger).work.chunk_size == 5_000


def test_a_dictionary_that_selects_is_a_config(tmp_path: Path) -> None:
    """A list of tables is of a shipped dataset; a config beats it."""
    file = tmp_path / "some.yaml"
    file.write_text("{dataset_id: retail_oltp_small, tables: [orders], target_rows: 200, seed_value: 3}")
    found = resolve_parameters(flags={"custom_schema": str(file)}, sets=["seed_value=4"])
    plan = make_plan(found)
    assert plan.names == ("orders",)
    assert (plan.target_rows, plan.seed) == (200, 4)
    assert found.origins["target_rows"] == f"custom schema {file}"
    assert found.parameters.custom_schema is None


@pytest.mark.parametrize("by", ["datasets", "custom_schema", "environment"])
@pytest.mark.parametrize("form", FORMS)
def test_exports_find_the_dataset_again(schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str, form: Any) -> None:
    """As file, command or Python, from another folder and without the environment."""
    environ = {"SYNTHETIC_DATA_DATASETS": str(schema.parent)} if by == "environment" else {}
    flags = {by: {"datasets": [str(schema.parent)], "custom_schema": str(schema)}[by]} if by != "environment" else {}
    resolved = resolve_parameters("shop", flags={**flags, "target_rows": 123}, environ=environ)
    text = export(resolved, form)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    if form in ("yaml", "json"):
        Path("run.yaml").write_text(text)
        again = make_plan(resolve_parameters(config=Path("run.yaml")))
    elif form == "command":
        from ingen_fab.synthetic_data.cli.app import app
        from typer.testing import CliRunner

        done = CliRunner().invoke(app, [*shlex.split(text)[1:], "--dry-run", "--json"])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["plan"]["target_rows"] == 123
        return
    else:
        names: dict[str, Any] = {}
        exec(compile(text, "exported", "exec"), names)  # noqa: S102  # it is our own export
        assert len(names["tables"]["orders"]) == 123
        return
    assert again.spec_hash == make_plan(resolved).spec_hash


def test_python_takes_both(schema: Path) -> None:
    """A folder, or a file."""
    by_file = SyntheticDataGenerator(custom_schema=schema, target_rows=50)
    by_folder = SyntheticDataGenerator("shop", datasets=[schema.parent], target_rows=50)
    assert by_file.plan.spec_hash == by_folder.plan.spec_hash
    assert len(by_file.generate()["orders"]) == 50


def test_broken_files_are_listed_with_one_sentence(schema: Path) -> None:
    """Not YAML, no dataset, an unknown key: each stands beside the sound ones, and is told when it is asked for."""
    for name, text in (
        ("a.yaml", "dataset_id: [\n"),
        ("b.yml", "dataset_id: b\n"),
        ("c.yaml", "dataset_id: c\ntables:\n  t: {rows: evnts, columns: {id: key}}\n"),
        ("d.json", '{"dataset_id": "d", "tables": {"t": {"columns": {"id": "kye"}}}, "sede": 1}'),
    ):
        (schema.parent / name).write_text(text)
    repository = DatasetConfigurationRepository([schema.parent])
    found = {info.dataset_id: info.problem for info in repository.list()}
    assert found["shop"] == ""
    assert found["retail_oltp_small"] == ""
    assert "is not a dataset: it needs `tables`" in found["b"]
    assert found["c"].endswith("no layout is called `evnts`; did you mean `events`?")
    assert "(and 1 more)" in found["d"]
    assert all("\n" not in problem for problem in found.values())
    for name in "abcd":
        with pytest.raises(InputError, match=r"own/"):
            resolve_parameters(name, repository=repository)


@pytest.mark.parametrize(
    ("flags", "dataset_id", "sentence"),
    [
        ({"datasets": ["nowhere"]}, "shop", "datasets: `nowhere` is not a folder"),
        ({"custom_schema": "nowhere.json"}, None, "nowhere.json: does not exist"),
        ({"custom_schema": "own/shop.json"}, "retail_oltp_small", "declares shop, but dataset `retail_oltp_small` was asked for"),
    ],
)
def test_what_is_said_of_mistakes(
    schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flags: dict[str, Any], dataset_id: str | None, sentence: str
) -> None:
    """One sentence, and nothing is quietly left aside."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as refused:
        resolve_parameters(dataset_id, flags=flags)
    assert sentence in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("shop", "for the file own/shop.json give `custom_schema` own/shop.json, or its folder: `datasets` own"),
        ("shop_small", "for the file own/shop.json give `custom_schema` own/shop.json"),
        ("own/shop.json", "for the file own/shop.json give `custom_schema` own/shop.json"),
        ("abo", "for the file abo.yml give `custom_schema` abo.yml, or its folder: `datasets` ."),
        ("deep", "or one of your own: give its folder (`datasets`) or its file (`custom_schema`)"),
        ("hidden", "or one of your own"),
        ("../own/shop.json", "or one of your own"),
        ("x" * 5_000 + ".yaml", "or one of your own"),
        ("retail_oltp_smal", "there is no dataset `retail_oltp_smal`; did you mean `retail_oltp_small`?"),
    ],
)
def test_a_file_that_nobody_gave_is_named(schema: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, sentence: str) -> None:
    """One of the working directory or of a folder in it, by its name or its path, with how it is given."""
    for file in ("abo.yml", "own/more/deep.yaml", ".git/hidden.yaml"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(json.dumps(SHOP))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownNameError, match="there is no dataset `") as refused:
        resolve_parameters(asked)
    assert sentence in str(refused.value)


def test_a_file_that_declares_another_id_is_told(schema: Path) -> None:
    """Where its name is asked for."""
    schema.rename(schema.parent / "market.json")
    with pytest.raises(UnknownNameError, match=r"there is no dataset `market`; it may be one of shop$"):
        resolve_parameters("market", repository=DatasetConfigurationRepository([schema.parent]))


@pytest.mark.parametrize(
    ("name", "better"),
    [("27_x", "x_27"), ("My Shop", "my_shop"), ("CustomerData", "customer_data"), ("2024", "my_dataset"), ("größe", "my_dataset")],
)
def test_a_file_whose_name_is_no_id_is_told_a_better_one(schema: Path, name: str, better: str) -> None:
    """What names are allowed, and both ways out; the second works as it is told."""
    file = schema.parent / f"{name}.json"
    schema.rename(file)
    file.write_text(json.dumps({"tables": SHOP["tables"]}))
    with pytest.raises(ConfigError) as refused:
        load_dataset(file)
    rule = "a name has small letters, digits and underscores, begins with a letter, and is 63 characters at most"
    told = f"the file holds none, and its name `{name}` cannot be one: {rule}"
    way = f"call the file `{better}.json`, or write `dataset_id: {better}` in it"
    assert refused.value.problems == (("dataset_id", f"{told}; {way}"),)
    file.write_text(json.dumps({"dataset_id": better, "tables": SHOP["tables"]}))
    assert load_dataset(file).dataset_id == better


@pytest.mark.parametrize(("name", "better"), [("CustomerID", "customer_id"), ("a b", "a_b"), ("27_x", "x_27"), ("_Draft", "_draft")])
def test_a_column_whose_name_is_none_is_told_a_better_one(schema: Path, name: str, better: str) -> None:
    """Names of columns and tables keep the same rule."""
    schema.write_text(json.dumps({"tables": {"t": {"rows": "events", "columns": {"id": "key", name: "bigint"}}}}))
    with pytest.raises(ConfigError, match=rf"`{name}` is not a name: a name has small letters.*; write for example `{better}`"):
        load_dataset(schema)


def test_a_folder_of_the_environment_must_be_there() -> None:
    """Rather than be passed over."""
    with pytest.raises(InputError, match="SYNTHETIC_DATA_DATASETS: `/nowhere` is not a folder"):
        DatasetConfigurationRepository(environ={"SYNTHETIC_DATA_DATASETS": "/nowhere"})


def test_only_front_ends_read_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The core is told of it: the same call lists the same datasets wherever it is made; the Python API is a front end."""
    monkeypatch.setenv("SYNTHETIC_DATA_DATASETS", "/nowhere")
    assert DatasetConfigurationRepository().list()
    with pytest.raises(InputError, match="SYNTHETIC_DATA_DATASETS"):
        SyntheticDataGenerator("retail_oltp_small")


def test_settings_of_a_file_are_checked(plan_of: Callable[..., Any], schema: Path) -> None:
    """Settings in a dataset's file follow the rules of a config file."""
    schema.write_text(json.dumps({**SHOP, "generation_config": {"mode": "fast"}}))
    with pytest.raises(InputError, match=r"dataset shop\.json generation_config\.mode: may be 'python'"):
        plan_of("shop", datasets=[schema.parent])
    schema.write_text(json.dumps({**SHOP, "partition_config": {"partition_columns": ["regoin"]}}))
    with pytest.raises(InputError, match="partition_columns: no table has a column `regoin`"):
        plan_of("shop", datasets=[schema.parent])


def test_without_an_id_the_file_s_name_is_it(schema: Path) -> None:
    """So that a bare list of tables is a dataset."""
    file = schema.with_name("mine.json")
    file.write_text(json.dumps({"tables": SHOP["tables"]}))
    assert make_plan(resolve_parameters(flags={"custom_schema": str(file)})).world == "mine"


def test_one_to_one_makes_children(plan_of: Callable[..., Any], schema: Path) -> None:
    """Each customer has one profile, whose key is the customer's; tables that happen cannot become children."""
    profiles = {"columns": {"profile_id": "key", "customer_id": "bigint", "note": "varchar(40)"}}
    one = {"parent": "customers.customer_id", "child": "profiles.customer_id", "type": "one_to_one"}
    schema.write_text(json.dumps({**SHOP, "tables": {**SHOP["tables"], "profiles": profiles}, "relationships": [one]}))
    plan = plan_of("shop", datasets=[schema.parent])
    found = preview(plan, "profiles", 0, plan.table("profiles").rows).to_pylist()
    assert [row["customer_id"] for row in found] == [row["profile_id"] for row in found]
    assert plan.table("profiles").rows == plan.table("customers").rows
    schema.write_text(json.dumps({**SHOP, "relationships": [{**one, "child": "orders.customer_id"}]}))
    with pytest.raises(
        InputError, match="one_to_one would make the rows of `orders` children of `customers`; only entities can become children"
    ):
        plan_of("shop", datasets=[schema.parent])
