"""The screens look as they do in screenshots/, which the README shows."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]


def _screenshots() -> ModuleType:
    folder = ROOT / "scripts"
    sys.path.insert(0, str(folder))
    try:
        spec = importlib.util.spec_from_file_location("screenshots", folder / "screenshots.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(folder))
    return module


SHOTS = _screenshots()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "size"), SHOTS.names(), ids=lambda value: value if isinstance(value, str) else f"{value[0]}x{value[1]}")
def test_a_screen_is_what_its_picture_shows(name: str, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a wanted change, `python3 scripts/screenshots.py` draws anew; then look at what it drew."""
    for variable in ("SYNTHETIC_DATA_DIR", "SYNTHETIC_DATA_DATASETS", "NO_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    drawn = asyncio.run(SHOTS.draw(name, size))
    assert drawn == SHOTS.file_of(name, size).read_text(encoding="utf-8"), "python3 scripts/screenshots.py draws it anew"


def test_every_picture_belongs_to_a_screen() -> None:
    """No picture is left over."""
    assert {path.name for path in SHOTS.FOLDER.glob("*.svg")} == {SHOTS.file_of(*shot).name for shot in SHOTS.names()}
