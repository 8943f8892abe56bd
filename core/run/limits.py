"""What the operating system must allow a process before a run begins: below it, libraries abort or wait for ever."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from ..errors import RunError
from ..format import bytes_, many

TUNED: Final = "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=268435456:glibc.malloc.trim_threshold=1073741824"
"""GLIBC_TUNABLES of a process that generates rows."""
_LEAST_SPACE: Final = 4_000_000_000
"""Bytes of address space: threads and memory pools of the libraries take most of it, and use little."""
_LEAST_FILES: Final = 32


def _files(count: int) -> str:
    return many(count, "file")


def check_limits(who: str = "a run") -> None:
    """Raises RunError where this process may not open enough files or use enough address space."""
    with suppress(ImportError):
        import resource

        for what, of, least, shown, flag in (
            ("use {} of address space", resource.RLIMIT_AS, _LEAST_SPACE, bytes_, "v"),
            ("open {}", resource.RLIMIT_NOFILE, _LEAST_FILES, _files, "n"),
        ):
            limit = resource.getrlimit(of)[0]
            if limit != resource.RLIM_INFINITY and limit < least:
                raise RunError(f"this process may only {what.format(shown(limit))}; {who} needs {shown(least)} (see `ulimit -{flag}`)")
