"""The application: all commands, whatever module declares them."""

from __future__ import annotations

from .commands import app
from .doctor import machine
from .series_commands import days

app.add_typer(days)
app.add_typer(machine)

__all__ = ["app"]
