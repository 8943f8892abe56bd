"""A worker process: a program first, then tasks, one JSON value a line on standard input; answers on standard output.

It ends when its input ends, so a run that is killed leaves no worker behind.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from queue import SimpleQueue
from threading import Thread
from typing import Any, NoReturn


def main() -> NoReturn:
    """Works until the input ends, and then ends the process at once, wherever it stands."""
    import pyarrow as pa

    from ..engine.engine import Engine
    from ..program.codec import from_json
    from ..program.program import Program
    from .part import part_sentence, write_part

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    tell = sys.stdout
    # Whatever a library prints must not mix with the answers.
    sys.stdout = sys.stderr

    def answer(value: dict[str, Any]) -> None:
        tell.write(json.dumps(value) + "\n")
        tell.flush()

    lines: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line)
        # Not at the end of a part: the next run clears away what this one was writing.
        os._exit(0)

    Thread(target=listen, name="input", daemon=True).start()
    engine = Engine(from_json(Program, json.loads(lines.get())))
    answer({"ready": True})
    while True:
        task = json.loads(lines.get())
        place = {"table": task["table"], "index": task["index"]}

        def report(rows: int, place: dict[str, Any] = place) -> None:
            answer({**place, "progress": rows})

        try:
            result = write_part(engine, task, report, lambda: False)
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            # Whatever a library raises; a panic of Rust is not even an Exception.
            answer({"error": part_sentence(error, task)})
        else:
            answer({"result": result})


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        # An orderly shutdown would wait for the thread that reads the input.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
