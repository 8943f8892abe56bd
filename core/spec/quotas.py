"""Whole shares: how many of a block's 1,024 rows have each value, alone and together with another column's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

SIZE: Final = 1_024
"""Rows of a block: see `core.engine.permuted_blocks`."""

Sizes = list[int]


def apportioned(weights: Sequence[float], total: int) -> Sizes:
    """Whole shares of a total by largest remainder; a weight of 0 gets nothing."""
    whole = sum(weights)
    if whole <= 0:
        return [0] * len(weights)
    exact = [weight * total / whole for weight in weights]
    out = [int(share) for share in exact]
    order = sorted(range(len(out)), key=lambda n: (out[n] - exact[n], n))
    for n in order[: total - sum(out)]:
        out[n] += 1
    return out


def headed(sizes: Sequence[int], head: int) -> Sizes:
    """How many of the first `head` rows of a block have each value: cumulative rounding, so never more than the block has."""
    block, out, before, done = sum(sizes), [], 0, 0
    for size in sizes:
        before += size
        edge = (2 * head * before + block) // (2 * block) if block else 0
        out.append(edge - done)
        done = edge
    return out


def crossed(rows: Sequence[int], columns: Sequence[int], wanted: Sequence[Sequence[float] | None]) -> list[Sizes]:
    """A table of whole numbers with these sums of rows and of columns, each row close to its wanted weights (None: to what is left).

    Rows are filled in order out of what the columns still have, so a wanted weight of 0 stays 0 as long as the others
    have enough; the last row takes what is left.
    """
    left, out = list(columns), []
    for number, size in enumerate(rows):
        weights = wanted[number]
        mine = list(left) if number == len(rows) - 1 else _filled(size, left, left if weights is None else weights)
        left = [have - take for have, take in zip(left, mine, strict=True)]
        out.append(mine)
    return out


def _filled(size: int, left: Sequence[int], wanted: Sequence[float]) -> Sizes:
    out = [0] * len(left)
    weights = list(wanted)
    while (missing := size - sum(out)) > 0:
        open_ = [n for n in range(len(left)) if out[n] < left[n]]
        if not any(weights[n] for n in open_):
            weights = [1.0 if left[n] > out[n] else 0.0 for n in range(len(left))]
        extra = apportioned([weights[n] if n in open_ else 0.0 for n in range(len(left))], missing)
        out = [min(have, mine + more) for have, mine, more in zip(left, out, extra, strict=True)]
    return out


def runs(table: Sequence[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    """Runs (column, count) of a table of sizes, row by row: what the engine's slots carry."""
    return tuple((column, count) for row in table for column, count in enumerate(row) if count)


def leaning(weights: Sequence[float], factors: Sequence[float]) -> list[float]:
    """The shares of some values among the rows of an outcome that is `factors` times as frequent for each (Bayes' rule)."""
    raw = [mine * factor for mine, factor in zip(weights, factors, strict=True)]
    if sum(raw) <= 0:
        raise ValueError("the factors leave no value")
    return [mine / sum(raw) for mine in raw]
