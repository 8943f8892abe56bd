"""SQL of checks inside compiled notebooks: it was looked at when the notebook was compiled, and is not run here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """A SELECT over the tables of a dataset."""

    sql: str
    tables: tuple[str, ...]
    columns: frozenset[str]


def rule(sql: str, tables: Mapping[str, Sequence[str]]) -> Rule:
    """A check, of which nothing is known here."""
    return Rule(sql, (), frozenset())
