"""A worker process: a program first, then tasks, one JSON value a line on standard input; answers on standard output.

It ends when its input ends, so a run that is killed leaves no worker behind.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def main() -> int:
    """Works until the input ends; returns the exit code."""
    import pyarrow as pa

    from ..engine.engine import Engine
    from .part import write_part

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    tell = sys.stdout
    # Whatever a library prints must not mix with the answers.
    sys.stdout = sys.stderr

    def answer(value: dict[str, Any]) -> None:
        tell.write(json.dumps(value) + "\n")
        tell.flush()

    first = sys.stdin.readline()
    if not first:
        return 0
    engine = Engine(json.loads(first))
    answer({"ready": True})
    for line in sys.stdin:
        task = json.loads(line)
        place = {"table": task["table"], "index": task["index"]}

        def report(rows: int, place: dict[str, Any] = place) -> None:
            answer({**place, "progress": rows})

        try:
            result = write_part(engine, task, report, lambda: False)
        except (OSError, ValueError, MemoryError) as error:
            answer({"error": f"{task['table']}: {error or type(error).__name__}"})
        else:
            answer({"result": result})
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
