"""The private environment of a checkout: made once, reused, brought up to date when the dependencies change.

Needs only Python 3.11 or newer; uses uv where it is installed, else venv and pip.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
_NEEDED = (3, 11)


def ensure(extra: str = "") -> Path:
    """Makes the environment hold the package (with an extra); returns its interpreter. Ends the process with a sentence if it cannot."""
    if sys.version_info < _NEEDED:
        sys.exit(f"Python {'.'.join(map(str, _NEEDED))} or newer is needed; this is {sys.version.split()[0]}")
    stamp = VENV / f".installed-{extra or 'base'}"
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in ("pyproject.toml", "constraints.txt"))).hexdigest()
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return PYTHON
    print(f"Setting up {VENV} (once; a minute or two) ...", file=sys.stderr)
    target = f".[{extra}]" if extra else "."
    try:
        _install(target)
    except (subprocess.CalledProcessError, OSError) as error:
        sys.exit(f"The environment could not be set up: {error}. It needs Python's venv module and a package index.")
    stamp.write_text(wanted)
    return PYTHON


def _install(target: str) -> None:
    uv = shutil.which("uv")
    if not PYTHON.exists():
        make = [uv, "venv", "--quiet", str(VENV)] if uv else [sys.executable, "-m", "venv", str(VENV)]
        subprocess.run(make, check=True)
    if uv:
        install = [uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    else:
        if subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode:
            # The environment was made by uv, which has gone since.
            subprocess.run([str(PYTHON), "-m", "ensurepip"], capture_output=True, check=True)
        install = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    command = [*install, "--constraint", "constraints.txt", "--editable", target]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        # Warnings of the build tools tell a user nothing; what went wrong does.
        print(done.stderr, file=sys.stderr)
        raise subprocess.CalledProcessError(done.returncode, "pip install")
