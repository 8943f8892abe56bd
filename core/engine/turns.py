"""In which turns of a round somebody comes: patterns that repeat, of which each visitor has one.

A round has 256 turns. Of a class of visitors the one with number n has the pattern n modulo 256. A pattern is a set of turns, any two of
which are at least four apart (of a script: three), also from one round to the next; so four turns in a row, or three, have no visitor in
common. Visits come in episodes (one, and others 4 to 7 turns after each other). Turns are dealt like cards, all once before any comes
again, so that they stay alike in size, for the first few patterns too. Nothing here depends on a seed: who has which pattern does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..frozen import dataclass
from .distributions import rates
from .hashing import Ints, below, hash_range

TURNS: Final = 256
"""Of a round."""
PATTERNS: Final = 256
"""Of a class."""
APART: Final = 4
"""The least distance of a visitor's turns, if they are no script's."""
MOST: Final = 36
"""Visits of a round: so many always find room, as each takes the turns nearer than `APART` to it."""
DAYS: Final = 3
"""About how long a turn lasts: what a pattern's numbers are made for."""
SOON: Final = 7
"""Turns within which whoever comes again does so soon: 21 days."""
_FRACTION: Final = 12
_STEPS: Final = 4
"""Until visits fit what is wanted."""
_LEVELS: Final = (4096, 4871, 5793, 6889)
"""Four steps of an octave, in units of 1/4096."""
_KEY: Final = 0x7475726E73


Way = tuple[tuple[int, ...], tuple[int, ...]]
"""How a class comes: the visits of each of its patterns in a round, and none; or none, and the turns of a script from its first one."""


@dataclass(frozen=True, slots=True)
class Patterns:
    """The patterns of several classes; `c` is a class, `r` one of its patterns, `t` a turn."""

    visits: Ints
    """Of each in a round: shape (classes, 256)."""
    before: NDArray[np.int16]
    """Visits of r before turn t: shape (classes, 256, 257)."""
    below: NDArray[np.int16]
    """How many of the patterns 0 .. r - 1 have turn t: shape (classes, 257, 256)."""
    who: NDArray[np.int16]
    """The patterns that have turn t, in order; shape (classes, 256, as many as the fullest turn has)."""
    after: NDArray[np.int16]
    """Turns from t to the next visit of r: shape (classes, 256, 256)."""
    since: NDArray[np.int16]
    """Turns from the visit of r before t to t: shape (classes, 256, 256)."""
    start: NDArray[np.int16]
    """The turn at which the script of r begins, -1 where there is none: shape (classes, 256)."""


def level(numerator: int, denominator: int) -> int:
    """The largest step of a quarter of an octave at or below a ratio, in units of 1/4096; at least 1/64, so that few patterns exist."""
    ratio = (numerator << _FRACTION) // max(denominator, 1)
    best = _LEVELS[0] >> 6
    for octave in range(-6, 7):
        for step in _LEVELS:
            value = step << octave if octave >= 0 else step >> -octave
            if value <= ratio:
                best = value
    return best


@lru_cache(maxsize=256)
def counts(mean: int, law: tuple[str, float] | None) -> tuple[int, ...]:
    """Visits of each of the patterns in a round: 1 to 36, of such a mean in units of 1/4096 and by quantiles of a law of rates."""
    rank = np.array([int(f"{number:08b}"[::-1], 2) for number in range(PATTERNS)], np.float64)
    share = rates(law[0], law[1], (rank + 0.5) / PATTERNS) if law is not None else np.ones(PATTERNS)  # type: ignore[arg-type]
    parts = np.floor(share * 65_536 + 0.5).astype(np.int64).tolist()
    out, carry = [], 1 << (_FRACTION - 1)
    for part in parts:
        carry += (mean * part) >> 16
        out.append(min(max(carry >> _FRACTION, 1), MOST))
        carry &= (1 << _FRACTION) - 1
    return tuple(out)


def fitted(members: Sequence[tuple[int, int]], wanted: int, law: tuple[str, float] | None) -> int:
    """The mean of those with 1 visit against others, in units of 1/4096, with which some come so often in a round; `members` are visits
    against others and how many have these. Of each at least one visit is left."""
    scale = (wanted << _FRACTION) // max(sum(visits * count for visits, count in members), 1)
    for _ in range(_STEPS):
        scale = min(max(scale, _LEVELS[0] >> 6), MOST << _FRACTION)
        came = 0
        for visits, count in members:
            each = counts(visits * scale, law)
            came += count // PATTERNS * sum(each) + sum(each[: count % PATTERNS])
        scale = scale * max(wanted, 1) // max(came, 1)
    return min(max(scale, _LEVELS[0] >> 6), MOST << _FRACTION)


@lru_cache(maxsize=32)
def patterns(ways: tuple[Way, ...], again: int) -> Patterns:
    """The patterns of some classes; `again` of 1,000 visits are followed by one of the same episode, if there is no script."""
    each = [_turns(*way, again) for way in ways]
    has, start = np.stack([one for one, _ in each]), np.stack([begun for _, begun in each])
    classes = len(ways)
    before = np.zeros((classes, PATTERNS, TURNS + 1), np.int16)
    np.cumsum(has, axis=2, out=before[..., 1:])
    below_ = np.zeros((classes, PATTERNS + 1, TURNS), np.int16)
    np.cumsum(has, axis=1, out=below_[:, 1:])
    who = np.zeros((classes, TURNS, max(int(below_[:, -1].max()), 1)), np.int16)
    of, which, turn = np.nonzero(has)
    who[of, turn, below_[of, which, turn]] = which
    turns = np.arange(2 * TURNS, dtype=np.int16)
    twice = np.tile(has, 2)
    ahead = np.minimum.accumulate(np.where(twice, turns, 4 * TURNS)[..., ::-1], axis=2)[..., ::-1]
    behind = np.maximum.accumulate(np.where(twice, turns, -4 * TURNS), axis=2)
    after = (ahead[..., 1 : TURNS + 1] - turns[:TURNS]).astype(np.int16)
    since = (turns[TURNS:] - behind[..., TURNS - 1 : -1]).astype(np.int16)
    return Patterns(before[..., -1].astype(np.int64), before, below_, who, after, since, start)


@lru_cache(maxsize=256)
def _turns(visits: tuple[int, ...], script: tuple[int, ...], again: int) -> tuple[NDArray[np.bool_], NDArray[np.int16]]:
    """Which turns each pattern has, and at which its script begins. With a script each has it from a turn of its own."""
    has = np.zeros((PATTERNS, TURNS), np.bool_)
    start = np.full(PATTERNS, -1, np.int16)
    if not script:
        _place(has, visits, again)
        return has, start
    for number in range(PATTERNS):
        start[number] = int(f"{number:08b}"[::-1], 2) * (TURNS // PATTERNS)
        has[number, (int(start[number]) + np.array(script)) % TURNS] = True
    return has, start


def _place(has: NDArray[np.bool_], visits: tuple[int, ...], again: int) -> None:
    draws = iter(below(hash_range(_KEY, 0, 4 * sum(visits) + PATTERNS), 1 << 20).tolist())
    left: list[int] = []
    for number, count in enumerate(visits):
        taken = [False] * TURNS
        turn = -1
        for _ in range(count):
            draw = next(draws)
            following = turn >= 0 and draw % 1_000 < again
            turn = _follow(turn, left, taken, draw >> 10) if following else -1
            if turn < 0:
                at = next((place for place, card in enumerate(left) if not taken[card]), -1)
                if at < 0:
                    # Multiplied by an odd number and moved on, the numbers below 256 come in another order.
                    at, step = len(left), draw >> 4 | 1
                    left += [(place * step + draw) % TURNS for place in range(TURNS)]
                    at += next(place for place, card in enumerate(left[at:]) if not taken[card])
                turn = left.pop(at)
            has[number, turn] = True
            for near in range(turn - APART + 1, turn + APART):
                taken[near % TURNS] = True


def _follow(turn: int, left: list[int], taken: list[bool], draw: int) -> int:
    """A free turn soon after another, preferably one that is still to be dealt; -1 where there is none."""
    width = SOON - APART + 1
    free = [(turn + APART + (draw + place) % width) % TURNS for place in range(width)]
    free = [one for one in free if not taken[one]]
    for one in free:
        if one in left:
            left.remove(one)
            return one
    return free[0] if free else -1
