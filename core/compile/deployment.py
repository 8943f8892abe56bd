"""The settings of a deployment: where `fab deploy` and fabric-cicd publish a workspace, and what they put in the place of what in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..errors import PlaceError
from ..frozen import dataclass
from ..run.root import read_regular, within
from .items import CONTENT, SCOPE, ItemType

CONFIG: Final = "config.yml"
PARAMETERS: Final = "parameter.yml"
ENVIRONMENT: Final = "dev"
"""The environment that a new workspace names."""

_LARGEST: Final = 32_000_000
"""Bytes of a notebook that Fabric takes."""
_HEAD: Final = 4_000
"""Characters at the start of a notebook, in which its lakehouse is named."""
_NAMED: Final = re.compile(r'^# META +"default_lakehouse_name": "([A-Za-z0-9_]{1,123})"', re.MULTILINE)
_HOW_TO_DEPLOY: Final = """\
Deploy with: fab deploy --config config.yml --target_env ENVIRONMENT
This file is yours: name your workspaces here."""
_WHAT_IS_REPLACED: Final = f"""\
What a deployment puts in the place of what, for each environment of {CONFIG}; this file is yours.

As it stands, notebooks are attached to their lakehouse in the workspace that is deployed to, also where notebooks are deployed alone.
For another lakehouse, or for one of another workspace, give an environment lines of its own below those of `{ENVIRONMENT}`, such as
`prod: $workspace.Sales.$items.Lakehouse.gold.$id`, `prod: gold` and `prod: $workspace.Sales.$id`."""
_OF_NOTEBOOKS: Final = """\
Parameters have the values that were compiled. To give notebooks others in an environment, here rows in `prod`, take away the first
sign of these lines; `item_name: NAME` beside `item_type` says which notebook is meant."""
_OF_PIPELINES: Final = "The same of pipelines, which hand their own parameters to their notebooks:"


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a deployment finds in items, and the text that it puts there in each environment.

    `find` is a pattern whose one group is replaced. A text may be `$items.Lakehouse.NAME.$id` or `$workspace.$id`, which name what is
    deployed.
    """

    find: str
    values: Mapping[str, str]
    item_type: ItemType
    item_names: Sequence[str] = ()
    """None: every item of the type."""

    def to_yaml(self) -> dict[str, Any]:
        """As fabric-cicd reads it."""
        rule = {"find_value": self.find, "is_regex": "true", "replace_value": dict(self.values), "item_type": self.item_type}
        return rule | ({"item_name": list(self.item_names)} if self.item_names else {})


def config_yml(workspaces: Mapping[str, str]) -> bytes:
    """The settings of `fab deploy`: the name of the workspace for each environment, such as `dev`.

    Items that are in the workspace and not in the folder stay there, as others' work may be among them.
    """
    core = {
        "workspace": dict(workspaces),
        "repository_directory": ".",
        "item_types_in_scope": list(SCOPE),
        "parameter": PARAMETERS,
    }
    return f"{_remarks(_HOW_TO_DEPLOY)}\n{_yaml({'core': core, 'unpublish': {'skip': True}})}".encode("ascii")


def parameter_yml(attached: Mapping[str, str]) -> bytes:
    """What a deployment replaces: of each notebook the lakehouse that it is attached to, which `attached` names."""
    rules = [rule.to_yaml() for lakehouse in sorted(set(attached.values())) for rule in _of(lakehouse, attached)]
    size = Replacement(r"(?m)^target_rows = ([0-9]+)", {"prod": "1000000"}, "Notebook")
    of_pipelines = {
        "find_key": "$.properties.parameters.target_rows.defaultValue",
        "replace_value": {"prod": 1_000_000},
        "item_type": "DataPipeline",
    }
    blocks = (
        _remarks(_WHAT_IS_REPLACED),
        _yaml({"find_replace": rules}),
        _remarks(_OF_NOTEBOOKS) + _commented(_yaml([size.to_yaml()])),
        _remarks(_OF_PIPELINES) + _commented(_yaml({"key_value_replace": [of_pipelines]})),
    )
    return "\n".join(blocks).encode("ascii")


def attached_in(folder: Path, files: Iterable[str]) -> dict[str, str]:
    """The names of notebooks that stand in a folder, among these of its files, and of their lakehouses."""
    found = {}
    for path in files:
        name, ends, part = path.rpartition(f".Notebook/{CONTENT}")
        if not ends or part:
            continue
        with suppress(PlaceError):
            # What somebody has removed, or put in its place, is no notebook of ours.
            text = read_regular(within(folder, *path.split("/")), _LARGEST) or ""
            if (match := _NAMED.search(text, 0, _HEAD)) is not None:
                found[name.rpartition("/")[2]] = match[1]
    return found


def _of(lakehouse: str, attached: Mapping[str, str]) -> Iterator[Replacement]:
    names = sorted(name for name, other in attached.items() if other == lakehouse)
    for find, value in (
        # Warehouses that a notebook knows have an `id` as well.
        (r'"(?:default_lakehouse|known_lakehouses": \[[^\]]*?"id)": "([^"]+)"', f"$items.Lakehouse.{lakehouse}.$id"),
        (r'"default_lakehouse_name": "([^"]+)"', lakehouse),
        (r'"default_lakehouse_workspace_id": "([^"]+)"', "$workspace.$id"),
    ):
        yield Replacement(find, {ENVIRONMENT: value}, "Notebook", names)


def _yaml(value: object) -> str:
    import yaml

    text: str = yaml.safe_dump(value, sort_keys=False, width=1000, allow_unicode=False)
    return text


def _remarks(text: str) -> str:
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())


def _commented(text: str) -> str:
    """Lines of YAML that do nothing until somebody takes the sign away."""
    return "".join(f"#{line}\n" for line in text.splitlines())
