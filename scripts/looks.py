"""What a screen looks like in every theme, as a text: its cells, a letter for the look of each, and what each letter is in each theme.

A picture of every screen in every theme would take megabytes, in which nobody could read a change; this takes some kilobytes, and a
change is a line of a diff. Where two differ, `page` draws both.
"""

from __future__ import annotations

import html
import io
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from string import ascii_letters, digits
from typing import Any, Final

from rich.console import Console
from rich.style import Style
from rich.text import Text

Cells = list[list[tuple[str, str]]]
"""Lines of cells: a character, and its style. A character of two columns is one cell."""
_LETTERS: Final = ascii_letters + digits + "!#$%&*+-/:;<=>?@^_~" + "".join(map(chr, range(0xC0, 0x17F)))
CSS: Final = (
    "body{font:14px sans-serif;background:#888}div{display:inline-block;margin:8px}svg,img{width:900px}pre{background:#fff;padding:8px}"
)


def cells(app: Any) -> Cells:
    """What is on the screen, as Textual's own pictures have it."""
    width, height = app.size
    console = Console(width=width, height=height, file=io.StringIO(), force_terminal=True, color_system="truecolor", legacy_windows=False)
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    lines: Cells = [[]]
    for segment in console.render(update):
        if segment.control:
            continue
        look = segment.style or Style()
        for character in segment.text:
            if character == "\n":
                lines.append([])
            else:
                lines[-1].append((character, _told(look, character)))
    return lines if lines[-1] else lines[:-1]


def _told(look: Style, character: str) -> str:
    """A style in words. Of an empty cell one sees only its ground, and lines."""
    if character == " " and not (look.underline or look.strike or look.reverse):
        look = Style(bgcolor=look.bgcolor)
    return str(Style(**{name: True for name in _KINDS if getattr(look, name)}, color=look.color, bgcolor=look.bgcolor))


_KINDS: Final = ("bold", "dim", "italic", "underline", "strike", "reverse")


def written(shown: Mapping[str, Cells]) -> str:
    """The looks of a screen in some themes as one text; raises ValueError where they show different texts."""
    texts = {theme: ["".join(character for character, _ in line) for line in lines] for theme, lines in shown.items()}
    first = next(iter(texts))
    for theme, text in texts.items():
        if text != texts[first]:
            raise ValueError("\n".join([f"{theme} shows another text:", *unified_diff(texts[first], text, first, theme, lineterm="")]))
    letters: dict[tuple[str, ...], str] = {}
    rows = []
    for line in zip(*shown.values(), strict=True):
        looks = zip(*([look for _, look in each] for each in line), strict=True)
        rows.append("".join(letters.setdefault(look, _LETTERS[len(letters)]) for look in looks))
    legend = [f"{letter} {theme}: {look}" for looks, letter in letters.items() for theme, look in zip(shown, looks, strict=True)]
    return "\n".join([*(f"|{text}|" for text in texts[first]), "", *(f"|{row}|" for row in rows), "", *legend, ""])


def read(text: str) -> dict[str, Cells]:
    """The looks that `written` has written: theme -> cells."""
    characters, letters, legend = (part.splitlines() for part in text.rstrip("\n").split("\n\n"))
    looks: dict[str, dict[str, str]] = {}
    for line in legend:
        theme, _, look = line[2:].partition(": ")
        looks.setdefault(theme, {})[line[0]] = look
    pairs = [list(zip(line[1:-1], row[1:-1], strict=True)) for line, row in zip(characters, letters, strict=True)]
    return {theme: [[(character, of[letter]) for character, letter in line] for line in pairs] for theme, of in looks.items()}


def picture(shown: Cells, title: str, ground: str = "") -> str:
    """Cells as SVG."""
    width = max(sum(Text(character).cell_len for character, _ in line) for line in shown)
    console = Console(width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor", record=True, legacy_windows=False)
    for line in shown:
        text = Text(no_wrap=True, end="\n")
        for character, look in line:
            text.append(character, Style.parse(look) + Style.parse(ground) if ground else Style.parse(look))
        console.print(text, soft_wrap=True)
    return console.export_svg(title=title, unique_id="".join(each for each in title if each.isalnum()))


def page(name: str, wanted: str, drawn: str) -> str:
    """A page with what was wanted beside what was drawn, cells that differ marked, theme by theme; then the difference as text."""
    parts = []
    before, after = (read(text) if text else {} for text in (wanted, drawn))
    for theme, lines in after.items():
        old = before.get(theme, [])
        if old == lines:
            continue
        marked = list(_marked(old, lines))
        both = [picture(each, f"{name} {theme} {what}") for each, what in ((old, "wanted"), (marked, "drawn")) if each]
        parts += [f"<h2>{html.escape(name)}, {theme}</h2>", *(f"<div>{each}</div>" for each in both)]
    diff = html.escape("\n".join(difference(wanted, drawn)))
    return f"<!doctype html><meta charset='utf-8'><title>{html.escape(name)}</title><style>{CSS}</style>{''.join(parts)}<pre>{diff}</pre>"


def difference(wanted: str, drawn: str) -> list[str]:
    """The lines that differ."""
    return list(unified_diff(wanted.splitlines(), drawn.splitlines(), "wanted", "drawn", n=0, lineterm=""))


def _marked(old: Cells, new: Cells) -> Iterator[list[tuple[str, str]]]:
    for number, line in enumerate(new):
        was = old[number] if number < len(old) else []
        yield [(cell[0], cell[1] if n < len(was) and was[n] == cell else "bold #ffffff on #d00000") for n, cell in enumerate(line)]
