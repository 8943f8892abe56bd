"""Everything that can go wrong for a user's reasons, each error with one clear sentence.

SyntheticDataError
├── InputError                exit code 2
│   ├── ConfigError           a file says something that it may not say
│   ├── UnknownNameError      a name that nothing has
│   │   └── UnknownDatasetError
│   ├── ParameterError        a setting outside its range
│   ├── DaysError             days that do not go with those that are there
│   ├── NoOutputError         no run wrote there
│   ├── PlaceError            an output root that cannot be used
│   └── DataError             values of a column that cannot be computed
├── ExistsError               exit code 3
├── ForeignError              exit code 3
├── EditedError               exit code 3
├── RunError                  exit code 1
│   ├── DiskSpaceError
│   ├── DiskFullError
│   ├── LockedError
│   └── WorkerError
└── RunCancelled              exit code 130
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final

from .format import bytes_, printable

_LIBRARIES: Final = ("_duckdb", "_internal", "deltalake", "duckdb", "filelock", "pyarrow")
_FULL: Final = re.compile(r"no space left on device|\(os error (28|122)\)|disk quota exceeded|not enough space on the disk")
_LONGEST: Final = 60
"""Characters of a name that are compared and shown."""
_LONGEST_SENTENCE: Final = 500
_COMPARED: Final = 2_000
"""Names that one is compared with."""
_LISTED: Final = 12
_TOLD: Final = 20
_ALIKE: Final = 0.6


def brief(text: object) -> str:
    """What a user wrote, as it may stand in a sentence: on one line, safe for a terminal, and cut where it is long."""
    whole = str(text)
    return printable(whole[: _LONGEST - 2] + ".." if len(whole) > _LONGEST else whole)


def _sentence(text: str) -> str:
    """What is wrong, on one line of a bounded length, whatever of others' texts stands in it."""
    return printable(text if len(text) <= _LONGEST_SENTENCE else f"{text[:_LONGEST_SENTENCE]}..")


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """The allowed name that looks most like `name`, if any does; of dotted names one with the same beginning is preferred.

    Case does not count. Long names, and names beyond the first 2,000, are not compared: that would take time without end.
    """
    if not 0 < len(name) <= _LONGEST:
        return None
    known = [other for other in islice(allowed, _COMPARED) if len(other) <= 2 * _LONGEST]
    begin, dot, last = name.rpartition(".")
    beside = {other.removeprefix(f"{begin}."): other for other in known if dot and other.startswith(f"{begin}.")}
    found = _most_alike(last, beside)
    if found is not None:
        return beside[found]
    whole = _most_alike(name, known)
    if whole is None and not dot:
        # Of a name with a place before it, the last part may be all that somebody wrote.
        ends = {other.rpartition(".")[2]: other for other in known}
        end = _most_alike(name, ends)
        return ends[end] if end is not None else None
    return whole


def _most_alike(name: str, known: Iterable[str]) -> str | None:
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(name.casefold())
    best, found = _ALIKE, None
    for other in known:
        # A name is often left half written, so its beginning counts nearly as much as the whole.
        for part, weight in ((other, 1.0), (other[: len(name) + 1], 0.9)):
            matcher.set_seq1(part.casefold())
            if min(matcher.real_quick_ratio(), matcher.quick_ratio()) * weight >= best and (score := matcher.ratio() * weight) >= best:
                best, found = score + 1e-9, other
    return found


def hint(name: str, allowed: Sequence[str]) -> str:
    """`; did you mean X?`, or some of the allowed names where nothing is near."""
    close = nearest(name, allowed)
    if close is not None:
        return f"; did you mean `{close}`?"
    listed = [brief(other) for other in sorted(allowed)]
    more = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED + 1 else ""
    return f"; it may be one of {', '.join(listed[:_LISTED] if more else listed)}{more}" if listed else ""


class SyntheticDataError(Exception):
    """Base of all errors that users see; `str(error)` is the sentence."""

    exit_code: ClassVar[int] = 1
    settings: ClassVar[tuple[str, ...]] = ()
    """Settings that the sentence names in backquotes; a front end may put its own words for them."""


class InputError(SyntheticDataError):
    """Bad input of any kind."""

    exit_code = 2


class ConfigError(InputError):
    """One or more problems in a file, each with its path inside the file; `count` where not all are told."""

    def __init__(self, file: Path | str, problems: Sequence[tuple[str, str]], count: int = 0) -> None:
        self.file = str(file)
        self.problems = tuple((_sentence(path), _sentence(text)) for path, text in problems[:_TOLD])
        self.count = max(count, len(problems))
        """How many there are."""
        name = printable(self.file)
        lines = [f"{name}: {path}: {text}" if path else f"{name}: {text}" for path, text in self.problems]
        if self.count > len(lines):
            lines.append(f"{name}: and {self.count - len(lines):,} more problems")
        super().__init__("\n".join(lines))


class UnknownNameError(InputError):
    """A name that nothing has, with the nearest one that exists."""

    def __init__(self, what: str, name: str, allowed: Sequence[str]) -> None:
        self.name = name
        super().__init__(f"there is no {what} `{brief(name)}`{hint(str(name), allowed)}")


class UnknownDatasetError(UnknownNameError):
    """A dataset that nothing declares among those that are known; `file` may be one that does."""

    settings = ("datasets", "custom_schema")

    def __init__(self, name: str, allowed: Sequence[str], file: Path | None = None) -> None:
        self.name = name
        if file is not None:
            folder, shown = brief(file.parent), brief(file)
            told = f"; for the file {shown} give `custom_schema` {shown}, or its folder: `datasets` {folder}"
        else:
            told = hint(name, allowed)
            told += "" if told.endswith("?") else ", or one of your own: give its folder (`datasets`) or its file (`custom_schema`)"
        InputError.__init__(self, f"there is no dataset `{brief(name)}`{told}")


class ParameterError(InputError):
    """A setting that is not allowed."""

    def __init__(self, name: str, problem: str, option: str = "") -> None:
        self.name, self.problem = name, problem
        super().__init__(f"{option} ({_sentence(name)}): {_sentence(problem)}" if option else f"{_sentence(name)}: {_sentence(problem)}")

    def of_option(self, option: str) -> ParameterError:
        """The same, where the setting was given by an option of a command."""
        return ParameterError(self.name, self.problem, option)


class DaysError(InputError):
    """Days that do not go together with those that are there."""

    settings = ("ignore_state", "output_dir", "start_date")


class NoOutputError(InputError):
    """There is no output of a run at the place that was named."""

    settings = ("output_dir",)

    def __init__(self, where: Path | str, what: str = "is not an output root") -> None:
        super().__init__(f"{where} {what}: generate something first, or name another `output_dir`")


class PlaceError(InputError):
    """An output root, or something in it, is not what a run can write to."""

    settings = ("output_dir", "schema")


class DataError(InputError):
    """Values that cannot be computed as they are declared."""

    def __init__(self, table: str, column: str, reason: str) -> None:
        self.table, self.column, self.reason = table, column, reason
        super().__init__(f"`{table}.{column}` cannot be computed: {reason}" if column else f"`{table}` cannot be computed: {reason}")


class ExistsError(SyntheticDataError):
    """The output exists and may not be replaced."""

    exit_code = 3
    settings = ("output_dir", "schema", "if_exists")

    def __init__(self, where: Path | str) -> None:
        super().__init__(f"{where} exists; choose another `output_dir` or `schema`, or `if_exists` replace")


class ForeignError(SyntheticDataError):
    """The output would take the place of something that no run is known to have written."""

    exit_code = 3
    settings: ClassVar[tuple[str, ...]] = ("output_dir", "schema")

    def __init__(self, where: Path | str, why: str, other: str = "`output_dir` or `schema`") -> None:
        super().__init__(f"{where} {why}: move it away, or choose another {other}")


class EditedError(SyntheticDataError):
    """Files would be replaced or removed that somebody edited, or that nothing of ours wrote."""

    exit_code = 3
    settings = ("output_dir", "force")

    def __init__(self, where: Path | str, files: Sequence[str]) -> None:
        self.files = tuple(files)
        listed = ", ".join(printable(file) for file in self.files[:_LISTED])
        more = f" and {len(self.files) - _LISTED} more" if len(self.files) > _LISTED else ""
        super().__init__(
            f"in {where} these files are not as they were compiled: {listed}{more}; keep them and choose another `output_dir`, "
            "or overwrite them with `force`"
        )


class RunError(SyntheticDataError):
    """A run could not be finished."""


class DiskSpaceError(RunError):
    """Not enough room for what the plan would write."""

    def __init__(self, where: Path | str, needed: int, free: int) -> None:
        told = (bytes_(free), bytes_(needed))
        if told[0] == told[1]:
            told = (f"{free:,} bytes", f"{needed:,} bytes")
        super().__init__(f"{where} has {told[0]} free, but the run needs about {told[1]}")


class DiskFullError(RunError):
    """The disk filled up while something was written."""

    settings: ClassVar[tuple[str, ...]] = ("output_dir",)

    def __init__(self, where: Path | str) -> None:
        super().__init__(f"the disk of {where} is full: free some space, or choose another `output_dir`")


class LockedError(RunError):
    """Another run is writing to the same output root."""

    settings = ("output_dir",)

    def __init__(self, where: Path | str, holder: str) -> None:
        super().__init__(
            f"another run{f' (process {holder})' if holder else ''} is writing to {where}; wait for it or choose another `output_dir`"
        )


class WorkerError(RunError):
    """A worker process ended badly."""

    def __init__(self, what: str) -> None:
        # What a worker of a worker says has begun with these words already.
        begins = "a worker process failed: "
        super().__init__(f"{begins}{what.removeprefix(begins)}")


class RunCancelled(SyntheticDataError):
    """The user stopped the run; nothing of it is visible."""

    exit_code = 130

    def __init__(self) -> None:
        super().__init__("cancelled; nothing was published")


def without_names(error: BaseException, where: Path | str = "") -> str:
    """What an error says in small letters, without the place and what stands in quotes: a folder may be called anything."""
    text = str(error).replace(str(Path(where).absolute()), "") if where else str(error)
    return re.sub(r'"[^"]*"', '""', text).lower()


def is_full(error: BaseException, where: Path | str = "") -> bool:
    """Whether an error, of whatever library, says that a disk or a quota is full; `where` is the place that was worked on."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    return _FULL.search(without_names(error, where)) is not None


def sentence(error: BaseException, where: Path | str) -> str:
    """What went wrong, in one line, also where a library says it; `where` is the place that was worked on."""
    if isinstance(error, SyntheticDataError):
        return str(error)
    if is_full(error, where):
        return str(DiskFullError(where))
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or where}: {error.strerror}"
    if isinstance(error, MemoryError):
        return f"{where}: there is not enough memory"
    if not is_of_library(error):
        from .defects import unforeseen

        return unforeseen(error)
    return f"{where}: {first_line(error)}"


def is_of_library(error: BaseException) -> bool:
    """Whether a library that works on files and tables says it of its own accord; a panic of it is nothing that it says."""
    home = type(error).__module__.partition(".")[0]
    return isinstance(error, Exception) and (home in _LIBRARIES or isinstance(error, OSError))


def first_line(error: BaseException) -> str:
    """The first line of what an error says, else its name."""
    return next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)


def exit_code(error: BaseException) -> int:
    """The process exit code for an error: 2 bad input, 3 exists, 130 cancelled, 1 anything else."""
    if isinstance(error, SyntheticDataError):
        return error.exit_code
    return 130 if isinstance(error, KeyboardInterrupt) else 1
