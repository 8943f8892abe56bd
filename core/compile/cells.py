"""A notebook as a value, and as the text that Fabric's Git integration keeps of it.

The text has a grammar of its own: markers, each between blank lines, cut it into cells; a cell of code is followed by its metadata; and all
that is no code stands in comments. Texts that would be read as a part of that grammar are refused when they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, Literal, get_args

from ..errors import InputError, brief
from ..frozen import dataclass

Kernel = Literal["spark", "python"]
CellKind = Literal["markdown", "parameters", "code", "magic"]

NOWHERE: Final = "00000000-0000-0000-0000-000000000000"
"""The id that stands for the workspace that a notebook is deployed to."""
LARGEST: Final = 32_000_000
"""Bytes that Fabric takes of a notebook."""
MOST_CODE_CELLS: Final = 256

_FIRST: Final = "# Fabric notebook source"
_STARS: Final = "*" * 20
_MARKERS: Final[dict[CellKind, str]] = {"markdown": "MARKDOWN", "parameters": "PARAMETERS CELL", "code": "CELL", "magic": "CELL"}
_METADATA: Final = "METADATA"
_MARKER: Final = re.compile(rf"^# ({'|'.join(sorted({*_MARKERS.values(), _METADATA}))}) {re.escape(_STARS)}$", re.MULTILINE)
_KERNELS: Final[dict[Kernel, tuple[dict[str, str], str]]] = {
    "spark": ({"name": "synapse_pyspark"}, "synapse_pyspark"),
    "python": ({"name": "jupyter", "jupyter_kernel_name": "python3.12"}, "jupyter_python"),
}
_META: Final = "# META "
_MAGIC: Final = "# MAGIC "

# Wider than the grammar, since how strictly Fabric reads it is written down nowhere.
_RESERVED: Final = re.compile(
    r"^[^\S\n]*#[^\S\n]*(?:(?:METADATA|MARKDOWN|PARAMETERS CELL|CELL)[^\S\n]*\*{3}|(?:META|MAGIC)(?!\w)|Fabric notebook source)",
    re.MULTILINE,
)
_COMMAND: Final = re.compile(r"^[^\S\n]*[%!]", re.MULTILINE)
_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Reference:
    """A lakehouse that a notebook works on."""

    logical_id: str
    """As the item's own `.platform` says it; tools that deploy put the real id in its place."""
    name: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell; `magic` is one that a command such as `%%sql` begins, with the command as its first line."""

    kind: CellKind
    text: str


@dataclass(frozen=True, slots=True)
class Notebook:
    """A notebook of one of two kernels, and what it works on."""

    kernel: Kernel
    cells: tuple[Cell, ...]
    lakehouse: Reference | None = None
    warehouse: str | None = None
    """The logicalId of the warehouse that it works on; the format keeps no name of it."""


def text_of(notebook: Notebook) -> str:
    """The text of a notebook in Fabric's Git format; raises InputError for cells that it cannot hold."""
    code = sum(cell.kind != "markdown" for cell in notebook.cells)
    if code > MOST_CODE_CELLS:
        raise InputError(f"a notebook of {code:,} code cells: Fabric takes {MOST_CODE_CELLS}")
    kernel, group = _KERNELS[notebook.kernel]
    blocks = [_FIRST, *_metadata({"kernel_info": kernel, "dependencies": dict(_dependencies(notebook))})]
    for place, cell in enumerate(notebook.cells, 1):
        _check(cell, place)
        blocks += [_marker(_MARKERS[cell.kind]), _body(cell)]
        if cell.kind != "markdown":
            blocks += _metadata({"language": _language(cell), "language_group": group})
    text = "\n\n".join(blocks) + "\n"
    if (found := _FORBIDDEN.search(text)) is not None:
        raise InputError(f"a name in the metadata of the notebook holds {found[0]!r}, which a notebook cannot hold")
    if (size := len(text.encode())) > LARGEST:
        raise InputError(f"a notebook of {size:,} bytes: Fabric takes {LARGEST:,}")
    return text


def notebook_of(text: str) -> Notebook:
    """The notebook that a text in Fabric's Git format says, also one that Fabric wrote; raises InputError for other texts.

    Metadata that a Notebook has no place for is left out.
    """
    whole = text.removeprefix("\ufeff").replace("\r\n", "\n")
    first, *pieces = _MARKER.split(whole)
    if first.strip() != _FIRST:
        raise InputError(f"this is no notebook of Fabric: its first line is not `{_FIRST}`")
    blocks = list(zip(pieces[::2], (_inner(body) for body in pieces[1::2]), strict=True))
    if not blocks or blocks[0][0] != _METADATA:
        raise InputError("this notebook does not begin with its metadata, which name its kernel")
    meta = _read_metadata(blocks[0][1])
    info, dependencies = _section(meta, "kernel_info"), _section(meta, "dependencies")
    kernel = next((name for name in get_args(Kernel) if _KERNELS[name][0]["name"] == info.get("name")), None)
    if kernel is None:
        known = " or ".join(names["name"] for names, _ in _KERNELS.values())
        raise InputError(f"this notebook has the kernel `{brief(info.get('name'))}`: it may be {known}")
    return Notebook(
        kernel,
        tuple(_cell(marker, body) for marker, body in blocks[1:] if marker != _METADATA),
        _lakehouse(_section(dependencies, "lakehouse")),
        _text(_section(dependencies, "warehouse").get("default_warehouse")),
    )


def _marker(name: str) -> str:
    return f"# {name} {_STARS}"


def _metadata(values: dict[str, Any]) -> list[str]:
    lines = json.dumps(values, indent=2, ensure_ascii=False).split("\n")
    return [_marker(_METADATA), "\n".join(_META + line for line in lines)]


def _dependencies(notebook: Notebook) -> Iterator[tuple[str, dict[str, Any]]]:
    if (lakehouse := notebook.lakehouse) is not None:
        yield (
            "lakehouse",
            {
                "default_lakehouse": lakehouse.logical_id,
                "default_lakehouse_name": lakehouse.name,
                "default_lakehouse_workspace_id": NOWHERE,
                "known_lakehouses": [{"id": lakehouse.logical_id}],
            },
        )
    if (warehouse := notebook.warehouse) is not None:
        yield "warehouse", {"default_warehouse": warehouse, "known_warehouses": [{"id": warehouse, "type": "Datawarehouse"}]}


def _language(cell: Cell) -> str:
    return "sparksql" if cell.kind == "magic" and cell.text.startswith("%%sql") else "python"


def _body(cell: Cell) -> str:
    prefix = {"markdown": "# ", "magic": _MAGIC}.get(cell.kind, "")
    return "\n".join(prefix + line for line in cell.text.split("\n"))


def _check(cell: Cell, place: int) -> None:
    where = f"cell {place} ({cell.kind})"
    if (found := _FORBIDDEN.search(cell.text)) is not None:
        raise InputError(f"{where}, line {_line(cell.text, found)}: {found[0]!r} is a character that a notebook cannot hold")
    if cell.kind == "magic":
        # Each of its lines is written behind a prefix that takes any meaning from it.
        return
    if (found := _RESERVED.search(_body(cell))) is not None:
        told = brief(found[0].strip())
        raise InputError(f"{where}, line {_line(_body(cell), found)}: `{told}` begins a line that the format of notebooks keeps for itself")
    if cell.kind != "markdown" and (found := _COMMAND.search(cell.text)) is not None:
        told = brief(cell.text[found.start() :].split("\n", 1)[0].strip())
        raise InputError(
            f"{where}, line {_line(cell.text, found)}: `{told}` is a command to the notebook, not Python: `%` and `!` begin one"
        )


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.end()) + 1


def _inner(body: str) -> str:
    """A block without the blank lines that part it from its markers."""
    return body.removeprefix("\n").removeprefix("\n").removesuffix("\n").removesuffix("\n")


def _read_metadata(body: str) -> dict[str, Any]:
    lines = [line[len(_META) :] for line in body.split("\n") if line.startswith(_META)]
    try:
        found = json.loads("\n".join(lines))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError("the metadata of this notebook are no JSON object")
    return found


def _section(meta: dict[str, Any], name: str) -> dict[str, Any]:
    found = meta.get(name)
    return found if isinstance(found, dict) else {}


def _lakehouse(section: dict[str, Any]) -> Reference | None:
    logical_id, name = _text(section.get("default_lakehouse")), _text(section.get("default_lakehouse_name"))
    return None if logical_id is None else Reference(logical_id, name or "")


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _cell(marker: str, body: str) -> Cell:
    lines = body.split("\n")
    if marker == _MARKERS["markdown"]:
        return Cell("markdown", "\n".join("" if line == "#" else line.removeprefix("# ") for line in lines))
    if marker == _MARKERS["parameters"]:
        return Cell("parameters", body)
    if all(f"{line} ".startswith(_MAGIC) for line in lines):
        return Cell("magic", "\n".join(line.removeprefix(_MAGIC.rstrip()).removeprefix(" ") for line in lines))
    return Cell("code", body)
