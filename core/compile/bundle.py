"""What a notebook carries: the modules that plan and generate, and the files of its datasets, compressed, with their hash.

Nothing has to be installed where it runs. What its modules need beside numpy and pyarrow has stand-ins in `core/embedded`, which
take the places that `STAND_INS` names; files of datasets become JSON, and the SQL in them comes as trees.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from ..embedded.parse import DAY
from ..embedded.parsed_sql import FILE as EXPRESSIONS
from ..embedded.parsed_sql import placed, without_days
from ..frozen import dataclass
from ..plan.drawn_pools import BROUGHT, brought
from ..plan.make import make_plan
from ..plan.parsed_sql import parse
from ..plan.time import dated
from ..spec.dataset import Dataset, History
from ..spec.parse import read_mapping
from ..spec.repository import CONFIGS, DatasetConfigurationRepository
from ..spec.resolve import Resolved, resolve_parameters

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_NAME: Final = "ingen_fab/synthetic_data"
_ROOMS: Final = ("engine", "plan", "program", "run", "sinks", "spark", "spec")
"""Of core, all modules."""
_ALONE: Final = (
    "__init__.py",
    "core/__init__.py",
    "core/cache.py",
    "core/defects.py",
    "core/errors.py",
    "core/format.py",
    "core/frozen.py",
    "core/locking.py",
    "core/private.py",
    "core/processes.py",
    "core/sql_functions.py",
    "core/statement.py",
    "core/version.py",
    "core/compile/__init__.py",
    "core/compile/ddl",
    "core/embedded",
    "core/virtual/__init__.py",
    "core/virtual/chosen.py",
    "core/virtual/units.py",
)
"""Further modules, and a folder of them."""
STAND_INS: Final = {
    "core/locking.py": "core/embedded/locking.py",
    "core/plan/parsed_sql.py": "core/embedded/parsed_sql.py",
    "core/processes.py": "core/embedded/processes.py",
    "core/spec/modelling.py": "core/embedded/modelling.py",
    "core/spec/parse.py": "core/embedded/parse.py",
    "core/statement.py": "core/embedded/statement.py",
}
"""Modules that need what may be missing, and what takes their places."""
_LEFT_OUT: Final = (
    "core/compile/ddl/apply.py",
    "core/compile/ddl/server.py",
    "core/plan/declared.py",
    "core/plan/dependences.py",
    "core/plan/dictionary.py",
    "core/plan/faker_rows.py",
    "core/run/delete.py",
    "core/run/differences.py",
    "core/run/guarded.py",
    "core/run/history.py",
    "core/run/monitoring.py",
    "core/run/query.py",
    "core/run/watch.py",
    "core/spec/compiling.py",
    "core/spec/described.py",
    "core/spec/export.py",
    "core/spec/form.py",
    "core/spec/offered.py",
    "core/spec/reference.py",
    "core/spec/schema.py",
    "core/spec/templates.py",
)
"""Modules that only work with what no notebook has."""
_SENTINEL: Final = History(start=date(1900, 1, 1), end=date(1900, 1, 2))


@dataclass(frozen=True, slots=True)
class Bundle:
    """Files by their paths, as a notebook carries them."""

    files: Mapping[str, str]

    @property
    def content(self) -> bytes:
        """All of them as one JSON text."""
        return json.dumps(self.files, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def sha256(self) -> str:
        """Of the content: the compressed bytes may differ from one library to the next."""
        return sha256(self.content).hexdigest()

    def key(self, form: str) -> str:
        """Of what is made of it in some form."""
        return sha256(f"{form} {self.sha256}".encode()).hexdigest()


def bundle_of(variants: Sequence[Resolved]) -> Bundle:
    """What notebooks of these datasets carry; raises InputError and ConfigError where one of them cannot be planned."""
    return Bundle({**_modules(), **dict(_configs(variants))})


@cache
def _modules() -> Mapping[str, str]:
    found: dict[str, str] = {"ingen_fab/__init__.py": ""}
    for name in (*_ALONE, *(f"core/{room}" for room in _ROOMS)):
        place = _PACKAGE / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            own = path.relative_to(_PACKAGE).as_posix()
            if own not in _LEFT_OUT:
                found[f"{_NAME}/{own}"] = (_PACKAGE / STAND_INS.get(own, own)).read_text(encoding="utf-8")
    # Of the package's own face nothing travels: it would import what is not there.
    found[f"{_NAME}/__init__.py"] = ""
    return found


def _configs(variants: Sequence[Resolved]) -> Iterator[tuple[str, str]]:
    """Datasets as JSON, with what they extend, their calendars and lists, and the trees of their SQL."""
    trees: dict[str, Any] = {}
    drawn: dict[str, Any] = {}
    for resolved in variants:
        for source in _sources(resolved):
            yield f"{_NAME}/configs/datasets/{source.stem}.json", tagged(read_mapping(source))
        trees |= expressions(resolved.variant.dataset)
        plan = make_plan(resolved)
        for name, listed in plan.lists.items():
            if name in plan.drawn:
                drawn[plan.drawn[name].declared] = brought(plan.drawn[name], listed.path, listed.fields)
                continue
            yield f"{_NAME}/configs/reference/{name}.csv", listed.path.read_text(encoding="utf-8-sig")
        calendar = resolved.variant.dataset.calendar.name
        if calendar is not None:
            yield f"{_NAME}/configs/calendars/{calendar}.yaml", tagged(read_mapping(CONFIGS / "calendars" / f"{calendar}.yaml"))
    if drawn:
        yield f"{_NAME}/configs/{BROUGHT}", json.dumps(drawn, sort_keys=True)
    yield f"{_NAME}/configs/{EXPRESSIONS}", json.dumps(trees, sort_keys=True)


def _sources(resolved: Resolved) -> list[Path]:
    """The dataset's file, and those of the datasets that it extends."""
    known = resolved.repository.sources()
    found = [resolved.variant.source]
    while (name := read_mapping(found[-1]).get("extends")) is not None:
        beside = DatasetConfigurationRepository([found[-1].parent]).sources()
        found.append({**known, **beside}[name])
    return found


def tagged(value: Any) -> str:
    """A value of YAML as the JSON that `core/embedded/parse.py` reads."""
    return json.dumps(value, ensure_ascii=False, default=lambda day: {DAY: day.isoformat()})


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in ("about", "checks"):
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def expressions(dataset: Dataset) -> dict[str, Any]:
    """The trees of all that may be SQL in a dataset: texts that can be read as an expression."""
    out: dict[str, Any] = {}
    for text in sorted(set(_texts(dataset.model_dump(mode="json", by_alias=True)))):
        skeleton, _ = without_days(dated(text, _SENTINEL))
        try:
            tree = parse(skeleton)
        except ValueError:
            continue
        if tree.kind != "unknown":
            out[skeleton] = placed(tree).to_json()
    return out


def shipped() -> list[Resolved]:
    """Every shipped dataset, at one of its sizes: what the generic notebooks carry."""
    repository = DatasetConfigurationRepository()
    worlds = {info.world: info.dataset_id for info in reversed(repository.list()) if not info.for_measuring}
    return [resolve_parameters(dataset_id, repository=repository) for dataset_id in sorted(worlds.values())]
