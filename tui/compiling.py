"""The part of the application that compiles what is chosen into a workspace, and runs the notebook that came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from textual.reactive import var
from textual.worker import Worker

from ..core import format as shown
from ..core.errors import EditedError, PlaceError, SyntheticDataError
from ..core.format import printable
from ..core.spec.repository import DatasetConfigurationRepository
from ..core.spec.templates import TemplateRepository
from .by_days import ByDays
from .run_state import RunState, SeriesWork
from .screens.dialogs import Confirm
from .state import Draft, PlannedDays
from .work import do_aside, told
from .workspace import Artefact, Chosen, Workspace

if TYPE_CHECKING:
    from datetime import date

    from ..core.compile.compilers import Compiled
    from ..core.job import JobResult
    from ..core.plan.machine import Machine
    from ..core.quality.report import Report
    from ..core.run.estimate import Estimate
    from ..core.run.events import SeriesResult

_NAMED = 3
"""Files that a question names."""


def compile_draft(
    draft: Draft,
    given: Mapping[str, Any],
    by_day: bool,
    repository: DatasetConfigurationRepository,
    templates: TemplateRepository,
    force: bool,
) -> Workspace:
    """Compiles a draft; raises what the compilers raise, and EditedError for files that are not as they were compiled."""
    from ..core.compile.chosen import How, compiled

    began = perf_counter()
    chosen = choose(draft, given, by_day, repository, templates)
    how = chosen.settings
    made = compiled(
        chosen.resolved,
        How(
            Path(how.output_dir).expanduser(),
            force=force,
            kernel=how.kernel,
            include_ddl=how.include_ddl,
            pipeline=how.pipeline,
            days=chosen.days,
            batch=chosen.batch,
        ),
    )
    if made.plan is None:
        raise PlaceError(f"nothing was compiled into {made.folder}")
    return Workspace(chosen, given, made.folder, made.notebooks[0], made.plan, _artefacts(made), perf_counter() - began)


def choose(
    draft: Draft, given: Mapping[str, Any], by_day: bool, repository: DatasetConfigurationRepository, templates: TemplateRepository
) -> Chosen:
    """What a draft and the settings of compiling come to; raises what `resolve_parameters` raises."""
    from ..core.plan.overrides import in_time
    from ..core.spec.compiling import CompileSettings
    from ..core.spec.resolve import resolve_parameters
    from ..core.spec.series import SeriesSettings

    settings = CompileSettings.model_validate(dict(given))
    by_day = by_day or settings.generates == "days"
    config = dict(draft.by_days if by_day else draft.config)
    if settings.target is not None:
        config["output_settings"] = {**config.get("output_settings", {}), "target_environment": settings.target}
    template = templates.get(draft.template) if draft.keeps_presets else None
    resolved = resolve_parameters(draft.dataset_id, edited=config, repository=repository, template=template)
    days = SeriesSettings.model_validate({name: value for name, value in draft.days.items() if name in SeriesSettings.model_fields})
    window = days.window(in_time(resolved.variant.dataset, resolved.parameters).history) if by_day else None
    return Chosen(draft, settings, resolved, window, days.batch)


def _artefacts(made: Compiled) -> tuple[Artefact, ...]:
    published = made.published
    states = {
        **dict.fromkeys(published.written, "written"),
        **dict.fromkeys(published.unchanged, "unchanged"),
        **dict.fromkeys(published.kept, "kept"),
        **dict.fromkeys(published.removed, "removed"),
    }
    out = []
    for name, state in sorted(states.items()):
        path = made.folder / name
        out.append(Artefact(name, path, path.stat().st_size if path.is_file() else 0, state))
    return tuple(out)


def _run(made: Workspace, root: Path, **options: Any) -> JobResult | SeriesResult:
    from ..core.execute.job import execute_job

    return execute_job(made.notebook, root, dataset_id=made.plan.dataset_id, by_day=made.chosen.days is not None, **options)


class Compiling(ByDays):
    """An application that compiles, and runs what it has compiled."""

    compiling: var[Mapping[str, Any]] = var(dict[str, Any])
    """What is set of compiling, where it is not the default."""
    compiled: var[Workspace | None] = var(None)
    compile_problem: var[str] = var("")
    """Why the last compilation failed, in a sentence."""
    is_compiling: var[bool] = var(False)

    def __init__(
        self,
        draft: Draft,
        repository: DatasetConfigurationRepository,
        machine: Machine | None,
        price: Callable[[PlannedDays], Estimate | None],
        validate: Callable[..., Report],
        templates: TemplateRepository | None,
        compile_: Callable[..., Workspace],
    ) -> None:
        super().__init__(draft, repository, machine, price, validate)
        self.templates = templates or TemplateRepository(datasets=self.repository)
        self._compiling = compile_

    def edit_compiling(self, name: str, value: Any) -> None:
        """Changes a setting of compiling; None takes it back to its default."""
        rest = {known: kept for known, kept in self.compiling.items() if known != name}
        self.compiling = rest if value is None else {**rest, name: value}

    def action_compile(self) -> None:
        """Compiles what is chosen."""
        if not self.screen.is_modal:
            self.switch_mode("compile")
            self._compile(self.draft, force=False)

    def _compile(self, draft: Draft, force: bool) -> None:
        if self.is_compiling:
            return
        if self.invalid:
            self.notify(next(iter(self.invalid.values())), title="Cannot compile", severity="warning")
            return
        self.is_compiling, self.compile_problem = True, ""
        do_aside(self, "compile", partial(self._compiling, draft, self.compiling, self.arrives, self.repository, self.templates, force))

    def _compiled(self, worker: Worker[Workspace]) -> None:
        self.is_compiling = False
        error = worker.error
        if isinstance(error, EditedError):
            self.compile_problem = told(error).replace("`output_dir`", "folder").replace(", or overwrite them with `force`", "")
            if not self.screen.is_modal:
                self.push_screen(Confirm(_question(error), "Overwrite", "Keep"), partial(self._overwrite, self.draft))
        elif error is not None:
            self.compile_problem = told(error).replace("`output_dir`: ", "")
        elif worker.result is not None:
            self.compiled = worker.result
            self.keep(worker.result.chosen.draft)

    def _overwrite(self, draft: Draft, sure: bool | None) -> None:
        if sure:
            self._compile(draft, force=True)

    def action_run_notebook(self) -> None:
        """Runs the compiled notebook on this machine; asks first where something may be replaced."""
        made = self.compiled
        if self.running:
            self.switch_mode("run")
        elif made is None:
            self.notify("Nothing is compiled yet: F6 in the step Compile compiles.", title="Cannot run", severity="warning")
        elif not self.screen.is_modal:
            try:
                root = self._lakehouse()
                stands = any(path.exists() for path in (root / ".manifests", root / "warehouse.duckdb"))
            except (SyntheticDataError, OSError) as error:
                self.notify(told(error), title="Cannot run", severity="warning")
                return
            start = partial(self._start_notebook, made, root)
            if not stands:
                start(True)
                return
            replaces = "passes over days that are there" if made.chosen.days is not None else "replaces its tables that are there"
            question = f"Run {made.name} here? It writes to\n\n  {printable(str(root.absolute()))}\n\nand {replaces}."
            self.push_screen(Confirm(question, "Run", "Leave"), start)

    def _lakehouse(self) -> Path:
        """The folder that stands for the lakehouse: where a run of the draft would write."""
        from ..core.spec.urls import local_root

        place = self.draft.value("output_settings.output_dir") or "synthetic_data"
        return local_root(str(place), "notebooks run here write to", "deploy the notebook, or name a folder in Parameters")

    def _start_notebook(self, made: Workspace, root: Path, sure: bool | None) -> None:
        if not sure or self.running:
            return
        work = None
        if made.chosen.days is not None:
            from ..core.spec.series import SeriesSettings

            work = SeriesWork(None, SeriesSettings(batch=made.chosen.batch), _days(*made.chosen.days))
        self._begin(RunState(made.plan, series=work, notebook=made.name), partial(_run, made, root))

    def ran(self, worker: Worker[JobResult | SeriesResult]) -> None:
        """Also what a notebook left where it ran."""
        super().ran(worker)
        job, made = self.job, self.compiled
        if job is None or made is None or job.notebook != made.name or job.result is None or job.result.status != "COMPLETED":
            return
        from ..core.execute.execute import EXECUTED

        folder = Path(job.result.output_root) / EXECUTED
        # Their names end with the time.
        last = [sorted(folder.glob(f"{made.name}-*{suffix}"))[-1:] for suffix in (".py", ".json")]
        self.compiled = replace(made, executed=tuple(path for found in last for path in found))


def _days(first: date, last: date) -> tuple[date, ...]:
    from datetime import timedelta

    return tuple(first + timedelta(days=number) for number in range((last - first).days + 1))


def _question(error: EditedError) -> str:
    named = "\n".join(f"  {printable(name)}" for name in error.files[:_NAMED])
    more = f"\n  and {shown.many(len(error.files) - _NAMED, 'more file')}" if len(error.files) > _NAMED else ""
    return f"Somebody edited these files since they were compiled, or made them:\n\n{named}{more}\n\nOverwrite them?"
