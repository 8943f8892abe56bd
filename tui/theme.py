"""The colours."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

THEME: Final = Theme(
    name="synthetic-data",
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
    variables={
        "border": "#4fb3a5",
        "border-blurred": "#3b4651",
        "footer-key-foreground": "#e0a458",
        "block-cursor-text-style": "none",
    },
)
