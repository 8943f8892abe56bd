"""A run as a part of other programs: a fixture of pytest, a DAG of Airflow, steps of GitHub Actions, a notebook.

Each text runs as it stands. Words of others that these programs would read as their own templates are written so that they stay words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Final, Literal, get_args

from .export import command_of, config_of, export, python_call
from .resolve import Resolved

Pipeline = Literal["pytest", "airflow", "actions", "notebook"]
PIPELINES: Final[tuple[Pipeline, ...]] = get_args(Pipeline)
_DAY: Final = "{{ ds }}"
_PACKAGE: Final = "ingen-fab-synthetic-data"


def export_pipeline(resolved: Resolved, form: Pipeline, folder: Path, series: str = "") -> str:
    """The parameters as a part of another program; ends with a line break.

    `folder` is where relative paths of the parameters are to be found. `series` is the command that generates days, where the
    dataset arrives so; steps of GitHub Actions need it then.
    """
    return _FORMS[form](resolved, folder, series)


def _pytest(resolved: Resolved, folder: Path, series: str) -> str:
    name = _identifier(resolved)
    call = python_call(config_of(resolved), "synthetic_data_generator", "    ")
    return (
        f'"""Tests on {name}. The fixtures come with ingen-fab-synthetic-data[pytest]; nothing is written."""\n\n'
        "import pytest\n\n\n"
        '@pytest.fixture(scope="session")\n'
        f"def {name}(synthetic_data_generator):\n"
        '    """Table name -> pandas DataFrame."""\n'
        f"    generator = {call}\n"
        "    return generator.generate()\n\n\n"
        f"def test_{name}({name}):\n"
        f"    assert any(len(table) for table in {name}.values())\n"
    )


def _airflow(resolved: Resolved, folder: Path, series: str) -> str:
    variant = resolved.variant
    if variant.incremental:
        command = f"{_jinja(command_of(resolved, 'generate-incremental'))} --date {_DAY}"
        first = variant.dataset.history.start
        schedule, catchup = '"@daily"', "True"
    else:
        command, first = _jinja(command_of(resolved, "generate")), date(2024, 1, 1)
        schedule, catchup = "None", "False"
    return (
        "from datetime import datetime, timedelta\n\n"
        "from airflow import DAG\n"
        "from airflow.operators.bash import BashOperator\n\n"
        "with DAG(\n"
        f'    "synthetic_data_{_identifier(resolved)}",\n'
        f"    schedule={schedule},\n"
        f"    start_date=datetime({first.year}, {first.month}, {first.day}),\n"
        f"    catchup={catchup},\n"
        "    max_active_runs=1,\n"
        '    default_args={"retries": 3, "retry_delay": timedelta(minutes=1)},\n'
        ") as dag:\n"
        "    generate = BashOperator(\n"
        '        task_id="generate",\n'
        # A command that ends like a script's name would be read as a template's file.
        f"        bash_command={f'{command} '!r},\n"
        "        # Relative paths, such as ./synthetic_data, are found here; elsewhere they would go with the task.\n"
        f"        cwd={_jinja(str(folder))!r},\n"
        "    )\n"
    )


def _actions(resolved: Resolved, folder: Path, series: str) -> str:
    import yaml

    command = series.strip() or command_of(resolved, "generate")
    steps = [
        {"name": "Install synthetic-data", "run": f"pip install {_PACKAGE}"},
        {"name": f"Generate {resolved.variant.dataset_id}", "run": command.replace("${{", "${{ '${{' }}")},
    ]
    return yaml.safe_dump(steps, sort_keys=False, allow_unicode=False, width=10_000)


def _notebook(resolved: Resolved, folder: Path, series: str) -> str:
    code = export(resolved, "python").rstrip().splitlines()
    made, asked = "\n".join(code[:-1]), code[-1]
    look = 'for name, table in tables.items():\n    print(f"{name}: {len(table):,} rows")\nnext(iter(tables.values())).head()'
    # The texts of datasets are those of others, and Markdown would be drawn.
    cells = [_cell("markdown", f"# Synthetic data\n\n`pip install {_PACKAGE}`"), *(_cell("code", text) for text in (made, asked, look))]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}, "language_info": {"name": "python"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5}, indent=1) + "\n"


def _cell(kind: Literal["code", "markdown"], text: str) -> dict[str, object]:
    lines = text.splitlines(keepends=True)
    more: dict[str, object] = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": "", "metadata": {}, "source": lines, **more}


def _identifier(resolved: Resolved) -> str:
    """A name for Python, which those of datasets nearly are."""
    return re.sub(r"\W", "_", resolved.variant.dataset_id)


def _jinja(text: str) -> str:
    """A text that Jinja gives back as it is."""
    return re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)


_FORMS: Final[Mapping[Pipeline, Callable[[Resolved, Path, str], str]]] = {
    "pytest": _pytest,
    "airflow": _airflow,
    "actions": _actions,
    "notebook": _notebook,
}
