"""The application: its steps, what is chosen, and the work that goes on behind the screens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events, on
from textual.actions import ActionParseResult, parse
from textual.binding import Binding
from textual.command import CommandList
from textual.dom import DOMNode
from textual.filter import LineFilter
from textual.reactive import var
from textual.widgets import OptionList
from textual.worker import Worker, WorkerState

from ..core.errors import ConfigError, ParameterError, SyntheticDataError
from ..core.format import printable
from ..core.run.events import RunResult, SeriesResult
from ..core.spec.repository import DatasetConfigurationRepository
from ..core.spec.templates import TemplateRepository
from .by_days import Priced, price
from .clean import Clean
from .commands import WizardCommands
from .compiling import Compiling, compile_draft
from .run_state import RunState
from .screens.browse import BrowseScreen
from .screens.dialogs import Replace
from .screens.sizes import FollowsTerminal
from .screens.step import Step
from .settings import Settings
from .start import template_draft
from .state import Cost, Draft, Past, Planned, PlannedDays, of_template
from .steps import STEPS
from .work import do_aside, told
from .workspace import Workspace

if TYPE_CHECKING:
    from ..core.job import JobResult
    from ..core.plan.machine import Machine
    from ..core.plan.plan import Plan
    from ..core.quality.report import Report
    from ..core.run.estimate import Estimate
    from ..core.run.standing import Standing

_CLEAN = Clean()


def _estimate(plan: Plan) -> Estimate:
    from ..core.run.estimate import estimate

    return estimate(plan)


def _run(plan: Plan, **options: Any) -> JobResult:
    from ..core.job import run_job

    return run_job(plan, **options)


def _validate(result: RunResult | SeriesResult | Past, **options: Any) -> Report:
    from ..core.quality.validate import validate_past, validate_run

    if isinstance(result, Past):
        return validate_past(result.root, result.run_id, result.dataset_id, **options)
    return validate_run(result, **options)


def _standing(plan: Plan) -> tuple[Plan, Standing | None]:
    from ..core.run.standing import standing

    return plan, standing(plan) if plan.output.if_exists == "replace" else None


def _screen(step: str) -> Step:
    """A step, imported when it is first visited, so that the first one is there at once."""
    module = import_module(f"{__package__}.screens.{step}")
    made: Step = getattr(module, f"{step.capitalize()}Screen")()
    return made


class Wizard(FollowsTerminal, Compiling):
    """Choose a dataset, tune it, look at it, generate it, take its config away.

    `estimate`, `price`, `run`, `validate` and `compile_` do the work; tests that compare pictures replay recorded ones, whose times do
    not change.
    """

    TITLE = "synthetic-data"
    CSS_PATH = "wizard.tcss"
    MODES = {"browse": BrowseScreen, **{step: partial(_screen, step) for step in STEPS if step != "browse"}}
    DEFAULT_MODE = "browse"
    COMMANDS: ClassVar = {WizardCommands}
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (160, "-huge")]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]
    BINDINGS: ClassVar = [
        # No letter starts a run: one typed outside a field, or meant for another program, would.
        Binding("f5", "generate", "Generate", id="run.start", tooltip="Generate with the parameters as they are"),
        Binding("ctrl+g", "generate", "Generate", show=False, id="run.start_too"),
        Binding("q", "quit_wizard", "Quit", id="quit"),
        Binding("ctrl+q", "quit_wizard", "Quit", show=False, priority=True, id="quit.anywhere"),
        Binding("ctrl+c", "interrupt", "Copy what is selected, or quit", show=False, priority=True, id="interrupt"),
        Binding("ctrl+z", "suspend_process", "Suspend", show=False, priority=True, id="suspend"),
    ]

    planned: var[Planned | None] = var(None, always_update=True)
    """The last plan; also one that equals the plan before it is that of another draft."""
    expected: var[Estimate | None] = var(None)

    def __init__(
        self,
        draft: Draft,
        *,
        repository: DatasetConfigurationRepository | None = None,
        templates: TemplateRepository | None = None,
        estimate: Callable[[Plan], Estimate] = _estimate,
        run: Callable[..., JobResult] = _run,
        validate: Callable[..., Report] = _validate,
        price: Callable[[PlannedDays], Estimate | None] = price,
        compile_: Callable[..., Workspace] = compile_draft,
        machine: Machine | None = None,
        settings: Settings = Settings(),  # noqa: B008  # it never changes
    ) -> None:
        super().__init__(draft, repository or DatasetConfigurationRepository(), machine, price, validate, templates, compile_)
        self._estimating, self._generating = estimate, run
        self.settings, self.theme = settings, settings.theme
        self.set_reactive(Wizard.draft, draft)

    def on_mount(self) -> None:
        """Plans what the wizard opened with, once the first screen is shown."""
        self.set_interval(0.1, self.poll)
        self.watch_stops()
        self.take_settings()
        self.call_after_refresh(self._replan)

    # What is chosen

    def reread(self, repository: DatasetConfigurationRepository, templates: TemplateRepository) -> None:
        """Goes on with datasets and templates that were read again, and plans what is chosen anew."""
        self.repository, self.templates = repository, templates
        self._replan()

    def choose(self, dataset_id: str) -> None:
        """Makes a dataset the current one; what was changed for it before is there again."""
        self._choose(dataset_id, partial(self.begun.elsewhere, dataset_id))

    def choose_template(self, template_id: str) -> None:
        """Makes a dataset with the presets of a template the current one; what was changed for it before is there again."""
        try:
            self._choose(of_template(template_id), lambda: template_draft(self.templates.get(template_id), self.begun))
        except SyntheticDataError as error:
            self.notify(told(error), title="Cannot be chosen", severity="warning")

    def _choose(self, chosen: str, begin: Callable[[], Draft]) -> None:
        if chosen != self.draft.chosen:
            draft = self.drafts.get(chosen) or begin()
            self.drafts[self.draft.chosen] = self.draft
            self.invalid.clear()
            if chosen not in self.drafts:
                self.drafts[chosen] = draft
                self.keep(draft)
            self.draft = draft

    def take(self, dataset_id: str, config: Mapping[str, Any]) -> None:
        """Makes a dataset with settings the current one, written where it is written now; undo takes what was changed for it before."""
        directory = self.draft.value("output_settings.output_dir")
        draft = Draft(dataset_id, config)
        self.take_draft(draft if directory is None else draft.changed("output_settings.output_dir", directory))

    def edit(self, path: str, value: Any) -> None:
        """Changes a setting; None takes it back to its default."""
        self.draft = self.draft.changed(path, value)

    def watch_draft(self) -> None:
        """Plans anew, a moment later, so that typing makes one plan and not ten."""
        self.expected = None
        if self.is_running:
            self.set_timer(0.15, partial(self._replan, self.draft))

    def _replan(self, draft: Draft | None = None) -> None:
        if draft is None or draft is self.draft:
            do_aside(self, "plan", partial(self._plan, self.draft))
            if self.days is not None or self.arrives:
                self.look_at_days()

    def _plan(self, draft: Draft) -> Planned:
        from ..core.plan.make import make_plan
        from ..core.plan.make_series import as_files
        from ..core.spec.resolve import resolve_parameters

        resolved = None
        try:
            resolved = resolve_parameters(draft.dataset_id, edited=draft.config, repository=self.repository)
            by_day = resolved.variant.incremental
            resolved = as_files(resolved) if by_day else resolved
            return Planned(draft, resolved, make_plan(resolved, machine=self._machine, by_day=by_day))
        except ConfigError as error:
            return Planned(draft, resolved, None, error.problems)
        except ParameterError as error:
            return Planned(draft, resolved, None, ((error.name, str(error)),))
        except SyntheticDataError as error:
            return Planned(draft, resolved, None, ((str(error).partition(":")[0], str(error)),))

    @on(Worker.StateChanged)
    def _worked(self, event: Worker.StateChanged) -> None:
        worker, found = event.worker, event.worker.result
        if event.state not in (WorkerState.SUCCESS, WorkerState.ERROR):
            return
        if worker.group == "run":
            self.ran(worker)
        elif worker.group == "compile":
            self._compiled(worker)
        elif worker.error is not None:
            if worker.group == "plan":
                self.planned = Planned(self.draft, problems=(("", told(worker.error)),))
            else:
                self.notify(told(worker.error), severity="error")
                if worker.group == "price" and self.days is not None:
                    self.days = replace(self.days, unknown=True)
        elif isinstance(found, tuple):
            self._ask(*found)
        elif isinstance(found, PlannedDays):
            self._looked(found, start=worker.group == "first look")
        elif isinstance(found, Priced):
            self._priced(found)
        elif isinstance(found, Planned) and found.draft is self.draft:
            if self.planned is None:
                # Planning has imported a good part of the core.
                self.settled()
            self.planned = found
            if found.plan is not None and not self.arrives:
                do_aside(self, "estimate", partial(self._cost, found.plan))
        elif worker.group == "check":
            self.mutate_reactive(Wizard.checks)
        elif isinstance(found, Cost) and self.planned is not None and found.plan is self.planned.plan:
            self.expected = found.estimate

    def _cost(self, plan: Plan) -> Cost:
        return Cost(plan, self._estimating(plan))

    # The run

    @property
    def plan(self) -> Plan | None:
        """The plan of what is chosen now; None while it is being made, or where it has problems."""
        planned = self.planned
        return planned.plan if planned is not None and planned.draft is self.draft and not self.invalid else None

    @property
    def wrong(self) -> tuple[str, ...]:
        """The sentences about what cannot be generated: of the fields that hold no value, else of the last plan."""
        return tuple(self.invalid.values()) or (self.planned.sentences if self.planned is not None else ())

    def action_generate(self) -> None:
        """Starts the run, or says why it cannot; asks first where it would replace something."""
        if self.running:
            self.switch_mode("run")
        elif self.current_mode == "compile":
            self.action_run_notebook()
        elif self.arrives or self.current_mode == "days":
            self._generate_days()
        elif self.plan is None:
            self.notify(next(iter(self.wrong), "The plan is not ready yet."), title="Cannot generate", severity="warning")
        else:
            do_aside(self, "standing", partial(_standing, self.plan))

    def _ask(self, plan: Plan, found: Standing | None) -> None:
        if self.running or self.screen.is_modal:
            return
        if found is None:
            self._start(plan)
        else:
            self.push_screen(Replace(found), lambda sure: self._start(plan) if sure else None)

    def _start(self, plan: Plan) -> None:
        self._begin(RunState(plan, expected=self.expected), partial(self._generating, plan, datasets=self.repository.list()))

    # Going about

    def is_lost(self, event: events.Key | events.Paste) -> bool:
        """Keeps what is typed from a step that nobody sees."""
        return super().is_lost(event) or self.has_no_room_for(event)

    async def run_action(
        self, action: str | ActionParseResult, default_namespace: DOMNode | None = None, namespaces: Mapping[str, DOMNode] | None = None
    ) -> bool:
        """Textual counts a list's lines once there is room for them; before that it fails over where a page would lead to."""
        _, name, parameters = parse(action) if isinstance(action, str) else action
        if default_namespace is not None and any(page in (name, *parameters[:1]) for page in ("page_up", "page_down")):
            lists = [default_namespace] if isinstance(default_namespace, OptionList) else default_namespace.query(CommandList)
            if any(not (one.scrollable_content_region and one.virtual_size.height) for one in lists):
                return True
        return await super().run_action(action, default_namespace, namespaces)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Whatever is shown, the terminal is only drawn on."""
        return [*super().get_line_filters(), _CLEAN]

    def notify(self, message: str, *, markup: bool = False, **options: Any) -> None:
        """Shows a message as it is: texts of others are never markup, for which a screen's own `notify` would take them."""
        super().notify(printable(message, keep="\n"), markup=False, **options)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offers to start a run or to stop it."""
        if action in ("generate", "run_notebook"):
            return not self.running
        if action == "compile":
            return not self.is_compiling
        if action == "cancel_run":
            return self.running
        return super().check_action(action, parameters)
