"""What errors of libraries mean."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import is_full


@pytest.mark.parametrize(
    ("error", "full"),
    [
        (OSError(errno.ENOSPC, "x"), True),
        (OSError(errno.EACCES, "denied", "/no space left on device/x"), False),
        (RuntimeError("Generic error: No space left on device (os error 28)"), True),
        (RuntimeError("IO Error: Could not write file: No space left on device"), True),
        (RuntimeError("/data/no space left on device/x is broken"), False),
        (RuntimeError('file "/elsewhere/no space left on device/x" is broken'), False),
        (RuntimeError("not enough space for 3 letters"), False),
    ],
)
def test_a_full_disk_is_told_by_what_is_said(error: Exception, full: bool) -> None:
    """Not by what a folder is called."""
    assert is_full(error, Path("/data/no space left on device")) is full
