"""A compiled workspace in its folder: whole or not at all, and what others wrote there stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from ingen_fab.synthetic_data.core.compile import moves
from ingen_fab.synthetic_data.core.compile.items import lakehouse_item
from ingen_fab.synthetic_data.core.compile.workspace import Published, Workspace, publish, workspace_of
from ingen_fab.synthetic_data.core.errors import DiskFullError, EditedError, InputError, LockedError, PlaceError, SyntheticDataError

CONTENT = "n/A.Notebook/notebook-content.py"
FILES = {"n/A.Notebook/.platform": b"{}", CONTENT: b"x = 1\n", "config.yml": b"a: 1\n", "ddl/1.sql": b"SELECT 1\n"}
FIRST = Workspace(FILES)
SECOND = Workspace(FILES | {CONTENT: b"x = 2\n", "config.yml": b"a: 2\n"})


def seen(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Each file with its content, its moment and its number."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns, path.stat().st_ino)
        for path in root.rglob("*")
        if path.is_file()
    }


def test_publishing_twice_touches_nothing(tmp_path: Path) -> None:
    """The first time writes all files and their digests; the second time not even moments change."""
    root = tmp_path / "a" / "b"
    assert publish(FIRST, root) == Published(tuple(FILES), (), (), ())
    before = seen(root)
    assert {path: content for path, (content, _, _) in before.items() if path != "compiled.json"} == FILES
    digests = json.loads((root / "compiled.json").read_bytes())["files"]
    assert digests == {path: sha256(content).hexdigest() for path, content in FILES.items()}
    moments = {path: path.stat().st_mtime_ns for path in (root, *root.rglob("*"))}
    assert publish(FIRST, root) == Published((), tuple(FILES), (), ())
    assert seen(root) == before
    assert {path: path.stat().st_mtime_ns for path in (root, *root.rglob("*"))} == moments


def test_what_changed_is_written_and_nothing_else(tmp_path: Path) -> None:
    """Other files are not touched; one that was deleted comes back."""
    publish(FIRST, tmp_path)
    (tmp_path / "ddl" / "1.sql").unlink()
    before = seen(tmp_path)
    assert publish(SECOND, tmp_path) == Published((CONTENT, "config.yml", "ddl/1.sql"), ("n/A.Notebook/.platform",), (), ())
    after = seen(tmp_path)
    assert {path: content for path, (content, _, _) in after.items() if path != "compiled.json"} == dict(SECOND.files)
    assert after["n/A.Notebook/.platform"] == before["n/A.Notebook/.platform"]
    assert publish(SECOND, tmp_path).written == ()


@pytest.mark.parametrize("workspace", [FIRST, SECOND], ids=["same", "new"])
def test_files_that_were_edited_are_refused_by_name(tmp_path: Path, workspace: Workspace) -> None:
    """All of them are named and nothing is touched, whether what is compiled changed or not; `force` overwrites them."""
    publish(FIRST, tmp_path)
    (tmp_path / CONTENT).write_text("x = 'mine'\n")
    (tmp_path / "ddl" / "1.sql").write_text("SELECT 'mine'\n")
    before = seen(tmp_path)
    with pytest.raises(EditedError) as caught:
        publish(workspace, tmp_path)
    assert caught.value.files == ("ddl/1.sql", CONTENT)
    assert str(caught.value) == (
        f"in {tmp_path} these files are not as they were compiled: ddl/1.sql, {CONTENT}; keep them and choose another `output_dir`, "
        "or overwrite them with `force`"
    )
    assert caught.value.exit_code == 3
    assert seen(tmp_path) == before
    assert set(publish(workspace, tmp_path, force=True).written) >= {"ddl/1.sql", CONTENT}
    assert publish(workspace, tmp_path).written == ()


def test_a_file_that_no_compilation_wrote_is_refused(tmp_path: Path) -> None:
    """Where one of that name is to lie, also where the record is lost or broken; one with the same content is taken as it is."""
    (tmp_path / "ddl").mkdir()
    (tmp_path / "ddl" / "1.sql").write_text("DROP TABLE mine\n")
    with pytest.raises(EditedError, match=r"ddl/1\.sql"):
        publish(FIRST, tmp_path)
    assert list(seen(tmp_path)) == ["ddl/1.sql"]
    (tmp_path / "ddl" / "1.sql").write_bytes(FILES["ddl/1.sql"])
    assert publish(FIRST, tmp_path).unchanged == ("ddl/1.sql",)
    for broken in ("", "[]", "{", '{"files": [1]}', '{"files": {"../x": "y"}}', '{"files": {"config.yml": 1}}', "[" * 100_000, "\ud800"):
        (tmp_path / "compiled.json").write_bytes(broken.encode("utf-8", "surrogatepass"))
        with pytest.raises(EditedError, match=r"compiled: compiled\.json|notebook-content"):
            publish(SECOND, tmp_path)
    (tmp_path / "compiled.json").unlink()
    assert publish(FIRST, tmp_path).written == ()
    assert publish(SECOND, tmp_path).written == (CONTENT, "config.yml")


def test_ends_of_lines_are_no_edit(tmp_path: Path) -> None:
    """Git on Windows writes them as it likes."""
    publish(FIRST, tmp_path)
    (tmp_path / CONTENT).write_bytes(b"x = 1\r\n")
    assert publish(FIRST, tmp_path).written == ()
    assert publish(SECOND, tmp_path).written == (CONTENT, "config.yml")


def test_settings_that_a_user_edited_stay(tmp_path: Path) -> None:
    """They are written to be edited; `force` writes them anew."""
    publish(FIRST, tmp_path)
    (tmp_path / "config.yml").write_text("mine: 1\n")
    assert publish(SECOND, tmp_path) == Published((CONTENT,), ("n/A.Notebook/.platform", "ddl/1.sql"), (), ("config.yml",))
    assert publish(SECOND, tmp_path).kept == ("config.yml",)
    assert (tmp_path / "config.yml").read_text() == "mine: 1\n"
    assert publish(SECOND, tmp_path, force=True).written == ("config.yml",)


def test_what_is_stale_in_an_item_goes_and_all_else_stays(tmp_path: Path) -> None:
    """Files of an item that it no longer has, and its old place; not other items, nor files of a user."""
    old = Workspace(FILES | {"n/A.Notebook/sub/part.py": b"", "n/B.Notebook/.platform": b"b", "ddl/2.sql": b""})
    publish(old, tmp_path)
    mine = ("n/A.Notebook/mine.py", "n/C.Notebook/.platform", "ddl/mine.sql", "n/.hidden")
    for path in mine:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("mine")
    new = Workspace({f"m/A.Notebook/{name}": b"new" for name in (".platform", "notebook-content.py")})
    edited = tmp_path / "n/A.Notebook/sub/part.py"
    edited.write_text("mine")
    with pytest.raises(EditedError, match=r"compiled: n/A\.Notebook/sub/part\.py;"):
        publish(new, tmp_path)
    edited.write_text("")
    assert publish(new, tmp_path).removed == ("n/A.Notebook/.platform", CONTENT, "n/A.Notebook/sub/part.py")
    others = ("n/B.Notebook/.platform", "ddl/1.sql", "ddl/2.sql", "config.yml", "compiled.json")
    assert set(seen(tmp_path)) == {*new.files, *mine, *others}
    assert not (tmp_path / "n/A.Notebook/sub").exists()
    assert publish(new, tmp_path) == Published((), tuple(new.files), (), ())


@pytest.mark.skipif(os.name == "nt", reason="forks")
@pytest.mark.parametrize("how", ["kill", "fail"])
def test_a_publication_is_whole_or_not_at_all(tmp_path: Path, how: str) -> None:
    """Killed before each of its changes, the next one finds all or nothing; where one fails, everything is as it was."""
    script = Path(__file__).with_name("kills.py")
    done = subprocess.run([sys.executable, str(script), str(tmp_path), how], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 15


@pytest.mark.parametrize(
    "journal", ["", "{}", "[1]", '[["../x", null, null]]', '[[".compiling/0.new", null, "x"]]', '[["a", 1, 2, 3]]', "[[{}]]"]
)
def test_a_journal_of_others_is_thrown_away(tmp_path: Path, journal: str) -> None:
    """It says nothing, and nothing outside is touched."""
    (tmp_path / "x").write_text("outside")
    root = tmp_path / "root"
    (root / ".compiling").mkdir(parents=True)
    (root / ".compiling" / "journal.json").write_text(journal)
    (root / ".compiling" / "0.new").write_text("theirs")
    publish(FIRST, root)
    assert {path for path in seen(root) if path != "compiled.json"} == set(FILES)
    assert (tmp_path / "x").read_text() == "outside"


def test_an_edit_after_an_interruption_is_kept(tmp_path: Path) -> None:
    """What is finished later replaces only what it was to replace."""
    publish(FIRST, tmp_path)
    (tmp_path / ".compiling").mkdir()
    (tmp_path / ".compiling" / "0.new").write_text("x = 3\n")
    digests = [moves.digest_of(text) for text in (b"x = 3\n", b"x = 1\n")]
    (tmp_path / ".compiling" / "journal.json").write_text(json.dumps([[CONTENT, *digests]]))
    (tmp_path / CONTENT).write_text("mine")
    with pytest.raises(EditedError, match=CONTENT):
        publish(FIRST, tmp_path)
    assert (tmp_path / CONTENT).read_text() == "mine"


def _link(where: str, to: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        (root / where).parent.mkdir(parents=True, exist_ok=True)
        (root / where).symlink_to(root / to)

    return make


def _file(where: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        (root / where).parent.mkdir(parents=True, exist_ok=True)
        (root / where).write_text("theirs")

    return make


def _folder(where: str) -> Callable[[Path], None]:
    return lambda root: (root / where).mkdir(parents=True)


def _pipe(where: str) -> Callable[[Path], None]:
    def make(root: Path) -> None:
        root.mkdir()
        os.mkfifo(root / where)

    return make


@pytest.mark.skipif(os.name == "nt", reason="links are of POSIX")
@pytest.mark.parametrize(
    ("make", "told"),
    [
        (_file(""), "root is a file, not a folder"),
        (_link("", "../nowhere"), "root is a link that leads nowhere"),
        (_link("n", "../outside"), "root/n is a link, but must be a folder"),
        (_link("n/A.Notebook", "../outside"), "A.Notebook is a link, but must be a folder"),
        (_link("ddl/1.sql", "../outside/file"), "1.sql is a link, but must be a file"),
        (_link("compiled.json", "../outside/file"), "compiled.json is a link, but must be a file"),
        (_link(".compiling", "../outside"), ".compiling is a link, but must be a folder"),
        (_file(".compiling"), ".compiling is a file, but must be a folder"),
        (_file("n"), "root/n is a file, but must be a folder"),
        (_folder("ddl/1.sql"), "1.sql is a folder, but must be a file"),
        (_pipe("config.yml"), "config.yml is a pipe, but must be a file"),
    ],
)
def test_hostile_folders_are_refused(tmp_path: Path, make: Callable[[Path], None], told: str) -> None:
    """With one sentence, with `force` as well, and nothing is written, nor anything outside."""
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "file").write_text("outside")
    root = tmp_path / "root"
    make(root)
    before = sorted(str(path) for path in tmp_path.rglob("*"))
    for force in (False, True):
        with pytest.raises(PlaceError) as caught:
            publish(FIRST, root, force)
        assert told in str(caught.value)
        assert "\n" not in str(caught.value)
    assert sorted(str(path) for path in tmp_path.rglob("*")) == before
    assert (tmp_path / "outside" / "file").read_text() == "outside"


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that all users may look into."""
    with TemporaryDirectory(dir="/tmp") as name:  # those of pytest are closed to others
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.mark.skipif(os.name == "nt" or os.getuid() != 0, reason="needs another user to be")
@pytest.mark.parametrize("closed", ["root", "root/n/A.Notebook"])
def test_a_folder_that_cannot_be_written(open_folder: Path, closed: str) -> None:
    """The root or one below: one sentence, and everything is as it was."""
    root = open_folder / "root"
    publish(FIRST, root)
    for path in (root, *root.rglob("*")):
        path.chmod(0o777)
    (open_folder / closed).chmod(0o555)
    before = seen(root)
    child = os.fork()
    if child == 0:
        try:
            os.setuid(65534)
            publish(SECOND, root)
        except PlaceError as error:
            os._exit(0 if f"{open_folder / closed}" in str(error) and "cannot be written" in str(error) else 2)
        finally:
            os._exit(3)
    assert os.waitpid(child, 0)[1] == 0
    assert seen(root) == before


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 kB."""
    folder = tmp_path / "small"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(folder)], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("only root may mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system")
def test_a_full_disk(small: Path) -> None:
    """One sentence, and everything is as it was."""
    publish(FIRST, small)
    before = seen(small)
    with pytest.raises(DiskFullError, match="is full"):
        publish(Workspace({**SECOND.files, "ddl/2.sql": b"x" * 300_000}), small)
    assert seen(small) == before
    assert publish(SECOND, small).written == (CONTENT, "config.yml")


def test_two_at_once_wait_for_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not for ever; nothing is left of the lock."""
    monkeypatch.setattr(moves, "_PATIENCE", 0.0)
    with moves.alone(tmp_path), pytest.raises(LockedError):
        publish(FIRST, tmp_path)
    assert list(tmp_path.iterdir()) == []
    publish(FIRST, tmp_path)


@pytest.mark.parametrize(
    "paths",
    [
        ["../x"], ["/etc/x"], ["a/../../x"], ["a//b"], [""], ["a\\b"], ["C:/x"], ["a\nb"], ["a./b"], ["x "], ["\ud800"], ["a" * 256],
        ["compiled.json"], [".compiling/x"], [".Compiling/journal.json"], ["a/b", "A/B"], ["a/B.Notebook/x", "a/b.notebook"],
    ],
)  # fmt: skip
def test_paths_that_no_workspace_has(paths: list[str]) -> None:
    """Those that lead out, that some file system lacks, our own, and two that are one where case does not count."""
    with pytest.raises(InputError, match=r"cannot be a file|would be one file") as caught:
        Workspace(dict.fromkeys(paths, b""))
    assert "\n" not in str(caught.value)


def test_two_items_of_one_name_are_refused() -> None:
    """Fabric tells items by their names, in whatever case."""
    with pytest.raises(SyntheticDataError, match="two items of the type Lakehouse that are called `sales`"):
        workspace_of([lakehouse_item("Sales"), lakehouse_item("sales")])
