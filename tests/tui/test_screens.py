"""The screens look as they do in screenshots/, which the README shows, in every theme, without colours, and where something is wrong."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from ingen_fab.synthetic_data.tui.theme import THEMES
from rich.color import Color

ROOT = Path(__file__).resolve().parents[2]
COLOURS = re.compile(r"(#\w{6}) on (#\w{6})")
ENOUGH = {"high-contrast": 7.0}
"""Theme -> the contrast that a text needs, where it is not that of WCAG's level AA."""


def _screenshots() -> ModuleType:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        return import_module("screenshots")
    finally:
        sys.path.pop(0)


SHOTS = _screenshots()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), SHOTS.names(), ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}")
def test_a_screen_is_what_its_picture_shows(
    name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """After a wanted change, `python3 scripts/screenshots.py` draws anew; then look at what it drew."""
    for variable in ("SYNTHETIC_DATA_DIR", "SYNTHETIC_DATA_DATASETS", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    stale = SHOTS.stale(name, size)
    told = [SHOTS.told(file, *texts, tmp_path_factory.mktemp(name)) for file, texts in stale.items()]
    assert not told, "\n".join([*told, "python3 scripts/screenshots.py draws anew"])


def test_every_picture_belongs_to_a_screen() -> None:
    """No picture is left over."""
    wanted = {file for shot in SHOTS.names() for file in SHOTS.files_of(*shot)}
    assert {*SHOTS.FOLDER.glob("*.svg"), *SHOTS.LOOKS.glob("*")} == wanted


def test_a_change_of_a_screen_is_told_and_drawn(tmp_path: Path) -> None:
    """The cell and the colour that changed: in words, and marked in a picture of that theme alone."""
    file = SHOTS.LOOKS / "browse.txt"
    held = file.read_text(encoding="utf-8")
    primary = THEMES["light"].primary
    assert not SHOTS.looks.difference(held, SHOTS.looks.written(SHOTS.looks.read(held)))
    told = SHOTS.told(file, held, held.replace(f"light: on {primary}", "light: on #ff0000"), tmp_path)
    assert f"light: on {primary}" in told
    page = (tmp_path / "browse.html").read_text(encoding="utf-8")
    assert "browse, light" in page
    assert "browse, dark" not in page
    assert "#d00000" in page


def _light(colour: str) -> float:
    parts = [part / 255 for part in Color.parse(colour).get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_every_text_can_be_read_in_every_theme() -> None:
    """By the contrast of letters and ground, as WCAG counts it. What lies behind a dialog is meant to be faint."""
    faint = set()
    for file in [file for name, scene in SHOTS.SCENES.items() if not scene.over for file in SHOTS.looks_of(name).values()]:
        for theme, lines in SHOTS.looks.read(file.read_text(encoding="utf-8")).items():
            for look in {look for line in lines for character, look in line if character.isalnum()}:
                found = COLOURS.search(look)
                if found is not None:
                    dark, light = sorted(map(_light, found.groups()))
                    if (light + 0.05) / (dark + 0.05) < ENOUGH.get(theme, 4.5):
                        faint.add((file.stem, theme, look))
    assert not faint
