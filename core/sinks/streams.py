"""Files of an object store while they are written and read by delta-rs, and what it says of errors, in words without secrets."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import pyarrow as pa

from ..errors import RunError, sentence

_SECRET: Final = re.compile(r"key|secret|token|password|credential|sas|signature", re.IGNORECASE)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")
_MESSAGE: Final = re.compile(r"<Code>([^<]*)</Code>\s*<Message>([^<]*)</Message>")
_SIGNED: Final = re.compile(r"(\w+://[^\s?]*)\?\S*")


class Upload:
    """A file that is being written, in pieces that are sent as they fill; it appears when it is completed."""

    def __init__(self, stream: Any, where: str) -> None:
        self._stream, self._where = stream, where
        self.bytes = 0
        self.closed = False
        self.file = pa.PythonFile(self, mode="w")

    def write(self, data: Any) -> int:
        """Takes bytes; raises RunError."""
        raw = bytes(data)
        with in_words(self._where):
            self._stream.write(raw)
        self.bytes += len(raw)
        return len(raw)

    def flush(self) -> None:
        """Pieces are sent when they are full."""

    def close(self) -> None:
        """What Arrow calls at the end; whether the file shall be there is said by `complete`."""
        self.closed = True

    def complete(self) -> None:
        """Sends the last piece, and makes the file appear. Raises RunError."""
        with in_words(self._where):
            self._stream.close()


class Download:
    """A file that is read, of which only what is asked for is fetched; its errors are RunErrors."""

    def __init__(self, stream: Any, where: str) -> None:
        self._stream, self._where = stream, where
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """Bytes from where it stands; -1: all that follow."""
        with in_words(self._where):
            return bytes(self._stream.read(None if size < 0 else size))

    def seek(self, place: int, whence: int = 0) -> int:
        """Goes to a place."""
        with in_words(self._where):
            return int(self._stream.seek(place, whence))

    def tell(self) -> int:
        """Where it stands."""
        return int(self._stream.tell())

    def close(self) -> None:
        """What Arrow calls at the end."""
        self.closed = True


@contextmanager
def in_words(where: str) -> Iterator[None]:
    """Errors come out as RunError, in one sentence without secrets."""
    try:
        yield
    except (RunError, FileNotFoundError, KeyboardInterrupt, SystemExit, GeneratorExit) as error:
        if isinstance(error, FileNotFoundError):
            raise RunError(f"{where} cannot be used: {said(error)}") from None
        raise
    except BaseException as error:
        # A panic of Rust is not an Exception.
        told = said(error)
        raise RunError(f"{where} cannot be used: {told}" if told else sentence(error, where)) from None


def said(error: BaseException) -> str:
    """What an error of delta-rs says in its many lines: the store's own words, else the cause that stands last; no secrets."""
    text = _COLOUR.sub("", str(error))
    code = _MESSAGE.search(text)
    lines = [line.strip(" ↳\t") for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("<")]
    if code is not None:
        return without_secrets(f"{code[1]}: {code[2]}")
    if not lines:
        return ""
    return without_secrets(lines[0] if len(lines) == 1 else f"{lines[0]} ({lines[-1]})")


def without_secrets(text: str, environ: Mapping[str, str] | None = None) -> str:
    """A text without the signatures of URLs, and without any secret that the environment holds."""
    found = os.environ if environ is None else environ
    text = _SIGNED.sub(r"\1", text)
    for name, value in found.items():
        if len(value) > 5 and _SECRET.search(name):
            text = text.replace(value, "***").replace(json.dumps(value)[1:-1], "***")
    return text
