"""A dataset of a user's own as a parameter of a notebook: its declaration, checked, with the trees of its SQL."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ..errors import InputError
from ..plan.make import make_plan
from ..spec.parse import read_mapping
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import resolve_parameters
from .bundle import expressions, tagged


def custom_schema(given: str) -> dict[str, Any]:
    """What `runtime_params` holds of a file, or of a JSON text, that declares a dataset or selects tables of a shipped one.

    Raises InputError and ConfigError for what no run takes, and for what a notebook cannot: pools and datasets in other files.
    """
    if not given.lstrip().startswith("{"):
        return _of_file(Path(given))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "custom_schema.json"
        file.write_text(given, encoding="utf-8", errors="surrogatepass")
        try:
            return _of_file(file)
        except InputError as error:
            raise InputError(str(error).replace(str(file), "custom_schema")) from None


def _of_file(file: Path) -> dict[str, Any]:
    value = read_mapping(file)
    if not value:
        raise InputError(f"{file}: declares nothing")
    if not isinstance(value.get("tables"), dict):
        # What it says of a dataset is read as a run reads it.
        resolve_parameters(None, flags={"custom_schema": str(file)})
        return value
    repository = DatasetConfigurationRepository(schema=file)
    resolved = resolve_parameters(None, flags={"custom_schema": str(file)}, repository=repository)
    dataset = resolved.variant.dataset
    plan = make_plan(resolved)
    if dataset.extends is not None or plan.drawn:
        told = "a dataset that extends another, or draws lists by Faker, needs a notebook of its own: compile it"
        raise InputError(f"{file}: {told}")
    declared = json.loads(tagged({"dataset_id": dataset.dataset_id, **value}))
    return {"custom_schema": {**declared, "expressions": expressions(dataset)}, "dataset_id": resolved.parameters.dataset_id}
