"""Texts made of other columns."""

from __future__ import annotations

import re
from typing import Any, Final, Literal

from .base import Column, Compiled, Scope, register

_PIECE: Final = re.compile(r"\{([a-z_][a-z0-9_.]*)(?::0(\d{1,2}))?\}")


@register
class Text(Column):
    """A template such as `{first_name}.{last_name}@{_domain}`; `{id:06}` writes a number with leading zeros."""

    kind: Literal["text"]
    template: str
    case: Literal["lower", "upper"] | None = None
    ascii: bool = False
    """Without accents and other characters outside ASCII."""

    def compile(self, scope: Scope) -> Compiled:
        pieces: list[Any] = []
        nullable = sees = state = False
        end = 0
        for match in _PIECE.finditer(self.template):
            pieces.append(self.template[end : match.start()])
            end = match.end()
            found = scope.find(match[1])
            kind = found.compiled.type
            width = int(match[2] or 0)
            if kind not in ("varchar", "bigint", "integer"):
                raise ValueError(f"`{match[1]}` is a {kind}; a template takes texts and whole numbers")
            if width and (kind == "varchar" or width > 18):
                raise ValueError(f"`{match[0]}`: a width is for whole numbers, 18 digits at most")
            pieces.append([*found.program, width])
            nullable |= found.compiled.nullable
            sees |= found.compiled.sees and not (found.path and scope.happens(scope.table))
            state |= found.compiled.state
        pieces.append(self.template[end:])
        rest = "".join(piece for piece in pieces if isinstance(piece, str))
        if "{" in rest or "}" in rest:
            raise ValueError(f"`{self.template}` is no template: a brace holds a column, or a column and a width such as `:06`")
        kept = [piece for piece in pieces if piece != ""]
        program = {"kernel": "text", "pieces": kept, "case": self.case, "ascii": self.ascii}
        return Compiled(program, "varchar", None, nullable, sees, state)
