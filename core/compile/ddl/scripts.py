"""Scripts: statements in their order, under names in the order of which they run. Each may run again, and does nothing then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Final, Literal

from ...frozen import dataclass
from ...run.record import config_rows
from ...run.schemas import DATASETS, SAMPLES
from ...run.targets import refuse_names
from ...spec.repository import DatasetConfigurationRepository
from .dialect import Dialect, Row, remark
from .fabric import Fabric
from .local import DuckDb
from .model import Table
from .postgres import Postgres
from .spark import Spark
from .tables import CONFIG_SCHEMA, config_tables, tables_of

if TYPE_CHECKING:
    from ...plan.plan import Plan
    from ...spec.repository import DatasetInfo

Target = Literal["lakehouse", "warehouse", "duckdb", "postgres"]

DIALECTS: Final[Mapping[Target, Dialect]] = {"lakehouse": Spark(), "warehouse": Fabric(), "duckdb": DuckDb(), "postgres": Postgres()}
"""Of each target: Fabric's lakehouse, its warehouse, the local warehouse, and a PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class Script:
    """Statements that run one after another."""

    name: str
    """Of its file; scripts of a target run in the order of their names."""
    target: Target
    about: str
    """What it does, in a line."""
    statements: tuple[str, ...]

    @property
    def path(self) -> str:
        """Of its file, below a workspace's folder."""
        return f"ddl/{self.target}/{self.name}"

    @property
    def text(self) -> str:
        """Of its file: each statement with what the target's runners know its end by."""
        ends = DIALECTS[self.target].ends
        return f"-- {remark(self.about)}\n\n" + "\n".join(f"{statement}{ends}" for statement in self.statements)


def scripts_of(plan: Plan | None, target: Target, datasets: Sequence[DatasetInfo] | None = None) -> tuple[Script, ...]:
    """The scripts of a target: the tables of the log and the configs, their rows, and a plan's tables with their keys.

    `datasets` are those of which the configs tell (default: the shipped ones), besides that of the plan. Raises InputError for
    a name that the target, or a run, does not take.
    """
    if plan is not None:
        refuse_names(plan)
    dialect = DIALECTS[target]
    schema = "" if target == "lakehouse" else CONFIG_SCHEMA
    configs = config_tables(schema)
    known = known_rows(None, datasets)
    # One of nobody's list has a script of its own, so that those of several datasets stand in one folder.
    own = {name: [row for row in rows if row not in known[name]] for name, rows in known_rows(plan, datasets).items()}
    told = "Tables of the log and the configs"
    out = [Script("001_config_tables.sql", target, told, declared(dialect, configs))]
    if known[DATASETS]:
        out.append(Script("002_config_data.sql", target, "The datasets that are known", filled(dialect, configs, known)))
    if plan is not None and own[DATASETS]:
        about = f"The dataset {plan.dataset_id} among those that are known"
        out.append(Script(f"003_config_data_{plan.dataset_id}.sql", target, about, filled(dialect, configs, own)))
    if plan is not None:
        about = f"Tables of the dataset {plan.dataset_id}"
        out.append(Script(f"010_{plan.dataset_id}.sql", target, about, declared(dialect, tables_of(plan, target == "lakehouse"))))
    return tuple(out)


def declared(dialect: Dialect, tables: Sequence[Table]) -> tuple[str, ...]:
    """Statements that make tables of one schema where they are not there, parents first, and then their keys."""
    schemas = dict.fromkeys(table.schema for table in tables if table.schema)
    made = [statement for table in tables for statement in dialect.create_table(table)]
    return (*map(dialect.create_schema, schemas), *made, *dialect.keys(tables))


def filled(dialect: Dialect, configs: Sequence[Table], rows: Mapping[str, Sequence[Row]]) -> tuple[str, ...]:
    """Statements that bring the tables of the configs up to date with these rows of each."""
    known = {table.name: table for table in configs}
    return tuple(statement for name, some in rows.items() for statement in dialect.fill(known[name], some))


def known_rows(plan: Plan | None, datasets: Sequence[DatasetInfo] | None = None) -> dict[str, list[Row]]:
    """Of each table of the configs its rows."""
    found = DatasetConfigurationRepository().list() if datasets is None else datasets
    rows, samples = config_rows(found, plan)
    return {DATASETS: [asdict(row) for row in rows], SAMPLES: [asdict(row) for row in samples]}
