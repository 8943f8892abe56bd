"""The usual spellings of the commands that answer at once, read without the library for command lines.

Loading that library takes longer than the answer. What is not plainly one of these words is left to it: help, mistakes, short
cuts and own datasets. A test holds that both read the same.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ..core.spec.flags import FLAGS, SWITCHES, listed

SHORT: Final = {
    "-r": "--target-rows",
    "-e": "--target-environment",
    "-m": "--generation-mode",
    "-s": "--seed",
    "-o": "--output-mode",
    "-p": "--path-format",
    "-q": "--quiet",
    "--path-pattern": "--path-format",
}
_SWITCHES: Final = tuple(FLAGS[path] for path in SWITCHES)
_LONGEST_COUNT: Final = 15
"""Digits."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command that are read here."""

    run: Callable[[Given], int]
    least: int
    most: int
    """Arguments without a name."""
    values: tuple[str, ...]
    """Options that are followed by a value."""
    switches: tuple[str, ...]
    """Options that are not."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a command line says."""

    arguments: list[str] = field(default_factory=list)
    options: dict[str, str] = field(default_factory=dict)
    """The last value of each option."""
    sets: list[str] = field(default_factory=list)
    switches: list[str] = field(default_factory=list)

    @property
    def dataset_id(self) -> str | None:
        """The first argument."""
        return self.arguments[0] if self.arguments else None

    @property
    def config(self) -> Path | None:
        """The config file."""
        return Path(self.options["--config"]) if "--config" in self.options else None

    def flags(self) -> dict[str, Any]:
        """The settings that options give."""
        found: dict[str, Any] = {path: self.options.get(option) for path, option in FLAGS.items()}
        return as_settings({**found, **{path: FLAGS[path] in self.switches for path in SWITCHES}})


def as_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Dotted setting -> what its option says, as `resolve_parameters` takes it; None where it is not given."""
    found = dict(options)
    if found.get("output_settings.output_dir") is not None:
        found["output_settings.output_dir"] = spelled(found["output_settings.output_dir"])
    if found["tables"] is not None:
        found["tables"] = listed(found["tables"])
    for path in SWITCHES:
        found[path] = found[path] or None
    return found


def spelled(place: Path | str) -> str:
    """An output root in one spelling; a URL stays as it is."""
    return str(place) if "://" in str(place) else str(Path(place))


def quick(words: Sequence[str]) -> int | None:
    """Does what a command line asks for and returns the exit code; None, with nothing done, where it is not one of these."""
    given = read(words)
    return COMMANDS[words[0]].run(given) if given is not None else None


def read(words: Sequence[str]) -> Given | None:
    """What a command line says; None where it is left to the library."""
    known = COMMANDS.get(words[0]) if words else None
    if known is None or any(name.endswith("_COMPLETE") for name in os.environ):
        return None
    given = Given()
    rest = iter(words[1:])
    for word in rest:
        if not word.startswith("-"):
            given.arguments.append(word)
            continue
        name, equals, value = word.partition("=")
        name = name if equals else SHORT.get(name, name)
        if name in known.switches and not equals:
            given.switches.append(name)
        elif name in known.values:
            found = value if equals else next(rest, "-")
            if found.startswith("-"):
                return None
            if name == "--set":
                given.sets.append(found)
            else:
                given.options[name] = found
        else:
            return None
    return given if known.least <= len(given.arguments) <= known.most and _is_plain(given) else None


def _is_plain(given: Given) -> bool:
    counts = (given.options[name] for name in ("--offset", "--rows") if name in given.options)
    if not all(text.isascii() and text.isdecimal() and len(text) <= _LONGEST_COUNT for text in counts):
        return False
    return "--config" not in given.options or os.path.isfile(given.options["--config"])


def _generate(given: Given) -> int:
    from .generate import generate

    checks = [switch == "--validate" for switch in given.switches if switch.endswith("validate")]
    return generate(
        given.dataset_id,
        given.flags(),
        given.sets,
        given.config,
        "--dry-run" in given.switches,
        "--json" in given.switches,
        checks[-1] if checks else None,
        quiet="--quiet" in given.switches,
    )


def _show(given: Given) -> int:
    from .show import show_dataset

    show_dataset(given.dataset_id, {}, given.config, given.sets, "--resolved" in given.switches, "--json" in given.switches)
    return 0


def _preview(given: Given) -> int:
    from .show import show_rows
    from .tables import form_of

    form = form_of(as_json="--json" in given.switches, csv="--csv" in given.switches, vertical="--vertical" in given.switches)
    offset, rows = int(given.options.get("--offset", "0")), int(given.options.get("--rows", "10"))
    flags = {"target_rows": given.options.get("--target-rows"), "seed_value": given.options.get("--seed")}
    show_rows(given.arguments[0], given.arguments[1], offset, rows, flags, given.config, given.sets, form)
    return 0


def _query(given: Given) -> int:
    from .query import query
    from .tables import form_of

    form = form_of(as_json="--json" in given.switches, csv="--csv" in given.switches, vertical="--vertical" in given.switches)
    flags = {"target_rows": given.options.get("--target-rows"), "seed_value": given.options.get("--seed")}
    query(given.arguments[0], given.options.get("--virtual"), form, flags=flags, config=given.config, sets=given.sets)
    return 0


COMMANDS: Final[Mapping[str, Words]] = {
    "generate": Words(
        run=_generate,
        least=0,
        most=1,
        values=("--config", "--set", *(option for option in FLAGS.values() if option not in _SWITCHES)),
        switches=("--dry-run", "--json", "--quiet", "--validate", "--no-validate", *_SWITCHES),
    ),
    "show": Words(run=_show, least=0, most=1, values=("--config", "--set"), switches=("--json", "--resolved")),
    "preview": Words(
        run=_preview,
        least=2,
        most=2,
        values=("--config", "--set", "--offset", "--rows", "--target-rows", "--seed"),
        switches=("--json", "--csv", "--vertical"),
    ),
    "query": Words(
        run=_query,
        least=1,
        most=1,
        values=("--virtual", "--config", "--set", "--target-rows", "--seed"),
        switches=("--json", "--csv", "--vertical"),
    ),
}
"""Command -> its words."""
