"""JSON Schema of dataset YAML, of config files and of enhanced templates, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any, Literal


def json_schema(of: Literal["dataset", "runtime", "enhanced"]) -> dict[str, Any]:
    """The schema (draft 2020-12) of a dataset's YAML, of a config file or of a template."""
    from .dataset import Dataset
    from .described import rebuilt
    from .enhanced import Template
    from .flags import PLACES
    from .names import Strict
    from .parameters import RuntimeParameters
    from .series import DAYS, DaysOfConfig
    from .trust import USERS_OWN

    rebuilt()
    models: dict[str, type[Strict]] = {"dataset": Dataset, "runtime": RuntimeParameters, "enhanced": Template}
    schema: dict[str, Any] = models[of].model_json_schema(by_alias=True)
    if of == "enhanced":
        # The file's name is its id.
        schema["required"].remove("id")
        runs = schema["$defs"]["RuntimeParameters"]["properties"]
        for name in (*PLACES, "spark"):
            runs.pop(name)
    if of == "dataset":
        # A dataset's file may hold the settings of its runs too, as the specification's dictionary of a dataset does.
        runs = RuntimeParameters.model_json_schema(by_alias=True)
        schema["properties"] = {**{name: p for name, p in runs["properties"].items() if name not in PLACES}, **schema["properties"]}
        schema["$defs"] = {**runs["$defs"], **schema["$defs"]}
        schema["properties"].pop("spark")
    if of == "runtime":
        days = DaysOfConfig.model_json_schema(by_alias=True)
        schema["$defs"] |= days.pop("$defs")
        schema["properties"][DAYS] = days
    else:
        for path in USERS_OWN:
            schema["$defs"]["OutputSettings"]["properties"].pop(path.removeprefix("output_settings."), None)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
