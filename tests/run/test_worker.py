"""Worker processes: what they are told, and that none outlives the run that started it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pyarrow.parquet as pq
import pytest
from ingen_fab.synthetic_data.core.engine.engine import Engine
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.codec import from_json, to_json
from ingen_fab.synthetic_data.core.program.content import KNOWN
from ingen_fab.synthetic_data.core.program.tasks import (
    Answer,
    Begin,
    Content,
    CsvSink,
    Done,
    Failed,
    Order,
    ParquetSink,
    PartTask,
    Progress,
    Ready,
    Sink,
    Work,
    program_id,
)
from ingen_fab.synthetic_data.core.run.executor import EXECUTORS, executor
from ingen_fab.synthetic_data.core.run.means import Means

COMMAND = [sys.executable, "-m", "ingen_fab.synthetic_data.core.run.worker"]
ZOO = """
dataset_id: zoo
tables:
  animals: {columns: {animal_id: key, name: {kind: pool, pool: beasts}}}
"""


class Worker:
    """A worker that is spoken to by hand."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process, self.orders, self.answers = process, process.stdin, process.stdout

    def tell(self, *orders: Order) -> None:
        """A line each."""
        self.orders.write("".join(json.dumps(to_json(order)) + "\n" for order in orders))
        self.orders.flush()

    def hear(self) -> Answer:
        """The next line."""
        return from_json(Answer, json.loads(self.answers.readline()))

    def outcome(self) -> Answer:
        """The next answer that is not of progress."""
        while isinstance(found := self.hear(), Progress):
            pass
        return found


def started(folder: Path) -> subprocess.Popen[str]:
    """A worker whose working folder has nothing in it."""
    return subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=folder)


def contents(plan: Plan) -> list[Content]:
    """The lists of a plan."""
    return [Content(KNOWN.read(pool.sha256).decode()) for pool in plan.program.pools.values()]


def task_of(plan: Plan, table: str, index: int = 0) -> PartTask:
    """A part of a table."""
    part = plan.table(table).parts[index]
    key = plan.table(table).primary_key
    return PartTask(program_id(to_json(plan.program)), table, index, part.ranges, plan.program.as_of, 32_768, key, 64)


def test_a_worker_ends_with_its_input(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """When the pipe from the run closes in the middle of a part, the worker stops there and leaves the part unfinished."""
    plan = plan_of("retail_oltp_large", target_rows=5_000_000, output_settings__rows_per_file=5_000_000)
    task = task_of(plan, "orders")
    with started(tmp_path) as process:
        worker = Worker(process)
        sink = ParquetSink(str(tmp_path / "orders.parquet"), ("order_id",), "snappy")
        worker.tell(*contents(plan), Begin(plan.program), Work(task, sink))
        assert worker.hear() == Ready()
        progress = worker.hear()
        assert isinstance(progress, Progress)
        assert progress.rows < task.rows
        worker.orders.close()
        assert process.wait(timeout=2) == 0
        assert '"done"' not in worker.answers.read()


def test_a_worker_needs_no_file_of_the_planning_machine(own_plan: Callable[..., Plan], tmp_path: Path) -> None:
    """Lists come by their content: the file that the plan read is gone when the worker begins, and the rows are the same."""
    (tmp_path / "own" / "pools").mkdir(parents=True)
    (tmp_path / "own" / "pools" / "beasts.csv").write_text("name,weight\nlynx,3\nmarten,1\nstoat,2\n")
    plan = own_plan(ZOO, target_rows=500)
    wanted = Engine(plan.program).batch("animals", 0, 500).column("name").to_pylist()
    assert set(wanted) == {"lynx", "marten", "stoat"}
    assert str(tmp_path) not in json.dumps(to_json(plan.program))
    told = contents(plan)
    rmtree(tmp_path / "own")
    with started(tmp_path) as process:
        worker = Worker(process)
        worker.tell(*told, Begin(plan.program), Work(task_of(plan, "animals"), ParquetSink(str(tmp_path / "a.parquet"), (), "snappy")))
        assert worker.hear() == Ready()
        done = worker.outcome()
        assert isinstance(done, Done)
        assert done.result.rows == 500
        process.kill()
    assert pq.read_table(tmp_path / "a.parquet").column("name").to_pylist() == wanted


def test_what_was_not_sent_is_told(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """A task whose program or lists never came fails with a sentence, and the worker works on."""
    plan = plan_of("retail_oltp_small", target_rows=20)
    work = Work(task_of(plan, "customers"), CsvSink(str(tmp_path / "a.csv")))
    with started(tmp_path) as process:
        worker = Worker(process)
        worker.tell(work)
        assert worker.hear() == Failed("`customers`: the program of this part has not been sent")
        worker.tell(Begin(plan.program), work)
        assert worker.hear() == Ready()
        failed = worker.outcome()
        assert isinstance(failed, Failed)
        assert "is not known here" in failed.sentence
        process.kill()


def test_a_day_belongs_to_its_task(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """One worker, one program, tasks of two days: each gives the rows of its own."""
    plan = plan_of("retail_oltp_small", target_rows=300)
    task = task_of(plan, "orders")
    tasks = [PartTask(task.program, task.table, n, task.ranges, day, task.chunk, task.key, 1) for n, day in enumerate((200, 700, 200))]
    states = []
    with started(tmp_path) as process:
        worker = Worker(process)
        worker.tell(*contents(plan), Begin(plan.program), *(Work(found, CsvSink(str(tmp_path / "a.csv"))) for found in tasks))
        assert worker.hear() == Ready()
        for _ in tasks:
            done = worker.outcome()
            assert isinstance(done, Done)
            states.append(done.result.digest)
        process.kill()
    assert states[0] == states[2] != states[1]


@pytest.mark.parametrize("sink", [CsvSink("a/b.csv"), ParquetSink("a/b.parquet", ("id",), "zstd", statistics=True)])
def test_a_part_is_json(sink: Sink) -> None:
    """What travels comes back as the same value."""
    work = Work(PartTask("0" * 64, "orders", 3, ((-1, 5), (7, 9)), 730, 65_536, ("order_id",), 64), sink)
    assert from_json(Order, json.loads(json.dumps(to_json(work)))) == work


def test_the_architecture_shows_a_task() -> None:
    """The example of the wire format is one."""
    text = (Path(__file__).parents[2] / "ARCHITECTURE.md").read_text()
    (line,) = [line.strip() for line in text.splitlines() if line.startswith('    {"program": ')]
    task = from_json(PartTask, json.loads(line))
    assert (task.table, task.rows) == ("orders", 1_000_000)
    assert to_json(task) == json.loads(line)


def test_executors_have_names(plan_of: Callable[..., Plan]) -> None:
    """Another one can be added; an unknown name is told with the nearest."""
    assert "python" in EXECUTORS
    plan = plan_of("retail_oltp_small", target_rows=5)
    with pytest.raises(InputError, match="there is no executor `pyton`; did you mean `python`"):
        executor("pyton", plan.program, Means(plan.work, 1, Path("scratch")))
