"""Output roots on object stores: which URLs name one, and what may stand in them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ..errors import PlaceError, brief, hint

SCHEMES: Final = ("s3", "s3a", "gs", "abfs", "abfss", "az")
"""Of object stores."""
OTHER_READERS: Final = "read its tables with Spark, or with `deltalake.DeltaTable`"
"""What to do where ours read folders alone."""
_FILE: Final = "file"
_URL: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_LOST: Final = re.compile(rf"({'|'.join((*SCHEMES, 'https'))}):[/\\](?![/\\])")
_AZURE: Final = re.compile(r"([a-z0-9-]+)\.(?:blob|dfs)\.(core\.windows\.net|fabric\.microsoft\.com)")
_HOST: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?::[0-9]{1,5})?")
_CONTAINER: Final = re.compile(r"[A-Za-z0-9$][A-Za-z0-9._$-]*")
_STEP: Final = re.compile(r"[A-Za-z0-9_.=+~-]+")
_LONGEST: Final = 700
"""Characters: keys of S3 have 1,024 bytes, and names of tables and files follow."""


def is_url(place: Path | str) -> bool:
    """Whether an output root is anything but a folder of this machine; what a URL may hold is not looked at."""
    found = _URL.match(str(place)) if isinstance(place, str) else None
    return found is not None and found[1].lower() != _FILE


def url_of(place: Path | str) -> str:
    """The URL of an object store that an output root is, spelled in one way; empty for a folder of this machine.

    Raises PlaceError, which repeats nothing that may be a secret.
    """
    text = str(place)
    lost = _LOST.match(text)
    if lost is not None:
        raise PlaceError(f"`output_dir`: {lost[1]}:/ has lost a slash: write {lost[1]}:// and give it as a text, not as a path")
    found = _URL.match(text)
    if found is None:
        return ""
    scheme, rest = found[1].lower(), found[2]
    if scheme == _FILE:
        return ""
    if any(sign in rest for sign in "?#") or ":" in rest.partition("@")[0] * ("@" in rest):
        raise PlaceError(
            f"`output_dir`: a {scheme}:// URL has no options, signatures or passwords in it: credentials come from the environment"
        )
    host, _, path = rest.partition("/")
    steps = [step for step in path.split("/") if step]
    if scheme == "https":
        scheme, host, steps = _of_azure(host, steps)
    if scheme not in SCHEMES:
        raise PlaceError(f"`output_dir`: {brief(scheme)}:// is no place that runs write to{hint(scheme, (*SCHEMES, _FILE))}")
    _check(scheme, host, steps)
    return f"{scheme}://{'/'.join((host, *steps))}"


def folder_of(place: Path | str) -> Path:
    """The folder of this machine that an output root is, also where it is spelled as a file:// URL. Raises PlaceError."""
    found = _URL.match(place) if isinstance(place, str) else None
    if found is None or found[1].lower() != _FILE:
        return Path(place)
    host, slash, path = found[2].partition("/")
    if host.lower() not in ("", "localhost") or not path:
        raise PlaceError("`output_dir`: a file:// URL has three slashes and a path, such as file:///data/output")
    if any(sign in path for sign in "?#"):
        raise PlaceError("`output_dir`: a file:// URL has no ? and no # in it: write them as %3F and %23")
    return Path(unquote(path if os.name == "nt" else slash + path))


def file_url(place: Path | str) -> str:
    """The URL of a folder of this machine that Spark takes as it is; raises PlaceError where its path has letters that it would not."""
    folder = folder_of(place).absolute()
    strange = next((step for step in folder.parts[1:] if not _STEP.fullmatch(step)), None)
    if strange is not None:
        raise PlaceError(f"`output_dir`: `{brief(strange)}` in a file:// URL: give it as a path, without file://")
    return f"file://{folder.as_posix()}"


def local_root(place: Path | str, what: str, remedy: str) -> Path:
    """The folder of an output root, for what reads and writes nothing else.

    Raises PlaceError where it is on an object store, with what it is that cannot be done there (`validate-data reads`), and
    what to do instead.
    """
    url = url_of(place)
    if url:
        raise PlaceError(f"`output_dir`: {url} is on an object store, and {what} folders of this machine: {remedy}")
    return folder_of(place)


def _of_azure(host: str, steps: list[str]) -> tuple[str, str, list[str]]:
    """What the address of a folder of Azure's says, as the other spelling of it."""
    known = _AZURE.fullmatch(host.lower())
    if known is None or not steps:
        raise PlaceError(
            "`output_dir`: https:// is taken for OneLake and Azure alone, such as https://onelake.dfs.fabric.microsoft.com/workspace/lakehouse"
        )
    return "abfss", f"{steps[0]}@{known[1]}.dfs.{known[2]}", steps[1:]


def _check(scheme: str, host: str, steps: list[str]) -> None:
    container, at, account = host.partition("@")
    example = f"{scheme}://container@account.dfs.core.windows.net/folder" if scheme.startswith("abfs") else f"{scheme}://bucket/folder"
    if at and not scheme.startswith("abfs"):
        raise PlaceError(f"`output_dir`: a {scheme}:// URL has no @ in it: credentials come from the environment ({example})")
    if not _CONTAINER.fullmatch(container) or (at and not _HOST.fullmatch(account)):
        raise PlaceError(f"`output_dir`: this URL names no bucket or container; one looks like {example}")
    for step in steps:
        if step in (".", "..") or not _STEP.fullmatch(step):
            raise PlaceError(
                f"`output_dir`: `{brief(step)}` in a {scheme}:// URL: folders there have letters, digits and _ . = + ~ - in their names"
                " (a workspace or lakehouse of Fabric is called by its id where its name has others)"
            )
    if len(host) + sum(len(step) + 1 for step in steps) > _LONGEST:
        raise PlaceError(f"`output_dir`: this {scheme}:// URL has more than {_LONGEST} characters")
