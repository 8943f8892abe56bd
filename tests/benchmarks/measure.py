"""One measurement in a process of its own: reads what to do from its argument, prints what it found as JSON."""

from __future__ import annotations

import importlib.util
import itertools
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from ingen_fab.synthetic_data.core.plan.make import make_plan
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.run import run as run_plan
from ingen_fab.synthetic_data.core.spec.repository import CONFIGS, DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters

_BLOCK = 32_768


def plan_of(dataset: str, rows: int, folder: str, mode: str = "parquet", tables: list[str] | None = None, own: str = "") -> Plan:
    """A plan that writes under the folder."""
    flags = {"target_rows": rows, "output_settings.output_dir": folder, "tables": tables, "generation_settings.mode": "python"}
    if mode in ("delta", "warehouse"):
        flags["output_settings.target_environment"] = "lakehouse" if mode == "delta" else mode
        mode = "table"
    flags["output_settings.output_mode"] = mode
    return make_plan(resolve_parameters(dataset, flags=flags, repository=DatasetConfigurationRepository([own] if own else [])))


def _worked(plan: Plan, workers: int) -> dict[str, Any]:
    clock = perf_counter()
    result = run_plan(plan, workers=workers)
    seconds = perf_counter() - clock
    if result.status != "COMPLETED":
        raise SystemExit(result.message)
    working = max(table.seconds for table in result.tables)
    return {
        "rows": result.rows,
        "seconds": seconds,
        "working_rate": result.rows / working,
        "peak": result.peak_memory_bytes,
        "bytes": result.bytes,
    }


def run(folder: str, dataset: str, rows: int, workers: int, mode: str) -> dict[str, Any]:
    """A whole run: plan aside, manifest and digest included."""
    return _worked(plan_of(dataset, rows, folder, mode), workers)


def memory(folder: str, dataset: str, rows: int, mode: str) -> dict[str, Any]:
    """Peaks of the process tree: of a run with two workers (`mode` may be `delta` or `warehouse`), and of checking what it wrote."""
    from ingen_fab.synthetic_data.core.quality.validate import validate
    from ingen_fab.synthetic_data.core.run.estimate import estimate as expected
    from ingen_fab.synthetic_data.core.run.metrics import Sampler

    plan = plan_of(dataset, rows, folder, mode)
    said = expected(plan).memory_bytes
    found = _worked(plan, 2)
    with Sampler(lambda cpu, memory: None) as sampler:
        clock = perf_counter()
        report = validate(plan)
        seconds = perf_counter() - clock
    return {**found, "said": said, "checked": sampler.peak_bytes, "check_seconds": seconds, "passed": report.passed}


def retail(folder: str, table: str, rows: int, workers: int) -> dict[str, Any]:
    """One table of retail_oltp with about that many rows; inventory from a copy with 1,250 stores of 8,000 products."""
    if table != "inventory":
        driving = {"orders": rows, "order_items": round(rows / 2.6), "customers": rows * 4}[table]
        return _worked(plan_of("retail_oltp_large", driving, folder, tables=[table]), workers)
    own = Path(folder) / "own"
    own.mkdir()
    text = (CONFIGS / "datasets" / "retail_oltp.yaml").read_text(encoding="utf-8")
    stores = max(round(rows / 8_000), 1)
    changed = text.replace(
        "rows: {number: {small: 12, large: 60}, initial_share: 0.9}",
        f"rows: {{number: {{small: 12, large: {stores}}}, initial_share: 0.9}}",
    )
    if changed == text:
        raise SystemExit("the line with the number of stores has changed")
    (own / "retail_oltp.yaml").write_text(changed, encoding="utf-8")
    return _worked(plan_of("retail_oltp_large", 1_000_000, folder, tables=[table], own=str(own)), workers)


def table(folder: str, dataset: str, table: str, rows: int, workers: int) -> dict[str, Any]:
    """One table of a dataset with about that many rows, at most 100 million driving ones; `fixed` rows where none would be more."""
    million, more = (plan_of(dataset, driving, folder, tables=[table]).table(table).rows for driving in (1_000_000, 2_000_000))
    if more <= million * 1.01:
        return {"fixed": million}
    driving = min(round(1_000_000 * rows / million), 100_000_000)
    return {"driving": driving, **_worked(plan_of(dataset, driving, folder, tables=[table]), workers)}


def tables(folder: str) -> dict[str, Any]:
    """Dataset, table and whether it drives, of every shipped dataset at its largest size."""
    infos = [info.dataset_id for info in DatasetConfigurationRepository().list() if info.domain != "benchmark"]
    largest = [name for name in infos if name.endswith("_large") or name.replace("_small", "_large") not in infos]
    plans = [plan_of(name, 1_000_000, folder) for name in largest]
    return {"tables": [(plan.dataset_id, found.name, found.driving) for plan in plans for found in plan.tables]}


def bound(folder: str, dataset: str, rows: int, mode: str) -> dict[str, Any]:
    """Writing ready-made columns, in the same files and row groups, through the same writer, on one core."""
    import pyarrow as pa
    from ingen_fab.synthetic_data.core.engine.engine import Engine
    from ingen_fab.synthetic_data.core.sinks.files import CsvPart, ParquetPart, sync

    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    plan = plan_of(dataset, rows, folder, mode)
    (table,) = plan.tables
    engine = Engine(plan.program)
    schema = engine.schema(table.name)
    chunk = plan.work.chunk_size
    limit = min(table.rows, 8 * chunk)
    groups = [
        [engine.batch(table.name, low, min(low + _BLOCK, start + chunk, limit)) for low in range(start, min(start + chunk, limit), _BLOCK)]
        for start in range(0, limit, chunk)
    ]
    done = 0
    ready = itertools.cycle(groups)
    clock = perf_counter()
    for part in table.parts:
        path = Path(folder) / f"bound-{part.index}"
        writer = CsvPart(path, schema) if mode == "csv" else ParquetPart(path, schema, table.primary_key, plan.output.compression)
        written = 0
        while written < part.rows:
            group = next(ready)
            writer.write(group)
            written += sum(batch.num_rows for batch in group)
        done += written
        writer.close()
        sync(path)
    return {"rows": done, "seconds": perf_counter() - clock}


def columns(folder: str, rows: int) -> dict[str, Any]:
    """Nanoseconds a row of each column alone, over up to half a million rows."""
    from ingen_fab.synthetic_data.core.engine.engine import Engine

    found = []
    for dataset in ("benchmark_orders", "benchmark_customers", "retail_oltp_large"):
        plan = plan_of(dataset, rows, folder)
        for table in plan.tables:
            count = min(table.rows, 1_000_000)
            if count < _BLOCK:
                continue
            engine = Engine(plan.program)
            for column in table.columns:
                seconds = []
                for _ in range(3):
                    clock = perf_counter()
                    for low in range(0, count - _BLOCK + 1, _BLOCK):
                        engine.batch(table.name, low, low + _BLOCK, [column.name])
                    seconds.append(perf_counter() - clock)
                found.append((table.name, column.name, column.kind, min(seconds) / (count // _BLOCK * _BLOCK) * 1e9))
    return {"columns": found}


def estimate(folder: str, dataset: str, rows: int) -> dict[str, Any]:
    """The estimate, and then the run."""
    from ingen_fab.synthetic_data.core.run.estimate import estimate as expected

    plan = plan_of(dataset, rows, folder)
    said = expected(plan)
    return {"said_seconds": said.seconds, "said_bytes": said.bytes, **_worked(plan, plan.work.workers)}


def peer(folder: str, peer: str, rows: int, cores: int) -> dict[str, Any]:
    """A peer's nearest table; its module prepares (imports, a warm session) before the clock starts."""
    file = Path(__file__).parent / "peers" / f"{peer}.py"
    spec = importlib.util.spec_from_file_location(peer, file)
    if spec is None or spec.loader is None:
        raise SystemExit(f"{file} is missing")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        write = module.prepare(cores)
    except ImportError as error:
        raise SystemExit(f"not installed: {error.name}") from None
    clock = perf_counter()
    write(rows, f"{folder}/peer")
    return {"rows": rows, "seconds": perf_counter() - clock}


MEASUREMENTS: dict[str, Callable[..., dict[str, Any]]] = {
    "run": run,
    "memory": memory,
    "retail": retail,
    "table": table,
    "tables": tables,
    "bound": bound,
    "columns": columns,
    "estimate": estimate,
    "peer": peer,
}

if __name__ == "__main__":
    asked = json.loads(sys.argv[1])
    print(json.dumps(MEASUREMENTS[asked.pop("what")](**asked)))
