"""What the wizard knows of a compiled workspace: its files, and their texts as they are shown."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ..core import format as shown
from ..core.format import printable
from .state import Draft

if TYPE_CHECKING:
    from datetime import date

    from ..core.plan.plan import Plan
    from ..core.spec.compiling import CompileSettings
    from ..core.spec.resolve import Resolved

LARGEST: Final = 4_000_000
"""Bytes of a file that are read to be shown."""
_WIDEST, _MOST = 1_000, 5_000
"""Characters of a line, and lines, that are shown."""
_PACKED: Final = re.compile(r'^(\w+ = \()\n((?:    "[^"\n]*"\n)+)\)$', re.MULTILINE)
_LANGUAGES: Final = {".py": "python", ".sql": "sql", ".json": "json", ".yml": "yaml"}


@dataclass(frozen=True, slots=True)
class Artefact:
    """A file of the workspace."""

    name: str
    """Its path in the folder of the workspace, with slashes."""
    path: Path
    bytes: int
    state: str
    """What the compilation did to it: written, unchanged, kept; removed, when it is not there any more."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is to be compiled."""

    draft: Draft
    settings: CompileSettings
    resolved: Resolved
    days: tuple[date, date] | None
    """First and last, where days are generated."""
    batch: int


@dataclass(frozen=True, slots=True)
class Workspace:
    """A compiled workspace."""

    chosen: Chosen
    given: Mapping[str, Any]
    """What was set of compiling, as it was."""
    folder: Path
    notebook: Path
    """The folder of the notebook that generates."""
    plan: Plan
    files: tuple[Artefact, ...]
    seconds: float
    executed: tuple[Path, ...] = ()
    """What the notebook left where it was run: itself with its parameters, and its exit value."""

    @property
    def name(self) -> str:
        """Of the notebook."""
        return self.notebook.name.removesuffix(".Notebook")

    @property
    def counts(self) -> str:
        """How many files were written, and how many not."""
        states = [file.state for file in self.files]
        return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


@dataclass(frozen=True, slots=True)
class Text:
    """A file as it is shown."""

    path: Path
    text: str
    language: str
    about: str
    """What there is to say of it beside its name."""


def text_of(path: Path) -> Text:
    """A file with its compressed texts folded to a line each. Raises OSError."""
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    text = content[:LARGEST].decode("utf-8", errors="replace")
    lines = printable(_indented(text) if path.suffix == ".json" else folded(text), keep="\n").split("\n")
    about = [shown.bytes_(path.stat().st_size), shown.many(len(text.splitlines()), "line")]
    if len(lines) > _MOST or len(content) > LARGEST:
        about.append(f"the first {_MOST:,} are shown")
    text = "\n".join(line if len(line) <= _WIDEST else f"{line[:_WIDEST]} .." for line in lines[:_MOST])
    return Text(path, text, _LANGUAGES.get(path.suffix, "json"), ", ".join(about))


def _indented(text: str) -> str:
    """An exit value, which is one line, as one reads it; any other text as it is."""
    if text.count("\n") > 1:
        return text
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except (ValueError, RecursionError):
        return text


def folded(text: str) -> str:
    """The text with each long list of quoted lines, such as a notebook's engine, folded to one line."""

    def fold(found: re.Match[str]) -> str:
        lines = found[2].count("\n")
        if lines < 20:
            return found[0]
        return f"{found[1]}...)  # {shown.bytes_(len(found[2]))} of compressed text in {lines:,} lines are folded here"

    return _PACKED.sub(fold, text)
