"""Generates datasets on a Spark that the environment or a word names, and prints what came of them, a JSON value.

driver.py OUTPUT WRITER MASTER DATASET=ROWS ...
"""

from __future__ import annotations

import json
import sys

from ingen_fab.synthetic_data import make_plan, resolve_parameters, run_job


def main(output: str, writer: str, master: str, *datasets: str) -> None:
    """Runs one dataset after another in one session."""
    out = {}
    for word in datasets:
        dataset_id, _, rows = word.partition("=")
        settings = {
            "target_rows": int(rows),
            "generation_settings": {"mode": "pyspark"},
            "spark": {"writer": writer, "master": master},
            "output_settings": {"output_dir": f"{output}/{dataset_id}", "rows_per_file": 100_000},
        }
        print(f"begins {dataset_id}", file=sys.stderr, flush=True)
        result = run_job(make_plan(resolve_parameters(dataset_id, edited=settings)), check=False, emit=told).run
        assert result.status == "COMPLETED", result.message
        out[dataset_id] = {table.name: [table.rows, table.digest, table.bytes] for table in result.tables}
    print(json.dumps(out))


def told(event: object) -> None:
    """Tells whoever watches that parts are done."""
    if type(event).__name__ == "TableProgress":
        print("a part is done", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
