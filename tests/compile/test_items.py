"""Items of a workspace: each file as its golden copy, names that Fabric takes, and values that stay values."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from ingen_fab.synthetic_data.core.compile.cells import Notebook
from ingen_fab.synthetic_data.core.compile.deployment import config_yml, parameter_yml
from ingen_fab.synthetic_data.core.compile.items import (
    ItemType,
    Step,
    check_name,
    lakehouse_item,
    lakehouse_reference,
    logical_id,
    notebook_item,
    pipeline_item,
    warehouse_item,
)
from ingen_fab.synthetic_data.core.compile.workspace import Workspace, publish
from ingen_fab.synthetic_data.core.errors import InputError

GOLDEN = Path(__file__).parent / "golden" / "workspace"


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_each_file_is_as_its_golden_copy(whole_workspace: Workspace, tmp_path: Path) -> None:
    """A workspace with all that there is, and the record of it."""
    publish(whole_workspace, tmp_path)
    assert files(tmp_path) == files(GOLDEN)


def test_ids_follow_from_type_and_name() -> None:
    """They are stable for ever, as what was deployed is known by them."""
    assert logical_id("Lakehouse", "synthetic_data") == "45f386ce-4caa-5e71-864a-5aa348834f5c"
    kinds: tuple[ItemType, ...] = ("Lakehouse", "Warehouse", "Notebook", "DataPipeline")
    found = {logical_id(kind, name) for kind in kinds for name in ("a", "A", "b")}
    assert len(found) == 12
    assert {UUID(one).version for one in found} == {5}
    assert warehouse_item("x").logical_id == logical_id("Warehouse", "x")


@pytest.mark.parametrize(
    ("kind", "name", "fine"),
    [
        ("Lakehouse", "a" * 123, True),
        ("Lakehouse", "a" * 124, False),
        ("Lakehouse", "1a", False),
        ("Lakehouse", "my lake", False),
        ("Warehouse", "it's", False),
        ("Notebook", "My notebook 1-2_3", True),
        ("Notebook", "a" * 200, True),
        ("Notebook", "a" * 201, False),
        ("Notebook", "", False),
        ("Notebook", " a", False),
        ("Notebook", "a ", False),
        ("Notebook", "a\n", False),
        ("Notebook", "../a", False),
        ("Notebook", "a.b", False),
        ("Notebook", "a/b", False),
        ("Notebook", "ä", False),
        ("Notebook", "CON", False),
        ("DataPipeline", "'; DROP TABLE x", False),
        ("DataPipeline", "lpt1", False),
    ],
)  # fmt: skip
def test_names_are_those_that_fabric_takes(kind: ItemType, name: str, fine: bool) -> None:
    """The others are refused in one sentence that says which are taken."""
    if fine:
        check_name(kind, name)
        return
    with pytest.raises(InputError, match=f"a {kind} cannot be called `.*`: ") as caught:
        check_name(kind, name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: notebook_item("a", Notebook("spark", ()), folder="a/../b"), "the folder of a workspace cannot be called"),
        (lambda: pipeline_item("p", [Step("a.b", "n", {})]), "a step of a pipeline cannot be called `a.b`"),
        (lambda: pipeline_item("p", [Step("a" * 56, "n", {})]), "at most 55 letters"),
        (lambda: pipeline_item("p", [Step("a", "n/m", {})]), "a Notebook cannot be called `n/m`"),
        (lambda: pipeline_item("p", [Step("a", "n", {}), Step("a", "m", {})]), "has two steps of one name"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x": None})]), "the parameter `x` has no value"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x": float("nan")})]), "the parameter `x` is not a finite number"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x": "@pipeline().RunId"})]), "would take `x` for an expression"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x": "a @{pipeline().RunId}"})]), "would take `x` for an expression"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x)y": 1})]), "`x)y` is no name of a parameter"),
        (lambda: pipeline_item("p", [Step("a", "n", {"x": 1}), Step("b", "n", {"x": True})]), "two defaults for its parameter `x`"),
        (lambda: lakehouse_reference("a b"), "a Lakehouse cannot be called `a b`"),
    ],
)
def test_what_no_item_can_hold_is_refused(make: Callable[[], Any], told: str) -> None:
    """In one sentence."""
    with pytest.raises(InputError) as caught:
        make()
    assert told in str(caught.value)


def test_descriptions_are_cut_to_what_fabric_takes() -> None:
    """256 characters, on one line."""
    platform = json.loads(lakehouse_item("a", "x \n" * 300).files()["a.Lakehouse/.platform"])
    assert platform["metadata"]["description"] == ("x " * 127) + ".."


def test_yaml_of_hostile_names_says_them_again() -> None:
    """Whatever a workspace is called, and whatever a lakehouse is said to be called."""
    import yaml

    for name in ("'; x", "a: b", "{{ x }}", "- a", "#", "null", "1", "😀", "a\nb: c", "&a *b", "!!python/object:x", '"'):
        assert yaml.safe_load(config_yml({"dev": name}))["core"]["workspace"] == {"dev": name}
        rules = yaml.safe_load(parameter_yml({name: name}))["find_replace"]
        assert [rule["item_name"] for rule in rules] == [[name]] * 3
        assert rules[1]["replace_value"] == {"dev": name}
