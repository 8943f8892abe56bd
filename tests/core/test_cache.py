"""The content store: what is in it is what its name says, and nothing breaks without it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
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


def aside(path: Path) -> None:
    """Moves something away, and puts a link to it in its place."""
    place = path.rename(path.with_name(f"{path.name}-elsewhere"))
    path.symlink_to(place)


def pipe(path: Path) -> None:
    """Puts a pipe in the place of a file."""
    path.unlink()
    os.mkfifo(path)


SPOILT: dict[str, Callable[[Path], None]] = {
    "others may write it": lambda path: path.chmod(0o666),
    "others may write its folder": lambda path: path.parent.chmod(0o777),
    "a link": aside,
    "a link for its folder": lambda path: aside(path.parent),
    "a pipe": pipe,
    "of another user": lambda path: os.chown(path, 65_534, -1),
    "in a folder of another user": lambda path: os.chown(path.parent, 65_534, -1),
}


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="modes and owners of files are of POSIX")
@pytest.mark.parametrize("how", SPOILT)
def test_what_others_can_have_written_is_not_used(tmp_path: Path, how: str) -> None:
    """It is made anew, where they cannot write; what a link leads to stays as it is."""
    if "another user" in how and os.getuid() != 0:
        pytest.skip("only root may give files away")
    rows, store = how.encode(), Store(tmp_path)
    path, key = store.put(rows), sha256(rows).hexdigest()
    store.note(key, {"a": 1})
    note = tmp_path / "notes" / f"{key}.json"
    note.write_text(json.dumps({"a": "theirs"}))
    for each in (path, note):
        SPOILT[how](each)
    assert store.find(key) is None
    assert store.noted(key) == {}
    before = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file() and not each.is_symlink()}
    anew = store.put(rows)
    assert not anew.is_symlink()
    assert anew.read_bytes() == rows
    store.note(key, {"a": 2})
    assert store.noted(key) == {"a": 2}
    if "link" in how:
        assert {each: each.read_bytes() for each in before} == before
