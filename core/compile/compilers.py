"""The compilers: from a dataset and parameters to notebooks, DDL and the items of a workspace, in a folder that deploys as it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from ..errors import InputError, UnknownNameError
from ..plan.make import make_plan
from ..plan.make_series import as_files, make_series
from ..plan.plan import Environment, Plan
from ..run.cancel import CancelToken
from ..run.events import Event, ignore
from ..spec.repository import DatasetConfigurationRepository
from ..spec.resolve import Resolved, resolve_parameters
from .bundle import bundle_of, shipped
from .cells import Kernel
from .ddl.scripts import scripts_of
from .ddl_notebook import ddl_notebook
from .items import CONTENT, FOLDER, Item, Step, config_yml, lakehouse_item, lakehouse_reference, logical_id, notebook_item, pipeline_item
from .items import warehouse_item as _warehouse_item
from .literals import Scalar, literal
from .notebooks import ABOUT, Parameter, notebook
from .packed import Packed, packed
from .parameters import SERIES, SINGLE, defaults_of, offered_by, scalar, told_of
from .workspace import Published, Workspace, publish, workspace_of

if TYPE_CHECKING:
    pass

OUTPUT_DIR: Final = "fabric_workspace_items"
"""Where compiled items go, in the working directory."""
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
_ON_SPARK: Final = "_spark"
"""Ends the name of a notebook for the Spark kernel, where there is one of each."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a compilation wrote."""

    folder: Path
    notebooks: tuple[Path, ...]
    """Folders of the notebooks, each an item."""
    published: Published
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "folder": str(self.folder),
            "notebooks": [str(path) for path in self.notebooks],
            "written": list(self.published.written),
            "unchanged": list(self.published.unchanged),
            "removed": list(self.published.removed),
            "kept": list(self.published.kept),
            "notes": list(self.notes),
        }


class SyntheticDataGenerationCompiler:
    """Compiles datasets into `output_dir`, a folder that fabric-cicd and `fab deploy` publish as it is.

    `lakehouse` and `warehouse` are the names of the items that notebooks write to. With `force`, files that were edited by hand are
    overwritten; without it they are refused. Methods raise InputError and ConfigError for what cannot be compiled, EditedError,
    PlaceError and RunError where it cannot be written.
    """

    def __init__(
        self, output_dir: Path | str = OUTPUT_DIR, *, lakehouse: str = LAKEHOUSE, warehouse: str = WAREHOUSE, force: bool = False
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
    ) -> Compiled:
        """A notebook that generates a dataset, with the DDL of its tables.

        `parameters` are settings by their dotted names, as `SyntheticDataGenerator` takes them; or `resolved` is what
        `resolve_parameters` gave. `kernel` is `python` or `spark` (default: as `generation_mode` and the rows say). `pipeline` adds
        a Data Pipeline that runs the DDL and then the notebook.
        """
        if resolved is None:
            given = {**parameters, "target_rows": target_rows, "seed_value": seed}
            flags = {name: value for name, value in given.items() if value is not None}
            resolved = resolve_parameters(dataset_id, flags=flags, environ=os.environ)
        with resolved.naming():
            plan = make_plan(_here(resolved))
        environment: Environment = resolved.parameters.output_settings.target_environment
        chosen = _kernel(resolved, plan, environment, kernel)
        name = f"synthetic_data_{_called(resolved, plan)}_{environment}{_ON_SPARK if chosen == 'spark' else ''}"
        about = f"{plan.dataset_name}: {plan.rows:,} rows in {len(plan.tables)} tables with these parameters."
        item = self._notebook(
            "single", name, environment, chosen, f"Generate {plan.dataset_id}", about, defaults_of(SINGLE, resolved), [resolved]
        )
        return self._written([item], plan, environment, include_ddl, pipeline, _notes(resolved, plan, chosen))

    def compile_generic_templates(
        self, target_environment: Environment = "lakehouse", template_type: TemplateType = "all", kernel: Kernel | None = None
    ) -> Compiled:
        """The notebooks that generate any shipped dataset, with all parameters; for both kernels where the environment has both."""
        items = []
        kinds: tuple[Kind, ...] = ("single", "series") if template_type == "all" else (template_type,)
        kernels: tuple[Kernel, ...] = (kernel,) if kernel is not None else _kernels(target_environment)
        for kind in kinds:
            for each in kernels:
                name = GENERIC[kind, target_environment] + (_ON_SPARK if each == "spark" else "")
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
        generic = {f"{base}{end}": key for key, base in GENERIC.items() for end in ("", _ON_SPARK)}
        if name not in generic:
            if not (folder / CONTENT).is_file():
                there = [path.name.removesuffix(".Notebook") for path in sorted((self.folder / FOLDER).glob("*.Notebook"))]
                raise UnknownNameError("notebook", name, [*there, *generic])
            return folder
        kind, environment = generic[name]
        kernel: Kernel = "spark" if name.endswith(_ON_SPARK) else "python"
        if kernel not in _kernels(environment):
            raise InputError(f"`{name}`: a warehouse is loaded by a Python notebook; use `{name.removesuffix(_ON_SPARK)}`")
        item = self._generic(kind, name, environment, kernel)
        wanted = dict(item.parts)[CONTENT]
        stands = (folder / CONTENT).read_bytes() if (folder / CONTENT).is_file() else None
        if stands != wanted:
            say(f"the notebook {name} is {'not there' if stands is None else 'stale'}: it is compiled")
            self._written([item], None, environment, include_ddl=True, pipeline=False)
        return folder

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
            packed=_packed(aboard),
            lakehouse=lakehouse_reference(self._lakehouse),
            warehouse=logical_id("Warehouse", self._warehouse) if environment == "warehouse" else None,
            further={"by_day": kind == "series", "offered": "\n".join(f"        {literal(n)}: {told_of(p)}," for n, p in offered.items())},
        )
        return notebook_item(name, made, about)

    def _written(
        self,
        items: Sequence[Item],
        plan: Plan | None,
        environment: Environment,
        include_ddl: bool,
        pipeline: bool,
        notes: tuple[str, ...] = (),
    ) -> Compiled:
        workspace = self.workspace(items, plan, environment, include_ddl, pipeline)
        published = publish(workspace, self.folder, self._force)
        return Compiled(self.folder, tuple(self.folder / item.path for item in items if item.type == "Notebook"), published, notes)

    def workspace(
        self, items: Sequence[Item], plan: Plan | None, environment: Environment, include_ddl: bool = True, pipeline: bool = False
    ) -> Workspace:
        """The items of a compilation, with the lakehouse and warehouse that they need, DDL and settings of a deployment."""
        every = [lakehouse_item(self._lakehouse, "Synthetic data"), *items]
        if environment == "warehouse":
            every.append(_warehouse_item(self._warehouse, "Synthetic data"))
        files: dict[str, bytes] = {"config.yml": config_yml({"dev": "my-workspace"}, has_parameters=False)}
        steps = [Step(item.name[:55], item.name, {}) for item in items if item.type == "Notebook"]
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
    ) -> Compiled:
        """A notebook that generates the days `start` to `end` of a dataset, and passes over those that are there."""
        if resolved is None:
            flags = {**parameters, **({"seed_value": seed} if seed is not None else {})}
            resolved = resolve_parameters(dataset_id, flags=flags, environ=os.environ)
        last = end or start or resolved.variant.dataset.history.end
        first = start or last
        resolved = _of_days(resolved, kernel)
        with resolved.naming():
            series = make_series(_here(resolved), first, last)
        plan = series.plan
        environment: Environment = resolved.parameters.output_settings.target_environment
        chosen = _kernel(resolved, plan, environment, kernel)
        called = _called(resolved, plan)
        base = called if resolved.variant.incremental else f"{called}_series"
        one = first == last
        name = f"synthetic_data_{base}_{'day_' if one else ''}{environment}{_ON_SPARK if chosen == 'spark' else ''}"
        defaults = defaults_of(SERIES, resolved) | {
            "output_mode": plan.output.mode,
            "start_date": first.isoformat(),
            "end_date": "" if one else last.isoformat(),
            "batch_size": batch_size,
        }
        about = f"{plan.dataset_name}: {plan.rows:,} rows in {len(plan.tables)} tables from {first} to {last} with these parameters."
        item = self._notebook("series", name, environment, chosen, f"Generate days of {plan.dataset_id}", about, defaults, [resolved])
        return self._written([item], plan, environment, include_ddl, pipeline, _notes(resolved, plan, chosen))


def _of_days(resolved: Resolved, kernel: Kernel | None) -> Resolved:
    """Days are files where nothing is said of the output, but where there are tables alone."""
    found = as_files(resolved)
    if found is resolved or (resolved.parameters.output_settings.target_environment == "lakehouse" and kernel != "spark"):
        return found
    return resolved


def _notes(resolved: Resolved, plan: Plan, kernel: Kernel) -> tuple[str, ...]:
    """What was chosen otherwise than asked for."""
    if kernel == "python" and resolved.parameters.setting("mode", "auto") == "pyspark":
        told = "loads a warehouse" if plan.output.environment == "warehouse" else "writes files"
        return (f"the notebook has the Python kernel, which {told}; a Spark notebook writes tables of a lakehouse",)
    return ()


def _shown(plan: Plan | None, environment: Environment) -> Plan | None:
    """A plan as its tables are in the environment, whatever its rows are written into on the way."""
    return None if plan is None else replace(plan, output=replace(plan.output, mode="table", environment=environment))


def _here(resolved: Resolved) -> Resolved:
    """The same, generated in Python on this machine: what is only looked at needs no Spark and no store."""
    parameters = resolved.parameters
    work = parameters.generation_settings.model_copy(update={"mode": "python"})
    config = parameters.generation_config.model_copy(update={"mode": None})
    output = parameters.output_settings.model_copy(update={"output_dir": None})
    spark = parameters.spark.model_copy(update={"writer": "auto", "conf": {}})
    update = {"generation_settings": work, "generation_config": config, "output_settings": output, "spark": spark}
    return replace(resolved, parameters=parameters.model_copy(update=update))


def _called(resolved: Resolved, plan: Plan) -> str:
    """What a notebook is called after: the template, or the dataset."""
    return resolved.template.id if resolved.template is not None else plan.dataset_id


def _kernels(environment: Environment) -> tuple[Kernel, ...]:
    return ("python", "spark") if environment == "lakehouse" else ("python",)


def _kernel(resolved: Resolved, plan: Plan, environment: Environment, asked: Kernel | None) -> Kernel:
    """The kernel of a notebook: the one asked for, else that of the generation mode; raises InputError for Spark where files are wanted."""
    mode = resolved.parameters.setting("mode", "auto")
    by_rows = mode == "auto" and plan.target_rows >= resolved.parameters.generation_settings.auto_threshold
    able = environment == "lakehouse" and plan.output.mode == "table"
    chosen: Kernel = asked or ("spark" if (mode == "pyspark" or by_rows) and able else "python")
    if environment == "warehouse" and plan.output.mode != "table":
        raise InputError("a warehouse holds tables: use the output mode `table`, or the target environment `lakehouse`")
    if chosen == "spark" and environment == "lakehouse" and not able:
        raise InputError("a Spark notebook writes tables: use the kernel `python`, or the output mode `table`")
    if chosen == "spark" and environment == "warehouse":
        raise InputError("a warehouse is loaded by a Python notebook: use the kernel `python`, or the target environment `lakehouse`")
    return chosen


def _packed(aboard: Sequence[Resolved]) -> Packed:
    return packed(bundle_of(aboard))


def known_datasets(repository: DatasetConfigurationRepository) -> list[str]:
    """Ids of all datasets that can be compiled."""
    return [info.dataset_id for info in (*repository.list(), *repository.incremental()) if not info.problem]
