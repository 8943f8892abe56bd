"""Standard output and standard error: every line is printable, and no state of the streams ends a command with a traceback."""

from __future__ import annotations

import errno
import io
import json
import os
import select
import shutil
import sys
from typing import Any, Final, TextIO

from ..core.format import printable

_LONGEST: Final = 2_000
"""Characters of a line on standard error; the middle of a longer one is left out."""


def tell(*lines: str) -> None:
    """Writes lines to standard output."""
    for line in lines:
        print(printable(line))


def tell_json(value: Any) -> None:
    """Writes a value to standard output as JSON, which escapes all but ASCII itself."""
    print(json.dumps(value, indent=2))


def say(text: str) -> None:
    """Writes a sentence, or several on a line each, to standard error."""
    for line in text.splitlines():
        shown = printable(line)
        if len(shown) > _LONGEST:
            shown = f"{shown[: _LONGEST * 2 // 3]} [... {len(shown) - _LONGEST:,} characters ...] {shown[-_LONGEST // 3 :]}"
        print(shown, file=sys.stderr, flush=True)


def width_of_terminal() -> int | None:
    """Cells of the terminal that standard output is; None where it is none, and lines may be as long as they are."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


class _Kept(io.RawIOBase):
    """Writes until that fails for good, and drops everything from then on; `lost` is the failure."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw
        self.lost: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._raw.fileno()

    def isatty(self) -> bool:
        return self._raw.isatty()

    def write(self, data: Any) -> int:
        while self.lost is None:
            try:
                written = self._raw.write(data)
            except OSError as error:
                self.lost = error
                break
            if written is not None:
                return written
            # Somebody made the terminal or the pipe non-blocking.
            select.select([], [self], [])
        return len(data)


class Streams:
    """Standard input, output and error of this process, made fit for use; `end` says whether the output was lost."""

    def __init__(self) -> None:
        _open_closed()
        self._out = _Kept(_raw(sys.stdout, 1))
        sys.stdout = _text(self._out, sys.stdout)
        sys.stderr = _text(_Kept(_raw(sys.stderr, 2)), sys.stderr)

    def end(self, code: int) -> int:
        """The exit code, once everything is written: 1 instead of 0 where the output was lost, unless its reader has gone."""
        sys.stdout.flush()
        lost = self._out.lost
        if lost is None or lost.errno == errno.EPIPE:
            return code
        say(f"Error: standard output cannot be written: {lost.strerror or lost}")
        return code or 1


def _open_closed() -> None:
    """Opens what the caller closed, so that no file of ours gets its number and then what is printed."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115  # as long as the process


def _raw(stream: TextIO | None, descriptor: int) -> io.RawIOBase:
    if stream is None:
        return io.FileIO(descriptor, "w", closefd=False)
    buffer: Any = stream.buffer
    # Where Python is told not to buffer, there is no buffer around it.
    raw: io.RawIOBase = getattr(buffer, "raw", buffer)
    return raw


def _text(raw: _Kept, before: TextIO | None) -> io.TextIOWrapper:
    """What cannot be written in the stream's encoding is written as an escape."""
    encoding = before.encoding if before is not None else "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=raw.isatty())
