"""The private environment of a checkout: made once, reused, brought up to date when the dependencies change.

Needs only Python 3.11 or newer; uses uv where it is installed, else venv and pip.
"""

from __future__ import annotations

import hashlib
import os
import re
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
    print(f"Setting up {VENV} (once; a minute or two):", file=sys.stderr)
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
        install = [uv, "pip", "install", "--python", str(PYTHON)]
    else:
        if subprocess.run([str(PYTHON), "-c", "import pip"], capture_output=True, check=False).returncode:
            # The environment was made by uv, which has gone since.
            subprocess.run([str(PYTHON), "-m", "ensurepip"], capture_output=True, check=True)
        install = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    _told([*install, "--constraint", "constraints.txt", "--editable", target])


def _told(command: list[str]) -> None:
    """Runs an installer and says what it is at, a line a package; everything that it said is shown where it fails."""
    said: list[str] = []
    step = ""
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace") as process:
        for line in process.stdout or ():
            said.append(line)
            found = _STEP.match(line)
            if found and found[0].strip() != step:
                step = found[0].strip()
                told = f"{step} (up to a minute)" if step.startswith("Installing") else step
                print(f"  {told}", file=sys.stderr, flush=True)
    if process.returncode:
        print("".join(said), file=sys.stderr)
        raise subprocess.CalledProcessError(process.returncode, "pip install")


_STEP = re.compile(r"\s*(Collecting [\w.\[\]-]+|Installing collected packages|(Resolved|Prepared|Installed) \d+ packages)")
"""What pip (first two) and uv tell of their steps."""
