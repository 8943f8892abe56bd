"""Staging and publishing: files appear whole or not at all.

A run writes into `<root>/.staging/<run id>`. When everything is there, a journal of steps is written: the point of no
return. Each action of a step may be done again without harm, so a publication that was cut is finished by the next run;
one that fails is undone. The journal is the first thing to be removed afterwards. A staging folder without a journal is
removed, and whatever no run of ours can have left in `.staging` is set aside.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from ..errors import RunError, SyntheticDataError, sentence
from ..format import bytes_
from ..sinks.files import sync
from ..sinks.warehouse import STAGING
from .actions import DO, UNDO
from .journal import MOST, Journal
from .publication import Place
from .root import PASSING, RUN_ID, TOLD, locked, read_regular, real_folder, write_whole

__all__ = ["JOURNAL", "STAGING", "is_cut", "locked", "publish", "recover", "write_whole"]

JOURNAL: Final = "publish.json"
_BROKEN: Final = "broken-"


def publish(root: Path, staged: Path, journal: Journal) -> None:
    """Makes a run visible: the journal first, then each step; the staging folder last.

    Raises RunError where a step fails; the sentence tells whether what was there before is there again.
    """
    text = journal.text()
    if len(text) > MOST:
        raise RunError(f"the journal of this run would have {bytes_(len(text))}, more than {bytes_(MOST)}; write fewer files")
    write_whole(staged / JOURNAL, text)
    _finish(Place(root, staged, journal))


def is_cut(root: Path) -> bool:
    """Whether a publication waits to be finished, so that some tables may be older than others."""
    staging = root / STAGING
    return not staging.is_symlink() and any(_has_journal(staged) for staged in _ours(staging))


def recover(root: Path) -> list[str]:
    """Finishes publications that were cut and removes what never got so far; tells what was done, a sentence each.

    The caller holds the lock. A publication that cannot be finished is undone, and told.
    """
    done = []
    staging = root / STAGING
    ours = set(_ours(staging))
    for staged in sorted(staging.iterdir()) if real_folder(staging) else []:
        name = staged.name
        if name in TOLD and not staged.is_dir():
            # Of a run that died: whoever has the lock is the only one at work.
            staged.unlink()
            continue
        if name.startswith(_BROKEN) or (name in PASSING and not staged.is_dir()):
            continue
        if staged not in ours:
            done.append(f"{_set_aside(staged)}: it was not left in {staging} by a run")
        elif not _has_journal(staged):
            shutil.rmtree(staged, ignore_errors=True)
            done.append(f"removed the unfinished output of run {name}")
        else:
            done.append(_again(root, staged))
    return done


def _again(root: Path, staged: Path) -> str:
    try:
        journal = Journal.of_text(read_regular(staged / JOURNAL, MOST) or "")
    except ValueError:
        return f"{_set_aside(staged)}: its {JOURNAL} is not a journal of a run"
    strange = _strange(staged)
    if strange is not None:
        return f"{_set_aside(staged)}: {strange.relative_to(staged)} in it is neither a folder nor a file, so no run has left that there"
    try:
        _finish(Place(root, staged, journal))
    except SyntheticDataError as error:
        return f"run {staged.name} had been cut, and cannot be published: {error}"
    return f"finished publishing run {staged.name}, which had been interrupted"


def _strange(folder: Path) -> Path | None:
    """Something below a staging folder that no run puts there: a link, a pipe, a device."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                found = _strange(Path(entry.path))
                if found is not None:
                    return found
            elif not entry.is_file(follow_symlinks=False):
                return Path(entry.path)
    return None


def _ours(staging: Path) -> list[Path]:
    found = sorted(staging.iterdir()) if staging.is_dir() else []
    return [staged for staged in found if RUN_ID.fullmatch(staged.name) and staged.is_dir() and not staged.is_symlink()]


def _has_journal(staged: Path) -> bool:
    return (staged / JOURNAL).is_symlink() or (staged / JOURNAL).exists()


def _set_aside(staged: Path) -> str:
    """Renames a staging folder so that no run looks at it again."""
    place = staged.with_name(f"{_BROKEN}{staged.name}")
    number = 1
    while place.is_symlink() or place.exists():
        number += 1
        place = staged.with_name(f"{_BROKEN}{staged.name}-{number}")
    staged.rename(place)
    sync(place.parent)
    return f"{staged.name} was set aside as {place}"


def _finish(place: Place) -> None:
    done: list[str] = []
    try:
        for step in place.journal.steps:
            DO[step.kind](place, step)
            done.append(step.kind)
    except BaseException as error:
        told = _undo(place, ["the warehouse, which holds the new tables"] if "warehouse" in done else [])
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        raise RunError(f"{sentence(error, place.root)}; {told}") from None
    _discard(place.staged)


def _discard(staged: Path) -> None:
    # Without its journal the folder is rubbish, however much of it is left.
    (staged / JOURNAL).unlink()
    sync(staged)
    shutil.rmtree(staged, ignore_errors=True)


def _undo(place: Place, left: list[str]) -> str:
    """Puts back what was there before, the last step first; tells how that went, and what was `left` as it is."""
    for step in reversed(place.journal.steps):
        try:
            UNDO[step.kind](place, step)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            left.append(f"{getattr(step, 'table', step.kind)} ({sentence(error, place.root)})")
    if not left and not place.kept:
        _discard(place.staged)
        return "nothing of this run was published"
    if not left:
        return f"nothing of this run was published; {_set_aside(place.staged)}"
    try:
        kept = _set_aside(place.staged)
    except OSError:
        kept = f"it lies in {place.staged}"
    return f"not everything could be put back: {', '.join(left)}; {kept}"
