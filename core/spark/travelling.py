"""A planned dataset as it travels to Spark's processes, and planning for those that do not see this package.

There the archive of the engine stands in the package's place, so that planning takes a process without it.
"""

from __future__ import annotations

import json
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zlib import compress, decompress

from ..engine.engine import Engine
from ..frozen import dataclass
from ..program.codec import from_json, to_json
from ..program.content import KNOWN, Contents
from ..program.program import Program

if TYPE_CHECKING:
    from ..plan.plan import Plan

_PLAN: Final = "from ingen_fab.synthetic_data.core.spark.travelling import main; main()"
_SECONDS: Final = 120
"""That planning may take."""


@dataclass(frozen=True, slots=True)
class Travelling:
    """A planned dataset."""

    program: str
    """JSON."""
    lists: tuple[bytes, ...]
    """The content of those that it names, deflated: it goes with every read."""
    tables: Mapping[str, tuple[int, int]]
    """Of each table its first row, counted over the history (-1: the row for the unknown), and one past the last."""
    fixed: bool = False
    """Whether it was registered with settings of its own."""

    @classmethod
    def of(cls, plan: Plan, fixed: bool = False) -> Travelling:
        """A plan; raises OSError and ValueError where a list cannot be read."""
        return cls(
            json.dumps(to_json(plan.program)),
            tuple(compress(KNOWN.read(name)) for name in sorted({pool.sha256 for pool in plan.program.pools.values()})),
            {table.name: (table.first_row, table.first_row + table.rows) for table in plan.tables},
            fixed,
        )


@lru_cache(maxsize=4)
def engine_of(program: str, lists: tuple[bytes, ...]) -> Engine:
    """The engine of a program: processes of Spark outlive their tasks, and the next one finds what is worked out."""
    contents = Contents()
    for text in lists:
        contents.hold(decompress(text))
    return Engine(from_json(Program, json.loads(program)), contents)


def planned_apart(dataset: str, settings: Mapping[str, str]) -> Travelling:
    """A dataset with settings by their dotted names, planned by this Python in a process of its own; raises ValueError."""
    asked = json.dumps({"dataset": dataset, "settings": dict(settings)})
    done = subprocess.run(  # noqa: S603  # this Python itself
        [sys.executable, "-P", "-c", _PLAN], input=asked, capture_output=True, text=True, timeout=_SECONDS, check=False
    )
    if done.returncode:
        what = f"{dataset} with these settings" if settings else dataset
        if "No module named" not in done.stderr:
            raise ValueError(f"{what} cannot be planned: {(done.stderr.strip().splitlines() or ['it was stopped'])[-1]}")
        raise ValueError(
            f"{what} is not known here, and cannot be planned where the package is not installed:"
            " name it, with its settings, in register_spark_source"
        )
    found = json.loads(done.stdout)
    if "problem" in found:
        raise ValueError(found["problem"])
    lists = tuple(b64decode(text) for text in found["lists"])
    return Travelling(found["program"], lists, {name: (low, high) for name, (low, high) in found["tables"].items()})


def main() -> None:
    """Plans what standard input asks for, and writes it, or the sentence that says what is wrong, to standard output."""
    from ..errors import SyntheticDataError

    try:
        value = _planned(json.load(sys.stdin))
    except SyntheticDataError as error:
        value = {"problem": str(error)}
    json.dump(value, sys.stdout)


def _planned(asked: Mapping[str, Any]) -> dict[str, Any]:
    import os

    from ..plan.drawn_pools import restore
    from ..plan.kept import planned

    sets = [f"{name}={value}" for name, value in asked["settings"].items()]
    # No file is written, so that none is planned.
    plan, _ = planned(asked["dataset"], flags={"chunking_config.enabled": False}, sets=sets, environ=os.environ)
    if plan.drawn:
        restore(plan.dataset, plan.seed, plan.drawn)
    found = Travelling.of(plan)
    return {"program": found.program, "lists": [b64encode(text).decode() for text in found.lists], "tables": found.tables}
