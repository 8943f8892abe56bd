"""What the checks found: frozen values that every front end renders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Literal

from ..format import many
from ..frozen import dataclass
from .plots import Plot

Group = Literal["structure", "shape", "rule"]
Figure = float | int | str


@dataclass(frozen=True, slots=True)
class Result:
    """One check and what came of it."""

    name: str
    """As SDMetrics calls it where it has such a metric."""
    table: str
    column: str
    """Empty where the check is of the whole table; several are separated by commas."""
    sentence: str
    """What is true where it passes."""
    group: Group
    passed: bool
    score: float
    """0 to 1; 1 is as declared."""
    observed: Figure
    expected: Figure
    limit: Figure
    """How far `observed` may lie from `expected`; of what may never happen: 0."""
    rows: int
    """Rows that were looked at."""
    offending: tuple[str, ...] = ()
    """Keys of up to five rows that break it."""
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class Silent:
    """A declared rule, or a check, that could not be checked, and why."""

    name: str
    table: str
    sentence: str
    reason: str


@dataclass(frozen=True, slots=True)
class TableLine:
    """One table in a line."""

    name: str
    about: str
    rows: int
    """As found; 0 where the table cannot be read."""
    checks: int
    failed: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two columns of a table, and how strongly they are associated."""

    one: str
    other: str
    strength: float
    """Cramér's V, corrected for its bias: 0 (independent) to 1 (one decides the other)."""
    limit: float
    """What chance, and an effect too small to notice, explain."""
    declared: Literal["named", "cause", ""]
    """`named`: the declaration of one names the other. `cause`: both depend on a third thing. Empty: they should be independent."""
    views: tuple[str, str] = ("", "")
    """What of them it is of: `month`, `weekday` or `hour` of a moment; empty for the value."""

    @property
    def found(self) -> bool:
        """Whether they are associated more than chance explains."""
        return self.strength > self.limit

    @property
    def unexpected(self) -> bool:
        """Whether they are associated, and nothing that is declared says why."""
        return self.found and not self.declared


@dataclass(frozen=True, slots=True)
class Matrix:
    """How strongly the columns of a table are associated, each with each."""

    table: str
    rows: int
    """That were looked at."""
    of: int
    """Rows of the table."""
    columns: tuple[str, ...]
    left_out: tuple[str, ...]
    """Columns of which nearly each row has another value, or all the same."""
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All checks of one output."""

    dataset_id: str
    dataset_name: str
    run_id: str
    """Of the manifest; empty where there is none."""
    seed: int
    target_rows: int
    as_of: str
    window: tuple[str, str]
    output: str
    """Such as `parquet (lakehouse)`."""
    output_root: str
    tables: tuple[TableLine, ...]
    results: tuple[Result, ...]
    silent: tuple[Silent, ...]
    seconds: float
    associations: tuple[Matrix, ...] = ()
    """Of each table with rows enough, where they were asked for. What is unexpected of them is a warning, and fails nothing."""

    def __repr__(self) -> str:
        silent = f", {len(self.silent)} could not be checked" if self.silent else ""
        return f"<Report on {self.dataset_id}: {self.headline}{silent}; {self.rows:,} rows under {self.output_root}>"

    def _repr_html_(self) -> str:
        from ..html import html_card

        failed = [(one.name, one.table, one.column, one.sentence) for one in self.failures]
        tables = [(table.name, table.rows, table.checks, table.failed) for table in self.tables]
        page = html_card(f"{self.dataset_id}: {self.headline}", {"under": self.output_root}, ("table", "rows", "checks", "failed"), tables)
        return page + (html_card("failed", {}, ("check", "table", "column", "sentence"), failed) if failed else "")

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return not self.failures

    @property
    def failures(self) -> tuple[Result, ...]:
        """The checks that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def unexpected(self) -> tuple[tuple[str, Pair], ...]:
        """(table, pair) of the columns that are associated although nothing that is declared says why, the strongest first."""
        found = [(matrix.table, pair) for matrix in self.associations for pair in matrix.pairs if pair.unexpected]
        return tuple(sorted(found, key=lambda each: -each[1].strength))

    @property
    def rows(self) -> int:
        """Rows of all tables, as found."""
        return sum(table.rows for table in self.tables)

    @property
    def headline(self) -> str:
        """One line: how many checks passed, or failed."""
        failed, checks = len(self.failures), len(self.results)
        return f"{failed} of {checks} checks failed" if failed else f"{many(checks, 'check')} passed"

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, plots left out."""
        value = {"passed": self.passed, **asdict(self)}
        value["results"] = [{key: inner for key, inner in result.items() if key != "plot"} for result in value["results"]]
        return value

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Report:
        """The report that `to_json` told, without its plots."""
        fields = {key: inner for key, inner in value.items() if key != "passed"}
        fields["tables"] = tuple(TableLine(**line) for line in fields["tables"])
        fields["results"] = tuple(Result(**{**result, "offending": tuple(result["offending"])}) for result in fields["results"])
        fields["silent"] = tuple(Silent(**silent) for silent in fields["silent"])
        fields["associations"] = tuple(_matrix(matrix) for matrix in fields.get("associations", ()))
        return cls(**{**fields, "window": tuple(fields["window"])})


def _matrix(value: Mapping[str, Any]) -> Matrix:
    pairs = tuple(Pair(**{**pair, "views": tuple(pair["views"])}) for pair in value["pairs"])
    return Matrix(**{**value, "columns": tuple(value["columns"]), "left_out": tuple(value["left_out"]), "pairs": pairs})
