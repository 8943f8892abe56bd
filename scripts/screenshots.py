"""Draws the wizard's screens into screenshots/, from real plans and rows, a fixed estimate, a recorded run and its report.

python3 scripts/screenshots.py                    draws what is missing or has changed
python3 scripts/screenshots.py --check            changes nothing; exit code 1 if a picture is not what would be drawn
python3 scripts/screenshots.py --record           records a new run first
python3 scripts/screenshots.py --png FOLDER       draws what screenshots/ holds as PNG, in every theme, to be looked at

Pictures are in the dark theme, at up to three sizes; screenshots/themes/ has the look of every screen in every theme, and without colours,
as texts: steps and what is empty or wrong also in the smallest size, in which frames are drawn in another way. No rule of style
for much room speaks of colours (a test holds that), so in the largest size one theme tells all.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path
from typing import Final

import looks
from demo_wizard import SCENES, play, played, record, resized, settled
from environment import PYTHON, ROOT, ensure

Size = tuple[int, int]
FOLDER: Final = ROOT / "screenshots"
LOOKS: Final = FOLDER / "themes"
SMALL: Final = (80, 24)
MIDDLE: Final = (120, 40)
LARGE: Final = (200, 60)
SIZES: Final = (SMALL, MIDDLE, LARGE)
STEPS: Final = ("browse", "schema", "parameters", "preview", "run", "results", "quality", "export", "days", "compile")
"""Drawn at every size."""
ONE_SIZE: Final = ("parameters-error", "column", "diagram", "editor", "help", "jump", "keys", "search", "template")
"""Drawn at 120 x 40. The other scenes have no picture of their own, and a look in every theme alone."""
STATES: Final = ("parameters-error", "found-nothing", "found-no-rows", "no-runs", "no-history", "run-nothing", "run-failed", "broken-file")
"""Empty, or wrong. They have a look at every size."""
BARE: Final = (
    "browse",
    "schema",
    "parameters",
    "parameters-error",
    "preview",
    "run",
    "run-failed",
    "results",
    "quality",
    "days",
    "palette",
)
"""Looked at without colours as well: on them colours tell something."""


Drawn = dict[Path, str]
"""The files of a scene, and what would be drawn in them."""


def names() -> list[tuple[str, Size]]:
    """Everything that is drawn: (scene, size)."""
    return [(name, size) for name in SCENES for size in SIZES if size == MIDDLE or name in STEPS]


def picture_of(name: str, size: Size) -> Path | None:
    """The picture of a scene, where it has one in that size."""
    return FOLDER / f"{name}-{size[0]}x{size[1]}.svg" if name in (*STEPS, *ONE_SIZE) else None


def looks_of(name: str) -> dict[Size, Path]:
    """The looks of a scene by size, that in which it is opened first."""
    sizes = (MIDDLE, SMALL, LARGE) if name in STATES else (MIDDLE, SMALL) if name in STEPS else (MIDDLE,)
    return {size: LOOKS / (f"{name}.txt" if size == MIDDLE else f"{name}-{size[0]}x{size[1]}.txt") for size in sizes}


def files_of(name: str, size: Size) -> list[Path]:
    """What is drawn of a scene that is opened in a size: its picture, and out of the middle size all its looks."""
    picture = picture_of(name, size)
    return [*([picture] if picture is not None else []), *(looks_of(name).values() if size == MIDDLE else ())]


async def draw(name: str, size: Size) -> Drawn:
    """Opens the wizard, goes to a scene and draws it; for its looks it changes its colours and its size meanwhile."""
    from ingen_fab.synthetic_data.tui.theme import THEMES

    shown: dict[Size, dict[str, looks.Cells]] = {}
    with played(name) as app:
        async with app.run_test(size=size, notifications=SCENES[name].messages) as pilot:
            await play(app, pilot, name)
            svg = app.export_screenshot(title="synthetic-data")
            themes = list(THEMES)
            for other in looks_of(name) if size == MIDDLE else ():
                if other != MIDDLE:
                    await resized(app, pilot, other)
                for theme in themes[:1] if other == LARGE else themes:
                    app.theme = theme
                    await settled(app, pilot)
                    shown.setdefault(other, {})[theme] = looks.cells(app)
            if app.job is not None:
                app.job.cancel.set()
    # The fonts of the original lie on a server; a picture should need none.
    svg = re.sub(r"@font-face \{.*?\}\n", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code[^;]*;", "font-family: ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace;", svg)
    if shown and name in BARE:
        for other, cells in (await _bare(name)).items():
            shown[other]["no colour"] = cells
    picture = picture_of(name, size)
    drawn = {} if picture is None else {picture: svg}
    return drawn | {looks_of(name)[other]: looks.written(cells) for other, cells in shown.items()}


async def _bare(name: str) -> dict[Size, looks.Cells]:
    found = {}
    with played(name, NO_COLOR="1") as app:
        async with app.run_test(size=MIDDLE, notifications=SCENES[name].messages) as pilot:
            await play(app, pilot, name)
            for size in looks_of(name):
                if size == SMALL:
                    await resized(app, pilot, size)
                if size != LARGE:
                    found[size] = looks.cells(app)
            if app.job is not None:
                app.job.cancel.set()
    return found


def stale(name: str, size: Size) -> dict[Path, tuple[str, str]]:
    """The files of a scene that are not what would be drawn: what they hold, and what they should."""
    out = {}
    for file, text in asyncio.run(draw(name, size)).items():
        held = file.read_text(encoding="utf-8") if file.exists() else ""
        if text != held:
            out[file] = (held, text)
    return out


def told(file: Path, held: str, drawn: str, folder: Path) -> str:
    """How a file and what would be drawn differ, in words; draws both on a page in a folder."""
    page = folder / f"{file.stem}.html"
    if file.suffix == ".svg":
        both = "".join(f"<div>{text}</div>" for text in (held, drawn))
        page.write_text(f"<!doctype html><meta charset='utf-8'><style>{looks.CSS}</style>{both}", encoding="utf-8")
        return f"{file.name} is not what is drawn; both: {page}"
    page.write_text(looks.page(file.stem, held, drawn), encoding="utf-8")
    lines = looks.difference(held, drawn)[2:]
    return "\n".join([f"{file.name} is not what is drawn; both: {page}", *lines[:20], *(["..."] if len(lines) > 20 else [])])


def as_png(folder: Path) -> None:
    """Draws every look in every theme, and every picture, as PNG."""
    try:
        from resvg_py import svg_to_bytes
    except ModuleNotFoundError:
        raise SystemExit("PNG needs resvg_py: .venv/bin/python -m pip install resvg_py") from None
    folder.mkdir(parents=True, exist_ok=True)
    for file in sorted(LOOKS.glob("*.txt")):
        for theme, cells in looks.read(file.read_text(encoding="utf-8")).items():
            svg = looks.picture(cells, f"{file.stem} {theme}")
            (folder / f"{file.stem}-{theme.replace(' ', '-')}.png").write_bytes(bytes(svg_to_bytes(svg_string=svg)))
    for file in sorted(FOLDER.glob("*.svg")):
        (folder / f"{file.stem}.png").write_bytes(bytes(svg_to_bytes(svg_string=file.read_text(encoding="utf-8"))))


def main(arguments: list[str]) -> int:
    """Draws or checks everything."""
    if "--png" in arguments:
        as_png(Path(arguments[arguments.index("--png") + 1]))
        return 0
    if "--record" in arguments:
        record()
    LOOKS.mkdir(exist_ok=True)
    found: list[str] = []
    for name, size in names():
        for file, (_, text) in stale(name, size).items():
            found.append(file.name)
            if "--check" not in arguments:
                file.write_text(text, encoding="utf-8")
    every = sum(len(files_of(*each)) for each in names())
    print(f"{len(found)} of {every} files {'are stale' if '--check' in arguments else 'were drawn'}: {', '.join(found)}")
    return int(bool(found) and "--check" in arguments)


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != PYTHON.parents[1].resolve():
        ensure("dev")
        os.execv(PYTHON, [str(PYTHON), *sys.argv])  # noqa: S606  # the private environment has the package
    raise SystemExit(main(sys.argv[1:]))
