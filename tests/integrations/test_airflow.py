"""DAGs that generate a day each, rendered and run as Airflow does it; Airflow itself is not installed, a stand-in takes its place."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from filelock import FileLock

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
Shell = Callable[..., subprocess.CompletedProcess[str]]

SPECIFIED = r'''
# Airflow DAG for daily incremental generation
from airflow import DAG
from airflow.operators.bash import BashOperator
from datetime import datetime, timedelta

dag = DAG(
    'synthetic_data_daily',
    schedule_interval='@daily',
    start_date=datetime(2024, 1, 1)
)

generate_task = BashOperator(
    task_id='generate_daily_data',
    bash_command="""
    ingen_fab package synthetic-data generate-incremental \
        retail_oltp_small_incremental \
        --date {{ ds }} \
        --execute
    """,
    dag=dag
)
'''
"""The DAG of the specification."""

DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(3)]
DOCUMENTED = re.search(r"```python\n(.*?)```", (ROOT / "docs" / "airflow.md").read_text(), re.DOTALL)


def files(root: Path) -> dict[str, bytes]:
    """All files of the days, by their paths."""
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in (root / "Files").rglob("*.*") if path.is_file()}


def series(shell: Shell, root: Path) -> dict[str, bytes]:
    """The files of the same days, as a series."""
    words = f"--start-date {DAYS[0]} --end-date {DAYS[-1]} --output-dir {root}"
    done = shell(f"synthetic-data generate-series retail_oltp_small_incremental {words}", cwd=root.parent)
    assert done.returncode == 0, done.stderr
    return files(root)


def test_the_dag_of_the_specification(tmp_path: Path, airflow: Shell, shell: Shell) -> None:
    """Three days in a row are the series of these days, and a task that is cleared and run again changes nothing."""
    text = re.sub(r" \\\n *--execute", "", SPECIFIED)
    assert text != SPECIFIED
    root = tmp_path / "data"
    done = airflow(text, *DAYS, SYNTHETIC_DATA_DIR=str(root))
    assert done.returncode == 0, done.stderr
    written = files(root)
    assert written == series(shell, tmp_path / "series")
    assert len([path for path in written if "/orders/" in path]) == 3
    again = airflow(text, DAYS[1], SYNTHETIC_DATA_DIR=str(root))
    assert "nothing to do, 2024-01-02 is there" in again.stdout
    assert files(root) == written


def test_it_runs_the_compiled_notebook(airflow: Shell, shell: Shell, tmp_path: Path) -> None:
    """Word for word, with --execute: the notebook writes the files that the command itself writes."""
    root = tmp_path / "data"
    done = airflow(SPECIFIED, DAYS[0], SYNTHETIC_DATA_DIR=str(root))
    assert "executed notebook: " in done.stdout, done.stderr
    alone = tmp_path / "alone"
    words = f"retail_oltp_small_incremental --date {DAYS[0]} --output-dir {alone}"
    assert shell(f"synthetic-data generate-incremental {words}", cwd=tmp_path).returncode == 0
    executed = {name: data for name, data in files(root).items() if not name.startswith("Files/.executed")}
    assert executed == files(alone)


def test_a_temporary_folder_is_lost(airflow: Shell, tmp_path: Path) -> None:
    """As the page says: without SYNTHETIC_DATA_DIR or `cwd`, the days go with the folder that Airflow runs a command in."""
    done = airflow(SPECIFIED.replace("--execute", ""), DAYS[0])
    assert "written to synthetic_data/Files" in done.stdout
    assert not list(tmp_path.rglob("*.parquet"))


def documented(where: Path) -> str:
    """The DAG of the page, with folders of this machine for those of the page."""
    assert DOCUMENTED is not None
    where.mkdir()
    text = DOCUMENTED[1].replace("/srv/synthetic_data", str(where)).replace("/srv/pipelines", str(where))
    assert text.count(str(where)) == 2
    return text


def test_the_dag_of_the_page(tmp_path: Path, airflow: Shell, shell: Shell) -> None:
    """A backfill may take its days in any order."""
    root = tmp_path / "data"
    done = airflow(documented(root), DAYS[2], DAYS[0], DAYS[1])
    assert done.returncode == 0, done.stderr
    assert files(root) == series(shell, tmp_path / "series")


def test_a_folder_that_stays(tmp_path: Path, airflow: Shell) -> None:
    """`cwd=` alone keeps the days, in ./synthetic_data of that folder."""
    text = re.sub(r" *(env|append_env)=.*\n", "", documented(tmp_path / "pipelines"))
    assert "SYNTHETIC_DATA_DIR" not in text
    assert airflow(text, DAYS[0]).returncode == 0
    assert list((tmp_path / "pipelines" / "synthetic_data" / "Files").rglob("*.parquet"))


def test_two_tasks_at_once(tmp_path: Path, airflow: Shell) -> None:
    """The second one ends with a sentence and exit code 1, so that Airflow tries it again; then it has its day."""
    root = tmp_path / "data"
    text = documented(root)
    assert "max_active_runs=1" in text
    assert '"retries": ' in text
    with FileLock(root / ".lock"):
        done = airflow(text, DAYS[0])
        assert f"another run is writing to {root}" in done.stderr
        assert "non-zero exit code 1" in done.stderr
        assert not (root / "Files").exists()
    assert airflow(text, DAYS[0]).returncode == 0
