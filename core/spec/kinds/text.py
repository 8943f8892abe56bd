"""Texts made of other columns, or of plain words."""

from __future__ import annotations

import re
from typing import Final, Literal

from ...program import columns
from ..distributions import AnyDistribution, Distribution
from ..modelling import model_validator
from .base import Column, Compiled, Scope, register

_PIECE: Final = re.compile(r"\{([a-z_][a-z0-9_.]*)(?::0(\d{1,2}))?\}")

WORDS: Final = "words"
"""The pool of plain words."""
MOST_WORDS: Final = 300
MOST_CHARACTERS: Final = 2_000
_LONG_WORD: Final = 20
"""Characters of the longest plain word, with the space after it."""


def _check_size(distribution: Distribution, most: int, what: str) -> None:
    if distribution.unit is not None:
        raise ValueError(f"a number of {what} has no unit of time")
    if distribution.most is None or distribution.least is None or distribution.least < 1 or distribution.most > most:
        raise ValueError(f"a text has 1 to {most:,} {what}: give a number, or a distribution with a min and a max")


@register
class Text(Column):
    """A template such as `{first_name}.{last_name}@{_domain}`, or so many words, or words of a total length."""

    kind: Literal["text"]
    template: str | None = None
    """Columns stand in braces; `{id:06}` writes a number with leading zeros."""
    words: AnyDistribution | None = None
    """How many words: `3`, or a distribution with a min and a max."""
    length: AnyDistribution | None = None
    """How many characters: words, cut to that length and ended with a full stop."""
    case: Literal["lower", "upper"] | None = None
    """All letters small, or all capital."""
    ascii: bool = False
    """Without accents and other characters outside ASCII."""

    @model_validator(mode="after")
    def _one(self) -> Text:
        if [self.template, self.words, self.length].count(None) != 2:
            raise ValueError("a text has a template, words or a length: one of the three")
        if self.template is None and self.ascii:
            raise ValueError("`ascii` has no effect on words, which are ASCII")
        for distribution, most, what in ((self.words, MOST_WORDS, "words"), (self.length, MOST_CHARACTERS, "characters")):
            if distribution is not None:
                _check_size(distribution, most, what)
        return self

    def compile(self, scope: Scope) -> Compiled:
        distribution = self.words or self.length
        if distribution is not None:
            scope.pool(WORDS)
            of: Literal["words", "length"] = "words" if self.words is not None else "length"
            characters = int(distribution.most or 0) * (_LONG_WORD if self.words is not None else 1)
            return Compiled(columns.Prose(WORDS, of, distribution.engine(), self.case), "varchar", longest=characters)
        template = self.template or ""
        pieces: list[str | columns.Piece] = []
        nullable = sees = state = False
        end = characters = 0
        for match in _PIECE.finditer(template):
            pieces.append(template[end : match.start()])
            end = match.end()
            found = scope.find(match[1])
            kind = found.compiled.type
            width = int(match[2] or 0)
            if kind not in ("varchar", "bigint", "integer"):
                raise ValueError(f"`{match[1]}` is a {kind}; a template takes texts and whole numbers")
            if width and (kind == "varchar" or width > 18):
                raise ValueError(f"`{match[0]}`: a width is for whole numbers, 18 digits at most")
            pieces.append(columns.Piece(found.program, width))
            characters += max(found.compiled.most_characters, width)
            nullable |= found.compiled.nullable
            sees |= found.compiled.sees and not (found.path and scope.happens(scope.table))
            state |= found.compiled.state
        pieces.append(template[end:])
        rest = "".join(piece for piece in pieces if isinstance(piece, str))
        if "{" in rest or "}" in rest:
            raise ValueError(f"`{template}` is not a template: a brace holds a column, or a column and a width such as `:06`")
        kept = tuple(piece for piece in pieces if piece != "")
        kernel = columns.Text(kept, self.case, self.ascii)
        return Compiled(kernel, "varchar", None, nullable, sees, state, longest=characters + len(rest))
