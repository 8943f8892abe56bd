"""Where a notebook writes: the lakehouse that is attached to it, or a folder that is named."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from ..errors import PlaceError
from ..spec.urls import file_url, folder_of, is_url

Kernel = Literal["python", "spark"]
MOUNT: Final = "/lakehouse/default"
"""Where Fabric mounts the default lakehouse of a notebook."""
OWN: Final = "Files/synthetic_data"
"""Of a mounted lakehouse, the folder below which files are written: at its top there is no room for a staging folder."""
_ONELAKE: Final = "onelake.dfs.fabric.microsoft.com"
_NONE: Final = "attach a lakehouse to this notebook, or name a folder in `lakehouse_root`"


@dataclass(frozen=True, slots=True)
class Places:
    """The lakehouse of a notebook."""

    tables: str
    """Output root for Delta tables: a URL, or a folder."""
    files: Path
    """Output root for files."""
    url: str
    """Of the same folder as `files`, for a warehouse that loads them."""


def places_of(kernel: Kernel, root: str, utils: Any) -> Places:
    """The places of a notebook, whose parameter `lakehouse_root` is `root` (empty: the attached lakehouse).

    Raises PlaceError where there is none, or where Spark cannot take the folder.
    """
    if any("\ud800" <= letter <= "\udfff" or letter < " " for letter in root):
        raise PlaceError("`lakehouse_root` holds letters that no file name has")
    if root and is_url(root):
        raise PlaceError("`lakehouse_root` is a folder; a lakehouse of OneLake is attached to the notebook instead")
    if root:
        folder = folder_of(root).absolute()
        return Places(file_url(folder) if kernel == "spark" else str(folder), folder, folder.as_uri())
    context = dict(getattr(getattr(utils, "runtime", None), "context", None) or {})
    lakehouse = str(context.get("defaultLakehouseId") or "")
    workspace = str(context.get("defaultLakehouseWorkspaceId") or context.get("currentWorkspaceId") or "")
    if not lakehouse or not workspace or not Path(MOUNT).is_dir():
        raise PlaceError(f"there is no lakehouse to write to: {_NONE}")
    if kernel == "python":
        # delta-rs reads them from nowhere else; they are gone with the session.
        os.environ["AZURE_STORAGE_TOKEN"] = str(utils.credentials.getToken("storage"))
        os.environ["AZURE_USE_FABRIC_ENDPOINT"] = "true"
    url = f"abfss://{workspace}@{_ONELAKE}/{lakehouse}"
    return Places(url, Path(MOUNT) / OWN, f"https://{_ONELAKE}/{workspace}/{lakehouse}/{OWN}")
