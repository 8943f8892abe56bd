"""Manifests: what the runs under an output root wrote. Written, read, and asked here alone.

A manifest is JSON: the dataclass `Manifest`, whose `format` rises when older readers would misread it. What a manifest claims,
a later run may replace; anything else in a root belongs to others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

import numpy as np
import pyarrow as pa

from ..engine.digest import Digest
from ..errors import InputError, NoOutputError, hint
from ..frozen import dataclass
from ..plan.plan import Plan
from ..plan.storage import PARTITION_TYPES, Partition
from ..program import folders
from ..program.codec import from_json, to_json
from ..sinks.warehouse import FILE
from ..version import __version__
from .drawn import other_pools
from .place import file_folders
from .root import MANIFESTS, read_regular

FORMAT: Final = 2
_UNPARTITIONED: Final = 1
"""Format of a manifest without partitions, as older readers know it."""
_SIZE: Final = 256 << 20
"""Bytes of a manifest that is read: a line a file, for millions of files."""
BARE: Final = "_tables"
"""Stands for the empty schema in a manifest's name."""

_DIGEST: Final = re.compile("[0-9a-f]{32}")
_COLUMN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")

Say = Callable[[str], None]
"""Told a sentence about something that was passed over."""


def unsaid(sentence: str) -> None:
    """A `say` that drops every sentence."""


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of a table; of a table of the warehouse the path is empty."""

    path: str
    """Relative to the output root."""
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class TableEntry:
    """A table as it stands since the run."""

    name: str
    rows: int
    digest: str
    """Order-independent; empty where there is none."""
    digest_sample: int
    """1: every row counted; n: a fixed 1-in-n sample; 0: none."""
    key: tuple[str, ...]
    files: tuple[FileEntry, ...]
    partitions: tuple[Partition, ...] = ()
    """Columns whose values the folders of the files name; those that are derived belong to no digest."""

    def joined(self, new: TableEntry, gone: Iterable[str], went: int) -> TableEntry:
        """This table after the rows of another were added, or merged with it while files of some paths, and so many rows, went."""
        paths = set(gone)
        files = (*(file for file in self.files if file.path not in paths), *new.files)
        if not went and self.digest and new.digest and self.digest_sample == new.digest_sample:
            digest = Digest(self.key, self.digest_sample)
            for entry in (self, new):
                digest.merge((entry.rows, int(entry.digest[:16], 16), int(entry.digest[16:], 16)))
            return replace(new, rows=self.rows + new.rows, digest=digest.hex(), files=files)
        return replace(new, rows=self.rows - went + new.rows, digest="", digest_sample=0, files=files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run wrote."""

    run_id: str
    dataset_id: str
    seed: int
    target_rows: int
    as_of: str
    """ISO date, as the days of `window`."""
    window: tuple[str, str]
    spec_hash: str
    algorithm_version: int
    versions: Mapping[str, str]
    """Of the libraries."""
    parameters: Mapping[str, Any]
    """The resolved runtime parameters, in the shape of a config file."""
    tables: tuple[TableEntry, ...]
    pools: Mapping[str, Any] = field(default_factory=dict)
    """Those that Faker drew, as JSON values."""
    earlier: tuple[str, ...] = ()
    """Files and warehouse tables of earlier runs, which stay known to be ours."""
    by_day: bool = False
    """Whether a series loaded the days of `window`."""
    format: int = field(default=_UNPARTITIONED, kw_only=True)

    def text(self) -> str:
        """As it is written."""
        return json.dumps({"format": self.format, **to_json(self)}, indent=2)


def manifest_name(plan: Plan) -> str:
    """Name of the file in the folder of manifests."""
    output = plan.output
    return f"{output.schema or BARE}-{output.environment}-{output.mode}.json"


def manifest_of(plan: Plan, run_id: str, tables: Sequence[TableEntry], earlier: Sequence[str], by_day: bool = False) -> Manifest:
    """The manifest of a plan's run; `earlier` and `by_day` as the fields of these names."""
    return Manifest(
        run_id=run_id,
        dataset_id=plan.dataset_id,
        seed=plan.seed,
        target_rows=plan.target_rows,
        as_of=plan.as_of.isoformat(),
        window=(plan.window[0].isoformat(), plan.window[1].isoformat()),
        spec_hash=plan.spec_hash,
        algorithm_version=plan.algorithm_version,
        versions={"ingen-fab-synthetic-data": __version__, "numpy": np.__version__, "pyarrow": pa.__version__},
        parameters=dict(plan.parameters),
        tables=tuple(tables),
        pools={name: drawn.to_json() for name, drawn in plan.drawn.items()},
        earlier=tuple(earlier),
        by_day=by_day,
        format=FORMAT if any(table.partitions for table in tables) else _UNPARTITIONED,
    )


@dataclass(frozen=True, slots=True)
class Noted:
    """A manifest and where it lies."""

    path: Path
    value: Manifest

    @property
    def run_id(self) -> str:
        """Of the run that wrote it."""
        return self.value.run_id

    @property
    def age(self) -> tuple[str, int]:
        """Rises with time: run ids start with the second, and the file's time tells runs of one second apart."""
        return self.run_id.partition("-")[0], self.path.stat().st_mtime_ns

    def setting(self, name: str, default: str) -> str:
        """One of the run's output settings."""
        found = self.value.parameters.get("output_settings", {}).get(name)
        return default if found is None else str(found)

    @property
    def schema(self) -> str:
        """Folder or schema of the run's tables; empty for none."""
        return self.setting("schema", self.value.dataset_id)

    @property
    def mode(self) -> str:
        """table, parquet or csv."""
        return self.setting("output_mode", "table")

    @property
    def environment(self) -> str:
        """lakehouse or warehouse."""
        return self.setting("target_environment", "lakehouse")

    @property
    def storage(self) -> str:
        """What the tables are: delta, warehouse, parquet or csv."""
        if self.mode != "table":
            return self.mode
        return "delta" if self.environment == "lakehouse" else "warehouse"

    @property
    def place(self) -> tuple[str, str]:
        """The schema, and what a table of another run takes the place of there: delta, warehouse, or files, whatever they are."""
        return self.schema, self.storage if self.mode == "table" else "files"

    @property
    def by_path(self) -> bool:
        """Whether a table has files elsewhere than in a folder of its own, which only their list finds."""
        top = "/".join(file_folders(self.schema))

        def folder(path: str, table: TableEntry) -> str:
            return folders.above(path) if table.partitions else path.rpartition("/")[0]

        return self.mode != "table" and any(
            folder(file.path, table) != f"{top}/{table.name}" for table in self.value.tables for file in table.files
        )

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables that the run wrote."""
        return tuple(table.name for table in self.value.tables)


def manifests(root: Path, say: Say = unsaid) -> list[Noted]:
    """The manifests of an output root, the newest first; what is not one of ours is told and passed over."""
    out = []
    folder = root / MANIFESTS
    for path in sorted(folder.glob("*.json")) if folder.is_dir() and not folder.is_symlink() else []:
        try:
            found = Noted(path, read_manifest(path))
            out.append((found.age, found))
        except (OSError, ValueError) as error:
            say(f"{path} is not a manifest of a run and was passed over ({error})")
    return [found for _, found in sorted(out, key=lambda pair: pair[0], reverse=True)]


def read_manifest(path: Path) -> Manifest:
    """The manifest in a file. Raises ValueError, which says why it is none."""
    text = read_regular(path, _SIZE)
    if text is None:
        raise ValueError("it is not a readable file under the output root")
    return parsed(text)


def parsed(text: str) -> Manifest:
    """The manifest that a text is. Raises ValueError, which says why it is none."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("it is not JSON") from None
    return _checked(value)


def _checked(value: Any) -> Manifest:
    """A manifest whose values have the types and whose files lie where those of a run may lie; raises ValueError."""

    def must(fine: bool, what: str) -> None:
        if not fine:
            raise ValueError(what)

    must(isinstance(value, dict), "it is not a mapping")
    for key in ("run_id", "dataset_id", "spec_hash", "as_of"):
        must(isinstance(value.get(key), str), f"`{key}` is not a text")
    parameters = value.get("parameters")
    must(isinstance(parameters, dict), "`parameters` is not a mapping")
    must(isinstance(parameters.get("output_settings", {}), dict), "`parameters.output_settings` is not a mapping")
    window = value.get("window")
    must(isinstance(window, list) and len(window) == 2 and all(isinstance(day, str) for day in window), "`window` is not two days")
    must(isinstance(value.get("tables"), list), "`tables` is not a list")
    for table in value["tables"]:
        must(isinstance(table, dict) and isinstance(table.get("name"), str), "a table has no name")
        must(isinstance(table.get("files"), list), f"the files of table `{table['name']}` are not a list")
        for file in table["files"]:
            must(isinstance(file, dict) and isinstance(file.get("path"), str), f"a file of table `{table['name']}` has no path")
            must(_is_inside(file["path"]), f"`{file['path']}` leaves the output root")
    earlier = value.get("earlier", [])
    must(isinstance(earlier, list) and all(isinstance(path, str) for path in earlier), "`earlier` is not a list of paths")
    for path in earlier:
        must(_is_inside(path), f"`{path}` leaves the output root")
    found = _whole(value.get("format", FORMAT))
    must(found <= FORMAT, f"it is of a later format, {found}")
    return _typed(value)


def _is_inside(path: str) -> bool:
    """Whether a path is one of a table's file, or empty, as for tables of the warehouse."""
    parts = PurePosixPath(path).parts
    return not path or (parts[0] in ("Files", "Tables", FILE) and ".." not in parts and "\0" not in path)


def _typed(value: Mapping[str, Any]) -> Manifest:
    """What was checked, as its types; what no check asked for is empty where it is not of its type."""
    return Manifest(
        run_id=value["run_id"],
        dataset_id=value["dataset_id"],
        seed=_whole(value.get("seed")),
        target_rows=_whole(value.get("target_rows")),
        as_of=value["as_of"],
        window=(value["window"][0], value["window"][1]),
        spec_hash=value["spec_hash"],
        algorithm_version=_whole(value.get("algorithm_version")),
        versions=value["versions"] if isinstance(value.get("versions"), dict) else {},
        parameters=value["parameters"],
        tables=tuple(
            TableEntry(
                name=table["name"],
                rows=_whole(table.get("rows")),
                digest=digest if isinstance(digest := table.get("digest"), str) and _DIGEST.fullmatch(digest) else "",
                digest_sample=_whole(table.get("digest_sample")),
                key=tuple(_texts(table.get("key"))),
                files=tuple(FileEntry(file["path"], _whole(file.get("rows")), _whole(file.get("bytes"))) for file in table["files"]),
                partitions=_partitions(table),
            )
            for table in value["tables"]
        ),
        pools=value["pools"] if isinstance(value.get("pools"), dict) else {},
        earlier=tuple(_texts(value.get("earlier"))),
        by_day=value.get("by_day") is True,
    )


def _partitions(table: Mapping[str, Any]) -> tuple[Partition, ...]:
    """Of a table; raises ValueError."""
    try:
        found = from_json(tuple[Partition, ...], table.get("partitions", []))
    except ValueError as error:
        raise ValueError(f"the partitions of table `{table['name']}` cannot be read ({error})") from None
    if not all(_COLUMN.fullmatch(partition.name) and partition.type in PARTITION_TYPES for partition in found):
        raise ValueError(f"the partitions of table `{table['name']}` are none that runs write")
    return found


def _texts(value: Any) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _whole(value: Any) -> int:
    return value if type(value) is int else 0


def newest(every: Sequence[Noted]) -> dict[tuple[str, str], Noted]:
    """(schema, table) -> the manifest of the newest run that wrote it, in whatever mode."""
    out: dict[tuple[str, str], Noted] = {}
    for noted in every:
        for table in noted.tables:
            out.setdefault((noted.schema, table), noted)
    return out


def standing(every: Sequence[Noted]) -> dict[tuple[tuple[str, str], str], Noted]:
    """(place, table) -> the manifest of the run whose rows stand there."""
    out: dict[tuple[tuple[str, str], str], Noted] = {}
    for noted in every:
        for table in noted.tables:
            out.setdefault((noted.place, table), noted)
    return out


def replaced_by(noted: Noted, every: Sequence[Noted]) -> Noted | None:
    """The newer run whose files took the place of this one's: parquet and CSV files share their folders."""
    if noted.mode == "table":
        return None
    mine = set(noted.tables)
    newer = every[: next((n for n, other in enumerate(every) if other.path == noted.path), 0)]
    return next((o for o in newer if o.mode != "table" and o.schema == noted.schema and mine & set(o.tables)), None)


def find_manifest(
    root: Path,
    dataset_id: str | None = None,
    *,
    schema: str | None = None,
    mode: str | None = None,
    environment: str | None = None,
    say: Say = unsaid,
) -> Noted:
    """The newest manifest that fits; raises InputError where none does, or its files have been replaced since."""
    if not root.is_dir():
        raise NoOutputError(root)
    every = manifests(root, say)
    if not every:
        raise NoOutputError(root, "holds no manifest of a run")
    for noted in every:
        fits = all(want in (None, has) for want, has in ((schema, noted.schema), (mode, noted.mode), (environment, noted.environment)))
        if fits and dataset_id in (None, noted.value.dataset_id):
            newer = replaced_by(noted, every)
            if newer is not None:
                raise InputError(f"what run {noted.run_id} wrote as {noted.mode} has been replaced by run {newer.run_id}, as {newer.mode}")
            return noted
    known = sorted({noted.value.dataset_id for noted in every})
    if dataset_id is not None and dataset_id not in known:
        raise InputError(f"{root} holds no run of `{dataset_id}`{hint(dataset_id, known)}")
    told = ", ".join(noted.path.stem for noted in every)
    raise InputError(f"{root} holds no run with these output settings; there is {told}")


def drawn_otherwise(plan: Plan) -> list[str]:
    """A sentence for each pool of a plan that another Faker drew otherwise for the newest run with it in the plan's root."""
    return other_pools(plan, (noted.value.pools for noted in manifests(plan.output.root))) if plan.drawn else []
