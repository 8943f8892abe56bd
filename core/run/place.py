"""Where a table of a plan lies in the output root."""

from __future__ import annotations

from pathlib import Path

from ..plan.plan import Plan


def file_folders(schema: str) -> list[str]:
    """Folders from the root to the files of a schema, whether of whole tables or of days; an empty schema has none of its own."""
    return ["Files", *([schema] if schema else [])]


def log_folder(url: str, schema: str) -> str:
    """Where the log lies below an object store: a lakehouse of Fabric whose tables have schemas has no tables beside these."""
    return "Tables/dbo" if ".fabric.microsoft.com/" in f"{url}/" and schema else "Tables"


def files_folder(plan: Plan) -> Path:
    """Where the files of a plan lie, or those of its days."""
    return plan.output.root.joinpath(*file_folders(plan.output.schema))


def target(plan: Plan, table: str) -> str:
    """Folder of a table relative to the output root; for the warehouse's tables, the file and the table's name."""
    return "/".join(place(plan, table))


def above(plan: Plan) -> str:
    """Folder of all tables of a plan, relative to the output root."""
    return target(plan, plan.names[0]).rpartition("/")[0]


def place(plan: Plan, table: str) -> list[str]:
    """Folders from the root to a table's own; for the warehouse's tables, the file, the schema and the table's name."""
    output = plan.output
    if output.mode != "table":
        return [*file_folders(output.schema), table]
    return table_place(output.environment, output.schema, table)


def table_place(environment: str, schema: str, table: str) -> list[str]:
    """As `place`, of a table of the lakehouse or the warehouse."""
    top = "Tables" if environment == "lakehouse" else "warehouse.duckdb"
    return [top, *([schema] if schema else []), table]
