"""Notebooks that run the scripts of the DDL: Fabric's tools deploy warehouses as empty shells, so tables are made by whoever runs these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ..plan.plan import Environment
from .cells import Cell, Notebook, Reference
from .ddl.scripts import Script
from .literals import literal, markdown

_OF_SPARK: Final = "for statement in STATEMENTS:\n    spark.sql(statement)\nprint(len(STATEMENTS), {told})"
_OF_WAREHOUSE: Final = "for statement in STATEMENTS:\n    warehouse.execute(statement)\nprint(len(STATEMENTS), {told})"
_CONNECT: Final = 'import notebookutils\n\nwarehouse = notebookutils.data.connect_to_artifact(warehouse_name, "", "Warehouse")'
_ENDS: Final = 'notebookutils.notebook.exit("{\\"status\\": \\"COMPLETED\\"}")'


def ddl_notebook(
    scripts: Sequence[Script], environment: Environment, warehouse_name: str, lakehouse: Reference, warehouse: str | None
) -> Notebook:
    """A notebook with a cell for each script: of Spark for the lakehouse, of Python for the warehouse."""
    spark = environment == "lakehouse"
    title = f"# Tables of the {environment}\n\nEach statement may run again, and does nothing then."
    cells = [Cell("markdown", title)]
    if spark:
        cells.append(Cell("code", "import notebookutils"))
    else:
        cells += [
            Cell("parameters", f"warehouse_name = {literal(warehouse_name)}  # the warehouse whose tables these are"),
            Cell("code", _CONNECT),
        ]
    for script in scripts:
        cells.append(Cell("markdown", f"## {markdown(script.name)}\n\n{markdown(script.about)}"))
        lines = [f"    {literal(statement)}," for statement in script.statements]
        run = (_OF_SPARK if spark else _OF_WAREHOUSE).format(told=literal(f"statements of {script.name}"))
        cells.append(Cell("code", "\n".join(["STATEMENTS = [", *lines, "]", run])))
    cells.append(Cell("code", _ENDS))
    return Notebook("spark" if spark else "python", tuple(cells), lakehouse, warehouse)
