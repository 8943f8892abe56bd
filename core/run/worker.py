"""A worker process: orders on standard input, a JSON value a line; answers on standard output.

It is sent a program and the content that this names, and then tasks. It reads no file, and ends when its input ends, so a
run that is killed leaves no worker behind.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from queue import SimpleQueue
from threading import Thread
from typing import NoReturn


def main() -> NoReturn:
    """Works until the input ends, and then ends the process at once, wherever it stands."""
    import pyarrow as pa

    from ..engine.engine import Engine
    from ..program.codec import from_json, to_json
    from ..program.content import Contents
    from ..program.tasks import Answer, Begin, Content, Done, Failed, Order, Progress, Ready, Work, program_id
    from .part import part_sentence, work_off

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    tell = sys.stdout
    # Whatever a library prints must not mix with the answers.
    sys.stdout = sys.stderr

    def answer(value: Answer) -> None:
        tell.write(json.dumps(to_json(value)) + "\n")
        tell.flush()

    lines: SimpleQueue[str] = SimpleQueue()

    def listen() -> None:
        for line in sys.stdin:
            lines.put(line)
        # Not at the end of a part: the next run clears away what this one was writing.
        os._exit(0)

    Thread(target=listen, name="input", daemon=True).start()
    contents = Contents()
    engines: dict[str, Engine] = {}

    def work(order: Work) -> Answer:
        task, sink = order.task, order.sink
        try:
            engine = engines.get(task.program)
            if engine is None:
                raise ValueError("the program of this part has not been sent")
            return Done(work_off(engine, task, sink, lambda rows: answer(Progress(task.table, task.index, rows)), lambda: False))
        except (KeyboardInterrupt, SystemExit, GeneratorExit):
            raise
        except BaseException as error:
            # Whatever a library raises; a panic of Rust is not even an Exception.
            return Failed(part_sentence(error, task, sink))

    while True:
        value = json.loads(lines.get())
        order = from_json(Order, value)
        if isinstance(order, Content):
            contents.hold(order.text.encode())
        elif isinstance(order, Begin):
            engines[program_id(value["program"])] = Engine(order.program, contents)
            answer(Ready())
        elif isinstance(order, Work):
            answer(work(order))


if __name__ == "__main__":
    try:
        main()
    except BaseException:
        # An orderly shutdown would wait for the thread that reads the input.
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
