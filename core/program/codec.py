"""Frozen dataclasses as JSON and back.

Fields that hold their default are left out, so that programs stay small. A union of dataclasses is told apart by the class
variable `kind` of its members, which is written under the key `kind`; so is a member of a base class that has `members`.
Fields may be of `int`, `float`, `str`, `bool`, `None`, days, moments, literals, paths (of values and of files), tuples (of one type and any
length, or of fixed types), sequences (read as tuples), mappings with text or whole-number keys, other dataclasses, and unions of these;
`Json` stays what it is.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path as FilePath
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from .values import Json, Path

T = TypeVar("T")
Decoder = Callable[[Any, str], Any]
"""From a JSON value and its place (for sentences) to the value."""

TAG = "kind"


def to_json(value: Any) -> Json:
    """The JSON value of dataclasses, tuples, lists, mappings and plain values."""
    if is_dataclass(value):
        kind: Any = type(value)
        own: dict[str, Any] = {TAG: kind.kind} if hasattr(kind, TAG) else {}
        for name, default in _defaults(kind):
            found = getattr(value, name)
            if default is MISSING or found != default or type(found) is not type(default):
                own[name] = to_json(found)
        return own
    if isinstance(value, Path):
        return value.text
    if isinstance(value, tuple | list):
        return [to_json(inner) for inner in value]
    if isinstance(value, Mapping):
        return {str(key): to_json(inner) for key, inner in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, FilePath) else value


def from_json(kind: type[T], value: Json) -> T:
    """The value of a type, from JSON; raises ValueError that names the place where the JSON is not of the type."""
    wanted: Any = kind
    found: T = _decoder(wanted)(value, kind.__name__)
    return found


@cache
def _defaults(kind: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((field.name, _default(field)) for field in fields(kind))


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


@cache
def _decoder(kind: Any) -> Decoder:
    origin, inner = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value, _: value
    if kind is Path:
        return _text(Path.of_text, "a path")
    if kind is FilePath:
        return _text(FilePath, "a path")
    if kind is datetime:
        return _text(_moment, "a moment")
    if kind is date:
        return _text(date.fromisoformat, "a day")
    if hasattr(kind, "members") and TAG not in kind.__dict__:
        return _open(kind)
    if is_dataclass(kind):
        return _record(kind)
    if origin is Literal:
        return _one_of(inner)
    if origin in (Union, types.UnionType):
        return _union(inner)
    if origin is tuple:
        return _tuple(inner)
    if origin is Sequence:
        return _tuple((*inner, ...))
    if origin in (Mapping, dict):
        return _mapping(*inner)
    return _plain(origin or kind)


def _plain(kind: type) -> Decoder:
    def decode(value: Any, where: str) -> Any:
        if kind is float and type(value) is int:
            return float(value)
        if type(value) is not kind:
            raise ValueError(f"{where} is not of type {kind.__name__}: {str(value)[:80]}")
        return value

    return decode


def _text(read: Callable[[str], Any], what: str) -> Decoder:
    """Of what travels as text."""

    def decode(value: Any, where: str) -> Any:
        if not isinstance(value, str):
            raise ValueError(f"{where} is not {what}: {str(value)[:80]}")
        return read(value)

    return decode


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(f"a moment without an offset: {text}")
    return found


def _one_of(allowed: tuple[Any, ...]) -> Decoder:
    def decode(value: Any, where: str) -> Any:
        if value not in allowed:
            raise ValueError(f"{where} is not one of {', '.join(map(str, allowed))}: {str(value)[:80]}")
        return value

    return decode


def _tuple(inner: tuple[Any, ...]) -> Decoder:
    each = inner[0] if len(inner) == 2 and inner[1] is Ellipsis else None  # tuple[X, ...]
    one = _decoder(each) if each is not None else None
    several = tuple(_decoder(kind) for kind in inner) if each is None else ()

    def decode(value: Any, where: str) -> Any:
        if not isinstance(value, list | tuple) or (one is None and len(value) != len(several)):
            raise ValueError(f"{where} is not a list of the right length")
        if one is not None:
            return tuple([one(item, where) for item in value])
        return tuple([decoder(item, where) for decoder, item in zip(several, value, strict=True)])

    return decode


def _mapping(key: Any, value_kind: Any) -> Decoder:
    decoder = _decoder(value_kind)
    whole = key is int

    def decode(value: Any, where: str) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is not a mapping")
        return {(int(name) if whole else name): decoder(item, f"{where}.{name}") for name, item in value.items()}

    return decode


def _union(members: tuple[Any, ...]) -> Decoder:
    records = {getattr(member, TAG): _decoder(member) for member in members if hasattr(member, TAG)}
    others = [member for member in members if member is not type(None) and not hasattr(member, TAG)]
    optional = type(None) in members

    def decode(value: Any, where: str) -> Any:
        if value is None and optional:
            return None
        found = value.get(TAG) if records and isinstance(value, Mapping) else None
        if isinstance(found, str) and found in records:
            return records[found](value, where)
        problem: ValueError | None = None
        for member in others:
            try:
                return _decoder(member)(value, where)
            except ValueError as error:
                problem = error
        raise problem or ValueError(f"{where} is not one of {', '.join(records)}")

    return decode


def _open(kind: Any) -> Decoder:
    """A base class that knows its members by their tag; a module that is imported later may add some."""

    def decode(value: Any, where: str) -> Any:
        if isinstance(value, kind):
            return value
        found = value.get(TAG) if isinstance(value, Mapping) else None
        member = kind.members.get(found) if isinstance(found, str) else None
        if member is None:
            raise ValueError(f"{where} is not one of {', '.join(kind.members)}")
        return _decoder(member)(value, where)

    return decode


def _record(kind: Any) -> Decoder:
    hints = get_type_hints(kind)
    known = {name: (default is MISSING, hints[name]) for name, default in _defaults(kind)}
    tag = getattr(kind, TAG, None)

    def decode(value: Any, where: str) -> Any:
        if isinstance(value, kind):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"{where} is not a mapping")
        given = {}
        for name, item in value.items():
            if name in known:
                given[name] = _decoder(known[name][1])(item, f"{where}.{name}")
            elif name != TAG or item != tag:
                raise ValueError(f"{where} has no field `{name}`")
        missing = [name for name, (needed, _) in known.items() if needed and name not in given]
        if missing:
            raise ValueError(f"{where} lacks `{missing[0]}`")
        return kind(**given)

    return decode
