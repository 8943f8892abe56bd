"""The manifests of an output root, be it a folder or an object store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..plan.plan import Plan
from ..spec.urls import folder_of, is_url, url_of
from .manifest import Noted, Say, manifest_name, manifests, parsed, unsaid

if TYPE_CHECKING:
    from .storage import Storage

AWAY: Final = "Files/.manifests"
"""Below a root on an object store. OneLake has no folders of others beside Tables and Files."""


def noted_at(place: Path | str, say: Say = unsaid) -> list[Noted]:
    """As `core.run.manifest.manifests`, of whatever place. Raises RunError for an object store that cannot be reached."""
    url = url_of(place)
    return _away(url, say) if url else manifests(folder_of(place), say)


def noted_of(plan: Plan, storage: Storage | None = None) -> Noted | None:
    """The manifest that stands in the place of a plan's own. Raises as `noted_at`.

    `storage` is what reaches the object store of the plan; None: delta-rs.
    """
    every = _away(plan.output.url, unsaid, manifest_name(plan), storage) if plan.output.url else manifests(plan.output.root)
    return next((noted for noted in every if noted.path.name == manifest_name(plan)), None)


def _away(url: str, say: Say, name: str = "", storage: Storage | None = None) -> list[Noted]:
    from ..sinks.store import Store

    if storage is None and not is_url(url) and not folder_of(url).is_dir():
        return []
    store, out = storage or Store(url), []
    for path in [f"{AWAY}/{name}"] if name else Store(url).files(AWAY):
        text = store.text(path) if path.endswith(".json") else None
        try:
            out += [Noted(Path(path), parsed(text))] if text is not None else []
        except ValueError as error:
            say(f"{store.at(path)} is not a manifest of a run and was passed over ({error})")
    return sorted(out, key=lambda noted: noted.run_id, reverse=True)
