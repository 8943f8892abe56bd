"""Reading YAML and JSON files of anyone's, safely: bounded in size and depth, and every mistake is one sentence with its line.

YAML is read as its parser's events, so that what it may hold is said here alone: no aliases, no tags, no second document, no
key twice. Of unquoted words only `true`, `false` and `null`, decimal numbers and dates are more than texts; `0742`, `0x1F`,
`1:30` and `yes` are texts.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import yaml

from ..errors import ConfigError, brief, first_line
from .files import LARGEST, TOO_LARGE, read_text
from .numbers import plain

_DEEPEST: Final = 40
_MOST: Final = 200_000
"""Values."""
_DIGITS: Final = 60
_PARSER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C, where it is at hand: ten times as fast."""

_WORDS: Final = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
_WHOLE: Final = re.compile(r"[-+]?(?:0|[1-9]\d*|[1-9]\d{0,2}(?:_\d{3})+)", re.ASCII)
_DECIMAL: Final = re.compile(r"[-+]?(?:(?:0|[1-9]\d*|[1-9]\d{0,2}(?:_\d{3})+)\.\d*|\.\d+)(?:[eE][-+]\d+)?", re.ASCII)
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[-+]\d\d:\d\d)?", re.ASCII)
_KEY: Final = re.compile(r"\w[\w. -]{0,59}")
_HALF: Final = re.compile("[\ud800-\udfff]")
_NO_TEXT: Final = "a text holds half of a character (\\ud800 to \\udfff alone)"


class _Wrong(Exception):
    """What is wrong with a text, in one sentence, and where."""

    def __init__(self, text: str, line: int | None = None) -> None:
        self.where = f"line {line}" if line is not None else ""
        super().__init__(text)


def parse_yaml(text: str, file: Path | str) -> Any:
    """The value of a YAML or JSON text; raises ConfigError with the line."""
    try:
        if len(text) > LARGEST:
            raise _Wrong(TOO_LARGE)
        if _HALF.search(text):
            raise _Wrong(_NO_TEXT)
        if isinstance(file, Path) and file.suffix == ".json":
            return _of_json(text)
        if text.lstrip().startswith(("{", "[", '"')):
            try:
                return _of_json(text)
            except json.JSONDecodeError:
                # A mapping of YAML may start with a brace too.
                pass
        return _Events(text).document()
    except _Wrong as wrong:
        raise ConfigError(file, [(wrong.where if "\n" in text else "", str(wrong))]) from None
    except json.JSONDecodeError as error:
        raise ConfigError(file, [(f"line {error.lineno}", f"is not JSON: {error.msg[:1].lower()}{error.msg[1:]}")]) from None
    except yaml.MarkedYAMLError as error:
        where = f"line {min(error.problem_mark.line, text.count(chr(10))) + 1}" if error.problem_mark and "\n" in text else ""
        raise ConfigError(file, [(where, f"is not YAML: {error.problem}" if error.problem else "is not YAML")]) from None
    except yaml.YAMLError as error:
        raise ConfigError(file, [("", f"is not YAML: {first_line(error)}")]) from None


def read_mapping(path: Path) -> dict[str, Any]:
    """The mapping in a file; raises ConfigError where there is none."""
    value = parse_yaml(read_text(path), path)
    if not isinstance(value, dict):
        raise ConfigError(path, [("", "must hold a mapping of keys to values")])
    return value


class _Events:
    """The one document of a YAML text."""

    def __init__(self, text: str) -> None:
        self._events: Iterator[Any] = yaml.parse(text, Loader=_PARSER)
        self._left = _MOST

    def document(self) -> Any:
        next(self._events)
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        value = self._value(next(self._events), 1)
        next(self._events)
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            _wrong(after, "holds a second document; write one a file")
        return value

    def _value(self, event: Any, depth: int) -> Any:
        self._left -= 1
        if self._left < 0:
            _wrong(event, f"holds more than {_MOST:,} values")
        if depth > _DEEPEST:
            _wrong(event, f"is nested deeper than {_DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            _wrong(event, "aliases (*name) are not allowed")
        if event.tag is not None:
            _wrong(event, "tags (!name) are not allowed; a text is written in quotes")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return [self._value(inner, depth + 1) for inner in iter(self._next, None)]
        return _scalar(event)

    def _next(self) -> Any:
        """The next event, None at the end of a mapping or a list."""
        event = next(self._events)
        return None if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent) else event

    def _mapping(self, depth: int) -> dict[Any, Any]:
        out: dict[Any, Any] = {}
        while (event := self._next()) is not None:
            if not isinstance(event, yaml.ScalarEvent | yaml.AliasEvent):
                _wrong(event, "a key must be a word or a number")
            key = self._value(event, depth + 1)
            if key in out:
                _wrong(event, _twice(key))
            out[key] = self._value(next(self._events), depth + 1)
        return out


def _twice(key: Any) -> str:
    # What does not look like a key may be a line of a file that was named by mistake.
    return f"`{key}` is given twice" if _KEY.fullmatch(str(key)) else "a key is given twice"


def _wrong(event: Any, text: str) -> NoReturn:
    raise _Wrong(text, event.start_mark.line + 1)


def _scalar(event: Any) -> Any:
    text: str = event.value
    if not event.implicit[0]:
        if _HALF.search(text):
            _wrong(event, _NO_TEXT)
        return text
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    try:
        return _number_or_time(text)
    except ValueError as error:
        _wrong(event, str(error))


def _number_or_time(text: str) -> Any:
    if _WHOLE.fullmatch(text):
        return _integer(text)
    if _DECIMAL.fullmatch(text):
        return plain(text)
    if _DAY.fullmatch(text) or _MOMENT.fullmatch(text):
        try:
            return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text.upper())
        except ValueError:
            raise ValueError(f"`{text}` is not a day and time of the calendar") from None
    return text


def _integer(text: str) -> int:
    if len(text) > _DIGITS:
        raise ValueError(f"`{brief(text)}` is too long for a number: it has {len(text):,} digits")
    return int(text)


def _of_json(text: str) -> Any:
    """The value of a JSON text; raises _Wrong and JSONDecodeError."""

    def line(literal: str) -> int:
        return text.count("\n", 0, text.find(literal)) + 1

    def number(literal: str) -> Any:
        try:
            return plain(literal) if "." in literal or "e" in literal.lower() else _integer(literal)
        except ValueError as error:
            raise _Wrong(str(error), line(literal)) from None

    def none(literal: str) -> NoReturn:
        raise _Wrong(f"`{literal}` is not a number that JSON has", line(literal))

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in pairs:
            if key in out:
                raise _Wrong(_twice(key))
            out[key] = value
        return out

    try:
        value = json.loads(text, object_pairs_hook=mapping, parse_int=number, parse_float=number, parse_constant=none)
    except RecursionError:
        raise _Wrong(f"is nested deeper than {_DEEPEST} levels") from None
    _check(value)
    return value


def _check(value: Any) -> None:
    """Raises _Wrong for a value of JSON that is too deep, too large or holds half a character."""
    level: list[Any] = [value]
    depth = count = 0
    while level:
        depth += 1
        count += len(level)
        if count > _MOST:
            raise _Wrong(f"holds more than {_MOST:,} values")
        if depth > _DEEPEST:
            raise _Wrong(f"is nested deeper than {_DEEPEST} levels")
        if any(isinstance(one, str) and _HALF.search(one) for one in level):
            raise _Wrong(_NO_TEXT)
        level = [inner for one in level for inner in _inner(one)]


def _inner(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [*value, *value.values()]
    return value if isinstance(value, list) else ()
