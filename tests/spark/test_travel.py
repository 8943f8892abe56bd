"""What executors are sent works in a Python that has numpy and pyarrow alone, in the versions that clusters have."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from ingen_fab.synthetic_data.core.errors import WorkerError
from ingen_fab.synthetic_data.core.plan.plan import Plan
from ingen_fab.synthetic_data.core.program.codec import to_json
from ingen_fab.synthetic_data.core.run.run import run
from ingen_fab.synthetic_data.core.run.tally import Tally
from ingen_fab.synthetic_data.core.spark.on_executor import WrittenParts
from ingen_fab.synthetic_data.core.spark.travel import engine_archive, program_archive

MakePlan = Callable[..., Plan]
WORK = """
import json, sys
sys.path[:0] = sys.argv[1:3]
from pathlib import Path
from ingen_fab.synthetic_data.core.spark.on_executor import WrittenParts
import numpy, pyarrow
works = json.loads(Path(sys.argv[4]).read_text())
batch = pyarrow.RecordBatch.from_arrays([pyarrow.array(range(len(works)), pyarrow.int64())], names=["id"])
assert sum(made.num_rows for made in WrittenParts(sys.argv[3], works, sys.argv[5])(iter([batch]))) == len(works)
print(sys.version.split()[0], numpy.__version__, pyarrow.__version__)
"""
FABRIC = {"1.3": ("3.11", "1.26.4", "14.0.2"), "2.0": ("3.13", "2.4.1", "24.0.0")}
"""Runtime -> its Python, numpy and pyarrow."""


def worked_off(python: Path | str, plan: Plan, folder: Path, **environment: str) -> dict[str, list[int]]:
    """What a Python of others makes of the parts of a plan: rows and the digest's state, part by part."""
    tally = Tally(plan, "20260101T000000-abcdef12", lambda path: str(folder / "new" / path), folder)
    answers, works = folder / "a" / "b" / "answers", folder / "works.json"
    answers.mkdir(parents=True)
    works.write_text(json.dumps([json.dumps(to_json(work)) for work in tally.work(plan.tables)]))
    archive = program_archive(plan.program)
    words = [str(engine_archive()), str(archive), archive.stem, str(works), str(answers)]
    done = subprocess.run([python, "-c", WORK, *words], capture_output=True, text=True, check=False, env=environment or None, cwd=folder)
    assert done.returncode == 0, done.stderr
    found: dict[str, list[int]] = {}
    for path in answers.glob("*.json"):
        answer = json.loads(path.read_text())
        assert answer["kind"] == "done", answer
        found[answer["result"]["table"]] = answer["result"]["digest"]
    return found


def digests(found: dict[str, list[int]]) -> dict[str, str]:
    """As runs tell them."""
    from ingen_fab.synthetic_data.core.engine.digest import Digest

    out = {}
    for table, (rows, first, second) in found.items():
        digest = Digest(())
        digest.merge((rows, first, second))
        out[table] = digest.hex()
    return out


def test_archives_follow_from_what_is_in_them(plan_of: MakePlan) -> None:
    """Equal bytes each time; nothing but Python, a program and lists, and no path of this machine."""
    plan = plan_of("retail_oltp_small", target_rows=50)
    one = program_archive(plan.program)
    before = one.read_bytes()
    one.unlink()
    assert program_archive(plan_of("retail_oltp_small", target_rows=50).program).read_bytes() == before
    with zipfile.ZipFile(engine_archive()) as archive:
        names = archive.namelist()
    assert "ingen_fab/synthetic_data/core/engine/engine.py" in names
    assert not any("__pycache__" in name or "/spec/" in name or "/plan/" in name for name in names)
    assert engine_archive().stat().st_size < 400_000
    assert str(Path.home()).encode() not in before


def test_executors_that_do_not_see_the_root_say_so(plan_of: MakePlan, tmp_path: Path) -> None:
    """A folder of the driver's is no folder of theirs; the sentence names the output root."""
    plan, root = plan_of("retail_oltp_small", target_rows=5, tables=["stores"]), tmp_path / "root"
    staged = root / ".staging" / "20260101T000000-abcdef12"
    tally = Tally(plan, staged.name, lambda path: str(staged / "new" / path), staged)
    works = [json.dumps(to_json(work)) for work in tally.work(plan.tables)]
    parts = WrittenParts("no_package", works, str(staged / "scratch" / "job-1" / "answers"))
    ids = pa.RecordBatch.from_arrays([pa.array([0], pa.int64())], names=["id"])
    with pytest.raises(WorkerError, match=f"the executors do not see {root}: the output root must be one path"):
        list(parts(iter([ids])))


@pytest.mark.slow
@pytest.mark.parametrize("dataset_id", ["retail_star_small", "healthcare_oltp_small"])
def test_numpy_and_pyarrow_are_enough(plan_of: MakePlan, bare_python: Path, tmp_path: Path, dataset_id: str) -> None:
    """And they make the same rows."""
    plan = plan_of(dataset_id, target_rows=400)
    assert digests(worked_off(bare_python, plan, tmp_path)) == {table.name: table.digest for table in run(plan).tables}


@pytest.mark.long
@pytest.mark.parametrize("runtime", FABRIC)
def test_versions_of_fabric(plan_of: MakePlan, tmp_path: Path, runtime: str) -> None:
    """The oldest and newest Python, numpy and pyarrow of its runtimes; pip fetches them."""
    version, numpy, pyarrow = FABRIC[runtime]
    there: list[Path | str] = [
        *Path.home().glob(f".pyenv/versions/{version}*/bin/python"),
        *filter(None, [shutil.which(f"python{version}")]),
    ]
    if not there:
        pytest.skip(f"there is no Python {version}")
    site = tmp_path / "site"
    words = ["--quiet", "--disable-pip-version-check", "--target", str(site), "--python-version", version, "--only-binary", ":all:"]
    subprocess.run([sys.executable, "-m", "pip", "install", *words, f"numpy=={numpy}", f"pyarrow=={pyarrow}"], check=True)
    plan = plan_of("finance_oltp_small", target_rows=400)
    found = worked_off(there[0], plan, tmp_path, PYTHONPATH=str(site))
    assert digests(found) == {table.name: table.digest for table in run(plan).tables}
