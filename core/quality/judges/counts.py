"""Judges of counts: what may never happen, what must be there, and quotas."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import ClassVar, Final

from ...frozen import dataclass
from .. import limits
from ..check import NO_ROWS, Answer, Judge, Verdict, near, none_of, unasked
from ..words import quantity

ORPHANS: Final = 9_000_000_000_000_000
"""Keys of declared orphans start here: no table ever has so many rows."""


@dataclass(frozen=True, slots=True)
class NoneBroken(Judge):
    """No row is `bad`, of so many that were planned."""

    kind: ClassVar[str] = "none_broken"
    rows: int

    def __call__(self, answer: Answer) -> Verdict:
        bad = int(answer["bad"])
        return Verdict(bad == 0, float(bad == 0), bad, 0, 0, self.rows)


@dataclass(frozen=True, slots=True)
class Distinct(Judge):
    """All `rows` are `distinct`."""

    kind: ClassVar[str] = "distinct"

    def __call__(self, answer: Answer) -> Verdict:
        rows = int(answer["rows"] or 0)
        return none_of(rows - int(answer["distinct"]), rows)


@dataclass(frozen=True, slots=True)
class Columns(Judge):
    """The `columns` are these, each with its type."""

    kind: ClassVar[str] = "columns"
    wanted: tuple[str, ...]

    def __call__(self, answer: Answer) -> Verdict:
        found, wanted = list(answer["columns"]), self.wanted
        wrong = [column for column in wanted if column not in found] + [column for column in found if column not in wanted]
        shown = f"other: {', '.join(wrong[:5])}" if wrong else f"{len(found)} columns"
        return Verdict(not wrong, 1 - min(len(wrong) / len(wanted), 1.0), shown, f"{len(wanted)} columns", 0, len(found))


@dataclass(frozen=True, slots=True)
class RowCount(Judge):
    """There are so many `rows`."""

    kind: ClassVar[str] = "row_count"
    wanted: int
    sentence: str

    def __call__(self, answer: Answer) -> Verdict:
        found, wanted = int(answer["rows"]), self.wanted
        if found == wanted:
            return Verdict(True, 1.0, found, wanted, 0, found)
        told = f"{self.sentence}, but there {'is' if found == 1 else 'are'} {found:,}"
        return Verdict(False, min(found, wanted) / max(found, wanted, 1), found, wanted, 0, found, sentence=told)


@dataclass(frozen=True, slots=True)
class Within(Judge):
    """No row is `bad`; values lie within what is `shown`, and are `least` and `most`."""

    kind: ClassVar[str] = "within"
    shown: str

    def __call__(self, answer: Answer) -> Verdict:
        bad, rows = int(answer["bad"]), int(answer["rows"])
        least, most = answer["least"], answer["most"]
        found = f"{quantity(least)} to {quantity(most)}" if least is not None else "no values"
        return Verdict(bad == 0, 1 - bad / max(rows, 1), found, self.shown, 0, rows)


@dataclass(frozen=True, slots=True)
class NullShare(Judge):
    """Of the `rows` so large a share are `nulls`; `exact`: by a quota of all rows."""

    kind: ClassVar[str] = "null_share"
    nulls: float
    exact: bool

    def __call__(self, answer: Answer) -> Verdict:
        rows, found = int(answer["rows"]), int(answer["nulls"])
        observed, limit = found / max(rows, 1), limits.quota(self.nulls, rows, self.exact)
        return Verdict(abs(observed - self.nulls) <= limit, 1 - abs(observed - self.nulls), observed, self.nulls, limit, rows)


@dataclass(frozen=True, slots=True)
class OrphanShare(Judge):
    """Of the `rows` so large a share are `stray`, the `least` of them where orphans begin; none of the `keys` where the share is 0."""

    kind: ClassVar[str] = "orphan_share"
    orphans: float
    exact: bool

    def __call__(self, answer: Answer) -> Verdict:
        rows, keys, found, orphans = int(answer["rows"]), int(answer["keys"]), int(answer["stray"]), self.orphans
        if not orphans:
            return Verdict(found == 0, 1 - found / max(keys, 1), found, 0, 0, keys)
        observed, limit = found / max(rows, 1), limits.quota(orphans, rows, self.exact)
        inside = answer["least"] is None or int(answer["least"]) >= ORPHANS
        score = 1 - abs(observed - orphans) if inside else 0.0
        return Verdict(inside and abs(observed - orphans) <= limit, score, observed, orphans, limit, rows)


@dataclass(frozen=True, slots=True)
class StepShare(Judge):
    """Of the `rows` that could take a step as many `took` it as is `meant`."""

    kind: ClassVar[str] = "step_share"

    def __call__(self, answer: Answer) -> Verdict:
        rows = int(answer["rows"])
        if not rows:
            return unasked(NO_ROWS)
        meant = float(answer["meant"])
        return near(int(answer["took"]) / rows, meant, limits.share(meant, rows), rows)


@dataclass(frozen=True, slots=True)
class PostsHeld(Judge):
    """On none of the `days` more or fewer rows than `many` are there: none is `bad`."""

    kind: ClassVar[str] = "posts_held"
    many: int

    def __call__(self, answer: Answer) -> Verdict:
        bad, days = int(answer["bad"]), int(answer["days"])
        return Verdict(bad == 0, 1 - min(bad / max(days, 1), 1.0), f"{bad:,} days with more or fewer", f"{self.many:,} rows", 0, days)


@dataclass(frozen=True, slots=True)
class EachStep(Judge):
    """A calendar's `rows` are `distinct`, one for each of its days, hours or minutes."""

    kind: ClassVar[str] = "each_step"
    step: str
    wanted: int

    def __call__(self, answer: Answer) -> Verdict:
        rows, distinct, wanted = int(answer["rows"]), int(answer["distinct"]), self.wanted
        there = f"{distinct:,} {self.step}s in {rows:,} rows"
        return Verdict(rows == distinct == wanted, min(distinct / wanted, 1.0) * 0.999, there, f"{wanted:,} {self.step}s", 0, rows)


@dataclass(frozen=True, slots=True)
class EachCombination(Judge):
    """There are as many `rows` as the `product` says."""

    kind: ClassVar[str] = "each_combination"

    def __call__(self, answer: Answer) -> Verdict:
        rows, wanted = int(answer["rows"]), int(answer["product"])
        return Verdict(rows == wanted, min(rows, wanted) / max(rows, wanted, 1) if rows != wanted else 1.0, rows, wanted, 0, rows)


def _by_day(answer: Answer) -> dict[str, int]:
    return {str(group["day"]): int(group["n"]) for group in answer["groups"] or []}


@dataclass(frozen=True, slots=True)
class EachDayDue(Judge):
    """None of the days on which a table is due is missing in the `groups`, except those without rows."""

    kind: ClassVar[str] = "each_day_due"
    due: tuple[date, ...]
    empty: tuple[date, ...]

    def __call__(self, answer: Answer) -> Verdict:
        found, due = _by_day(answer), self.due
        missing = [day for day in due if str(day) not in found and day not in self.empty]
        offending = tuple(str(day) for day in missing[:5])
        there = len(due) - len(missing)
        return Verdict(not missing, 1 - len(missing) / len(due), there, len(due), 0, sum(found.values()), offending=offending)


@dataclass(frozen=True, slots=True)
class RowsNoted(Judge):
    """Each day in the `groups` has as many rows as were noted (by ISO day)."""

    kind: ClassVar[str] = "rows_noted"
    noted: Mapping[str, int]

    def __call__(self, answer: Answer) -> Verdict:
        found, noted = _by_day(answer), self.noted
        wrong = [day for day in sorted(found.keys() | noted.keys()) if found.get(day, 0) != noted.get(day, 0)]
        rows, wanted = sum(found.values()), sum(noted.values())
        shown = tuple(f"{day}: {found.get(day, 0):,} instead of {noted.get(day, 0):,}" for day in wrong[:5])
        return Verdict(not wrong, 1 - len(wrong) / max(len(noted), 1), rows, wanted, 0, rows, offending=shown)
