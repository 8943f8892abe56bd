"""The days at which series stopped: a small file a series, written before days are begun, so that a run that is killed leaves a trace.

Nothing depends on it: what is published is known elsewhere, and counts more. Anyone may have put such a file there, so it is read strictly.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from ..errors import RunError
from ..frozen import dataclass
from ..plan.plan import OutputPlan
from ..plan.series import Series
from ..spec.urls import folder_of, url_of
from .ledger import FIRST_DAY, LAST_DAY, place_name
from .root import ATTEMPTS, read_regular, within, write_whole

if TYPE_CHECKING:
    from .storage import Storage

Outcome = Literal["RUNNING", "FAILED", "CANCELLED"]
DIED: Final = "the process ended before the run did"
_SIZE: Final = 1 << 22
"""Bytes of such a file; a larger one is not read."""
_MOST: Final = 1_000
"""Days of such a file."""
_LONGEST: Final = 1_000
"""Characters of a sentence."""
_AWAY: Final = "Files/.attempts"
"""The folder of these files below a root on an object store."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A day that a run began and did not publish."""

    day: date
    """The first of its batch."""
    outcome: Outcome
    """RUNNING: the run has not ended, or nobody has seen it die."""
    message: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """Those of one series."""

    dataset_id: str
    days: tuple[Attempt, ...]

    def but(self, there: Collection[date]) -> tuple[Attempt, ...]:
        """Those whose days are not there."""
        return tuple(attempt for attempt in self.days if attempt.day not in there)


def attempts(place: Path | str) -> dict[str, Attempts]:
    """What is known of all series of an output root, by their places; files that no series has written are passed over.

    Raises RunError for an object store that cannot be reached.
    """
    found = ((name, _known(text)) for name, text in _texts_at(place))
    return {name: known for name, known in found if known is not None}


def _texts_at(place: Path | str) -> Iterator[tuple[str, str]]:
    """The name and the content of each file that a series may have written."""
    if url := url_of(place):
        from ..sinks.store import Store

        for path in Store(url).files(_AWAY):
            if path.endswith(".json"):
                yield PurePosixPath(path).stem, Store(url).text(path) or ""
        return
    folder = folder_of(place) / ATTEMPTS
    for file in sorted(folder.glob("*.json")) if folder.is_dir() and not folder.is_symlink() else []:
        with suppress(OSError):
            yield file.stem, read_regular(file, _SIZE) or ""


def _known(text: str | None) -> Attempts | None:
    """Of one series; None where no series has written so."""
    with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _read(text or "")
    return None


def _read(text: str) -> Attempts:
    value = json.loads(text)
    if len(value["days"]) > _MOST:
        raise ValueError("too many days")
    return Attempts(_text(value["dataset_id"]), tuple(sorted((_attempt(*item) for item in value["days"].items()), key=lambda a: a.day)))


def _attempt(day: Any, value: Mapping[str, Any]) -> Attempt:
    found = date.fromisoformat(day)
    if not FIRST_DAY <= found <= LAST_DAY or value["outcome"] not in get_args(Outcome):
        raise ValueError("no series has such a day")
    return Attempt(found, value["outcome"], _text(value["message"]))


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST:
        raise ValueError("it holds values that are no texts of a series")
    value.encode()
    return value


class Trace:
    """What a run notes of its days. The caller holds the root's lock, so that a run which has not ended is dead.

    `storage` reaches the object store that the root is on.
    """

    def __init__(self, output: OutputPlan, name: str, dataset_id: str, there: Collection[date], storage: Storage | None) -> None:
        self._storage, self._dataset_id, file = storage, dataset_id, f"{name}.json"
        self._path = Path(_AWAY, file) if storage is not None else within(output.root, ATTEMPTS, file)
        before = attempts(output.place).get(name) if storage is None else _known(storage.text(self._path.as_posix()))
        self._is_there = before is not None
        self._found = {found.day: _ended(found) for found in (before.but(there) if before is not None else ())}
        self._begun: frozenset[date] = frozenset()

    def begin(self, days: Collection[date]) -> None:
        """Some days are begun; those that were before are published. Raises OSError and RunError."""
        self._publish()
        self._begun = frozenset(days)
        self._note(Attempt(min(days), "RUNNING", ""))
        self._write()

    def end(self, outcome: Literal["COMPLETED", "FAILED", "CANCELLED"], message: str, day: date | None) -> None:
        """The run ends; where it did not come through, at a day, unless none was left to it."""
        if outcome == "COMPLETED":
            self._publish()
        else:
            self._forget()
        if outcome != "COMPLETED" and day is not None:
            self._note(Attempt(day, outcome, message[:_LONGEST]))
        # The run ends as it does, whatever comes of this.
        with suppress(OSError, RunError):
            self._write()

    def forget(self) -> None:
        """The run was refused: it has begun no day."""
        self._forget()
        with suppress(OSError, RunError):
            self._write()

    def _publish(self) -> None:
        self._found = {day: attempt for day, attempt in self._found.items() if day not in self._begun}

    def _forget(self) -> None:
        self._found = {day: attempt for day, attempt in self._found.items() if attempt.outcome != "RUNNING"}

    def _note(self, attempt: Attempt) -> None:
        self._found[attempt.day] = attempt

    def _write(self) -> None:
        newest = dict(sorted(self._found.items())[-_MOST:])
        days = {day.isoformat(): {"outcome": found.outcome, "message": found.message} for day, found in newest.items()}
        text = json.dumps({"dataset_id": self._dataset_id, "days": days}) if newest else ""
        if self._storage is not None:
            self._send(self._storage, text)
        elif text:
            write_whole(self._path, text)
        elif self._path.exists():
            self._path.unlink()
            with suppress(OSError):
                self._path.parent.rmdir()

    def _send(self, storage: Storage, text: str) -> None:
        if text:
            storage.put(self._path.as_posix(), text)
        elif self._is_there:
            storage.remove(self._path.as_posix())
        self._is_there = bool(text)


def place_of(series: Series) -> str:
    """The name of a series among those of its output root."""
    output = series.plan.output
    return place_name(output.schema, f"{output.environment}-table" if output.mode == "table" else output.mode)


def trace_of(series: Series, left: Collection[date], storage: Storage | None = None) -> Trace:
    """Where the run of a series notes at which days it stops; `left` are those of its days that are not there. `storage` as of `Trace`."""
    return Trace(series.plan.output, place_of(series), series.plan.dataset_id, set(series.days) - set(left), storage)


def _ended(attempt: Attempt) -> Attempt:
    return Attempt(attempt.day, "FAILED", DIED) if attempt.outcome == "RUNNING" else attempt
