"""Lines and cards of datasets and templates, as texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from textual.content import Content
from textual.widgets.option_list import Option

from ...core import format as shown
from ...core.format import printable
from ...core.spec import repository, templates
from ...core.spec.repository import DatasetInfo
from ...core.spec.templates import TemplateInfo

Info = DatasetInfo | TemplateInfo

BY_DAY: Final = "day by day"
TEMPLATES: Final = "enhanced templates"
OWN: Final = "your own"
_HEADINGS: Final = {BY_DAY: "day by day (incremental)", TEMPLATES: "enhanced templates (presets)", OWN: OWN}
_KIND: Final = 12


def is_own(info: Info) -> bool:
    """Whether it is a user's file, not a shipped one."""
    return info.source.parent not in (repository.SHIPPED, templates.SHIPPED)


def name_of(info: Info) -> str:
    """The id that is shown of it."""
    return printable(info.template_id if isinstance(info, TemplateInfo) else info.dataset_id)


def kind_of(info: Info) -> str:
    """What it is, in a word or three."""
    if isinstance(info, TemplateInfo):
        return "template"
    return BY_DAY if info.incremental else "one-shot"


def group_of(info: Info) -> str:
    """Under which heading it is listed."""
    if isinstance(info, TemplateInfo):
        return TEMPLATES
    if info.incremental:
        return BY_DAY
    return OWN if is_own(info) else info.domain


def pace(info: DatasetInfo) -> str:
    """How many rows of the driving table it has."""
    if not info.incremental:
        return f"{shown.rows(info.target_rows)} of the driving table"
    return f"{shown.rows(info.rows_per_day)} rows a day" if info.rows_per_day else f"{shown.rows(info.target_rows)} rows over its history"


def option(option_id: str, info: Info, width: int, why: str | None = None) -> Option:
    """A line of the list; of a search with what it is, and why it was found."""
    name = f"  {name_of(info):<{width}}  "
    if info.problem:
        problem = info.problem.removeprefix(f"{printable(str(info.source))}: ")
        return Option(Content.assemble(name, ("broken  ", "bold $text-error"), (printable(problem), "$text-error")), id=option_id)
    own = f", {OWN}" if is_own(info) else ""
    if why is not None:
        return Option(Content.assemble(name, (f"{kind_of(info) + own:<{_KIND}}", "$text-primary"), (printable(why), "dim")), id=option_id)
    if isinstance(info, TemplateInfo):
        told = f"{info.name}{own}"
    elif info.incremental:
        told = f"{pace(info)}{own}"
    else:
        told = f"{shown.rows(info.target_rows):>11} rows  {shown.many(len(info.tables), 'table')}"
    return Option(Content.assemble(name, (printable(told), "dim")), id=option_id)


def heading(group: str) -> Option:
    """The line above a group, which cannot be chosen."""
    told = _HEADINGS.get(group, f"{printable(group)} (one-shot)")
    return Option(Content.styled(told[:1].upper() + told[1:], "bold"), disabled=True)


def listing(known: Mapping[str, Info]) -> list[Option]:
    """All lines under their headings: own datasets first, then those of each domain, templates, and what arrives day by day."""
    groups: dict[str, list[str]] = {OWN: []}
    for name, info in known.items():
        groups.setdefault(group_of(info), []).append(name)
    apart = (TEMPLATES, BY_DAY)
    together = max((len(name_of(known[name])) for group, names in groups.items() if group not in apart for name in names), default=0)
    out = []
    for group in (*(group for group in groups if group not in apart), *apart):
        names = groups.get(group, [])
        width = max((len(name_of(known[name])) for name in names), default=0) if group in apart else together
        out += [heading(group)] if names else []
        out += [option(name, known[name], width) for name in names]
    return out


def card(info: Info, changes: Sequence[str] | None, why: str = "") -> Content:
    """All about a dataset or template; `changes` are those of a template, where they are known."""
    if info.problem:
        return _broken(info)
    lines = _template(info, changes) if isinstance(info, TemplateInfo) else _dataset(info)
    found = f"found in {printable(why)}\n\n" if why else ""
    return Content(found + printable("\n".join(lines), keep="\n"))


def _broken(info: Info) -> Content:
    prefix = f"{info.source}: "
    told = [printable(problem.removeprefix(printable(prefix))) for problem in info.problems or [info.problem]]
    head = f"{name_of(info)} cannot be used: {shown.many(len(told), 'problem')}"
    how = "e opens the file in your editor; it is read again when it is saved, and by r"
    lines = [Content.styled(head, "bold $text-error"), Content(printable(str(info.source))), Content("")]
    return Content("\n").join([*lines, *(Content(f"- {one}") for one in told), Content(""), Content.styled(how, "dim")])


def _file(info: Info) -> str:
    return f"{info.source} (your own)" if is_own(info) else f"{info.source.name} (shipped)"


def _template(info: TemplateInfo, changes: Sequence[str] | None) -> list[str]:
    told = ["", "It presets settings of this dataset: choose it to see them."] if changes is None else ["presets", *changes]
    head = [info.name, info.about, "", "kind     enhanced template: a dataset with presets", f"file     {_file(info)}"]
    return [*head, f"dataset  {info.dataset_id}", *told]


def _dataset(info: DatasetInfo) -> list[str]:
    kind = "arrives day by day: each day alone, in a range, or all at once" if info.incremental else "one-shot: all rows at once"
    return [
        info.dataset_name,
        info.about,
        "",
        f"kind     {kind}",
        f"domain   {info.domain}",
        f"pattern  {info.schema_pattern}, {info.dataset_type}",
        f"rows     {pace(info)}",
        f"tables   {', '.join(info.tables)}",
        f"file     {_file(info)}",
    ]
