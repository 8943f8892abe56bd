"""A dataset: its tables, its time and its sizes."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ..errors import hint
from ..program.values import BEHIND
from .bands import hours
from .bare import default_rows, expand
from .clocks import Clock, known_zone
from .curves import Ramp, smooth
from .drawn import DrawnPool, locale_name
from .kinds import KINDS
from .layouts.base import LayoutModel, rows_union
from .modelling import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, field_validator, model_validator
from .names import Month, Name, Path, Strict, Weekday
from .numbers import Number, Whole

Factor = Annotated[float, Field(ge=0, le=1000)]


class History(Strict):
    """The dataset's own window; a run's window only continues it."""

    start: date = date(2023, 1, 1)
    """First day of events."""
    end: date = date(2024, 12, 31)
    """Last day of events; runs may go on after it."""

    @model_validator(mode="after")
    def _ordered(self) -> History:
        if self.end < self.start:
            raise ValueError(f"the history ends on {self.end}, before it starts on {self.start}")
        if (self.end - self.start).days > 366 * 60:
            raise ValueError("a history can span at most 60 years")
        return self


class CalendarUse(Strict):
    """A named calendar and the time zone of the dataset's hour shapes."""

    name: Name | None = None
    """A file of configs/calendars; without it there are no events."""
    time_zone: str = "UTC"
    """IANA name."""
    fiscal: Literal["plain", "4-5-4", "4-4-5", "5-4-4"] = "plain"
    """The fiscal year: of calendar months, or of quarters of so many weeks. A year is called after the one in which it begins."""
    fiscal_start: Month = "january"
    """The month with which it begins; a year of weeks begins on the Sunday nearest to the first of it."""

    @field_validator("time_zone")
    @classmethod
    def _known(cls, value: str) -> str:
        return known_zone(value)


class TemporalPatterns(Strict):
    """How many events a day has, and when in the day they happen."""

    weekdays: dict[Weekday, Factor] = Field(default={}, title="Weekdays")
    """Factor of each weekday (default 1)."""
    months: dict[Annotated[int, Field(ge=1, le=12)], Factor] = Field(default={}, title="Months")
    """Factor of each month, 1 to 12 (default 1)."""
    hourly_distribution: dict[str, Factor] = Field(default={}, title="Hours")
    """Weight per hour of half-open bands such as "09-12"; `default` is for the hours outside every band."""
    seasonal_multipliers: dict[Name, Factor] = Field(default={}, title="Events")
    """Factor of each day of a named event of the calendar."""
    yearly_growth: Number = Field(default=0, ge=-0.9, le=10, title="Yearly growth")
    """Growth from one year to the next, applied day by day."""

    @field_validator("hourly_distribution")
    @classmethod
    def _bands(cls, value: dict[str, float]) -> dict[str, float]:
        hours(value)
        return value


class Patterns(TemporalPatterns):
    """The patterns of a dataset: what runs may change, and what the dataset alone says."""

    ramps: dict[Name, Ramp] = Field(default={}, max_length=50)
    """What leads up to events that have a factor, and what follows them."""
    smooth: bool = False
    """true: `hourly_distribution` is a curve through its bands, each of which keeps its share of the day, and no stairs."""
    noise: Number | None = Field(default=None, gt=0, le=1)
    """How far days of equal shape scatter: the relative standard deviation of a lognormal factor of each day. Default: a factor of 0.95 to
    1.05, each as likely."""

    @model_validator(mode="after")
    def _named(self) -> Patterns:
        for event in self.ramps:
            if event not in self.seasonal_multipliers:
                near = hint(event, list(self.seasonal_multipliers))
                raise ValueError(f"`ramps` lead to an event with a factor; `seasonal_multipliers` has none for `{event}`{near}")
        return self

    def slots(self) -> list[float]:
        """The weight of each hour of the day, or of each of twelve parts of each."""
        bands = hours(dict(self.hourly_distribution))
        return smooth(bands) if self.smooth else bands


class Size(Strict):
    """One size of a dataset."""

    target_rows: Whole = Field(ge=1, le=10**12)
    """Rows of the driving table."""
    rows_per_day: Whole | None = Field(default=None, ge=1, le=10**10)
    """Rows of the driving table a day, in the incremental variant; default: those of this size."""
    history: History | None = None
    """The days that this size is about, where they are others than the dataset's: few rows show more over a short time."""


class Check(Strict):
    """A rule that the written tables keep: SQL that returns no row."""

    sql: str
    """The rule, in DuckDB's dialect."""
    from_rows: int = Field(default=1, ge=1)
    """The smallest `target_rows` at which the rule speaks."""


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return {"kind": "copy", "from": value} if "." in value else {"kind": value}
    return value


def _kind(value: Any) -> str:
    return str(value.get("kind") if isinstance(value, dict) else getattr(value, "kind", ""))


def _union() -> Any:
    members: Any = None
    for name, model in KINDS.items():
        member = Annotated[model, Tag(name)]  # type: ignore[valid-type]  # made from the register
        members = member if members is None else members | member
    return Annotated[members, Discriminator(_kind), BeforeValidator(_column)]


if TYPE_CHECKING:
    AnyColumn = Any
    Rows = LayoutModel
else:
    AnyColumn = _union()
    Rows = rows_union()
"""A column of any registered kind (a bare word is the kind, a dotted path is a copy), and rows of any registered layout."""


class Table(Strict):
    """One table: what its rows stand on, and its columns."""

    about: str = ""
    """What a row is."""
    rows: Rows = Field(default=None, validate_default=True)
    """What the rows stand on: one layout; nothing is `entities`."""
    columns: dict[Name, AnyColumn] = Field(min_length=1, max_length=500)
    """The columns, each of one kind; a name with an underscore first is not written."""
    primary_key: list[Name] = []
    """Where it is not the one column of kind key."""
    unknown: dict[Name, Any] | None = None
    """A first row with key -1 and these values, NULL in the other columns: references that would be NULL point at it."""

    @model_validator(mode="after")
    def _keys(self) -> Table:
        taken = next((name for name in self.columns if name.startswith(BEHIND)), None)
        if taken is not None:
            raise ValueError(
                f"`{taken}`: names that begin with `{BEHIND}` are those of what a privacy profile replaces; give it another name"
            )
        for name in self.primary_key:
            if name not in self.columns:
                raise ValueError(f"the primary key names `{name}`, which is not a column")
        if self.unknown is not None and ([self.columns[name].kind for name in self.key] != ["key"] or self.rows.is_event):
            raise ValueError("a row for the unknown needs one column `kind: key`, in a table that holds no events")
        for name in self.unknown or ():
            if name not in self.columns or name in self.key or name.startswith("_"):
                raise ValueError(f"unknown names `{name}`, which is not a written column beside the key")
        changes = getattr(self.rows, "changes", None)
        for name in (*changes.columns, *changes.leaders) if changes else ():
            if name not in self.columns:
                raise ValueError(f"rows.changes names `{name}`, which is not a column")
            if self.columns[name].kind not in ("number", "category", "boolean", "pool"):
                raise ValueError(f"`{name}` cannot change; numbers, categories, booleans and pools can")
        return self

    @property
    def key(self) -> tuple[str, ...]:
        """The primary key; empty where there is none."""
        if self.primary_key:
            return tuple(self.primary_key)
        return tuple(name for name, column in self.columns.items() if column.kind == "key")[:1]


class Dataset(Strict):
    """A dataset as it stands in one YAML file."""

    dataset_id: Name
    """One world: values are keyed by it, whatever the size."""
    dataset_name: str = ""
    """What it is called where it is shown."""
    dataset_type: Literal["transactional", "analytical"] = "transactional"
    """What it is for."""
    schema_pattern: Literal["oltp", "star_schema", "snowflake"] = "oltp"
    """How its tables are related."""
    domain: Name = "custom"
    """Its line of business."""
    about: str = ""
    """What it is about."""
    extends: Name | None = None
    """A dataset whose tables, history, calendar and patterns are there too; its tables are not written."""
    driving: Name | None = None
    """The table that `target_rows` counts: entities without owners, events, a panel, a grid, or children of these; may be left out where
    only one written table has events."""
    target_rows: Whole = Field(default=10_000, ge=1, le=10**12)
    """Of a dataset without sizes."""
    rows_per_day: Whole | None = Field(default=None, ge=1, le=10**10)
    """Of the incremental variant of a dataset without sizes."""
    sizes: dict[Name, Size] = {}
    """Its sizes by name; each makes a dataset of its own, such as `shop_small`."""
    history: History = History()
    """The days that it is about."""
    calendar: CalendarUse = CalendarUse()
    """Its events, holidays, time zone and fiscal year."""
    temporal_patterns: Patterns = Patterns()
    """How many events a day has, and when."""
    clocks: dict[Name, Clock] = Field(default={}, max_length=100)
    """When those are at work who take steps of a lifecycle, or set other moments: by a name that these refer to."""
    locale: str | None = None
    """Where people, places and companies are from, a locale of Faker such as de_DE: of pools, and of columns that are a SQL type alone."""
    pools: dict[Name, DrawnPool] = Field(default={}, max_length=100)
    """Lists that Faker draws when the plan is made."""
    aliases: dict[Name, Path] = {}
    """Names for `distributions`: `{order_amount: orders.total_amount}`."""
    tables: dict[Name, Table] = Field(min_length=1, max_length=200)
    """Its tables."""
    privacy: dict[Name, dict[Name, dict[Name, AnyColumn]]] = {}
    """Profiles that a run may ask for by name, and the columns that each puts in the place of the tables' own."""
    checks: dict[str, Annotated[Check, BeforeValidator(lambda v: {"sql": v} if isinstance(v, str) else v)]] = {}
    """Rules that the written tables keep, by a sentence: SQL that returns no row."""

    _worlds: dict[str, str] = PrivateAttr(default_factory=dict)
    _pool_worlds: dict[str, str] = PrivateAttr(default_factory=dict)
    _time_world: str = PrivateAttr(default="")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        if not isinstance(value, dict) or "tables" not in value:
            return value
        tables = expand(value["tables"], value.get("locale"))
        if value.get("driving") is None and value.get("extends") is None:
            tables = default_rows(tables)
        return {**value, "tables": tables}

    @field_validator("locale")
    @classmethod
    def _form(cls, value: str | None) -> str | None:
        return None if value is None else locale_name(value)

    @model_validator(mode="after")
    def _profiles(self) -> Dataset:
        for profile, tables in self.privacy.items():
            for table, columns in tables.items():
                for column in columns:
                    if table not in self.tables or column not in self.tables[table].columns:
                        raise ValueError(f"privacy.{profile} replaces `{table}.{column}`, which is not a column")
                    if column in self.tables[table].key:
                        raise ValueError(f"privacy.{profile} replaces `{table}.{column}`, which is the key")
        return self

    @model_validator(mode="after")
    def _drives(self) -> Dataset:
        if self.driving is not None and self.driving not in self.tables:
            raise ValueError(f"driving names `{self.driving}`, which is not a table")
        if self.driving is None and len(self._events()) != 1:
            found = ", ".join(self._events()) or "no table has events"
            raise ValueError(f"say which table `target_rows` counts (`driving:`): {found}")
        return self

    def _events(self) -> list[str]:
        return [name for name, table in self.tables.items() if table.rows.is_event and self.writes(name)]

    @property
    def driver(self) -> str:
        """The table that `target_rows` counts."""
        return self.driving or self._events()[0]

    @property
    def written(self) -> tuple[str, ...]:
        """Names of the tables that are written."""
        return tuple(name for name in self.tables if self.writes(name))

    def columns_by_table(self) -> dict[str, tuple[str, ...]]:
        """Table -> its columns that are written, of the tables that are written or that this dataset stands on."""
        return {
            name: tuple(column for column in table.columns if not column.startswith("_"))
            for name, table in self.tables.items()
            if not name.startswith("_")
        }

    def writes(self, table: str) -> bool:
        """Whether a table is written: its name has no leading underscore, and it is not of the dataset that this one extends."""
        return not table.startswith("_") and table not in self._worlds

    def world_of(self, table: str) -> str:
        """The dataset that declares a table: its values are keyed by it, so they are the same in every dataset that extends it."""
        return self._worlds.get(table, self.dataset_id)

    def pool_world(self, pool: str) -> str:
        """The dataset that declares a drawn pool, or is extended by all: its values are keyed by it."""
        return self._pool_worlds.get(pool, self.dataset_id if pool in self.pools else self.time_world)

    @property
    def time_world(self) -> str:
        """The dataset whose days these are."""
        return self._time_world or self.dataset_id

    def sized(self, size: str) -> Dataset:
        """The dataset at one of its sizes: with the days that it is then about."""
        history = self.sizes[size].history
        return self if history is None else self.model_copy(update={"history": history})

    def kept(self) -> dict[str, Any]:
        """As JSON that `of_kept` reads."""
        value = self.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return {"dataset": value, "worlds": dict(self._worlds), "time_world": self._time_world}

    @classmethod
    def of_kept(cls, value: Any) -> Dataset:
        """What `kept` made JSON of; raises ValueError and KeyError for anything else."""
        out = cls.model_validate(value["dataset"])
        out._worlds = {str(name): str(world) for name, world in value["worlds"].items()}
        out._time_world = str(value["time_world"])
        return out

    def extending(self, base: Dataset) -> Dataset:
        """This dataset, told which of its tables are those of `base`."""
        out = self.model_copy()
        out._worlds = {name: base.world_of(name) for name in base.tables}
        out._pool_worlds = {name: base.pool_world(name) for name in base.pools}
        out._time_world = base.time_world
        return out
