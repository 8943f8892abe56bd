"""JSON Schema of dataset YAML and of config files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any, Literal


def json_schema(of: Literal["dataset", "runtime"]) -> dict[str, Any]:
    """The schema (draft 2020-12) of a dataset's YAML or of a config file."""
    from .dataset import Dataset
    from .parameters import RuntimeParameters

    model = Dataset if of == "dataset" else RuntimeParameters
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **model.model_json_schema(by_alias=True)}
