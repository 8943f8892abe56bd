"""What pydantic and its stand-in are both asked: this module by the tests, and as a file by a Python that has the stand-in alone.

As a file it is given the folder of an unpacked bundle; it answers JSON lines with JSON lines.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import date
from hashlib import sha256
from typing import Any

ABSENT = (
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "sqlglot",
    "yaml",
    "psutil",
    "filelock",
    "platformdirs",
    "faker",
    "jinja2",
    "duckdb",
)
"""What a notebook plans without."""
MORE: list[Any] = [date(2024, 2, 29), "2024-02-30", "2024-02-29T00:00:00", "yes", "OFF", "1_000", "3.0", 3.0, 2**70, [{}], {"~": [1]}]
"""Beside the values of the fuzzing: what pydantic converts, or nearly."""

Problem = tuple[str, list[str]]


def walked(value: Any) -> Any:
    """A model as JSON: its class, the fields that were given, and all values with their types."""
    from ingen_fab.synthetic_data.core.spec.modelling import BaseModel

    if isinstance(value, BaseModel):
        fields = {name: walked(getattr(value, name)) for name in sorted(type(value).model_fields)}
        return [type(value).__name__, sorted(value.model_fields_set), fields]
    if isinstance(value, dict):
        return {"dict": [[walked(key), walked(each)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return {type(value).__name__: [walked(each) for each in value]}
    return [type(value).__name__, repr(value)]


def _asked(model: Any, value: Any) -> Any:
    """What comes of a value: the model, or types and places of all problems with the sentences for them."""
    from ingen_fab.synthetic_data.core.spec.loader import problems
    from ingen_fab.synthetic_data.core.spec.modelling import ValidationError

    try:
        return walked(model.model_validate(value))
    except ValidationError as error:
        found = [(each["type"], [str(step) for step in each["loc"]]) for each in error.errors(include_url=False)]
        return {"problems": found, "said": problems(error, model)}


def _places(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inner:
        yield (*here, step)
        yield from _places(one, (*here, step))


def _with(value: Any, place: tuple[Any, ...], other: Any) -> Any:
    """A copy in which something else stands at a place."""
    if not place:
        return other
    out = list(value) if isinstance(value, list) else dict(value)
    if len(place) == 1 and other is _GONE:
        del out[place[0]]
    else:
        out[place[0]] = _with(out[place[0]], place[1:], other) if isinstance(value, list) or place[0] in value else other
    return out


_GONE = object()


def damaged(sound: Any, odd: list[Any], unknown: list[str]) -> Iterator[tuple[str, Any]]:
    """A sound value, and every one that differs from it in one place: another value, none, or a key more."""
    yield "sound", sound
    for place in list(_places(sound)):
        yield f"{place} gone", _with(sound, place, _GONE)
        for number, value in enumerate(odd):
            yield f"{place} {number}", _with(sound, place, value)
    for place in [(), *_places(sound)]:
        inner = sound
        for step in place:
            inner = inner[step]
        if isinstance(inner, dict):
            for key in unknown:
                yield f"{place} + {key}", _with(sound, (*place, key), 1)


def compared(work: dict[str, Any]) -> dict[str, Any]:
    """All answers to the damaged values of one sound one, as hashes; `whole` names those that are wanted as they are."""
    from ingen_fab.synthetic_data.core.spec.dataset import Dataset
    from ingen_fab.synthetic_data.core.spec.parameters import RuntimeParameters

    model = {"dataset": Dataset, "parameters": RuntimeParameters}[work["model"]]
    out: dict[str, Any] = {}
    every = list(damaged(work["sound"], [*work["odd"], *MORE], work["unknown"]))
    # An odd step comes to all values at one place or another.
    step = len(every) // work["most"] | 1
    for name, value in [*every[::step], *(each for each in every if each[0] in work["whole"])]:
        answer = _asked(model, value)
        out[name] = answer if name in work["whole"] else sha256(json.dumps(answer).encode()).hexdigest()[:16]
    return out


def planned(work: dict[str, Any]) -> dict[str, Any]:
    """A dataset at some settings: the hash of its model, and what its plan says."""
    from ingen_fab.synthetic_data.core.errors import SyntheticDataError
    from ingen_fab.synthetic_data.core.plan.machine import Machine
    from ingen_fab.synthetic_data.core.plan.make import make_plan
    from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

    try:
        resolved = resolve_parameters(work["dataset_id"], edited=work["settings"], flags=work["flags"])
        plan = make_plan(resolved, machine=Machine(2, 8 << 30))
    except SyntheticDataError as error:
        # Each side names its own file first.
        return {"error": str(error).partition(": ")[2]}
    parameters = walked(resolved.parameters)
    return {
        "model": sha256(json.dumps(walked(resolved.variant.dataset)).encode()).hexdigest(),
        "parameters": parameters,
        "spec_hash": plan.spec_hash,
        "rows": {table.name: table.rows for table in plan.tables},
        "said": json.loads(json.dumps(plan.parameters, default=str)),
        "checks": {name: list(check) for name, check in plan.checks.items()},
        "notes": list(plan.notes),
    }


def refused(work: dict[str, Any]) -> dict[str, Any]:
    """What a notebook says of its parameters before it generates anything."""
    from ingen_fab.synthetic_data.core.embedded.job import Job

    given = {"dataset_id": "retail_oltp_small", "target_rows": 10, "seed": 42, "runtime_params": "{}", "lakehouse_root": "/nowhere"}
    try:
        job = Job(work.get("environment", "lakehouse"), "python", given | work["given"], offered=work.get("offered", {}))
    except Exception as error:
        return {"kind": [base.__name__ for base in type(error).__mro__], "said": str(error)}
    return {"plan": job.plan.spec_hash, "summary": job.summary()}


def main() -> None:
    """Answers one order after another."""
    for name in ABSENT:
        sys.modules[name] = None  # type: ignore[assignment]  # so that importing it fails
    sys.path.insert(0, sys.argv[1])
    from ingen_fab.synthetic_data.core.spec.modelling import BaseModel

    assert BaseModel.__module__.startswith("ingen_fab"), BaseModel.__module__
    for line in sys.stdin:
        work = json.loads(line)
        sys.stdout.write(json.dumps({"compared": compared, "planned": planned, "refused": refused}[work["ask"]](work)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
