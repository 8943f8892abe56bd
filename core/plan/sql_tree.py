"""The trees of SQL expressions: plain values that travel as JSON."""

from __future__ import annotations

from typing import Any, Final

from ..frozen import dataclass

MOST_CHARACTERS: Final = 10_000
MOST_DEPTH: Final = 60
_SHOWN: Final = 200
"""Characters of an expression that a sentence repeats."""


FURTHER: Final[dict[str, Any]] = {}
"""Trees of a dataset that came to a notebook while it ran, by their expressions; here, where both that read SQL there find them."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression.

    `kind` is `path`, `string`, `number`, `boolean`, `null`, `paren`, `case` (subject, default, and each condition with its value), `cast`,
    `try_cast`, `binary`, `not`, `is_null`, `between`, `in`, `text` (a function of a text), `date_diff`, `call`, `deep` (no more is
    read) or `unknown`; `value` is its word: a path, a literal, a type, an operator, the name of a function.
    """

    kind: str
    value: str = ""
    inner: tuple[Node | None, ...] = ()
    """Operands; None where a function lacks one."""

    def to_json(self) -> list[Any]:
        """As JSON that `of_json` reads."""
        return [self.kind, self.value, [each and each.to_json() for each in self.inner]]

    @classmethod
    def of_json(cls, value: Any) -> Node:
        """What `to_json` made."""
        kind, word, inner = value
        return cls(kind, word, tuple(each and cls.of_json(each) for each in inner))


def short(text: str) -> str:
    """An expression as sentences repeat it."""
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}.."
