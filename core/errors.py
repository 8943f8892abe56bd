"""Everything that can go wrong for a user's reasons, each error with one clear sentence.

SyntheticDataError
├── InputError                exit code 2
│   ├── ConfigError           a file says something that it may not say
│   ├── UnknownNameError      a name that nothing has
│   ├── ParameterError        a setting outside its range
│   └── DataError             values of a column that cannot be computed
├── ExistsError               exit code 3
├── RunError                  exit code 1
│   ├── DiskSpaceError
│   ├── LockedError
│   └── WorkerError
└── RunCancelled              exit code 130
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import ClassVar


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that looks most like `name`, if any does."""
    found = get_close_matches(name, list(allowed), n=1, cutoff=0.6)
    return found[0] if found else None


def hint(name: str, allowed: Sequence[str]) -> str:
    """`; did you mean X?`, or the allowed names where nothing is near."""
    close = nearest(name, allowed)
    if close is not None:
        return f"; did you mean `{close}`?"
    listed = ", ".join(sorted(allowed)[:40])
    return f"; it may be one of {listed}" if listed else ""


class SyntheticDataError(Exception):
    """Base of all errors that users see; `str(error)` is the sentence."""

    exit_code: ClassVar[int] = 1


class InputError(SyntheticDataError):
    """Bad input of any kind."""

    exit_code = 2


class ConfigError(InputError):
    """One or more problems in a file, each with its path inside the file."""

    def __init__(self, file: Path | str, problems: Sequence[tuple[str, str]]) -> None:
        self.file = str(file)
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{self.file}: {path}: {text}" if path else f"{self.file}: {text}" for path, text in problems))


class UnknownNameError(InputError):
    """A name that nothing has, with the nearest one that exists."""

    def __init__(self, what: str, name: str, allowed: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"there is no {what} `{name}`{hint(name, allowed)}")


class ParameterError(InputError):
    """A setting that is not allowed."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(f"{name}: {problem}")


class DataError(InputError):
    """Values that cannot be computed as they are declared."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        self.table, self.column, self.reason = table, column, reason
        super().__init__(f"`{table}.{column}` cannot be computed: {reason}" if column else f"`{table}` cannot be computed: {reason}")


class ExistsError(SyntheticDataError):
    """The output exists and may not be replaced."""

    exit_code = 3

    def __init__(self, where: Path | str) -> None:
        super().__init__(f"{where} exists; choose another --output-dir or --schema, or --if-exists replace")


class RunError(SyntheticDataError):
    """A run could not be finished."""


class DiskSpaceError(RunError):
    """Not enough room for what the plan would write."""

    def __init__(self, where: Path | str, needed: int, free: int) -> None:
        super().__init__(f"{where} has {free / 1e9:.1f} GB free, but the run needs about {needed / 1e9:.1f} GB")


class LockedError(RunError):
    """Another run is writing to the same output root."""

    def __init__(self, where: Path | str, holder: str) -> None:
        super().__init__(
            f"another run{f' (process {holder})' if holder else ''} is writing to {where}; wait for it or choose another --output-dir"
        )


class WorkerError(RunError):
    """A worker process ended badly."""

    def __init__(self, what: str) -> None:
        super().__init__(f"a worker process failed: {what}")


class RunCancelled(SyntheticDataError):
    """The user stopped the run; nothing of it is visible."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("cancelled; nothing was published")


def exit_code(error: BaseException) -> int:
    """The process exit code for an error: 2 bad input, 3 exists, 130 cancelled, 1 anything else."""
    if isinstance(error, SyntheticDataError):
        return error.exit_code
    return 130 if isinstance(error, KeyboardInterrupt) else 1
