"""Worker processes do not outlive the run that started them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.codec import to_json


def test_a_worker_ends_with_its_input(plan_of: Callable[..., Plan], tmp_path: Path) -> None:
    """When the pipe from the run closes in the middle of a part, the worker stops there and leaves the part unfinished."""
    plan = plan_of("retail_oltp_large", target_rows=5_000_000, output_settings__rows_per_file=5_000_000)
    part = plan.table("orders").parts[0]
    task = {
        "table": "orders",
        "index": 0,
        "ranges": part.ranges,
        "path": str(tmp_path / "orders.parquet"),
        "format": "parquet",
        "compression": "snappy",
        "chunk": 32_768,
        "key": ["order_id"],
        "sample": 64,
    }
    command = [sys.executable, "-m", "ingen_fab.synthetic_data.core.run.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise AssertionError("no pipes")
        process.stdin.write(json.dumps(to_json(plan.program)) + "\n" + json.dumps(task) + "\n")
        process.stdin.flush()
        assert json.loads(process.stdout.readline()) == {"ready": True}
        assert json.loads(process.stdout.readline())["progress"] < part.rows
        process.stdin.close()
        assert process.wait(timeout=2) == 0
        assert '"result"' not in process.stdout.read()
