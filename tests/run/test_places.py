"""Output roots on object stores, in python mode: the same rows as in a folder, all of them or none, and no secret anywhere."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from threading import Thread
from typing import Any, Protocol
from urllib.request import Request, urlopen

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake
from filelock import FileLock
from ingen_fab.synthetic_data.core.engine.digest import digest_of
from ingen_fab.synthetic_data.core.errors import ExistsError, ForeignError, PlaceError, RunError
from ingen_fab.synthetic_data.core.job import run_job
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.cancel import CancelToken
from ingen_fab.synthetic_data.core.run.events import RunResult
from ingen_fab.synthetic_data.core.run.run import run
from platformdirs import user_cache_path

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
ROWS = 1_200
AZURITE = "azurite@3.37.0"
ACCOUNT = "devstoreaccount1"
ACCOUNT_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Both are those of every Azurite."""
Make = Callable[..., Plan]
Call = Callable[..., subprocess.CompletedProcess[str]]


class Bucket(Protocol):
    """What the fixture `s3` gives."""

    url: str
    endpoint: str
    environment: Mapping[str, str]

    def objects(self) -> dict[str, bytes]:
        """Everything in it."""


@pytest.fixture
def plan_at(plan_of: Make) -> Make:
    """A plan for an output root."""

    def make(root: Path | str, **settings: Any) -> Plan:
        given = {"target_rows": ROWS, "output_settings__output_dir": str(root), "generation_settings__mode": "python", **settings}
        return plan_of(DATASET, **given)

    return make


def digests(result: RunResult) -> dict[str, str]:
    """Table -> digest of what was written."""
    assert result.status == "COMPLETED", result.message
    return {table.name: table.digest for table in result.tables}


def read_back(plan: Plan) -> dict[str, str]:
    """Table -> digest of what anybody reads there."""
    out = {}
    for table in plan.tables:
        rows = DeltaTable(f"{plan.output.url}/Tables/{DATASET}/{table.name}").to_pyarrow_table()
        out[table.name] = digest_of(rows.to_batches(), table.primary_key)
    return out


def test_a_bucket(s3: Bucket, plan_at: Make, tmp_path: Path) -> None:
    """Processes and this one write the digests of a folder; a second run takes the place of the first, and both are logged."""
    local = digests(run(plan_at(tmp_path), datasets=()))
    plan = plan_at(f"{s3.url}/a/folder", output_settings__rows_per_file=1_000)
    for workers in (2, 0):
        result = run(plan, workers=workers, datasets=())
        assert digests(result) == local
        assert read_back(plan) == local
    logged = DeltaTable(f"{s3.url}/a/folder/Tables/log_synthetic_data_generation").to_pyarrow_table()
    assert logged.column("total_rows").to_pylist() == [plan.rows] * 2
    objects = s3.objects()
    manifest = json.loads(objects["a/folder/Files/.manifests/retail_oltp_small-lakehouse-table.json"])
    assert manifest["run_id"] == result.run_id
    assert all(len(objects[f"a/folder/{file['path']}"]) == file["bytes"] for table in manifest["tables"] for file in table["files"])


def test_the_command(s3: Bucket, call: Call, tmp_path: Path) -> None:
    """An option, the environment and a config name the place; no secret is in what is written, told or logged."""
    out = f"{s3.url}/told"
    (tmp_path / "run.yaml").write_text(json.dumps({"dataset_id": DATASET, "target_rows": 60, "output_settings": {"output_dir": out}}))
    for words, environment in (
        ((DATASET, "-r", "60", "--output-dir", out, "--json"), {}),
        ((DATASET, "-r", "60"), {"SYNTHETIC_DATA_DIR": out}),
        (("--config", "run.yaml"), {}),
    ):
        done = call("generate", *words, cwd=tmp_path, **environment)
        assert done.returncode == 0, done.stderr
        assert out in done.stdout
        assert "a-secret-of-tests" not in done.stdout + done.stderr
    assert DeltaTable(f"{out}/Tables/{DATASET}/orders").version() == 2
    objects = s3.objects()
    assert objects
    secrets = [value.encode() for name, value in s3.environment.items() if "KEY" in name]
    assert not [key for key, content in objects.items() if any(secret in content for secret in secrets)]
    assert [path.name for path in tmp_path.iterdir()] == ["run.yaml"]


@pytest.mark.parametrize("before", [False, True])
def test_a_run_that_is_cancelled(s3: Bucket, plan_at: Make, before: bool) -> None:
    """Its files go, and what stood there before stays as it was."""
    stood = digests(run(plan_at(s3.url, seed_value=7), datasets=())) if before else {}
    kept = {key for key in s3.objects() if f"/{DATASET}/" in key}
    cancel = CancelToken()

    def stop(event: object) -> None:
        if type(event).__name__ == "TableFinished":
            cancel.set()

    result = run(plan_at(s3.url), emit=stop, cancel=cancel, datasets=())
    assert (result.status, result.rows) == ("CANCELLED", 0)
    assert {key for key in s3.objects() if f"/{DATASET}/" in key} == kept
    assert not before or read_back(plan_at(s3.url)) == stood


def test_a_publication_that_fails(s3: Bucket, plan_at: Make) -> None:
    """Where others make a table meanwhile, theirs stays, and those that were published are taken back."""
    plan = plan_at(s3.url)
    first = digests(run(plan_at(s3.url, seed_value=7, tables=["customers"]), datasets=()))
    theirs = f"{s3.url}/Tables/{DATASET}/{plan.names[-1]}"

    def intrude(event: object) -> None:
        if getattr(event, "phase", "") == "publish":
            write_deltalake(theirs, pa.table({"x": [1]}))

    result = run(plan, emit=intrude, datasets=())
    assert (result.status, result.rows) == ("FAILED", 0)
    assert result.message == f"{theirs} has been written to by others since"
    assert DeltaTable(theirs).to_pyarrow_table().to_pydict() == {"x": [1]}
    again = DeltaTable(f"{s3.url}/Tables/{DATASET}/customers")
    assert digest_of(again.to_pyarrow_table().to_batches(), ("customer_id",)) == first["customers"]
    assert not [key for key in s3.objects() if f"/{DATASET}/" in key and "customers" not in key and plan.names[-1] not in key]
    logged = DeltaTable(f"{s3.url}/Tables/log_synthetic_data_generation").to_pyarrow_table()
    assert sorted(logged.column("status").to_pylist()) == ["COMPLETED", "FAILED"]


def test_a_run_that_is_killed(s3: Bucket, plan_at: Make, tmp_path: Path) -> None:
    """Nobody sees what it left, and the next run is as if it had never been."""
    script = f"""
import os, signal
from ingen_fab.synthetic_data import make_plan, resolve_parameters, run_job

def die(event):
    if getattr(event, "phase", "") == "publish":
        os.kill(os.getpid(), signal.SIGKILL)

settings = {{"target_rows": {ROWS}, "output_settings": {{"output_dir": "{s3.url}"}}}}
run_job(make_plan(resolve_parameters("{DATASET}", edited=settings)), emit=die)
"""
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    assert done.returncode == -signal.SIGKILL
    left = [key for key in s3.objects() if f"/{DATASET}/" in key]
    assert left
    assert not [key for key in left if "_delta_log" in key]
    plan = plan_at(s3.url)
    result = run(plan, datasets=())
    assert read_back(plan) == digests(result)


def test_what_is_refused(s3: Bucket, plan_at: Make) -> None:
    """Tables of others, tables that may not be replaced, the check, and places that are not there."""
    plan = plan_at(s3.url, tables=["stores"])
    with pytest.raises(PlaceError, match="the check reads folders of this machine"):
        run_job(plan, check=True)
    theirs = f"{s3.url}/Tables/{DATASET}/stores"
    write_deltalake(theirs, pa.table({"x": [1]}))
    with pytest.raises(ForeignError, match="is a Delta table that no run is known to have written"):
        run(plan, datasets=())
    assert DeltaTable(theirs).version() == 0
    other = f"{s3.url}/other"
    assert run_job(plan_at(other, tables=["stores"])).report is None
    with pytest.raises(ExistsError):
        run(plan_at(other, tables=["stores"], output_settings__if_exists="fail"), datasets=())
    with pytest.raises(RunError, match=r"NoSuchBucket: The specified bucket does not exist$"):
        run(plan_at("s3://there-is-no-such-bucket/a"), datasets=())


def test_large_parts_take_little_memory(s3: Bucket) -> None:
    """A part goes to the store in pieces: its size is no matter of memory."""
    script = f"""
import os
from ingen_fab.synthetic_data.core.sinks.store import Store

def held():
    return int(open("/proc/self/statm").read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

upload, piece, seen = Store("{s3.url}").upload("large"), os.urandom(1 << 20), []
for _ in range(120):
    upload.write(piece)
    seen.append(held())
upload.complete()
print(max(seen) - seen[0], upload.bytes)
"""
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert int(told[1]) == len(s3.objects()["large"]) == 120 << 20
    assert int(told[0]) < 60 << 20


@pytest.fixture(scope="module")
def azurite() -> Iterator[str]:
    """The address of a server of Azure's blobs, which npm brings."""
    npm = shutil.which("npm")
    if npm is None:
        told = "Azurite needs npm, and there is none"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    folder = user_cache_path("ingen-fab-synthetic-data-tests", ensure_exists=True) / AZURITE.replace("@", "-")
    program = folder / "node_modules" / ".bin" / "azurite-blob"
    with FileLock(f"{folder}.lock"):
        if not program.exists():
            folder.mkdir(exist_ok=True)
            subprocess.run([npm, "install", "--no-audit", "--no-fund", "--silent", AZURITE], cwd=folder, check=True)
    words = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"]
    with subprocess.Popen([program, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as server:
        assert server.stdout is not None
        line = next((line for line in server.stdout if "successfully listens on" in line), "")
        assert line
        Thread(target=server.stdout.read, daemon=True).start()
        yield line.split()[-1]
        server.terminate()


@pytest.mark.parametrize("url", ["az://place/one", f"abfss://place@{ACCOUNT}.dfs.core.windows.net/two"])
def test_azure(azurite: str, plan_at: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """Both spellings of a container's folder."""
    name = f"place{hashlib.sha256(url.encode()).hexdigest()[:8]}"
    make_container(azurite, name)
    environment = {
        "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
        "AZURE_STORAGE_ACCOUNT_KEY": ACCOUNT_KEY,
        "AZURE_STORAGE_USE_EMULATOR": "true",
        "AZURITE_BLOB_STORAGE_URL": azurite,
    }
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    plan = plan_at(url.replace("place", name, 1))
    result = run(plan, datasets=())
    assert read_back(plan) == digests(result) == digests(run(plan_at(tmp_path), datasets=()))
    assert ACCOUNT_KEY not in json.dumps(result.to_json()) + json.dumps(plan.to_json())


def make_container(server: str, name: str) -> None:
    """As the client of Azure does it."""
    now, version = formatdate(usegmt=True), "2021-08-06"
    lines = ["PUT", *[""] * 11, f"x-ms-date:{now}", f"x-ms-version:{version}", f"/{ACCOUNT}/{ACCOUNT}/{name}", "restype:container"]
    signed = hmac.new(base64.b64decode(ACCOUNT_KEY), "\n".join(lines).encode(), hashlib.sha256).digest()
    token = f"SharedKey {ACCOUNT}:{base64.b64encode(signed).decode()}"
    headers = {"x-ms-date": now, "x-ms-version": version, "Authorization": token}
    url = f"{server}/{ACCOUNT}/{name}?restype=container"
    urlopen(Request(url, method="PUT", headers=headers)).close()  # noqa: S310  # of this machine
