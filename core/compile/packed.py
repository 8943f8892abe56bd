"""Bundles as the text of a cell: compressed once, and kept by their hash, since the same engine goes into many notebooks."""

from __future__ import annotations

import base64
import lzma
from typing import Final

from ..cache import Store
from ..frozen import dataclass
from .bundle import Bundle

_FORM: Final = "lzma base85 1"


@dataclass(frozen=True, slots=True)
class Packed:
    """A bundle's content in base 85."""

    text: str
    sha256: str
    """Of the content: compressed bytes may differ from one library to the next."""
    size: int
    """Bytes of the content."""


def packed(bundle: Bundle) -> Packed:
    """A bundle, compressed; what the cache of this user holds is used once it is what it must be."""
    content, name, store = bundle.content, bundle.sha256, Store()
    key = bundle.key(_FORM)
    found = store.find(str(store.noted(key).get("sha256", "")))
    text = found.read_text(encoding="ascii") if found is not None else ""
    if not text or _content(text) != content:
        text = base64.b85encode(lzma.compress(content, preset=6)).decode()
        store.note(key, {"sha256": store.put(text.encode()).name})
    return Packed(text, name, len(content))


def _content(text: str) -> bytes:
    try:
        return lzma.decompress(base64.b85decode(text))
    except (ValueError, lzma.LZMAError):
        return b""
