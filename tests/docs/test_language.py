"""The page of every word is up to date and complete, and the examples of all pages are in the words of now."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, Final

import pytest
from ingen_fab.synthetic_data.core.spec.dataset import AnyColumn, Dataset, Rows, Table
from ingen_fab.synthetic_data.core.spec.distributions import AnyDistribution, Distribution
from ingen_fab.synthetic_data.core.spec.kinds import KINDS
from ingen_fab.synthetic_data.core.spec.layouts import LAYOUTS
from ingen_fab.synthetic_data.core.spec.loader import validate
from ingen_fab.synthetic_data.core.spec.parse import parse_yaml, read_mapping
from ingen_fab.synthetic_data.core.spec.renamed import RENAMED
from pydantic import BaseModel, TypeAdapter

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "docs" / "language"
EXAMPLES: Final = read_mapping(FOLDER / "examples.yaml")
WORDS: Final = (FOLDER / "words.md").read_text(encoding="utf-8")


def test_the_page_is_up_to_date() -> None:
    """What the script would write, which is refused where a key has no example or no meaning."""
    done = subprocess.run([sys.executable, ROOT / "scripts" / "language.py", "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr or "run python3 scripts/language.py"


def keys(model: type[BaseModel]) -> list[str]:
    """The keys of a model as they are written."""
    return [field.alias or name for name, field in model.model_fields.items()]


@pytest.mark.parametrize("name", [*LAYOUTS, *KINDS])
def test_each_layout_and_kind_is_complete(name: str) -> None:
    """A section with an example, and a line for each of its keys (those of every column stand once)."""
    section = re.search(rf"^### `{name}`\n(.*?)(?=^##|\Z)", WORDS, re.MULTILINE | re.DOTALL)
    assert section is not None
    assert "\n    {" in section[1]
    common = {"kind", "layout", *EXAMPLES["column"]}
    model: type[BaseModel] = LAYOUTS[name] if name in LAYOUTS else KINDS[name]
    for key in keys(model):
        assert key in common or f"\n| `{key}` | `" in section[1]


@pytest.mark.parametrize("example", [example for examples in EXAMPLES["layout"].values() for example in examples], ids=str)
def test_examples_of_layouts_are_valid(example: dict[str, Any]) -> None:
    """By the models."""
    entries = {"closing": {"due": "end"}, **example["entries"]} if "entries" in example else None
    TypeAdapter(Rows).validate_python({**example, "entries": entries} if entries else example)


@pytest.mark.parametrize("example", [example for examples in EXAMPLES["kind"].values() for example in examples], ids=str)
def test_examples_of_kinds_are_valid(example: dict[str, Any]) -> None:
    """By the models."""
    TypeAdapter(AnyColumn).validate_python(example)


def test_the_other_examples_are_valid() -> None:
    """The file as a whole, and every distribution."""
    validate(Dataset, EXAMPLES["dataset"], "examples.yaml")
    assert set(EXAMPLES["distribution"]) == set(Distribution.model_json_schema()["properties"]["type"]["enum"])
    for name, example in EXAMPLES["distribution"].items():
        assert TypeAdapter(AnyDistribution).validate_python(example).type == name


def blocks() -> Iterator[tuple[str, str]]:
    """(page, text) of each indented block of YAML on the other pages."""
    for page in sorted(FOLDER.glob("*.md")):
        if page.name != "words.md":
            for paragraph in re.split(r"\n\s*\n(?= *\S)", page.read_text(encoding="utf-8")):
                if all(line.startswith("    ") for line in paragraph.splitlines()):
                    yield page.name, dedent(paragraph)


def valid(value: Any) -> int:
    """Validates what a block declares: tables, columns and rows; how many there were."""
    if not isinstance(value, dict):
        return 0
    if "kind" in value:
        TypeAdapter(AnyColumn).validate_python(value)
        return 1
    if "layout" in value:
        TypeAdapter(Rows).validate_python(value)
        return 1
    if set(value) <= set(Table.model_fields) and {"rows", "columns"} & set(value):
        Table.model_validate({"columns": {"id": "key"}, **value})
        return 1
    return sum(map(valid, value.values()))


@pytest.mark.parametrize(("page", "text"), list(blocks()))
def test_blocks_of_all_pages_are_valid(page: str, text: str) -> None:
    """What stands in a block, whether a table, a column or rows."""
    valid(parse_yaml(text, page))


def test_there_are_blocks() -> None:
    """Most of them declare something."""
    assert sum(valid(parse_yaml(text, page)) > 0 for page, text in blocks()) > 20


def test_no_page_uses_an_old_word() -> None:
    """In code, a key of old that is no key of any model now."""
    new = {word.new for word in RENAMED} | {key for model in (*LAYOUTS.values(), *KINDS.values()) for key in keys(model)}
    old = {
        word.old
        for word in RENAMED
        if word.old not in new and word.where not in ("kind", "layout") and word.old not in ("before", "open", "times")
    }
    for page in [*FOLDER.glob("*.md"), *(ROOT / "docs").glob("*.md")]:
        for code in re.findall(r"`([^`\n]+)`", page.read_text(encoding="utf-8")):
            assert not re.search(rf"(^|[\s{{,])({'|'.join(sorted(old))}):", code), f"{page.name}: {code}"
