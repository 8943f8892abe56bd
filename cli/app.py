"""The application: all commands, whatever module declares them."""

from __future__ import annotations

from .commands import app
from .compile_commands import compiling
from .config_commands import reference_app
from .ddl_commands import declaring
from .doctor import machine
from .enhanced_commands import templates_app
from .history_commands import runs
from .opening_command import opening
from .query_commands import asking
from .series_commands import days
from .serving_command import serving
from .show_commands import showing

app.add_typer(showing)
app.add_typer(asking)
app.add_typer(runs)
app.add_typer(days)
app.add_typer(compiling)
app.add_typer(machine)
app.add_typer(declaring, name="ddl")
app.add_typer(templates_app)
app.add_typer(reference_app)
app.add_typer(opening)
app.add_typer(serving)

__all__ = ["app"]
