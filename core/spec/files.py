"""Files of anyone's as texts: regular ones alone, of a bounded size. Light, because listings read many."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Final

from ..errors import ConfigError, brief

LARGEST: Final = 4_000_000
"""Bytes."""
TOO_LARGE: Final = f"is larger than {LARGEST // 1_000_000} MB"


def read_text(path: Path) -> str:
    """The text of a regular file; raises ConfigError, which holds nothing of the file."""
    try:
        kind = path.stat().st_mode
        # A pipe or a device may never end, or never begin.
        if not stat.S_ISREG(kind):
            raise ConfigError(path, [("", "is a folder, not a file" if stat.S_ISDIR(kind) else "is not a regular file")])
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ConfigError(path, [("", TOO_LARGE)])
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(path, [("", "does not exist")]) from None
    except UnicodeDecodeError:
        raise ConfigError(path, [("", "is not a text in UTF-8")]) from None
    except OSError as error:
        raise ConfigError(path, [("", f"cannot be read: {error.strerror or error}")]) from None
    except ValueError:
        raise ConfigError(brief(path), [("", "is not a name that a file can have")]) from None
