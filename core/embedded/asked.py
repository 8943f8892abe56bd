"""What a notebook's parameters ask for: settings as a run reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final
from uuid import uuid4

from ..errors import ParameterError
from ..spec.flags import option
from ..spec.resolve import SPELLINGS, Resolved, leaves, resolve_parameters
from .given import CUSTOM, merged, refuse_outside, refuse_places, settings, take_aboard, truth
from .places import Kernel, Places

SETTINGS: Final = {
    "dataset_id": "dataset_id",
    "target_rows": "target_rows",
    "scale_factor": "scale_factor",
    "seed": "seed_value",
    "generation_mode": "generation_settings.mode",
    "output_mode": "output_settings.output_mode",
    "path_format": "output_settings.path_format",
    "schema_name": "output_settings.schema",
    "enable_partitioning": "partition_config.enabled",
}
"""Parameter of a notebook -> the setting that it sets, where it is neither empty, 0 nor False."""


class Asked:
    """The parameters of a notebook, and what they are by default; `given` is brought into shape."""

    def __init__(
        self,
        environment: str,
        kernel: Kernel,
        given: dict[str, Any],
        defaults: Mapping[str, Any],
        presets: str,
        offered: Mapping[str, Mapping[str, Any]],
        places: Places,
    ) -> None:
        self._environment, self._kernel, self._given, self._places = environment, kernel, given, places
        self._defaults, self._presets, self._offered = defaults, presets, offered
        self.waiting: Path | None = None
        """Where rows wait until a warehouse has them."""

    def _config(self) -> dict[str, Any]:
        """The settings of the JSON text, in the shape of a config file; a dataset in it is taken aboard."""
        value = settings(str(self._given.get("runtime_params") or "{}"))
        refuse_places(value)
        custom = value.pop(CUSTOM, None)
        if custom is None:
            value = merged(settings(self._presets), value)
        if custom is not None:
            take_aboard(custom)
            value.setdefault("dataset_id", custom.get("dataset_id"))
            # The parameter is of those that the notebook brings.
            self._given["dataset_id"] = ""
        return value

    def _scalars(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """The settings of the scalars, by their dotted names; raises ParameterError for what a template does not let them be."""
        for name in ("enable_partitioning", "check", "ignore_state"):
            if name in self._given:
                self._given[name] = truth(name, self._given[name])
        said = {SPELLINGS.get(path, path) for path, _ in leaves(config)}
        out = {}
        for name, path in SETTINGS.items():
            value = self._given.get(name)
            at_default = name in self._defaults and value == self._defaults[name]
            # Nothing is 0, but a seed may be; a table that is partitioned by its dataset may be asked not to be.
            empty = value in ("", None) or (name != "seed" and value in (0, False) and (at_default or value is not False))
            if not empty and not (at_default and path in said):
                out[path] = value
        for name, told in self._offered.items():
            value = self._given.get(name)
            if value not in ("", None) and not (value == self._defaults.get(name) and told["path"] in said):
                refuse_outside(name, value, told)
                out[told["path"]] = value
        return out

    def resolve(self) -> Resolved:
        """The settings of a run, with the dataset; raises InputError."""
        config = self._config()
        scalars = self._scalars(config)
        output = config.get("output_settings")
        mode = scalars.get("output_settings.output_mode") or (output.get("output_mode", "") if isinstance(output, dict) else "")
        own: dict[str, Any] = {"output_settings.target_environment": "lakehouse"}
        if self._environment == "warehouse":
            if mode not in ("", "table"):
                raise ParameterError("output_mode", "a warehouse holds tables: use `table`, or the notebook for the lakehouse")
            if scalars.get("partition_config.enabled"):
                raise ParameterError("enable_partitioning", "a warehouse has no partitions: leave it out")
            # Days wait as tables: merged as in a lakehouse, with the rows from before the first one.
            by_day = "start_date" in self._given
            own["output_settings.output_mode"] = mode = "table" if by_day else "parquet"
            # Rows wait in a folder of their own until the warehouse has them; tables on a disk, since a mounted store has no commits.
            self.waiting = (Path(gettempdir()) if by_day else self._places.files) / f".to_warehouse-{uuid4().hex}"
        tables = mode in ("", "table") and not (mode == "" and "start_date" in self._given)
        by_spark = self._kernel == "spark"
        if by_spark and not tables and "start_date" in self._given:
            raise ParameterError("output_mode", "days as files are written by the Python notebook (kernel `python`): use that, or `table`")
        has, asked_mode = "pyspark" if by_spark else "python", scalars.get("generation_settings.mode", "auto")
        if asked_mode not in ("auto", has):
            told = f"this is a notebook of the {self._kernel} kernel: use `auto` or `{has}`, or the notebook of the other kernel"
            raise ParameterError("generation_mode", told)
        aside = str(self.waiting or self._places.files)
        own["output_settings.output_dir"] = aside if self.waiting is not None or not tables else self._places.tables
        # Into the mounted lakehouse the driver writes files by itself, unless executors are asked for, which then must see it, too.
        own["generation_settings.mode"] = has if tables or asked_mode == has else "python"
        if own["generation_settings.mode"] == "pyspark":
            own["spark.writer"] = "spark" if tables else "direct"
        try:
            return resolve_parameters(None, edited=config, flags=scalars | own)
        except ParameterError as error:
            raise self._renamed(error) from None

    def _renamed(self, error: ParameterError) -> ParameterError:
        """A mistake in a setting, by the name of the notebook's parameter that sets it."""
        names = {path: name for name, path in SETTINGS.items()} | {told["path"]: name for name, told in self._offered.items()}
        path = next((path for path in names if error.name in (path, option(path))), "")
        return ParameterError(names[path], error.problem) if path else error
