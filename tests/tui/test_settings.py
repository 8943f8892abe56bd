"""What is remembered between sessions: a theme, and keys that a file changes."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from ingen_fab.synthetic_data.tui.app import Wizard
from ingen_fab.synthetic_data.tui.footing import MOST, at_most
from ingen_fab.synthetic_data.tui.keymap import all_keys, changed_keys, holders, misplaced, own
from ingen_fab.synthetic_data.tui.settings import ENVIRONMENT, Settings, read_settings, settings_folder
from ingen_fab.synthetic_data.tui.theme import DEFAULT_THEME, THEMES
from textual.binding import ActiveBinding, Binding
from textual.widget import Widget


def read(folder: Path, **files: str) -> Settings:
    """What is remembered in a folder of such files."""
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text)
    return read_settings({ENVIRONMENT: str(folder)})


def test_a_theme_is_remembered(tmp_path: Path) -> None:
    """In a folder that is made for it, and that is its user's alone."""
    folder = tmp_path / "new" / "settings"
    first = read_settings({ENVIRONMENT: str(folder)})
    assert (first.theme, first.problems) == (DEFAULT_THEME, ())
    for theme in THEMES:
        first.remember(theme)
        assert read_settings({ENVIRONMENT: str(folder)}).theme == theme
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert [path.name for path in folder.iterdir()] == ["settings.json"]


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """The wizard opens without it."""
    unknown = read_settings({ENVIRONMENT: "~nobody-is-called-so/x"})
    assert unknown.folder is None
    assert "the home folder of ~nobody-is-called-so is not known" in unknown.problems[0]
    (tmp_path / "file").write_text("")
    assert not read_settings({ENVIRONMENT: str(tmp_path / "file")}).problems
    too_long = read_settings({ENVIRONMENT: str(tmp_path / ("x" * 300))})
    assert len(too_long.problems) == 1
    assert "File name too long" in too_long.problems[0]


def test_nothing_is_remembered_where_that_is_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without the variable it is the platform's folder for settings."""
    monkeypatch.chdir(tmp_path)
    settings = read_settings({ENVIRONMENT: "off"})
    settings.remember("light")
    assert settings == Settings()
    assert not list(tmp_path.iterdir())
    usual = settings_folder({})
    assert usual is not None
    assert usual.name == "ingen-fab-synthetic-data"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"settings_json": "{"}, "settings.json"),
        ({"settings_json": "[1]"}, "settings.json: must be a mapping"),
        ({"settings_json": '{"theme": "\\u001b[31mpink"}'}, "must be one of dark, light, ansi, high-contrast"),
        ({"settings_json": '{"theme": ["dark"]}'}, "must be one of dark"),
        ({"keymap_yaml": "run.start: [f5"}, "keymap.yaml: is not YAML"),
        ({"keymap_yaml": "!!python/object:os.system x"}, "keymap.yaml"),
    ],
)
def test_a_file_that_cannot_be_used_is_ignored_and_told(tmp_path: Path, files: dict[str, str], told: str) -> None:
    """One sentence, without what steers a terminal; all else holds."""
    settings = read(tmp_path, **files)
    assert (settings.theme, dict(settings.keymap)) == (DEFAULT_THEME, {})
    (problem,) = settings.problems
    assert told in problem
    assert problem.isprintable()
    assert "ignored" in problem


@pytest.mark.parametrize(
    ("value", "keys"),
    [
        ("f7", "f7"),
        ("f7, ctrl+x", "f7,ctrl+x"),
        (["x", "alt+left"], "x,alt+left"),
        (7, "7"),
        ("?", "question_mark"),
        (",", "comma"),
        ("/", "slash"),
        ("slash", "slash"),
        ("G", "G"),
    ],
)
def test_keys_are_written_as_people_write_them(value: Any, keys: str) -> None:
    """One, or several in a text or a list."""
    assert changed_keys({"run.start": value}) == ({"run.start": keys}, [])


@pytest.mark.parametrize("value", ["", "ctrl+foo", "hyper", None, ["f5", None], {"a": 1}, "f5,,f6", True, "x y", "ctrl+"])
def test_what_is_no_key_is_told_and_ignored(value: Any) -> None:
    """The others of the file are taken."""
    taken, (problem,) = changed_keys({"run.start": value, "quit": "f10"})
    assert taken == {"quit": "f10"}
    assert problem.startswith("keymap: run.start:")
    assert "ignored" in problem


def test_unknown_ids_and_clashes_are_told() -> None:
    """With the ids of the wizard as it is."""
    known = all_keys(Wizard)
    assert misplaced({}, known) == []
    assert misplaced({"run.start": "f7"}, known) == []
    assert misplaced({"run.strat": "f7"}, known) == ["keymap: there is no id `run.strat`; `?` lists them all. It is ignored."]
    (clash,) = misplaced({"run.start": "f1"}, known)
    assert clash == "keymap: f1 is the key of run.start and of help; one of them hides the other."
    # Both changed places.
    assert misplaced({"quit": "f1", "help": "q"}, known) == []


def test_every_key_of_everywhere_has_an_id_of_its_own() -> None:
    """And does something that is said."""
    known = [key for key in all_keys(Wizard) if key.where == "everywhere"]
    assert len({key.id for key in known}) == len(known) > 20
    assert all(key.id and key.about and key.shown for key in known)


def test_every_key_that_is_no_arrow_can_be_changed() -> None:
    """Also those of dialogs, editors and lists."""
    fixed = {"up", "down", "left", "right", "pageup", "pagedown", "home", "end", "enter", "escape", "tab"}
    bindings = [(cls.__name__, binding) for cls in holders(Wizard) for binding in own(cls)]
    assert len(bindings) > 100
    assert not [(name, one.key) for name, one in bindings if not one.id and one.key.rpartition("+")[2] not in fixed]


def test_the_foot_shows_no_more_than_can_be_read() -> None:
    """Quit and help give way first, then what a step names last; all keys, and the run, never do."""
    node = Widget()
    ids = ["a", "b", "c", "d", "keys", "e", "help", "run.start", "quit"]
    bindings = {name: ActiveBinding(node, Binding(f"f{place}", name, name, id=name), True) for place, name in enumerate(ids)}
    shown = [key for key, active in at_most(bindings).items() if active.binding.show]
    assert shown == ["a", "b", "c", "d", "run.start", "keys"]
    assert len(shown) == MOST
    assert set(at_most(bindings)) == set(ids)
    few = {key: bindings[key] for key in ("quit", "keys", "a", "run.start", "help")}
    assert [key for key, active in at_most(few).items() if active.binding.show] == ["a", "run.start", "help", "keys", "quit"]


def test_settings_are_json(tmp_path: Path) -> None:
    """For whoever writes them by other means."""
    Settings(tmp_path).remember("ansi")
    assert json.loads((tmp_path / "settings.json").read_text()) == {"theme": "ansi"}


def test_no_two_keys_of_a_place_have_one_id() -> None:
    """A file that changes one would change the other."""
    ids = [(key.where, key.id) for key in all_keys(Wizard) if key.id]
    assert not {one for one in ids if ids.count(one) > 1}
