"""Generates datasets on a Spark that the environment or a word names, and prints what came of them, a JSON value.

driver.py OUTPUT WRITER[,WRITER] MASTER DATASET=ROWS ...
"""

from __future__ import annotations

import json
import sys
from datetime import timedelta
from itertools import cycle
from typing import Any

from ingen_fab.synthetic_data import make_plan, make_series, resolve_parameters, run_job, run_series


def main(output: str, writer: str, master: str, *datasets: str) -> None:
    """Runs one dataset after another in one session, the writers in turn."""
    out: dict[str, dict[str, list[Any]]] = {}
    for word, one in zip(datasets, cycle(writer.split(","))):
        dataset_id, _, rows = word.partition("=")
        settings: dict[str, Any] = {
            "target_rows": int(rows),
            "generation_settings": {"mode": "pyspark"},
            "spark": {"writer": one, "master": master},
            "output_settings": {"output_dir": f"{output}/{dataset_id}", "rows_per_file": 100_000},
        }
        print(f"begins {dataset_id}", file=sys.stderr, flush=True)
        if dataset_id.endswith("_incremental"):
            out[dataset_id] = days(dataset_id, int(rows), settings)
            continue
        result = run_job(make_plan(resolve_parameters(dataset_id, edited=settings)), check=False, emit=told).run
        assert result.status == "COMPLETED", result.message
        out[dataset_id] = {table.name: [table.rows, table.digest, table.bytes] for table in result.tables}
    print(json.dumps(out))


def days(dataset_id: str, rows: int, settings: dict[str, Any]) -> dict[str, list[Any]]:
    """Three days as parquet files."""
    given = {**settings, "target_rows": None, "incremental_config": {"rows_per_day": rows}}
    given["output_settings"] = {**settings["output_settings"], "output_mode": "parquet"}
    resolved = resolve_parameters(dataset_id, edited=given)
    first = resolved.variant.dataset.history.start
    result = run_series(make_series(resolved, first, first + timedelta(days=2)))
    assert result.status == "COMPLETED", result.message
    return {day.day: [day.rows, [list(pair) for pair in sorted(day.digests.items())], day.bytes] for day in result.days}


def told(event: object) -> None:
    """Tells whoever watches that parts are done."""
    if type(event).__name__ == "TableProgress":
        print("a part is done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
