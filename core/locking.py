"""The library of file locks.

Compiled notebooks run where it may be missing: there `core/embedded/locking.py` takes this module's place.
"""

from __future__ import annotations

from filelock import FileLock, Timeout

__all__ = ["FileLock", "Timeout"]
