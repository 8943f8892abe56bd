"""Merging by key: which standing files hold rows that come anew, and these files without them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import pyarrow as pa

from ..errors import RunError
from ..frozen import dataclass
from ..program.tasks import CsvSink, ParquetSink, PartFile
from ..sinks.parts import opened
from ..sinks.sources import Source, parquet_of


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What a merge does to the files that stand."""

    gone: tuple[str, ...]
    """Paths, below the table's folder, of the files that hold rows which come anew."""
    written: tuple[PartFile, ...]
    """The files that take their place."""
    went: int
    """Rows that come anew."""


def rewrite(
    standing: Mapping[str, Source],
    coming: Sequence[Source],
    key: Sequence[str],
    into: Path,
    mark: str,
    sink: ParquetSink | CsvSink,
) -> Rewritten:
    """Writes, into a folder, each standing file that has rows of the keys that come, without these rows.

    `standing` are the files of a table by their paths below its folder. Files are all parquet or all CSV, and `sink` says how they are
    written; those of a partition stay in its folder. `mark` is a part of the new names. Raises RunError where there is no key.
    """
    import pyarrow.compute as pc

    if not key:
        raise RunError("rows can be merged only into a table that has a primary key")
    # A file that another writer made of no rows has not even a row group.
    found = [_keys(table, key) for file in coming for table in _tables(file, key)]
    known = pa.concat_arrays(found) if found else pa.array([], pa.string())
    gone, written, went = [], [], 0
    bounds = _bounds(coming, key)
    for number, (name, file) in enumerate(standing.items()):
        if bounds is not None and _lies_beside(file, key[0], bounds):
            continue
        kept, before, schema = [], 0, None
        for table in _tables(file):
            if lacking := [column for column in key if column not in table.column_names]:
                raise RunError(f"{name} is a file of others that lacks `{lacking[0]}`, so no rows can be merged with it: replace the table")
            stays = table.filter(pc.invert(pc.is_in(_keys(table, key), value_set=known)))
            before, schema = before + table.num_rows, table.schema
            kept.append(stays)
        after = sum(table.num_rows for table in kept)
        if after == before or schema is None:
            continue
        place = PurePosixPath(name)
        gone.append(name)
        went += before - after
        if after:
            path = place.with_name(f"part-{mark}-kept-{number:05}{place.suffix}")
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            writer = opened(replace(sink, path=str(into / path)), schema)
            for table in kept:
                if table.num_rows:
                    writer.write(table.combine_chunks().to_batches())
            writer.close()
            told = writer.finish()
            written.append(PartFile(path.as_posix(), after, told.bytes, told.statistics))
    return Rewritten(tuple(gone), tuple(written), went)


def _bounds(files: Sequence[Source], key: Sequence[str]) -> tuple[int, int] | None:
    """The least and the greatest key of some files, where the key is one column of whole numbers or days; None where that is not known."""
    found = [_span(file, key[0]) for file in files] if len(key) == 1 else [None]
    known = [span for span in found if span is not None]
    if not known or len(known) < len(found):
        return None
    return min(low for low, _ in known), max(high for _, high in known)


def _lies_beside(file: Source, column: str, bounds: tuple[int, int]) -> bool:
    """Whether no key of a file can be within bounds, by its footer."""
    span = _span(file, column)
    return span is not None and (span[1] < bounds[0] or span[0] > bounds[1])


def _span(file: Source, column: str) -> tuple[int, int] | None:
    if isinstance(file, Path) and file.suffix == ".csv":
        return None
    with parquet_of(file) as parquet:
        place = parquet.schema_arrow.get_field_index(column)
        if place < 0:
            return None
        groups = [parquet.metadata.row_group(n).column(place).statistics for n in range(parquet.num_row_groups)]
    told = [group for group in groups if group is not None and group.has_min_max and type(group.min_raw) is int]
    return (min(group.min_raw for group in told), max(group.max_raw for group in told)) if told and len(told) == len(groups) else None


def _tables(file: Source, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """A file, or some columns of it, in pieces of some row groups; the columns of a CSV file are texts."""
    if isinstance(file, Path) and file.suffix == ".csv":
        from pyarrow import csv

        with file.open("rb") as lines:
            names = csv.open_csv(lines, parse_options=csv.ParseOptions(newlines_in_values=True)).schema.names
        options = csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=list(columns) if columns is not None else None,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        )
        yield csv.read_csv(file, parse_options=csv.ParseOptions(newlines_in_values=True), convert_options=options)
        return
    with parquet_of(file) as parquet:
        for group in range(parquet.num_row_groups):
            yield parquet.read_row_group(group, columns=columns)


def _keys(table: pa.Table, key: Sequence[str]) -> pa.Array:
    """The key of each row as one text."""
    import pyarrow.compute as pc

    columns = [table.column(name).cast(pa.string()) for name in key]
    found = columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, "\x1f")
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
