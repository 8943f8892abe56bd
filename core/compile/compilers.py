"""The compilers: from a dataset and parameters to notebooks, DDL and the items of a workspace, in a folder that deploys as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import EditedError, InputError, UnknownNameError
from ..frozen import dataclass
from ..plan.make import make_plan
from ..plan.make_series import as_files, make_series
from ..plan.plan import Environment, Plan
from ..run.cancel import CancelToken
from ..run.events import Event, ignore
from ..spec.flags import WORKSPACE
from ..spec.resolve import Resolved, resolve_parameters
from .bundle import bundle_of, shipped
from .cells import Kernel, notebook_of
from .ddl.scripts import scripts_of
from .ddl_notebook import ddl_notebook
from .deployment import CONFIG, ENVIRONMENT, PARAMETERS, attached_in, config_yml, parameter_yml
from .items import CONTENT, FOLDER, Item, Step, lakehouse_item, lakehouse_reference, logical_id, notebook_item, pipeline_item
from .items import warehouse_item as _warehouse_item
from .kernel import kernel_of, kernels_of, refuse_kernel, refuse_spark
from .literals import Scalar, literal
from .notebooks import notebook
from .packed import packed
from .parameters import ABOUT, SERIES, SINGLE, Parameter, defaults_of, offered_by, scalar, told
from .reading import parameters_of, read_notebook
from .workspace import Published, Workspace, compiled_in, publish, workspace_of

LAKEHOUSE: Final = "synthetic_data"
WAREHOUSE: Final = "synthetic_data_warehouse"
Kind = Literal["single", "series"]
TemplateType = Literal["all", "single", "series"]
GENERIC: Final[Mapping[tuple[Kind, Environment], str]] = {
    ("single", "lakehouse"): "generic_single_dataset_lakehouse",
    ("single", "warehouse"): "generic_single_dataset_warehouse",
    ("series", "lakehouse"): "generic_incremental_series_lakehouse",
    ("series", "warehouse"): "generic_incremental_series_warehouse",
}
_IN_PIPELINES: Final = ("start_date", "end_date", "target_rows", "scale_factor", "seed", "runtime_params")
ON_SPARK: Final = "_spark"
"""Ends the name of a notebook for the Spark kernel, where there is one of each."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a compilation wrote."""

    folder: Path
    notebooks: tuple[Path, ...]
    """Folders of the notebooks, each an item."""
    published: Published
    plan: Plan | None = None
    """Of what a notebook generates; None where it brings every dataset."""

    def __repr__(self) -> str:
        names = ", ".join(path.name for path in self.notebooks)
        return f"<Compiled {names or 'no notebook'} under {self.folder}: {len(self.published.written)} files written>"

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "folder": str(self.folder),
            "notebooks": [str(path) for path in self.notebooks],
            "written": list(self.published.written),
            "unchanged": list(self.published.unchanged),
            "removed": list(self.published.removed),
            "kept": list(self.published.kept),
        }


class SyntheticDataGenerationCompiler:
    """Compiles datasets into `output_dir`, a folder that fabric-cicd and `fab deploy` publish as it is.

    `lakehouse` and `warehouse` are the names of the items that notebooks write to. With `force`, files that were edited by hand are
    overwritten; without it they are refused. Methods raise InputError and ConfigError for what cannot be compiled, EditedError,
    PlaceError and RunError where it cannot be written.
    """

    def __init__(
        self, output_dir: Path | str = WORKSPACE, *, lakehouse: str = LAKEHOUSE, warehouse: str = WAREHOUSE, force: bool = False
    ) -> None:
        self.folder = Path(output_dir)
        self._lakehouse, self._warehouse, self._force = lakehouse, warehouse, force

    def compile(
        self,
        dataset_id: str | None = None,
        *,
        resolved: Resolved | None = None,
        target_rows: int | None = None,
        seed: int | None = None,
        parameters: Mapping[str, Any] = {},
        kernel: Kernel | None = None,
        include_ddl: bool = True,
        pipeline: bool = False,
        name: str = "",
    ) -> Compiled:
        """A notebook that generates a dataset, with the DDL of its tables.

        `parameters` are settings by their dotted names, as `SyntheticDataGenerator` takes them, but for those of `spark`: a notebook
        has the session of its workspace. Or `resolved` is what `resolve_parameters` gave. `kernel` is `python` or `spark` (default: as
        `generation_mode` and the rows say). `pipeline` adds a Data Pipeline that runs the DDL and then the notebook. `name` is that of
        the notebook (default: after its dataset).
        """
        if resolved is None:
            given = {**parameters, "target_rows": target_rows, "seed_value": seed}
            flags = {name: value for name, value in given.items() if value is not None}
            resolved = resolve_parameters(dataset_id, flags=flags, environ=os.environ)
        environment: Environment = resolved.parameters.output_settings.target_environment
        with resolved.naming():
            refuse_spark(resolved)
            plan = make_plan(_here(resolved))
            chosen = kernel_of(resolved, plan, environment, kernel)
        name = name or f"synthetic_data_{_called(resolved, plan)}_{environment}{ON_SPARK if chosen == 'spark' else ''}"
        about = f"{plan.dataset_name}: {plan.rows:,} rows in {len(plan.tables)} tables with these parameters."
        defaults, presets = defaults_of(SINGLE, resolved, chosen, plan)
        item = self._notebook("single", name, environment, chosen, _title(resolved, plan), about, defaults, [resolved], presets)
        return self._written([item], plan, environment, include_ddl, pipeline)

    def compile_generic_templates(
        self, target_environment: Environment = "lakehouse", template_type: TemplateType = "all", kernel: Kernel | None = None
    ) -> Compiled:
        """The notebooks that generate any shipped dataset, with all parameters; for both kernels where the environment has both."""
        if kernel is not None:
            refuse_kernel(target_environment, kernel)
        items = []
        kinds: tuple[Kind, ...] = ("single", "series") if template_type == "all" else (template_type,)
        kernels: tuple[Kernel, ...] = (kernel,) if kernel is not None else kernels_of(target_environment)
        for kind in kinds:
            for each in kernels:
                name = GENERIC[kind, target_environment] + (ON_SPARK if each == "spark" else "")
                items.append(self._generic(kind, name, target_environment, each))
        return self._written(items, None, target_environment, include_ddl=True, pipeline=False)

    def _generic(self, kind: Kind, name: str, environment: Environment, kernel: Kernel) -> Item:
        told = "Generates days of any dataset, one after another." if kind == "series" else "Generates any dataset at any size."
        title = "Generate a series of days" if kind == "series" else "Generate a dataset"
        defaults = dict(SERIES if kind == "series" else SINGLE)
        if kind == "series" and (kernel == "spark" or environment == "warehouse"):
            defaults["output_mode"] = "table"
        return self._notebook(kind, name, environment, kernel, title, told, defaults, shipped())

    def execute_with_parameters(
        self,
        notebook_name: str,
        parameters: Mapping[str, Scalar] = {},
        *,
        output_dir: Path | str = "synthetic_data",
        emit: Callable[[Event], None] = ignore,
        say: Callable[[str], None] = lambda line: None,
        cancel: CancelToken | None = None,
    ) -> Any:
        """Runs a compiled notebook on this machine, the very file that deploys; returns `core.execute.execute.Executed`.

        A generic notebook that is missing, or that an older version compiled, is compiled first. Raises what `execute` raises.
        """
        from ..execute.execute import execute

        path = self.found(notebook_name, say)
        return execute(path, parameters, Path(output_dir), emit=emit, say=say, cancel=cancel)

    def found(self, name: str, say: Callable[[str], None] = lambda line: None) -> Path:
        """The folder of a notebook by its name; a generic one is compiled where it is missing or stale. Raises UnknownNameError."""
        folder = self.folder / FOLDER / f"{name}.Notebook"
        generic = {f"{base}{ON_SPARK if kernel == 'spark' else ''}": key for key, base in GENERIC.items() for kernel in kernels_of(key[1])}
        if name not in generic:
            if name.removesuffix(ON_SPARK) in generic:
                raise InputError(f"`{name}`: a warehouse is loaded by a Python notebook; use `{name.removesuffix(ON_SPARK)}`")
            if not (folder / CONTENT).is_file():
                there = [path.name.removesuffix(".Notebook") for path in sorted((self.folder / FOLDER).glob("*.Notebook"))]
                raise UnknownNameError("notebook", name, list(dict.fromkeys([*generic, *there])))
            return folder
        kind, environment = generic[name]
        kernel: Kernel = "spark" if name.endswith(ON_SPARK) else "python"
        self._keep_names(folder)
        item = self._generic(kind, name, environment, kernel)
        wanted = dict(item.parts)[CONTENT]
        stands = (folder / CONTENT).read_text(encoding="utf-8", errors="replace") if (folder / CONTENT).is_file() else None
        if stands is None or _engine(stands) != _engine(wanted.decode()):
            say(f"the notebook {name} is {'not there' if stands is None else 'of another version'}: it is compiled")
            try:
                self._written([item], None, environment, include_ddl=stands is None, pipeline=False)
            except EditedError:
                say(f"the notebook {name} was edited by hand: it is run as it is")
        return folder

    def _keep_names(self, folder: Path) -> None:
        """Goes on with the lakehouse and warehouse for which a notebook that stands was compiled."""
        with suppress(InputError):
            stands = read_notebook(folder)
            if stands.lakehouse is not None:
                self._lakehouse = stands.lakehouse.name
            self._warehouse = str(parameters_of(stands).get("warehouse_name") or self._warehouse)

    def _notebook(
        self,
        kind: Kind,
        name: str,
        environment: Environment,
        kernel: Kernel,
        title: str,
        about: str,
        defaults: Mapping[str, Scalar],
        aboard: Sequence[Resolved],
        presets: Mapping[str, Any] = {},
    ) -> Item:
        given = dict(defaults)
        offered = offered_by(aboard[0]) if len(aboard) == 1 else {}
        if environment == "warehouse":
            given["warehouse_name"] = self._warehouse
        made = notebook(
            "generate",
            kernel=kernel,
            environment=environment,
            title=title,
            about=about,
            parameters=[
                *(Parameter(each, value, ABOUT[each]) for each, value in given.items()),
                *(Parameter(each, scalar(told.default), f"{told.about} {told.allowed}".strip()) for each, told in offered.items()),
            ],
            packed=packed(bundle_of(aboard)),
            lakehouse=lakehouse_reference(self._lakehouse),
            warehouse=logical_id("Warehouse", self._warehouse) if environment == "warehouse" else None,
            further={
                "by_day": kind == "series",
                "presets": json.dumps(presets, indent=2, ensure_ascii=True).splitlines() if presets else [],
                "defaults": "\n".join(f"        {literal(each)}: {literal(value)}," for each, value in given.items()),
                "offered": "\n".join(f"        {literal(n)}: {told(p)}," for n, p in offered.items()),
            },
        )
        return notebook_item(name, made, about)

    def _written(self, items: Sequence[Item], plan: Plan | None, environment: Environment, include_ddl: bool, pipeline: bool) -> Compiled:
        workspace = self.workspace(items, plan, environment, include_ddl, pipeline)
        published = publish(workspace, self.folder, self._force)
        return Compiled(self.folder, tuple(self.folder / item.path for item in items if item.type == "Notebook"), published, plan=plan)

    def workspace(
        self, items: Sequence[Item], plan: Plan | None, environment: Environment, include_ddl: bool = True, pipeline: bool = False
    ) -> Workspace:
        """The items of a compilation, with the lakehouse and warehouse that they need, DDL and settings of a deployment."""
        every = [lakehouse_item(self._lakehouse, "Synthetic data"), *items]
        if environment == "warehouse":
            every.append(_warehouse_item(self._warehouse, "Synthetic data"))
        files: dict[str, bytes] = {CONFIG: config_yml({ENVIRONMENT: "my-workspace"})}
        # Names of notebooks may be longer than those of steps.
        steps = [Step("Generate", items[0].name, _handed_on(items[0]))] if pipeline else []
        if include_ddl:
            scripts = scripts_of(_shown(plan, environment), environment)
            files |= {script.path: script.text.encode() for script in scripts}
            name = f"ddl_{environment}_{plan.dataset_id}" if plan is not None else f"ddl_{environment}"
            shell = logical_id("Warehouse", self._warehouse) if environment == "warehouse" else None
            made = ddl_notebook(scripts, environment, self._warehouse, lakehouse_reference(self._lakehouse), shell)
            every.append(notebook_item(name, made, f"Makes the tables of the {environment}"))
            steps.insert(0, Step("DDL", name, {}))
        if pipeline:
            every.append(pipeline_item(f"{items[0].name}_pipeline", steps))
        # Other compilations have put notebooks into the folder: these stay attached as they were.
        stand = attached_in(self.folder, compiled_in(self.folder))
        own = {item.name: self._lakehouse for item in every if item.type == "Notebook"}
        files[PARAMETERS] = parameter_yml({**stand, **own})
        return workspace_of(every, files)


class IncrementalSyntheticDataGenerationCompiler(SyntheticDataGenerationCompiler):
    """Compiles notebooks that generate days."""

    def compile_day(self, dataset_id: str | None = None, day: date | None = None, **words: Any) -> Compiled:
        """A notebook for one day (default: the last of the dataset's history); arguments otherwise as `compile_series`."""
        return self.compile_series(dataset_id, day, day, **words)

    def compile_series(
        self,
        dataset_id: str | None = None,
        start: date | None = None,
        end: date | None = None,
        *,
        resolved: Resolved | None = None,
        batch_size: int = 10,
        seed: int | None = None,
        parameters: Mapping[str, Any] = {},
        kernel: Kernel | None = None,
        include_ddl: bool = True,
        pipeline: bool = False,
        name: str = "",
    ) -> Compiled:
        """A notebook that generates the days `start` to `end` of a dataset, and passes over those that are there."""
        if resolved is None:
            flags = {**parameters, **({"seed_value": seed} if seed is not None else {})}
            resolved = resolve_parameters(dataset_id, flags=flags, environ=os.environ)
        last = end or start or resolved.variant.dataset.history.end
        first = start or last
        environment: Environment = resolved.parameters.output_settings.target_environment
        with resolved.naming():
            refuse_spark(resolved)
            plan = make_series(_here(as_files(resolved)), first, last).plan
            chosen = kernel_of(resolved, plan, environment, kernel, by_day=True)
        called = _called(resolved, plan)
        base = called if resolved.variant.incremental else f"{called}_series"
        one = first == last
        if chosen == "python" and environment == "lakehouse":
            # Days are files where nothing is said; Spark and a warehouse hold tables.
            resolved = as_files(resolved)
        name = name or f"synthetic_data_{base}_{'day_' if one else ''}{environment}{ON_SPARK if chosen == 'spark' else ''}"
        defaults, presets = defaults_of({**SERIES, "output_mode": resolved.parameters.output_settings.output_mode}, resolved, chosen, plan)
        defaults |= {
            "start_date": first.isoformat(),
            "end_date": "" if one else last.isoformat(),
            "batch_size": batch_size,
        }
        about = f"{plan.dataset_name}: days of {len(plan.tables)} tables, {first} to {last} if nobody says otherwise."
        title = f"{_title(resolved, plan)}, day by day"
        item = self._notebook("series", name, environment, chosen, title, about, defaults, [resolved], presets)
        return self._written([item], plan, environment, include_ddl, pipeline)


def _shown(plan: Plan | None, environment: Environment) -> Plan | None:
    """A plan as its tables are in the environment, whatever its rows are written into on the way."""
    return None if plan is None else replace(plan, output=replace(plan.output, mode="table", environment=environment))


def _here(resolved: Resolved) -> Resolved:
    """The same, generated in Python on this machine: what is only looked at needs no Spark and no store."""
    parameters = resolved.parameters
    work = parameters.generation_settings.model_copy(update={"mode": "python"})
    config = parameters.generation_config.model_copy(update={"mode": None})
    output = parameters.output_settings.model_copy(update={"output_dir": None})
    update = {"generation_settings": work, "generation_config": config, "output_settings": output}
    return replace(resolved, parameters=parameters.model_copy(update=update))


def _title(resolved: Resolved, plan: Plan) -> str:
    by = f" by the template {resolved.template.id}" if resolved.template is not None else ""
    return f"Generate {plan.dataset_id}{by}"


def _engine(text: str) -> str:
    """The hash of the engine in a notebook; empty where there is none."""
    found = re.search(r'^SHA256 = "([0-9a-f]{64})"$', text, re.MULTILINE)
    return found[1] if found is not None else ""


def _handed_on(item: Item) -> dict[str, Scalar]:
    """Parameters of a notebook that a pipeline shows, with their defaults: those that somebody may want to change there."""
    known = parameters_of(notebook_of(dict(item.parts)[CONTENT].decode()))
    return {name: known[name] for name in _IN_PIPELINES if name in known}


def _called(resolved: Resolved, plan: Plan) -> str:
    """What a notebook is called after: the template, or the dataset."""
    return resolved.template.id if resolved.template is not None else plan.dataset_id
