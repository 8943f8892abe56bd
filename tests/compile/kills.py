"""Ends a publication before each of its changes to the folder, by death or by an error, and looks at what is there then.

Run as a script with a folder and `kill` or `fail`. Everything happens in forks of this process, as hooks of audits cannot be taken away.
Prints how many changes there were.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
from itertools import count
from pathlib import Path
from typing import Any

from ingen_fab.synthetic_data.core.compile.workspace import Workspace, publish
from ingen_fab.synthetic_data.core.errors import PlaceError

CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link")
FIRST = Workspace({"A.Notebook/.platform": b"a", "A.Notebook/stale": b"old", "A.Notebook/text": b"1", "config.yml": b"c"})
SECOND = Workspace({"A.Notebook/.platform": b"a", "A.Notebook/text": b"2", "new/B.Notebook/.platform": b"b", "config.yml": b"d"})
OTHER = Workspace({"C.Notebook/.platform": b"c"})


def files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def forked(root: Path, how: str, point: int) -> int:
    """The exit code of a fork that publishes: 0 done, 1 refused, 2 done without that many changes; negative where it was killed."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    numbers = count()
    met = []

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if (event in CHANGES or (event == "open" and isinstance(args[2], int) and args[2] & os.O_CREAT)) and str(root) in str(args[0]):
            if next(numbers) != point:
                return
            met.append(point)
            if how == "kill":
                os.kill(os.getpid(), signal.SIGKILL)
            raise PermissionError(errno.EACCES, "Permission denied", "that file")

    sys.addaudithook(hook)
    try:
        publish(SECOND, root)
    except PlaceError:
        os._exit(1)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        os._exit(3)
    os._exit(0 if met else 2)


def with_other(root: Path) -> dict[str, bytes]:
    """What is there once another publication has been there, beside what that one wrote."""
    copy = root.with_name("copy")
    shutil.copytree(root, copy)
    publish(OTHER, copy)
    found = files(copy)
    shutil.rmtree(copy)
    return {path: content for path, content in found.items() if path != "compiled.json" and not path.startswith("C.")}


def walk(folder: Path, how: str) -> int:
    root, begin, end = folder / "root", folder / "begin", folder / "end"
    for place in (begin, end):
        publish(FIRST, place)
        (place / "mine.txt").write_text("of a user")
    publish(SECOND, end)
    old, new = ({path: text for path, text in files(place).items() if path != "compiled.json"} for place in (begin, end))
    assert old != new
    ends = []
    for point in count():
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(begin, root)
        code = forked(root, how, point)
        assert code in ((-signal.SIGKILL, 2) if how == "kill" else (0, 1, 2)), code
        # What was there stays until the new is complete.
        assert {"A.Notebook/text", "config.yml", "compiled.json", "mine.txt"} <= set(files(root)), point
        if code == 1:
            assert files(root) == files(begin), point
        state = with_other(root)
        assert state in {0: (new,), 1: (old,)}.get(code, (old, new)), (point, state)
        ends.append(state == new)
        publish(SECOND, root)
        assert files(root) == files(end), point
        if code == 2:
            break
    if how == "kill":
        # Once it is new, it is never old again.
        assert ends == sorted(ends)
    assert {True, False} == set(ends)
    return point


if __name__ == "__main__":
    sys.stdout.write(f"{walk(Path(sys.argv[1]), sys.argv[2])}\n")
