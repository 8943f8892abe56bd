"""One bad file in a folder of datasets is a line of the list, never more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ingen_fab.synthetic_data.core.errors import InputError
from ingen_fab.synthetic_data.core.spec.repository import DatasetConfigurationRepository
from ingen_fab.synthetic_data.core.spec.resolve import resolve_parameters
from ingen_fab.synthetic_data.tui.start import first_draft

SOUND = "dataset_id: {name}\ntables:\n  visits: {{rows: events, columns: {{visit_id: key, at: begin}}}}\n"
BLOCK = "dataset_id: bad\n{what}\ntables:\n  visits:\n    rows: events\n    columns: {{visit_id: key, at: begin}}\n"


def _large(file: Path) -> None:
    with file.open("wb") as out:
        out.truncate(100_000_000)


def _circle(file: Path) -> None:
    file.write_text("dataset_id: bad\nextends: worse\ntables:\n  a: {columns: {id: key}}\n")
    file.with_name("worse.yaml").write_text("dataset_id: worse\nextends: bad\ntables:\n  b: {columns: {id: key}}\n")


def _text(text: str) -> Callable[[Path], object]:
    return lambda file: file.write_text(text)


def _saying(what: str) -> Callable[[Path], object]:
    return _text(BLOCK.format(what=what))


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "pipe": (os.mkfifo, "is not a regular file"),
    "folder": (Path.mkdir, "is a folder, not a file"),
    "dangling": (lambda file: file.symlink_to("nowhere"), "does not exist"),
    "loop": (lambda file: file.symlink_to(file.name), "cannot be read"),
    "device": (lambda file: file.symlink_to("/dev/zero"), "is not a regular file"),
    "large": (_large, "is larger than 4 MB"),
    "broken": (lambda file: file.write_bytes(b"dataset_id: \xff\xfe\n"), "is not a text in UTF-8"),
    "empty": (_text(""), "must hold a mapping"),
    "circle": (_circle, "in a circle"),
    "spaces": (_text("a:" + " " * 500_000 + "b\n"), "is not a dataset"),
    "rows _": (_saying("target_rows: _"), "`_` is not a whole number"),
    "rows ²": (_saying("target_rows: ²"), "`²` is not a whole number"),
    "rows tag": (_saying('target_rows: !!int ""'), "tags (!name) are not allowed"),
    "rows digits": (_saying("target_rows: " + "9" * 5_000), "is too long for a number"),
    "rows list": (_saying("target_rows: []"), "must be a whole number"),
    "rows infinite": (_saying("target_rows: .inf"), "is not a whole number"),
    "rows point": (_saying("target_rows: 10.000"), "could mean 10 or 10,000"),
    "size _": (_saying("sizes:\n  small: {target_rows: _}"), "is not a whole number"),
    "size __1": (_saying("sizes:\n  small: {target_rows: __1}"), "is not a whole number"),
    "size digits": (_saying("sizes:\n  small: {target_rows: " + "9" * 5_000 + "}"), "is too long for a number"),
    "settings": (_saying("output_settings: 5"), "must be a mapping"),
}


@pytest.mark.parametrize("kind", BAD)
def test_it_is_a_line_and_all_else_goes_on(tmp_path: Path, kind: str) -> None:
    """The listing, the datasets beside it, the shipped ones and the wizard's start."""
    make, sentence = BAD[kind]
    make(tmp_path / "bad.yaml")
    (tmp_path / "fine.yaml").write_text(SOUND.format(name="fine"))
    before = time.process_time()
    listed = {info.dataset_id: info.problem for info in DatasetConfigurationRepository([tmp_path]).list()}
    bad = next(listed[name] for name in ("bad", "bad_small") if name in listed)
    assert sentence in bad
    assert "\n" not in bad
    assert listed["fine"] == listed["retail_oltp_small"] == ""
    for name in ("fine", "retail_oltp_small"):
        assert resolve_parameters(name, flags={"datasets": [str(tmp_path)]}).variant.dataset_id == name
    assert first_draft(datasets=[tmp_path])[0].dataset_id == "retail_oltp_small"
    with pytest.raises(InputError):
        resolve_parameters("bad", flags={"datasets": [str(tmp_path)]})
    assert time.process_time() - before < 10


def test_a_file_that_may_not_be_read_is_a_line(tmp_path: Path) -> None:
    """Root may read all, so that this shows itself to others only."""
    (tmp_path / "bad.yaml").write_text(SOUND.format(name="bad"))
    (tmp_path / "bad.yaml").chmod(0)
    if os.access(tmp_path / "bad.yaml", os.R_OK):
        pytest.skip("this user may read every file")
    found = {info.dataset_id: info.problem for info in DatasetConfigurationRepository([tmp_path]).list()}
    assert "cannot be read: Permission denied" in found["bad"]


def test_a_long_chain_is_refused_in_linear_time(tmp_path: Path) -> None:
    """Of 300 datasets that extend each other the first nine can be used; the others say why not."""
    (tmp_path / "chain_000.yaml").write_text(SOUND.format(name="chain_000"))
    for n in range(1, 300):
        facts = f"tables:\n  t{n}: {{rows: {{layout: children, of: visits}}, columns: {{id: key}}}}\n"
        (tmp_path / f"chain_{n:03}.yaml").write_text(f"dataset_id: chain_{n:03}\nextends: chain_{n - 1:03}\ndriving: t{n}\n{facts}")
    before = time.process_time()
    problems = [info.problem for info in DatasetConfigurationRepository([tmp_path]).list() if info.world.startswith("chain")]
    assert time.process_time() - before < 20
    assert [n for n, problem in enumerate(problems) if not problem] == list(range(9))
    assert all("more than 8 datasets extend each other in a row" in problem for problem in problems[9:])


def test_a_folder_has_a_bound(tmp_path: Path) -> None:
    """So that a folder named by mistake is one sentence."""
    for n in range(2_001):
        (tmp_path / f"{n}.json").touch()
    with pytest.raises(InputError, match="holds 2,001 YAML and JSON files; a folder of datasets has at most 2,000"):
        DatasetConfigurationRepository([tmp_path]).list()


def test_the_commands_go_on(tmp_path: Path) -> None:
    """The list and a shipped dataset, from the command line, beside a pipe."""
    os.mkfifo(tmp_path / "bad.yaml")
    for arguments in (("list-datasets",), ("preview", "retail_oltp_small", "stores", "--rows", "1")):
        command = [sys.executable, "-m", "ingen_fab.synthetic_data", *arguments, "--datasets", str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        assert "retail_oltp" in done.stdout or "store_id" in done.stdout
