"""Columns of texts."""

from __future__ import annotations

from typing import Literal

from ...frozen import dataclass
from ..values import Distribution, Path
from .base import Kernel


@dataclass(frozen=True, slots=True)
class Piece:
    """A column in a template; whole numbers are written with leading zeros up to a width."""

    path: Path
    width: int = 0


@dataclass(frozen=True, slots=True)
class Text(Kernel):
    """A template: texts, and columns between them."""

    kind = "text"
    pieces: tuple[str | Piece, ...]
    case: Literal["lower", "upper"] | None = None
    ascii: bool = False


@dataclass(frozen=True, slots=True)
class Prose(Kernel):
    """So many words, or words of a total length."""

    kind = "prose"
    pool: str
    of: Literal["words", "length"]
    distribution: Distribution
    case: Literal["lower", "upper"] | None = None


@dataclass(frozen=True, slots=True)
class Code(Kernel):
    """An identifier of a scheme."""

    kind = "code"
    scheme: str
    unique: bool
    pattern: str | None = None
    prefix: Path | None = None


@dataclass(frozen=True, slots=True)
class Ipv4(Kernel):
    """An address of IP version 4."""

    kind = "ipv4"
    unique: bool


@dataclass(frozen=True, slots=True)
class Ipv6(Kernel):
    """An address of IP version 6."""

    kind = "ipv6"
    unique: bool


@dataclass(frozen=True, slots=True)
class JsonField:
    """One field of a document."""

    name: str
    path: Path
    type: str


@dataclass(frozen=True, slots=True)
class Document(Kernel):
    """A JSON document of columns."""

    kind = "json"
    fields: tuple[JsonField, ...]
