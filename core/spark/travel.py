"""What executors are sent: an archive of the modules that generate, of which Python imports as it is."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parents[2]
_MODULES: Final = (
    "__init__.py",
    "core/__init__.py",
    "core/engine",
    "core/program",
    "core/spark/__init__.py",
    "core/spark/source.py",
    "core/spark/travelling.py",
    "core/virtual/__init__.py",
    "core/virtual/chosen.py",
    "core/virtual/units.py",
)
"""Files and folders that executors import: pyspark, numpy and pyarrow are all they need beside them."""
_THEN: Final = (1980, 1, 1, 0, 0, 0)
"""The moment of every file in the archive, so that its bytes follow from what is in it."""


@cache
def engine_archive() -> Path:
    """The archive, made once a process, named by what is in it."""
    files = {}
    for name in _MODULES:
        place = _PACKAGE / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            files[f"ingen_fab/synthetic_data/{path.relative_to(_PACKAGE).as_posix()}"] = path.read_bytes()
    # Python takes a folder of an archive for a package only where the archive names the folder itself.
    folders = {f"{folder.as_posix()}/": b"" for name in files for folder in Path(name).parents if folder != Path()}
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in sorted((folders | files).items()):
            archive.writestr(zipfile.ZipInfo(name, _THEN), content, zipfile.ZIP_DEFLATED)
    folder = tempfile.mkdtemp(prefix="synthetic-data-spark-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = Path(folder) / f"synthetic_data_engine_{sha256(out.getvalue()).hexdigest()[:16]}.zip"
    path.write_bytes(out.getvalue())
    return path
