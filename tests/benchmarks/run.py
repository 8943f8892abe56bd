"""Measures how fast this is, beside what would be the fastest possible and beside peers, in one run on one machine.

python tests/benchmarks/run.py                     all sections; about half an hour
python tests/benchmarks/run.py --rows 500_000      a quick look; start-up then counts
python tests/benchmarks/run.py --only sinks peers  some sections
python tests/benchmarks/run.py --markdown FILE     writes the tables as Markdown too

Only ratios mean something elsewhere. Every measurement is a process of its own, taken in turns and the best of several,
because machines are rarely quiet. Peers that are not installed are left out: pip install -e '.[benchmark]'.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

HERE: Final = Path(__file__).resolve().parent
PEERS: Final = {"duckdb_sql": 1.0, "polars_frame": 1.0, "dbldatagen_spark": 0.2, "misata_pandas": 0.05, "faker_pandas": 0.005}
"""Module -> its rows as a share of ours: the slow ones are not made to work for an hour."""


_TURNS: Final = 10
"""Of whole processes beside the bare import."""
_STARTS: Final = 7
"""Of terminal applications."""


@dataclass(frozen=True)
class Report:
    """One table of figures."""

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    note: str = ""

    def show(self, console: Console) -> None:
        """On a terminal."""
        table = Table(title=self.title, title_justify="left", caption=self.note or None, caption_justify="left")
        for n, name in enumerate(self.columns):
            table.add_column(name, justify="left" if n == 0 else "right")
        for row in self.rows:
            table.add_row(*row)
        console.print(table)

    def markdown(self) -> str:
        """As Markdown."""
        lines = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |"]
        lines.append("|" + "|".join(["---"] + ["---:"] * (len(self.columns) - 1)) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        return "\n".join([*lines, *(["", self.note] if self.note else []), ""])


def measure(what: str, **options: Any) -> dict[str, Any]:
    """One measurement in a process of its own; raises RuntimeError with its last words."""
    print(f"  {what} {' '.join(str(value) for value in options.values())}", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        given = json.dumps({"what": what, "folder": folder, **options})
        done = subprocess.run([sys.executable, str(HERE / "measure.py"), given], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["no word"])[-1])
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def best(times: int, *jobs: Callable[[], dict[str, Any]]) -> list[dict[str, Any]]:
    """The fastest of several tries of each job; the jobs take turns, so that a slow minute hits all of them."""
    tries = [[job() for job in jobs] for _ in range(times)]
    return [min((one[n] for one in tries), key=lambda found: found["seconds"]) for n in range(len(jobs))]


def millions(rate: float) -> str:
    """`5.61 M`"""
    return f"{rate / 1e6:.2f} M"


def sinks(rows: int, times: int) -> Report:
    """Our runs on one core against writing ready-made columns."""
    out = []
    parquet: dict[str, float] = {}
    for dataset, name, share in (("benchmark_orders", "A orders", 1.0), ("benchmark_customers", "B customers", 0.5)):
        for sink in ("parquet", "table", "csv"):
            # Beyond a million rows, so that digests are of a sample in all of them.
            count = int(rows * share)
            ours, bound = best(
                times,
                lambda d=dataset, c=count, s=sink: measure("run", dataset=d, rows=c, workers=1, mode=s),  # type: ignore[misc]
                lambda d=dataset, c=count, s=sink: measure("bound", dataset=d, rows=c, mode="csv" if s == "csv" else "parquet"),  # type: ignore[misc]
            )
            rate, limit = ours["working_rate"], bound["rows"] / bound["seconds"]
            whole = ours["rows"] / ours["seconds"]
            if sink == "parquet":
                parquet[name] = rate
            goal = {"parquet": 0.6 if share == 1 else 0.5, "csv": 0.6}.get(sink)
            against = f"{rate / parquet[name]:.2f} of parquet (0.85)" if sink == "table" else f"{rate / limit:.2f} of its bound ({goal})"
            shown = "Delta" if sink == "table" else sink
            out.append((f"{name}, {shown}", millions(whole), millions(rate), millions(limit), against, f"{ours['peak'] / 1e6:.0f} MB"))
    return Report(
        f"One core, {rows:,} rows",
        ("table, sink", "rows/s, whole run", "rows/s, working", "bound", "ratio (goal)", "peak memory"),
        out,
        "Whole run: from the plan to published files, start of the worker included. Working: from its first row to its last file. "
        "Bound: the same columns, ready-made, through the same writer.",
    )


def scaling(rows: int, times: int) -> Report:
    """Two workers against one."""
    out = []
    for dataset, name in (("benchmark_orders", "A orders"), ("benchmark_customers", "B customers")):
        one, two = best(
            times,
            lambda d=dataset, c=rows: measure("run", dataset=d, rows=c, workers=1, mode="parquet"),  # type: ignore[misc]
            lambda d=dataset, c=rows: measure("run", dataset=d, rows=c, workers=2, mode="parquet"),  # type: ignore[misc]
        )
        out.append(
            (
                name,
                millions(one["working_rate"]),
                millions(two["working_rate"]),
                f"{two['working_rate'] / one['working_rate']:.2f} (1.7)",
                f"{one['seconds'] / two['seconds']:.2f}",
            )
        )
    return Report(f"Two workers, {rows:,} rows", ("table", "one", "two", "ratio, working (goal)", "ratio, whole run"), out)


def retail(rows: int, times: int) -> Report:
    """The tables of retail_oltp on two workers."""
    out = []
    for table in ("orders", "order_items", "customers", "inventory"):
        (found,) = best(times, lambda t=table: measure("retail", table=t, rows=rows, workers=2))  # type: ignore[misc]
        goal = 1.5 if table == "orders" else 1.0
        whole = found["rows"] / found["seconds"]
        out.append(
            (table, f"{found['rows']:,}", millions(whole), millions(found["working_rate"]), f"{goal} M", f"{found['peak'] / 1e6:.0f} MB")
        )
    columns = ("table", "rows", "rows/s, whole run", "rows/s, working", "goal", "peak memory")
    return Report("retail_oltp to parquet, two workers", columns, out)


def tables(rows: int, times: int) -> Report:
    """Every table of every dataset alone, on two workers."""
    out = []
    count = rows // 5
    for dataset, table, driving in measure("tables")["tables"]:
        (found,) = best(min(times, 2), lambda d=dataset, t=table: _scaled(d, t, count))  # type: ignore[misc]
        if "fixed" in found:
            out.append((f"{dataset}.{table}", f"{found['fixed']:,}", "", "", "of a fixed size"))
            continue
        rate = found["working_rate"]
        goal = 1.0 if driving else 0.5
        out.append(
            (
                f"{dataset}.{table}{', driving' if driving else ''}",
                f"{found['rows']:,}",
                millions(found["rows"] / found["seconds"]),
                millions(rate),
                f"{goal} M{'' if rate >= goal * 1e6 else ', missed'}",
            )
        )
    columns = ("table", "rows", "rows/s, whole run", "rows/s, working", "goal")
    return Report(f"Every table to parquet, two workers, about {count:,} rows of each", columns, out)


def _scaled(dataset: str, table: str, rows: int) -> dict[str, Any]:
    return {"seconds": 0.0, **measure("table", dataset=dataset, table=table, rows=rows, workers=2)}


def columns(rows: int, times: int) -> Report:
    """Nanoseconds a row by kind of column, generation only."""
    found = measure("columns", rows=rows)
    kinds: dict[str, list[float]] = {}
    for _, _, kind, nanoseconds in found["columns"]:
        kinds.setdefault(kind, []).append(nanoseconds)
    out = [
        (kind, str(len(values)), f"{min(values):.1f}", f"{sorted(values)[len(values) // 2]:.1f}", f"{max(values):.1f}")
        for kind, values in sorted(kinds.items())
    ]
    return Report(
        "Generation by kind of column, ns a row on one core",
        ("kind", "columns", "fastest", "median", "slowest"),
        out,
        "Each column alone, with whatever it is computed from: a total counts all lines of its orders.",
    )


def memory(rows: int, times: int) -> Report:
    """Peaks of the process tree, of every dataset and where it goes, at ten times the rows: runs and the checks after them."""
    out = []
    largest = {dataset for dataset, _, _ in measure("tables")["tables"]} | {"benchmark_orders"}
    for dataset in sorted(largest):
        for mode in ("parquet", "csv", "delta", "warehouse"):
            small, large = (measure("memory", dataset=dataset, rows=count, mode=mode) for count in (rows // 10, rows))
            for what, peak in (("run", "peak"), ("checks", "checked")):
                said = f"{large['said'] / 1e6:.0f} MB" if what == "run" else ""
                ratio = large[peak] / small[peak]
                out.append(
                    (f"{dataset}, {mode}, {what}", f"{small[peak] / 1e6:.0f} MB", f"{large[peak] / 1e6:.0f} MB", f"{ratio:.2f}", said)
                )
    columns = ("what", f"{rows // 10:,} rows", f"{rows:,} rows", "ratio (goal 0.9 to 1.1)", "estimate")
    return Report("Peak memory (summed PSS), two workers", columns, out)


def estimates(rows: int, times: int) -> Report:
    """What the estimate said beside what came."""
    out = []
    for dataset, share in (("benchmark_orders", 1.0), ("benchmark_customers", 1.0), ("retail_oltp_large", 1.0)):
        found = measure("estimate", dataset=dataset, rows=int(rows * share))
        size, time = found["said_bytes"] / found["bytes"] - 1, found["said_seconds"] / found["seconds"] - 1
        out.append(
            (
                dataset,
                f"{found['said_bytes'] / 1e6:.0f} MB",
                f"{found['bytes'] / 1e6:.0f} MB",
                f"{size:+.0%}",
                f"{found['said_seconds']:.1f} s",
                f"{found['seconds']:.1f} s",
                f"{time:+.0%}",
            )
        )
    return Report(f"Estimates at {rows:,} rows", ("dataset", "bytes said", "came", "off", "time said", "took", "off"), out)


def peers(rows: int, times: int) -> Report:
    """A orders, or the nearest table that a peer can express, to snappy parquet."""
    out = []
    rows *= 2
    for cores in (1, 2):
        (ours,) = best(times, lambda c=cores: measure("run", dataset="benchmark_orders", rows=rows, workers=c, mode="parquet"))  # type: ignore[misc]
        mine = ours["rows"] / ours["seconds"]
        out.append((f"this, {cores} core{'s' if cores > 1 else ''}", f"{rows:,}", millions(mine), "1.0"))
        for peer, share in PEERS.items():
            if cores == 2 and peer in ("faker_pandas", "misata_pandas"):
                continue
            count = max(int(rows * share), 1_000)
            try:
                (found,) = best(1 if share < 0.5 else times, lambda p=peer, n=count, c=cores: measure("peer", peer=p, rows=n, cores=c))  # type: ignore[misc]
            except RuntimeError as error:
                out.append((f"{peer}, {cores}", "", str(error)[:60], ""))
                continue
            rate = found["rows"] / found["seconds"]
            shown = millions(rate) if rate >= 1e5 else f"{rate:,.0f}"
            out.append((f"{peer}, {cores}", f"{count:,}", shown, f"{mine / rate:.1f}"))
    return Report(
        "A orders beside peers",
        ("tool, cores", "rows", "rows/s", "times as fast is this"),
        out,
        "Whole runs, imports aside; Spark is warm. What each peer leaves out stands in its module in tests/benchmarks/peers.",
    )


def start(rows: int, times: int) -> Report:
    """Commands as whole processes beside the bare import of numpy and pyarrow."""
    columns = ("command", "wall", "processors", "times the import, wall", "times the import, processors", "goal")
    note = "Medians of ten whole processes in turns. A plan that was made before is kept and read; below, none is."
    return Report("From nothing to the answer", columns, _whole(turns=_TURNS), note)


def shops(rows: int, times: int) -> Report:
    """All tables of a shop beside a peer's."""
    columns = ("tool", "rows", "values", "processors", "rows a second of a processor", "values a second of a processor", "peak memory")
    note = "Whole processes, imports and plan included. The peers' shops have nine tables of 4 to 10 columns, ours six of 6 to 17."
    return Report("A shop beside peers, to parquet", columns, _whole(rows=rows), note)


def days(rows: int, times: int) -> Report:
    """Series of days beside one-shot runs of the same rows."""
    note = "Whole processes, on as many workers as there are cores. Of the large dataset orders and order_items, 10,000 orders a day."
    return Report("Days", ("what", "wall", "rows", "rows a second", "ratio", "goal"), _whole(days=max(rows // 36_000, 7)), note)


def spark(rows: int, times: int) -> Report:
    """Both writers of pyspark mode beside python mode and a peer."""
    columns = ("way", "rows a second", "times python mode", "times dbldatagen", "goal")
    note = "One warm session on all cores; whole runs with log and manifest. What dbldatagen leaves out stands in its module."
    found = _whole(script="on_spark.py", rows=rows, times=times)
    return Report(f"A orders to Delta on Spark, {rows:,} rows", columns, found, note)


def driver(rows: int, times: int) -> Report:
    """Memory of Spark's driver after runs of a tenth of the rows, of all, and of ten times as many."""
    columns = ("way", "rows", "Java's live heap", "Java, resident", "Python, resident")
    note = "One session with a driver of 1 GB. The live heap is what Java holds after a collection; the rest of what is resident is room."
    found = _whole(script="on_spark.py", memory_of=[max(rows // 10, 1), rows, rows * 10])
    return Report("Memory of Spark's driver, A orders to Delta", columns, found, note)


def wizard(rows: int, times: int) -> Report:
    """The wizard beside other applications of Textual, each in an environment of its own."""
    note = (
        f"120 x 40, medians of {_STARTS} starts in turns, in milliseconds and as so many times ours. Processors are counted at the first "
        "paint, and over a life with eight letters typed. "
        "A letter: from the key to the drawn cell, in the search of datasets, the URL and the query."
    )
    return Report("The wizard beside peers", ("what", "this", "posting", "harlequin"), _whole("wizard.py", turns=_STARTS), note)


def _whole(script: str = "whole.py", **options: int | list[int]) -> list[tuple[str, ...]]:
    print(f"  {script} {options}", file=sys.stderr, flush=True)
    done = subprocess.run([sys.executable, str(HERE / script), json.dumps(options)], stdout=subprocess.PIPE, text=True, check=True)
    return [tuple(row) for row in json.loads(done.stdout)]


SECTIONS: Final[dict[str, Callable[[int, int], Report]]] = {
    "start": start,
    "sinks": sinks,
    "scaling": scaling,
    "retail": retail,
    "tables": tables,
    "columns": columns,
    "memory": memory,
    "estimates": estimates,
    "peers": peers,
    "shops": shops,
    "days": days,
    "spark": spark,
    "driver": driver,
    "wizard": wizard,
}


def main(arguments: Sequence[str]) -> int:
    """Runs the sections that were asked for and shows each as it ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=lambda text: int(text.replace("_", "")), default=10_000_000, help="rows of A (default 10 million)")
    parser.add_argument("--times", type=int, default=3, help="tries of each measurement; the best counts")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS))
    parser.add_argument("--markdown", type=Path, help="a file for the tables")
    given = parser.parse_args(arguments)
    console = Console()
    console.print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    texts = []
    for name in given.only:
        report = SECTIONS[name](given.rows, given.times)
        report.show(console)
        texts.append(report.markdown())
    if given.markdown:
        given.markdown.write_text("\n".join(texts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
