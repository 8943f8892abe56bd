"""JSON Schema of dataset YAML and of config files, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any, Literal


def json_schema(of: Literal["dataset", "runtime"]) -> dict[str, Any]:
    """The schema (draft 2020-12) of a dataset's YAML or of a config file."""
    from .dataset import Dataset
    from .described import rebuilt
    from .flags import PLACES
    from .parameters import RuntimeParameters
    from .trust import USERS_OWN

    rebuilt()
    schema: dict[str, Any] = (Dataset if of == "dataset" else RuntimeParameters).model_json_schema(by_alias=True)
    if of == "dataset":
        # A dataset's file may hold the settings of its runs too, as the specification's dictionary of a dataset does.
        runs = RuntimeParameters.model_json_schema(by_alias=True)
        schema["properties"] = {**{name: p for name, p in runs["properties"].items() if name not in PLACES}, **schema["properties"]}
        schema["$defs"] = {**runs["$defs"], **schema["$defs"]}
        schema["properties"].pop("spark")
        for path in USERS_OWN:
            schema["$defs"]["OutputSettings"]["properties"].pop(path.removeprefix("output_settings."), None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
