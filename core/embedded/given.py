"""What a notebook is given, as it comes: texts, numbers and booleans of pipelines, a JSON text, and a dataset in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import ParameterError, brief
from ..spec.repository import SHIPPED
from .parsed_sql import take_further

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,61}")
_EXPRESSIONS: Final = "expressions"
_TAKEN: Final[set[Path]] = set()
"""Files of datasets that came as parameters: a cell may run twice."""
CUSTOM: Final = "custom_schema"


def settings(text: str) -> dict[str, Any]:
    """The settings of a JSON text; raises ParameterError."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParameterError("runtime_params", f"is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise ParameterError("runtime_params", f"must be an object of settings, such as {{}}, not `{brief(text)}`")
    return value


def merged(base: Mapping[str, Any], further: Mapping[str, Any]) -> dict[str, Any]:
    """Settings with others over them, block by block; what stands under `distributions` is whole."""
    out = dict(base)
    for name, value in further.items():
        before = out.get(name)
        out[name] = {**before, **value} if isinstance(before, dict) and isinstance(value, dict) else value
    return out


_TRUTHS: Final = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False, "": False}


def truth(name: str, value: Any) -> bool:
    """What a pipeline hands on as a boolean may come as a text; raises ParameterError."""
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    if isinstance(value, str) and value.strip().lower() in _TRUTHS:
        return _TRUTHS[value.strip().lower()]
    raise ParameterError(name, f"must be true or false, not `{brief(str(value))}`")


def refuse_places(config: Mapping[str, Any]) -> None:
    """Raises ParameterError for settings of the JSON text that say where, or by what, a notebook writes."""
    where = {
        "output_settings": ("output_dir", "target_environment"),
        "generation_settings": ("mode",),
        "spark": ("conf", "writer", "master"),
    }
    for block, names in where.items():
        inside = config.get(block)
        for name in names:
            if isinstance(inside, dict) and name in inside:
                told = (
                    "has the session of its workspace, and the writer of its kernel"
                    if block == "spark"
                    else "writes to its own lakehouse or warehouse"
                )
                raise ParameterError(f"runtime_params: {block}.{name}", f"a notebook {told}: leave it out")


def refuse_outside(name: str, value: Any, told: Mapping[str, Any]) -> None:
    """Raises ParameterError for a value that a template does not offer."""
    choices, low, high = told.get("choices"), told.get("min"), told.get("max")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if choices is not None and value not in choices:
        raise ParameterError(name, f"may be {', '.join(map(str, choices))}, not `{brief(str(value))}`")
    if (low is not None or high is not None) and not number:
        raise ParameterError(name, f"must be a number, not `{brief(str(value))}`")
    if low is not None and not value >= low:
        raise ParameterError(name, f"must be at least {low:g}, not `{value:g}`")
    if high is not None and not value <= high:
        raise ParameterError(name, f"must be at most {high:g}, not `{value:g}`")


def take_aboard(custom: Any) -> None:
    """Puts a dataset that came as a parameter beside those that are there; raises ParameterError."""
    if not isinstance(custom, dict) or not isinstance(custom.get("dataset_id"), str) or not _NAME.fullmatch(custom["dataset_id"]):
        raise ParameterError(CUSTOM, "must be an object that declares a dataset, with its `dataset_id`")
    trees = custom.pop(_EXPRESSIONS, {})
    if not isinstance(trees, dict):
        raise ParameterError(CUSTOM, f"`{_EXPRESSIONS}` must be an object of trees of SQL")
    take_further(trees)
    file = SHIPPED / f"{custom['dataset_id']}.json"
    if file.exists() and file not in _TAKEN:
        raise ParameterError(CUSTOM, f"`{custom['dataset_id']}` is the name of a dataset that this notebook has: call it otherwise")
    _TAKEN.add(file)
    file.write_text(json.dumps(custom), encoding="utf-8")
