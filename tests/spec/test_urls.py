"""Which output roots are on object stores, and what their URLs may hold."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import ParameterError, PlaceError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.quality.validate import validate_output
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.spec.urls import folder_of, url_of

Make = Callable[..., Plan]
Call = Callable[..., subprocess.CompletedProcess[str]]
ONELAKE = "abfss://work@onelake.dfs.fabric.microsoft.com/shop.Lakehouse"


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("s3://bucket", "s3://bucket"),
        ("S3A://bucket//a/b/", "s3a://bucket/a/b"),
        ("gs://bucket/a", "gs://bucket/a"),
        ("az://container/a", "az://container/a"),
        (ONELAKE, ONELAKE),
        ("https://onelake.dfs.fabric.microsoft.com/work/shop.Lakehouse", ONELAKE),
        ("https://acct.blob.core.windows.net/box/a", "abfss://box@acct.dfs.core.windows.net/a"),
        ("a/folder", ""),
        ("file:///data/out", ""),
    ],
)
def test_urls(given: str, url: str) -> None:
    """Each in one spelling; folders have none."""
    assert url_of(given) == url


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("s3://bucket/a?X-Amz-Signature=hush", "credentials come from the environment"),
        ("s3://hush:hush@bucket/a", "credentials come from the environment"),
        ("s3://hush@bucket/a", "credentials come from the environment"),
        ("abfss://box:hush@acct.dfs.core.windows.net/a", "credentials come from the environment"),
        ("https://acct.blob.core.windows.net/box/a?sig=hush", "credentials come from the environment"),
        ("https://example.com/hush", "https:// is taken for OneLake and Azure alone"),
        ("abfsss://box/a", "abfsss:// is no place that runs write to; did you mean `abfss`"),
        ("ftp://bucket/a", "ftp:// is no place that runs write to"),
        ("s3:///a", "names no bucket"),
        ("s3://bucket/a/../b", "`..` in a s3:// URL"),
        ("s3://bucket/a b", "`a b` in a s3:// URL"),
        (Path("s3://bucket/a"), "s3:/ has lost a slash"),
    ],
)
def test_what_no_url_is(given: str | Path, told: str) -> None:
    """A sentence says what is wrong, and repeats nothing that may be a secret."""
    with pytest.raises(PlaceError, match=r"^`output_dir`: ") as caught:
        url_of(given)
    assert told in str(caught.value)
    assert "hush" not in str(caught.value)


def test_folders_that_are_spelled_as_urls() -> None:
    """file:// is a folder of this machine, and of no other."""
    assert folder_of("file:///data/my%20out") == Path("/data/my out")
    assert folder_of("file://localhost/data") == Path("/data")
    for wrong in ("file://server/data", "file://", "file:///a?b"):
        with pytest.raises(PlaceError, match="a file:// URL"):
            folder_of(wrong)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"output_settings__output_mode": "csv"}, "csv files cannot appear all at once at s3://bucket/a"),
        ({"output_settings__target_environment": "warehouse"}, "the warehouse is a file of DuckDB"),
        ({"spark__writer": "direct"}, "`direct` needs a folder that all executors see"),
    ],
)
def test_what_no_store_takes(plan_of: Make, settings: dict[str, str], told: str) -> None:
    """What cannot appear whole is refused when the plan is made."""
    with pytest.raises(ParameterError, match=told):
        plan_of("retail_oltp_small", output_settings__output_dir="s3://bucket/a", **settings)


def test_who_writes(plan_of: Make) -> None:
    """Spark writes to a store itself, and says why."""
    plan = plan_of("retail_oltp_small", output_settings__output_dir="s3://bucket/a", generation_settings__mode="pyspark")
    assert (plan.work.writer, plan.output.place, plan.to_json()["output"]["root"]) == ("spark", "s3://bucket/a", "s3://bucket/a")
    assert "which Spark writes to itself" in plan.work.writer_reason


def test_commands_that_read_folders(call: Call, tmp_path: Path) -> None:
    """Each says what to do instead; nothing is made in the working directory."""
    place = ("--output-dir", "s3://bucket/a")
    for words, told in (
        (("query", "SELECT 1", *place), "query reads folders of this machine: read its tables with Spark"),
        (("validate-data", *place), "validate-data reads folders of this machine"),
        (("doctor", *place), "doctor looks at folders of this machine"),
        (("generate", "retail_oltp_small", "-o", "parquet", *place), "use `table` (Delta)"),
        (("generate-incremental", "retail_oltp_small_incremental", "-d", "2024-01-01", *place), "use `table` (Delta)"),
    ):
        done = call(*words, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert told in done.stderr
        assert len(done.stderr.splitlines()) == 1
    with pytest.raises(PlaceError, match="a query reads folders of this machine"):
        query("s3://bucket/a", "SELECT 1")
    with pytest.raises(PlaceError, match="the check reads folders of this machine"):
        validate_output("s3://bucket/a")
    assert not list(tmp_path.iterdir())
