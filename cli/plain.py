"""The steps of the wizard as questions and answers, a line each: for screen readers, braille displays and dumb terminals.

Nothing is drawn, moved or coloured, and nothing is said that was not asked for. It stands over the same core as the wizard, and knows
no Textual.
"""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..core import format as shown
from ..core.errors import InputError, SyntheticDataError, brief
from ..core.spec.export import FORMS, export, export_series, file_named, save
from ..core.spec.form import Setting, settings
from ..core.spec.form import shown as written
from ..core.spec.pipelines import PIPELINES, export_pipeline
from ..core.spec.reference import CHANGES, Reference, found
from ..core.spec.series import SeriesSettings
from ..tui.start import template_draft
from ..tui.state import Draft
from .stopping import code_of, ended_if_told, stoppable, stopping
from .streams import tell

if TYPE_CHECKING:
    from ..core.plan.plan import Plan
    from ..core.run.preview import PlanRows
    from ..core.spec.repository import DatasetConfigurationRepository
    from ..core.spec.resolve import Resolved
    from ..core.spec.templates import TemplateRepository

_ROWS: Final = 3
"""Rows of a look at a table."""
_LISTED: Final = 40
_HELP: Final = "At every question: ? for help, back for the step before, quit to leave. Ctrl-C stops a run."


class _Back(Exception):
    """Somebody wants the step before."""


class _Quit(Exception):
    """Somebody wants to leave, or has closed standard input."""


@dataclass(slots=True)
class Talk:
    """What is chosen, and what came of it."""

    draft: Draft
    repository: DatasetConfigurationRepository
    templates: TemplateRepository
    planned: tuple[Draft, Resolved, Plan] | None = None
    days: tuple[date, date] | None = None
    """Of a dataset that arrives by days those that were generated."""
    code: int = 0
    """The exit code: that of the last run."""
    rows: PlanRows | None = None
    listed: list[str] = field(default_factory=list)
    """What the last list of datasets had, by number."""

    def plan(self) -> tuple[Resolved, Plan]:
        """The plan of the draft; raises SyntheticDataError."""
        if self.planned is None or self.planned[0] is not self.draft:
            from ..core.plan.make import make_plan
            from ..core.plan.make_series import as_files
            from ..core.spec.resolve import resolve_parameters

            resolved = resolve_parameters(self.draft.dataset_id, edited=self.draft.config, repository=self.repository)
            by_day = resolved.variant.incremental
            resolved = as_files(resolved) if by_day else resolved
            self.planned, self.rows = (self.draft, resolved, make_plan(resolved, by_day=by_day)), None
        return self.planned[1], self.planned[2]


def converse(draft: Draft, repository: DatasetConfigurationRepository, templates: TemplateRepository) -> int:
    """Asks step by step until the last one, or until somebody leaves; returns the exit code of the last run, else 0.

    Raises SystemExit where SIGTERM ends it.
    """
    talk = Talk(draft, repository, templates)
    tell("synthetic-data, line by line. An empty line takes what is chosen and goes on.", _HELP)
    with stoppable():
        _go(talk)
    tell("Goodbye.")
    return talk.code


def _go(talk: Talk) -> None:
    step = 0
    while step < len(_STEPS):
        name, work = _STEPS[step]
        tell("", f"Step {step + 1} of {len(_STEPS)}: {name}.")
        try:
            work(talk)
            step += 1
        except _Back:
            step = max(step - 1, 0)
        except _Quit:
            return


def _ask(question: str, help_: str) -> str:
    """What somebody answers."""
    while True:
        print(f"{question}: ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            tell("")
            raise _Quit
        answer = line.strip()
        if answer.lower() in ("?", "help"):
            tell(help_, _HELP)
        elif answer.lower() == "back":
            raise _Back
        elif answer.lower() in ("q", "quit", "exit"):
            raise _Quit
        else:
            return answer


def _told(work: Callable[[], None]) -> bool:
    """Does something and says what is wrong with it, if anything is."""
    try:
        work()
    except (SyntheticDataError, OSError) as error:
        tell(*(f"That does not work: {line}" for line in str(error).splitlines()))
        return False
    return True


# Which dataset


def _dataset(talk: Talk) -> None:
    tell(f"{talk.draft.name} is chosen. Type an id, a number of the last list, or words to search for; list lists all.")
    while answer := _ask(
        f"dataset [{talk.draft.name}]", "Datasets and enhanced templates are found by id, name, meaning, domain and table."
    ):
        number = int(answer) if answer.isascii() and answer.isdecimal() and len(answer) < 4 else 0
        if 1 <= number <= len(talk.listed):
            answer = talk.listed[number - 1]
        known = _known(talk)
        words = [] if answer.lower() in ("list", "all") else answer.lower().split()
        matches = [answer] if answer in known else [name for name, text in known.items() if all(word in text.lower() for word in words)]
        if len(matches) == 1:
            (name,) = matches
            if _told(lambda chosen=name: _choose(talk, chosen)):  # type: ignore[misc]
                tell(f"{talk.draft.name} is chosen: {known[name]}")
        elif not matches:
            tell(f"Nothing is found for {brief(answer)}.")
        else:
            talk.listed = matches[:_LISTED]
            tell(*(f"{n}: {name}, {known[name]}" for n, name in enumerate(talk.listed, 1)))
            tell(*([f"and {len(matches) - _LISTED} more"] if len(matches) > _LISTED else []))


def _known(talk: Talk) -> dict[str, str]:
    """Id -> what is said of it, of all that may be chosen."""
    out = {}
    for info in (*talk.repository.list(), *talk.repository.incremental()):
        if not info.problem:
            size = "arrives by days" if info.incremental else f"{info.target_rows:,} rows"
            out[info.dataset_id] = f"{info.domain}, {size}, tables {', '.join(info.tables)}. {' '.join(info.about.split())}"
    for template in talk.templates.list():
        if not template.problem:
            out.setdefault(template.template_id, f"template of {template.dataset_id}. {' '.join(template.about.split())}")
    return out


def _choose(talk: Talk, name: str) -> None:
    if any(info.dataset_id == name for info in (*talk.repository.list(), *talk.repository.incremental())):
        talk.draft = talk.draft if name == talk.draft.chosen else talk.draft.elsewhere(name)
    else:
        talk.draft = template_draft(talk.templates.get(name), talk.draft)


# Its settings


def _settings(talk: Talk) -> None:
    tell("Type name=value, such as target_rows=5000; a name alone tells about it; list lists all, changed what you have set.")
    help_ = "name= takes a setting back to its default. Numbers may be 10k or 2M, shares 5%, days 2024-12-31; mappings {monday: 2}."
    while True:
        answer = _ask("setting", help_)
        if not answer:
            if _told(talk.plan):  # type: ignore[arg-type]  # what it returns is looked at later
                return
            tell("Change a setting, or go back to choose another dataset.")
        else:
            _told(lambda said=answer: _setting(talk, said))  # type: ignore[misc]


def _setting(talk: Talk, answer: str) -> None:
    if answer.lower() in ("list", "all", "changed"):
        for one in settings():
            value = talk.draft.value(one.path)
            if answer.lower() != "changed" or value is not None:
                tell(f"{one.path}, {one.title}: {_value(talk, one)}")
        return
    name, equals, text = answer.partition("=")
    about = found(name)
    if len(about) > 1:
        tell(*(f"{one.path}, {one.title}" for one in about))
        return
    setting = next((one for one in settings() if one.path == about[0].path), None)
    if setting is None:
        raise InputError(f"{about[0].path} cannot be changed here; give it to the command, as --set {about[0].path}=..")
    if equals:
        talk.draft = talk.draft.changed(setting.path, setting.read(text))
        tell(f"{setting.path} is {_value(talk, setting)}")
    else:
        tell(*_about(talk, setting, about[0]))


def _about(talk: Talk, setting: Setting, one: Reference) -> list[str]:
    default = one.default or "not set"
    return [
        f"{one.path}, {one.title}: {_value(talk, setting)}",
        f"{one.about} It is {one.allowed}. Default: {default}. It changes {CHANGES[one.changes]}.",
    ]


def _value(talk: Talk, setting: Setting) -> str:
    value = talk.draft.value(setting.path)
    if value is not None:
        return written(value)
    return f"{written(setting.default)}, the default" if setting.default is not None else "as the dataset has it"


# A look at its rows


def _preview(talk: Talk) -> None:
    _, plan = talk.plan()
    tell(f"{plan.dataset_id}: {shown.many(plan.rows, 'row')} in {shown.many(len(plan.tables), 'table')}, seed {plan.seed}", *plan.notes)
    tell(*(f"{n}: {table.name}, {shown.many(table.rows, 'row')}. {table.about}" for n, table in enumerate(plan.tables, 1)))
    question = "table to look at, and a row if you like, such as orders 100"
    while answer := _ask(question, f"Shows {_ROWS} rows, a value a line, as a run would write them; rows count from 1."):
        _told(lambda said=answer: _look(talk, plan, said))  # type: ignore[misc]


def _look(talk: Talk, plan: Plan, answer: str) -> None:
    from ..core.run.look import texts
    from ..core.run.preview import PlanRows
    from ..core.spec.numbers import whole

    name, _, place = answer.partition(" ")
    if name.isascii() and name.isdecimal() and len(name) < 4 and 1 <= int(name) <= len(plan.tables):
        name = plan.names[int(name) - 1]
    try:
        first = int(whole(place)) if place.strip() else 1
    except ValueError as error:
        raise InputError(str(error)) from None
    rows = plan.table(name).rows
    if not rows:
        tell(f"{name} has no rows.")
        return
    if not 1 <= first <= rows:
        raise InputError(f"{name} has {shown.many(rows, 'row')}: the row may be 1 to {rows:,}, not {first:,}")
    talk.rows = talk.rows or PlanRows(plan)
    page = talk.rows.page(name, first - 1, _ROWS)
    columns = {column: texts(values) for column, values in zip(page.column_names, page.columns, strict=True)}
    for row in range(page.num_rows):
        tell(f"row {first + row:,} of {name}")
        tell(*(f"{column}: {'NULL' if values[row] is None else values[row]}" for column, values in columns.items()))


# The run


def _run(talk: Talk) -> None:
    resolved, plan = talk.plan()
    if resolved.variant.incremental:
        _run_days(talk, resolved)
        return
    from ..core.run.estimate import estimate
    from ..core.run.standing import standing

    def expect() -> None:
        tell(f"It will take {estimate(plan).told()}, as {plan.output.mode} under {plan.output.place}.")
        there = standing(plan) if plan.output.if_exists == "replace" and not plan.output.url else None
        if there is not None:
            tell(f"It replaces {', '.join(there.tables)} under {there.root}, written {there.written:%Y-%m-%d %H:%M} UTC.")

    # What cannot be looked at cannot be written to either; going back changes the place.
    if not _told(expect):
        raise _Back
    if _agreed("generate now, yes or no [no]", "yes writes the data; no, or an empty line, goes on without."):
        _told(lambda: _generate(talk, plan))


def _agreed(question: str, help_: str) -> bool:
    while True:
        answer = _ask(question, help_).lower()
        if answer in ("", "n", "no"):
            return False
        if answer in ("y", "yes"):
            return True
        tell("Answer yes or no.")


def _generate(talk: Talk, plan: Plan) -> None:
    from ..core.job import run_job
    from ..core.run.cancel import CancelToken
    from .generate import result_lines
    from .reporters import PlainReporter

    cancel = CancelToken()
    with stopping(cancel) as heard, PlainReporter() as emit:
        job = run_job(plan, emit=emit, cancel=cancel, datasets=talk.repository.list(), alone=True)
    talk.code = code_of(job.run.status, heard)
    if job.run.status == "COMPLETED":
        tell(*result_lines(plan, job.run))
        if job.report is not None:
            where = shlex.quote(job.run.output_root)
            tell(f"Checked: {job.report.headline}. The report is shown by: synthetic-data open --output-dir {where}")
    else:
        tell(f"It was not finished: {job.run.message or job.run.status.lower()}")
    ended_if_told(heard)


def _run_days(talk: Talk, resolved: Resolved) -> None:
    from .series import day_of

    first, last = SeriesSettings().window(resolved.variant.dataset.history)
    tell("This dataset arrives day by day.")
    while True:
        texts = [_ask(f"{name} day [{day}]", "A day as YYYY-MM-DD.") or str(day) for name, day in (("first", first), ("last", last))]
        if _told(lambda given=texts: _days(talk, resolved, day_of(given[0], "first day"), day_of(given[1], "last day"))):  # type: ignore[misc]
            return


def _days(talk: Talk, resolved: Resolved, first: date, last: date) -> None:
    from ..core.plan.make_series import make_series
    from ..core.run.cancel import CancelToken
    from ..core.run.series import run_series
    from .reporters import PlainReporter

    series = make_series(resolved, first, last)
    talk.days = (first, last)
    tell(f"{series.span}, as {series.plan.output.mode} under {series.plan.output.place}. Days that are there are passed over.")
    if not _agreed("generate now, yes or no [no]", "yes writes the days; no, or an empty line, goes on without."):
        return
    cancel = CancelToken()
    with stopping(cancel) as heard, PlainReporter() as emit:
        result = run_series(series, batch=SeriesSettings().batch, again=False, emit=emit, cancel=cancel, datasets=talk.repository.list())
    talk.code = code_of(result.status, heard)
    days = f"{shown.many(len(result.days), 'day')}, {shown.many(result.rows, 'row')}; {shown.many(result.there, 'day')} already existed"
    tell(days if result.status == "COMPLETED" else f"It was not finished: {result.message or result.status.lower()}")
    ended_if_told(heard)


# What is taken away


def _export(talk: Talk) -> None:
    forms = ", ".join((*FORMS, *PIPELINES))
    help_ = "A form alone is shown; with the name of a file behind it, it is saved. A file that is there is not replaced."
    tell(f"The same run elsewhere: {forms}.")
    while answer := _ask("form, and a file if it is to be saved, such as yaml run.yaml", help_):
        _told(lambda said=answer: _take_away(talk, said))  # type: ignore[misc]


def _take_away(talk: Talk, answer: str) -> None:
    form, _, file = answer.partition(" ")
    resolved, _ = talk.plan()
    window = talk.days or SeriesSettings().window(resolved.variant.dataset.history)
    series = export_series(resolved, SeriesSettings(), window) if resolved.variant.incremental else ""
    if form == "command" and series:
        text = series
    elif form in FORMS:
        text = export(resolved, form)
    elif form in PIPELINES:
        text = export_pipeline(resolved, form, Path.cwd(), series)
    else:
        raise InputError(f"there is no form `{brief(form)}`; it may be one of {', '.join((*FORMS, *PIPELINES))}")
    if file.strip():
        save(text, file_named(file))
        tell(f"Saved {file.strip()}.")
    else:
        tell(*text.splitlines())


_STEPS: Final[Sequence[tuple[str, Callable[[Talk], None]]]] = (
    ("dataset", _dataset),
    ("settings", _settings),
    ("look at the rows", _preview),
    ("generate", _run),
    ("take it away", _export),
)
