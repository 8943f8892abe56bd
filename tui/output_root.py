"""The folder that the chosen settings write to, and opening folders of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError

if TYPE_CHECKING:
    from .wizard import Wizard


def output_root(wizard: Wizard) -> Path | None:
    """The folder that a run would write to; None where that is an object store, or not known."""
    days = wizard.days if wizard.arrives else None
    planned = days.series if days is not None else wizard.planned
    plan = planned.plan if planned is not None else None
    return plan.output.root if plan is not None and not plan.output.url else None


def is_gone(root: str, files: Sequence[str] = ()) -> bool:
    """Whether a folder is not there any more, or none of some files in it is; of an object store nobody is asked."""
    folder = Path(root)
    return "://" not in root and (not folder.is_dir() or (bool(files) and not any((folder / file).exists() for file in files)))


def open_folder(folder: Path) -> None:
    """Shows a folder by the platform's own program, which is not waited for. Raises InputError where there is none."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not there any more")
    if sys.platform == "win32":
        os.startfile(folder)  # noqa: S606  # the platform's own way
        return
    opener = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if opener is None or (sys.platform != "darwin" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))):
        raise InputError(f"nothing here can show a folder; Y copies its path: {folder}")
    nowhere = subprocess.DEVNULL
    # The platform's own program, with a folder that a run wrote to.
    subprocess.Popen(  # noqa: S603
        [opener, str(folder)], stdin=nowhere, stdout=nowhere, stderr=nowhere, start_new_session=True
    )
