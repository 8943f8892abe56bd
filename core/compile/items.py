"""Items of a Fabric workspace as values: what each is called, what it holds, and how others refer to it.

An item's logicalId follows from its type and name alone. It is the same at every compilation, and items refer to each other by it; what
deploys the folder puts ids of the workspace in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from uuid import UUID, uuid5

from ..errors import InputError, brief
from ..format import printable
from ..frozen import dataclass
from .cells import NOWHERE, Notebook, Reference, text_of
from .literals import Scalar

ItemType = Literal["Lakehouse", "Warehouse", "Notebook", "DataPipeline"]
PLATFORM: Final = ".platform"
CONTENT: Final = "notebook-content.py"
FOLDER: Final = "synthetic_data"
"""The folder of a workspace that notebooks and pipelines lie in."""
SCOPE: Final[tuple[ItemType, ...]] = ("Warehouse", "Lakehouse", "Notebook", "DataPipeline")
"""All types of items that are compiled."""

_NAMESPACE: Final = UUID("7526a2e8-c022-4836-a5e7-8438104b093a")
_SCHEMA: Final = "https://developer.microsoft.com/json-schemas/fabric/gitIntegration/platformProperties/2.0.0/schema.json"
_STORE: Final = (re.compile(r"[A-Za-z][A-Za-z0-9_]{0,122}"), "at most 123 letters, digits and underscores of ASCII, a letter first")
_OTHER: Final = (
    re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _-]{0,198}[A-Za-z0-9_-])?"),
    "at most 200 letters, digits, spaces, underscores and hyphens of ASCII, a letter or digit first and no space last",
)
_ACTIVITY: Final = (re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 _-]{0,53}[A-Za-z0-9_-])?"), _OTHER[1].replace("200", "55"))
_OF_WINDOWS: Final = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)
_DESCRIPTION: Final = 256
"""Characters that Fabric takes of a description."""
_TYPES: Final[dict[type, str]] = {str: "string", int: "int", float: "float", bool: "bool"}


@dataclass(frozen=True, slots=True)
class Item:
    """An item: its type and name, the folder of the workspace that it lies in (none: the top), and its files but `.platform`.

    Raises InputError for names that Fabric, or a file system that the folder may be copied to, does not take.
    """

    type: ItemType
    name: str
    parts: tuple[tuple[str, bytes], ...] = ()
    folder: str = ""
    description: str = ""

    def __post_init__(self) -> None:
        check_name(self.type, self.name)
        if self.folder:
            _check("the folder of a workspace", self.folder, _OTHER)

    @property
    def logical_id(self) -> str:
        """What refers to this item, in all folders that were ever compiled."""
        return logical_id(self.type, self.name)

    @property
    def path(self) -> str:
        """The folder of its files, relative to that of the workspace."""
        return f"{f'{self.folder}/' if self.folder else ''}{self.name}.{self.type}"

    def files(self) -> dict[str, bytes]:
        """Its files by their paths, relative to the folder of the workspace."""
        meta: dict[str, str] = {"type": self.type, "displayName": self.name}
        if told := " ".join(printable(self.description, "\n\r\t").split()):
            meta["description"] = told if len(told) <= _DESCRIPTION else f"{told[: _DESCRIPTION - 2]}.."
        platform = {"$schema": _SCHEMA, "metadata": meta, "config": {"version": "2.0", "logicalId": self.logical_id}}
        return {f"{self.path}/{name}": content for name, content in ((PLATFORM, _json(platform)), *self.parts)}


@dataclass(frozen=True, slots=True)
class Step:
    """A notebook that a pipeline runs, what the step is called, and its parameters that are parameters of the pipeline, with defaults."""

    name: str
    notebook: str
    parameters: Mapping[str, Scalar]


def check_name(kind: ItemType, name: str) -> None:
    """Raises InputError for a name that an item of this type cannot have."""
    _check(f"a {kind}", name, _STORE if kind in ("Lakehouse", "Warehouse") else _OTHER)


def logical_id(kind: ItemType, name: str) -> str:
    """The logicalId of the item with this type and name."""
    return str(uuid5(_NAMESPACE, f"{kind}/{name}"))


def lakehouse_reference(name: str) -> Reference:
    """What a notebook says of the lakehouse of this name; raises InputError for names that none can have."""
    check_name("Lakehouse", name)
    return Reference(logical_id("Lakehouse", name), name)


def lakehouse_item(name: str, description: str = "") -> Item:
    """A lakehouse with schemas; raises InputError as Item does."""
    return Item("Lakehouse", name, (("lakehouse.metadata.json", b'{"defaultSchema":"dbo"}'),), "", description)


def warehouse_item(name: str, description: str = "") -> Item:
    """A warehouse; raises InputError as Item does."""
    return Item("Warehouse", name, (), "", description)


def notebook_item(name: str, notebook: Notebook, description: str = "", folder: str = FOLDER) -> Item:
    """A notebook; raises InputError as Item and `text_of` do."""
    return Item("Notebook", name, ((CONTENT, text_of(notebook).encode()),), folder, description)


def pipeline_item(name: str, steps: Sequence[Step], description: str = "", folder: str = FOLDER) -> Item:
    """A pipeline that runs notebooks one after another, each when the one before it has succeeded.

    It has the parameters of its steps, and hands them on. Raises InputError as Item does, for parameters that a pipeline cannot hand
    on, and for steps that have one parameter with two defaults.
    """
    if len({step.name for step in steps}) < len(steps):
        raise InputError(f"the pipeline `{brief(name)}` has two steps of one name")
    properties: dict[str, Any] = {"activities": [_activity(step, before) for before, step in zip((None, *steps), steps, strict=False)]}
    if own := _parameters(name, steps):
        properties["parameters"] = own
    return Item("DataPipeline", name, (("pipeline-content.json", _json({"properties": properties})),), folder, description)


def _activity(step: Step, before: Step | None) -> dict[str, Any]:
    _check("a step of a pipeline", step.name, _ACTIVITY)
    check_name("Notebook", step.notebook)
    told: dict[str, Any] = {"notebookId": logical_id("Notebook", step.notebook), "workspaceId": NOWHERE}
    if step.parameters:
        told["parameters"] = {name: _handed_on(name, _type_of(step, name, value)) for name, value in step.parameters.items()}
    return {
        "name": step.name,
        "type": "TridentNotebook",
        "dependsOn": [] if before is None else [{"activity": before.name, "dependencyConditions": ["Succeeded"]}],
        "policy": {"timeout": "0.12:00:00", "retry": 0, "retryIntervalInSeconds": 30, "secureOutput": False, "secureInput": False},
        "typeProperties": told,
    }


def _parameters(pipeline: str, steps: Sequence[Step]) -> dict[str, dict[str, Scalar]]:
    found: dict[str, dict[str, Scalar]] = {}
    for step in steps:
        for name, value in step.parameters.items():
            own = {"type": _type_of(step, name, value), "defaultValue": value}
            if found.setdefault(name, own) != own:
                raise InputError(f"the pipeline `{brief(pipeline)}` has two defaults for its parameter `{brief(name)}`")
    return found


def _handed_on(name: str, kind: str) -> dict[str, Any]:
    # The name is Python's own, as the notebook has it, so that nothing in it ends the expression.
    return {"value": {"value": f"@pipeline().parameters.{name}", "type": "Expression"}, "type": kind}


def _type_of(step: Step, name: str, value: Scalar) -> str:
    """What a pipeline calls the type of a value that it can hand on."""
    if not name.isidentifier() or not name.isascii():
        raise InputError(f"step `{step.name}`: `{brief(name)}` is no name of a parameter")
    kind = next((kind for kind in (bool, int, float, str) if isinstance(value, kind)), None)
    if kind is None:
        raise InputError(
            f"step `{step.name}`: the parameter `{brief(name)}` has no value, and pipelines hand on texts, numbers and booleans"
        )
    if isinstance(value, str) and (value.startswith("@") or "@{" in value):
        # It would run, and what escapes it is documented for the simple cases alone. In JSON an at sign may be written as \u0040.
        raise InputError(
            f"step `{step.name}`: a pipeline would take `{brief(name)}` for an expression: a value may not begin with `@`, nor hold `@{{`"
        )
    if isinstance(value, float) and value - value != 0:
        raise InputError(f"step `{step.name}`: the parameter `{brief(name)}` is not a finite number")
    return _TYPES[kind]


def _check(what: str, name: str, rule: tuple[re.Pattern[str], str]) -> None:
    if rule[0].fullmatch(name) is None:
        raise InputError(f"{what} cannot be called `{brief(name)}`: a name is {rule[1]}")
    if _OF_WINDOWS.fullmatch(name) is not None:
        raise InputError(f"{what} cannot be called `{brief(name)}`: Windows has no files of that name")


def _json(value: object) -> bytes:
    # Fabric itself writes no line's end after the last brace.
    return json.dumps(value, indent=2, allow_nan=False).encode()
