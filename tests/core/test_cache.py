"""The content store: what is in it is what its name says, and nothing breaks without it."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from ingen_fab.synthetic_data.core.cache import Store

DIGEST = sha256(b"rows").hexdigest()
KEY = sha256(b"key").hexdigest()


def test_a_content_is_found_by_its_hash(tmp_path: Path) -> None:
    """And only by it."""
    path = Store(tmp_path).put(b"rows")
    assert path.name == DIGEST
    assert path.read_bytes() == b"rows"
    assert Store(tmp_path).find(DIGEST) == path
    assert Store(tmp_path).find(KEY) is None


def test_what_was_changed_is_not_used(tmp_path: Path) -> None:
    """It is written anew."""
    store = Store(tmp_path)
    store.put(b"rows").write_bytes(b"others")
    assert store.find(DIGEST) is None
    assert store.put(b"rows").read_bytes() == b"rows"


def test_notes_are_kept(tmp_path: Path) -> None:
    """One that cannot be read says nothing."""
    store = Store(tmp_path)
    assert store.noted(KEY) == {}
    store.note(KEY, {"sha256": DIGEST})
    assert Store(tmp_path).noted(KEY) == {"sha256": DIGEST}
    for text in ("", "[]", "{", "[" * 50_000, "\0"):
        (tmp_path / "notes" / f"{KEY}.json").write_text(text)
        assert store.noted(KEY) == {}


def test_it_may_be_deleted(tmp_path: Path) -> None:
    """At any time."""
    store = Store(tmp_path / "cache")
    store.put(b"rows")
    shutil.rmtree(tmp_path / "cache")
    assert store.find(DIGEST) is None
    assert store.put(b"rows").is_file()


def test_without_a_place_it_lives_as_long_as_the_process(tmp_path: Path) -> None:
    """A folder that cannot be made stops nobody."""
    (tmp_path / "file").write_text("")
    store = Store(tmp_path / "file" / "cache")
    path = store.put(b"rows")
    store.note(KEY, {"a": 1})
    assert store.find(DIGEST) == path
    assert store.noted(KEY) == {"a": 1}
    assert tmp_path not in path.parents
