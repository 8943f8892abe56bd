"""Notebooks from templates: what is in each cell stands in `templates/notebooks`, and what differs comes as literals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from ..version import __version__
from .cells import Cell, CellKind, Kernel, Notebook, Reference
from .literals import comment, literal, markdown
from .parameters import Parameter

if TYPE_CHECKING:
    from .packed import Packed

_TEMPLATES: Final = Path(__file__).resolve().parents[2] / "templates" / "notebooks"
_CELL: Final = re.compile(r"^#--- (markdown|parameters|code)\n", re.MULTILINE)
_LINE: Final = 120
"""Characters of a line of the engine."""


def notebook(
    template: str,
    *,
    kernel: Kernel,
    environment: str,
    title: str,
    about: str,
    parameters: Sequence[Parameter],
    packed: Packed | None,
    lakehouse: Reference | None,
    warehouse: str | None,
    further: Mapping[str, Any] = {},
) -> Notebook:
    """A notebook of a template; raises InputError for texts that a notebook cannot hold."""
    engine = _environment().get_template("engine.py.j2")
    told: dict[str, Any] = {
        "by_day": False,
        "presets": [],
        "defaults": "",
        "offered": "",
        "title": title,
        "about": about,
        "kernel": kernel,
        "environment": environment,
        "parameters": "\n".join(f"{each.name} = {literal(each.value)}  # {comment(each.about)}" for each in parameters),
        "given": "\n".join(f"        {literal(each.name)}: {each.name}," for each in parameters),
        **further,
    }
    if packed is not None:
        lines = [packed.text[n : n + _LINE] for n in range(0, len(packed.text), _LINE)]
        told["engine"] = engine.render(version=__version__, sha256=packed.sha256, lines=lines).rstrip()
        told["engine_text"] = _told(packed)
    return Notebook(kernel, tuple(_cells(template, told)), lakehouse, warehouse)


def _told(packed: Packed) -> str:
    return (
        "## Engine\n\n"
        f"What plans and generates travels in this cell: version {__version__}, {packed.size / 1e6:.1f} MB of Python and lists, "
        f"compressed to {len(packed.text) / 1e3:,.0f} kB. Its SHA-256 is `{packed.sha256}`, and is compared before anything of it is used."
    )


def _cells(template: str, told: Mapping[str, Any]) -> list[Cell]:
    """The cells of a template: it is cut before it is filled in, so no value can begin one."""
    environment = _environment()
    source = (_TEMPLATES / f"{template}.py.j2").read_text(encoding="utf-8")
    pieces = _CELL.split(source)[1:]
    out = []
    for kind, text in zip(pieces[::2], pieces[1::2], strict=True):
        filled = environment.from_string(text).render(told).strip("\n")
        out.append(Cell(cast(CellKind, kind), filled))
    return out


@cache
def _environment() -> Any:
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        autoescape=False,  # Python and Markdown, not HTML: values pass `literal` and `markdown`
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"literal": literal, "markdown": markdown}
    return environment
