"""Files of settings inside compiled notebooks: JSON alone, in which a day that YAML wrote as one is `{"~day": "2024-12-31"}`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigError

DAY: Final = "~day"
"""The key of a day."""


def parse_yaml(text: str, file: Path | str) -> Any:
    """The value of a JSON text, or of a word that is none: a text; raises ConfigError."""
    if not text.lstrip().startswith(("{", "[", '"')):
        return _word(text)
    try:
        return json.loads(text, object_hook=lambda value: date.fromisoformat(value[DAY]) if set(value) == {DAY} else value)
    except (ValueError, RecursionError) as error:
        raise ConfigError(file, [("", f"is not JSON: {error}")]) from None


def _word(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a file; raises ConfigError where there is none."""
    value = parse_yaml(path.read_text(encoding="utf-8"), path)
    if not isinstance(value, dict):
        raise ConfigError(path, [("", "must hold a mapping of keys to values")])
    return value
