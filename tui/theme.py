"""The colours: four themes, each with one accent."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

DEFAULT_THEME: Final = "dark"
_CALM: Final = {"block-cursor-text-style": "none"}
_ALL: Final = (
    Theme(
        name="dark",
        primary="#4fb3a5",
        secondary="#7aa2c4",
        accent="#e0a458",
        warning="#e0a458",
        error="#e06c75",
        success="#7fc88f",
        foreground="#d7dbe0",
        background="#14181d",
        surface="#1b2027",
        panel="#242b33",
        dark=True,
        variables={**_CALM, "border": "#4fb3a5", "border-blurred": "#3b4651", "footer-key-foreground": "#e0a458"},
    ),
    Theme(
        name="light",
        primary="#0f766e",
        secondary="#37617f",
        accent="#8a4b00",
        warning="#8a4b00",
        error="#b3261e",
        success="#23702a",
        foreground="#1f2328",
        background="#fbfbf8",
        surface="#f0f0ec",
        panel="#e4e4de",
        dark=False,
        variables={**_CALM, "border": "#0f766e", "border-blurred": "#b4b4ac", "footer-key-foreground": "#8a4b00"},
    ),
    # The terminal's own sixteen colours, on whatever ground it has.
    Theme(
        name="ansi",
        ansi=True,
        primary="ansi_cyan",
        secondary="ansi_blue",
        accent="ansi_yellow",
        warning="ansi_yellow",
        error="ansi_red",
        success="ansi_green",
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        dark=True,
        variables={
            "ansi-background": "ansi_default",
            "ansi-foreground": "ansi_default",
            "border": "ansi_cyan",
            "link-color": "ansi_default",
            "border-blurred": "ansi_bright_black",
            "block-cursor-foreground": "ansi_black",
            "block-cursor-background": "ansi_cyan",
            "block-cursor-text-style": "none",
            "block-cursor-blurred-text-style": "underline",
            "footer-key-foreground": "ansi_yellow",
            "input-cursor-text-style": "reverse",
            "input-selection-background": "ansi_cyan",
            "input-selection-foreground": "ansi_black",
            "scrollbar": "ansi_bright_black",
            "scrollbar-background": "ansi_default",
        },
    ),
    Theme(
        name="high-contrast",
        primary="#00e5ff",
        secondary="#9ad0ff",
        accent="#ffe600",
        warning="#ffe600",
        error="#ff8a80",
        success="#69ff8f",
        foreground="#ffffff",
        background="#000000",
        surface="#000000",
        panel="#1c1c1c",
        dark=True,
        text_alpha=1.0,
        variables={
            "border": "#ffe600",
            "border-blurred": "#b8b8b8",
            "block-cursor-foreground": "#000000",
            "block-cursor-background": "#ffe600",
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-foreground": "#ffffff",
            "block-cursor-blurred-background": "#4a4a4a",
            "footer-key-foreground": "#ffe600",
            "text-muted": "#dcdcdc",
            "text-disabled": "#b8b8b8",
            "input-cursor-background": "#ffe600",
        },
    ),
)
THEMES: Final[dict[str, Theme]] = {theme.name: theme for theme in _ALL}
"""Name -> theme, in the order in which they are offered."""
