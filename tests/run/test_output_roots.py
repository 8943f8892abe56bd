"""Output roots of every name, and those that cannot be used."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable
from ingen_fab.synthetic_data.core.errors import DiskSpaceError, PlaceError, SyntheticDataError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.run.publish import locked
from ingen_fab.synthetic_data.core.run.query import query
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.sinks.lakehouse import current_files

pytestmark = pytest.mark.slow

DATASET = "retail_oltp_small"
MODES = [("lakehouse", "table"), ("lakehouse", "csv"), ("warehouse", "table"), ("warehouse", "parquet")]
NAMES = ["my data", "Übung", "100%", "%20", "a#b", "what?", "q\"uo'te", "a[b]", "a{b}*c", "😀", "back\\slash", "x=1&y;z"]
Make = Callable[..., Plan]


@pytest.mark.parametrize("name", NAMES)
def test_folders_of_every_name(plan_of: Make, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each mode writes twice into such a folder, which lies in another, the working directory; all readers find the rows."""
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / name)
    root = Path(name)
    modes = MODES if "\\" not in name else MODES[:2]
    for environment, mode in modes:
        settings = {"output_settings__target_environment": environment, "output_settings__output_mode": mode, "tables": ["stores"]}
        for _ in range(2):
            result = run(plan_of(DATASET, target_rows=20, output_settings__output_dir=name, **settings), datasets=())
            assert result.status == "COMPLETED", result.message
        (table,) = result.tables
        if mode == "parquet":
            assert pq.ParquetFile(root / table.files[0]).metadata.num_rows == table.rows
        if (environment, mode) == ("lakehouse", "table"):
            files = current_files(root / "Tables" / DATASET / "stores")
            assert files is not None
            assert [Path(file).name for file in files] == [Path(file).name for file in table.files]
            literal = "'" + str(Path(files[0]).resolve()).replace("'", "''") + "'"
            assert duckdb.execute(f"SELECT count(*) FROM read_parquet({literal})").fetchall() == [(table.rows,)]
            if not set(name) & set("[]%\\"):
                # The others delta-rs cannot open by a path.
                assert DeltaTable(str(root / "Tables" / DATASET / "stores")).version() == 1
        counted = query(root, f"SELECT count(*) AS n FROM {DATASET}.stores").to_pylist()
        assert counted == [{"n": table.rows}]
    logged = query(root, "SELECT DISTINCT status FROM log_synthetic_data_generation").to_pylist()
    assert logged == [{"status": "COMPLETED"}]
    assert [path.name for path in Path().iterdir()] == [name]


def test_a_warehouse_has_no_backslash_in_its_path(plan_of: Make, tmp_path: Path) -> None:
    """DuckDB would look for it elsewhere."""
    root = str(tmp_path / "back\\slash")
    with pytest.raises(PlaceError, match="has a backslash in its path"):
        run(plan_of(DATASET, target_rows=20, output_settings__output_dir=root, output_settings__target_environment="warehouse"))
    assert list(tmp_path.iterdir()) == []


def generate(root: str, cwd: Path, **more: Any) -> subprocess.CompletedProcess[str]:
    """The command, as a shell calls it."""
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "generate", DATASET, "-r", "20", "--output-dir", root]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120, **more)


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ("file", "is a file, not a folder"),
        ("file/below", "lies below a file"),
        ("dangling", "is a link that leads nowhere"),
        ("x" * 300, "has a name that is too long"),
        ("a/" * 2_500, "has a name that is too long"),
        ("loop", "is a link"),
        ("/proc/none", "cannot be made there"),
    ],
    ids=lambda value: value[:20],
)
def test_roots_that_cannot_be(tmp_path: Path, root: str, told: str) -> None:
    """One sentence, exit code 2, and nothing is written."""
    (tmp_path / "file").write_text("mine")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    done = generate(root, tmp_path)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dangling", "file", "loop"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
@pytest.mark.parametrize(
    "command",
    [["generate", DATASET, "-r", "20"], ["generate", DATASET, "-r", "20", "-e", "warehouse"], ["query", "SELECT 1"], ["validate-data"]],
)
@pytest.mark.parametrize("there", [False, True])
def test_roots_that_are_no_text(tmp_path: Path, command: list[str], there: bool) -> None:
    """A name that is not UTF-8 is refused before anything is written, also that of a folder on the way."""
    root = os.fsencode(tmp_path) + b"/\xff bad"
    if there:
        os.mkdir(root)
    line: list[str | bytes] = [sys.executable, "-m", "ingen_fab.synthetic_data", *command, "--output-dir", root + b"/out" * there]
    done = subprocess.run(line, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 2, done.stderr
    assert done.stderr.splitlines() == [
        f"Error: --output-dir: {tmp_path}/\\udcff bad{'/out' * there} has a name that is not valid UTF-8; choose another folder"
    ]
    assert os.listdir(os.fsencode(tmp_path)) == ([b"\xff bad"] if there else [])
    assert not there or os.listdir(root) == []


def mounted(folder: Path, options: str) -> Iterator[Path]:
    """A file system of its own."""
    folder.mkdir()
    try:
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no `mount`")
    if done.returncode:
        pytest.skip("only root may mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 8 MB."""
    yield from mounted(tmp_path / "small", "size=8m")


@pytest.fixture
def readonly(tmp_path: Path) -> Iterator[Path]:
    """A disk that can only be read."""
    yield from mounted(tmp_path / "readonly", "ro")


@pytest.mark.parametrize("below", ["", "/below"])
def test_a_disk_that_can_only_be_read(readonly: Path, tmp_path: Path, below: str) -> None:
    """One sentence, exit code 2."""
    done = generate(f"{readonly}{below}", tmp_path)
    assert done.returncode == 2
    assert "be written to" in done.stderr or "can only be read" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_numbers_of_a_small_disk_differ(plan_of: Make, small: Path) -> None:
    """What is free and what is needed are told in units in which they can be told apart."""
    with pytest.raises(DiskSpaceError, match=r"has [\d.]+ MB free, but the run needs about [\d.]+ MB"):
        run(plan_of(DATASET, target_rows=50_000, output_settings__output_dir=str(small)))
    assert "999,999 bytes free" in str(DiskSpaceError("here", 1_000_001, 999_999)) or "kB" in str(
        DiskSpaceError("here", 1_000_001, 999_999)
    )
    assert "1,000,001 bytes free" in str(DiskSpaceError("here", 1_000_002, 1_000_001))


@pytest.mark.parametrize(("environment", "mode"), MODES)
def test_a_full_disk(plan_of: Make, small: Path, environment: str, mode: str) -> None:
    """At every filling, a run completes or fails with a sentence; the old tables stay whole; with room, the next one works."""

    def plan(seed: int) -> Plan:
        where = {"output_settings__target_environment": environment, "output_settings__output_mode": mode}
        return plan_of(DATASET, target_rows=200, seed_value=seed, output_settings__output_dir=str(small / "out"), **where)

    def rows() -> list[Any]:
        return query(small / "out", f"SELECT * FROM {DATASET}.orders ORDER BY 1").to_pylist()

    assert run(plan(1), datasets=()).status == "COMPLETED"
    filler, ended = small / "filler", set()
    for kilobytes in (0, 4, 16, 40, 80, 160, 320, 500, 640, 800, 1_100):
        before = rows()
        room = shutil.disk_usage(small).free - (kilobytes << 10)
        filler.write_bytes(b"x" * max(room, 0))
        try:
            result = run(plan(kilobytes + 2), datasets=(), workers=0)
            status, message = str(result.status), result.message
        except SyntheticDataError as error:
            status, message = "REFUSED", str(error)
        filler.unlink()
        ended.add(status)
        assert "\n" not in message
        assert status == "COMPLETED" or "full" in message or "free" in message, message
        assert (rows() == before) == (status != "COMPLETED"), (kilobytes, message)
        with locked(small / "out"):
            pass
        assert not (small / "out" / ".staging").exists()
    assert "FAILED" in ended or "REFUSED" in ended
    assert run(plan(9), datasets=()).status == "COMPLETED"


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another user to be")
def test_a_folder_of_another_user(tmp_path: Path) -> None:
    """One sentence, exit code 2; as seen by a user without rights."""
    import pwd

    mine = tmp_path / "mine"
    mine.mkdir(mode=0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            pytest.skip("the folder of the test is closed to others")
    nobody = pwd.getpwnam("nobody")
    child = os.fork()
    if child == 0:
        os.setgid(nobody.pw_gid)
        os.setuid(nobody.pw_uid)
        try:
            with locked(mine):
                os._exit(1)
        except PlaceError as error:
            os._exit(0 if "cannot be written to" in str(error) else 2)
        finally:
            os._exit(3)
    assert os.waitpid(child, 0)[1] == 0
    assert list(mine.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="a folder in use cannot be removed there")
@pytest.mark.parametrize("command", ["generate retail_oltp_small", "query 'SELECT 1'", "validate-data", "state show"])
def test_a_working_directory_that_is_gone(tmp_path: Path, command: str) -> None:
    """A folder that is relative to it cannot be meant; what needs none works."""
    (tmp_path / "gone").mkdir()
    words = f"rmdir ../gone && {sys.executable} -m ingen_fab.synthetic_data {command}"
    environ = {name: value for name, value in os.environ.items() if name != "SYNTHETIC_DATA_DIR"}
    done = subprocess.run(["sh", "-c", words], cwd=tmp_path / "gone", env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "relative to a working directory that no longer exists" in done.stderr
