"""The quick reader of command lines reads what the library for command lines reads, and leaves everything else to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.cli.quick import COMMANDS, read
from typer.main import get_command

group: Any = get_command(app)


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_options_are_those_of_the_commands(command: str) -> None:
    """Each option that is read quickly is one of the command's, and is followed by a value as it is there."""
    words = COMMANDS[command]
    flags: dict[str, bool] = {}
    for parameter in group.commands[command].params:
        for option in (*parameter.opts, *parameter.secondary_opts):
            flags[option] = bool(getattr(parameter, "is_flag", False))
    assert {flags[option] for option in words.values} == {False}
    assert {flags[option] for option in words.switches} == {True}


@pytest.mark.parametrize(
    "line",
    [
        ("generate", "retail_oltp_small", "-r", "1_000", "--seed=7", "-o", "parquet", "--no-validate", "--set", "scale_factor=2"),
        ("generate", "--tables", "orders, customers", "retail_oltp_small", "--output-dir", "out/", "--schema=", "--enable-spill"),
        ("generate", "retail_oltp_small", "--seed", "1", "--seed", "2", "--validate", "--no-validate", "--json", "--dry-run"),
        ("show", "retail_oltp_small", "--resolved", "--json"),
        ("preview", "retail_oltp_small", "orders", "--offset", "7", "--rows=2", "--csv", "--set", "a=1", "--set", "b=2"),
        ("query", "SELECT 1", "--virtual", "retail_oltp_small", "-r", "2M", "--seed=7", "--set", "a=1", "--vertical"),
    ],
)
def test_both_read_the_same(line: tuple[str, ...]) -> None:
    """Arguments, values, repeated settings and switches."""
    given = read(line)
    assert given is not None
    command = group.commands[line[0]]
    theirs = command.make_context(line[0], list(line[1:])).params
    named = {option: parameter.name for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    assert given.arguments[0] == theirs.get("dataset_id", theirs.get("sql"))
    assert given.sets == list(theirs["sets"] or ())
    for option, value in given.options.items():
        found = theirs[named[option]]
        assert (str(Path(value)) if isinstance(found, Path) else type(found)(value)) == (str(found) if isinstance(found, Path) else found)
    for name in {named[switch] for switch in given.switches}:
        last = [switch for switch in given.switches if named[switch] == name][-1]
        assert theirs[name] == (not last.startswith("--no-"))


@pytest.mark.parametrize(
    "line",
    [
        (),
        ("--help",),
        ("tui",),
        ("generate", "--help"),
        ("generate", "a", "b"),
        ("generate", "a", "--sed", "1"),
        ("generate", "a", "--seed"),
        ("generate", "a", "--seed", "-1"),
        ("generate", "a", "--json=yes"),
        ("generate", "a", "-r1000"),
        ("generate", "a", "--datasets", "own"),
        ("generate", "a", "--config", "/"),
        ("show", "a", "--dictionary"),
        ("preview", "a"),
        ("query", "-"),
        ("query", "SELECT 1", "--timeout", "5"),
        ("preview", "a", "b", "--rows", "many"),
        ("preview", "a", "b", "--rows", "1_000"),
    ],
)
def test_the_rest_is_left_to_the_library(line: tuple[str, ...]) -> None:
    """Help, mistakes, short cuts, own datasets."""
    assert read(line) is None


def test_completion_is_left_to_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shells ask for completions by a variable."""
    monkeypatch.setenv("_SYNTHETIC_DATA_COMPLETE", "complete_bash")
    assert read(("show", "retail_oltp_small")) is None
