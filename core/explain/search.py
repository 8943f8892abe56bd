"""Finding datasets and templates by words of their names, domains, tables, columns and descriptions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..errors import ConfigError, nearest
from ..spec.files import read_text
from ..spec.parse import read_mapping
from ..spec.repository import SHIPPED, DatasetInfo
from ..spec.templates import TemplateInfo

_NAME: Final = re.compile(r"[^\W_]+")
_TABLES: Final = re.compile(r"^tables:\s*$")
_TABLE: Final = re.compile(r"^  ([a-z_][a-z0-9_]*):\s*$")
_BLOCK: Final = re.compile(r"^    ([a-z_]+):")
_COLUMN: Final = re.compile(r"^      ([a-z][a-z0-9_]*):(.*)$")
_FLOW: Final = re.compile(r"[{ ,]about: (?:\"([^\"]*)\"|([^,}]*))")
_LINE: Final = re.compile(r"^        about: (?:\"([^\"]*)\"|(.*))")

_WHOLE, _BEGIN, _INSIDE = 1.0, 0.8, 0.5
"""How well a word is met: by a whole word, by the beginning of one, inside of one."""
_SHORTEST_INSIDE: Final = 3
"""Letters from which on a word is looked for inside others."""
_MEASURING: Final = 0.5
_OF_ANOTHER: Final = 0.95


@dataclass(frozen=True, slots=True)
class ColumnText:
    """A column, as far as it is searched."""

    table: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Text:
    """Something that words are looked for in."""

    text: str
    weight: float
    why: str = ""
    """What is shown where it is met; empty for what is shown anyway."""
    words: tuple[str, ...] = ()
    place: str = ""
    """The table or `table.column` that it is said of; empty: the whole."""

    @classmethod
    def of(cls, text: str, weight: float, why: str = "", place: str = "") -> Text:
        """With its words."""
        lower = text.lower()
        return cls(lower, weight, why, tuple(_NAME.findall(lower)), place)

    def met(self, word: str) -> float:
        """How much a word of a search counts here; 0: it is not in it."""
        if word not in self.text:
            return 0.0
        if word == self.text or word in self.words:
            return self.weight * _WHOLE
        if self.text.startswith(word) or any(mine.startswith(word) for mine in self.words):
            return self.weight * _BEGIN
        return self.weight * _INSIDE if len(word) >= _SHORTEST_INSIDE else 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What a search has found."""

    id: str
    score: float
    why: str
    """Where it was met, where its line does not show that: `orders.email: Where the receipt goes`."""
    place: str = ""
    """The table or `table.column` that was met; empty: the whole."""


@dataclass(slots=True)
class Index:
    """What can be found, and by what; made once, asked at each key."""

    _texts: dict[str, tuple[Text, ...]] = field(default_factory=dict)
    _factors: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        datasets: Iterable[tuple[str, DatasetInfo]],
        templates: Iterable[tuple[str, TemplateInfo]],
        columns: Mapping[Path, Sequence[ColumnText]] = {},
    ) -> Index:
        """Of datasets and templates by the ids that `search` gives; `columns` are those of each file, as far as they were read."""
        out = cls()
        own: dict[Path, tuple[Text, ...]] = {}
        for name, info in datasets:
            if info.source not in own:
                own[info.source] = (*_of_tables(info), *_of_columns(columns.get(info.source, ())))
            kind = "day by day incremental daily" if info.incremental else "one-shot"
            mine = "" if info.source.parent == SHIPPED else " your own"
            out._texts[name] = (
                Text.of(info.dataset_id, 100),
                Text.of(info.dataset_name, 80),
                Text.of(f"{info.domain} {info.schema_pattern} {info.dataset_type}", 40),
                Text.of(f"{kind}{mine} dataset", 15),
                Text.of(info.about, 20, info.about),
                *own[info.source],
            )
            out._factors[name] = _MEASURING if info.for_measuring else 1.0
        for name, template in templates:
            out._texts[name] = (
                Text.of(template.template_id, 100),
                Text.of(template.name, 80),
                Text.of(f"enhanced template {template.dataset_id}", 15),
                Text.of(template.about, 20, template.about),
            )
            # What is equally good comes after the dataset that it is made of.
            out._factors[name] = _OF_ANOTHER
        return out

    def search(self, text: str) -> list[Found]:
        """What has every word of a text, the best first; of equally good ones in the order in which they are listed."""
        words = text.lower().split()
        found = []
        for name, texts in self._texts.items():
            score, why, place = 0.0, "", ""
            for word in words:
                best = max(texts, key=lambda one: one.met(word))
                met = best.met(word)
                if not met:
                    break
                score += met
                if best.why:
                    why, place = best.why, best.place
            else:
                found.append(Found(name, score * self._factors.get(name, 1.0), why, place))
        return sorted(found, key=lambda one: -one.score)

    def near(self, text: str) -> str:
        """A word that is there and looks like one of a text that finds nothing; empty where there is none."""
        known = {word for texts in self._texts.values() for one in texts for word in (*one.words, one.text) if " " not in word}
        for word in text.lower().split():
            if not any(word in other for other in known):
                return nearest(word, sorted(known)) or ""
        return ""


def _of_tables(info: DatasetInfo) -> Iterable[Text]:
    return (Text.of(table, 35, f"table {table}", table) for table in info.tables)


def _of_columns(columns: Sequence[ColumnText]) -> Iterable[Text]:
    for one in columns:
        told = f"{one.table}.{one.name}" + (f": {one.about}" if one.about else "")
        place = f"{one.table}.{one.name}"
        yield Text.of(one.name, 25, told, place)
        if one.about:
            yield Text.of(one.about, 8, told, place)


def read_columns(files: Iterable[Path]) -> dict[Path, tuple[ColumnText, ...]]:
    """The written columns of datasets' files; nothing of those that cannot be read.

    Shipped files are looked through line by line, which is 50 times as fast as parsing them.
    """
    return {file: tuple(_scanned(file) if file.parent == SHIPPED else _parsed(file)) for file in dict.fromkeys(files)}


def _scanned(file: Path) -> list[ColumnText]:
    try:
        lines = read_text(file).splitlines()
    except ConfigError:
        return []
    out: list[ColumnText] = []
    table, block, column, inside = "", "", "", False
    for line in lines:
        if line[:1].isalpha():
            inside = bool(_TABLES.match(line))
        elif not inside:
            continue
        elif found := _TABLE.match(line):
            table, block = found[1], ""
        elif found := _BLOCK.match(line):
            block = found[1]
        elif block == "columns" and not table.startswith("_"):
            if found := _COLUMN.match(line):
                column = found[1]
                out.append(ColumnText(table, column, _about(_FLOW.search(found[2]))))
            elif column and (found := _LINE.match(line)):
                out[-1] = ColumnText(table, column, _about(found))
            elif line[6:7] == "_":
                column = ""
    return out


def _about(found: re.Match[str] | None) -> str:
    return (found[1] or found[2] or "").strip() if found else ""


def _parsed(file: Path) -> Iterable[ColumnText]:
    try:
        tables = read_mapping(file).get("tables")
    except ConfigError:
        return
    for table, model in tables.items() if isinstance(tables, dict) else ():
        columns: Any = model.get("columns", model) if isinstance(model, dict) else None
        for name, column in columns.items() if isinstance(columns, dict) else ():
            if not str(name).startswith("_"):
                about = column.get("about") if isinstance(column, dict) else ""
                yield ColumnText(str(table), str(name), about if isinstance(about, str) else "")
