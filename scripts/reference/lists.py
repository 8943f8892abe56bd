"""Where the reference lists are, and how they are written."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "configs" / "reference"


def write(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Writes one list as CSV with a header and Unix line ends."""
    with (FOLDER / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
