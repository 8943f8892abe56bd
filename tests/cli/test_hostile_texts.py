"""Whatever datasets, pools, configs and file names say: what a terminal, a browser or a build server reads stays harmless."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
import threading
import tty
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from ingen_fab.synthetic_data.cli.app import app
from ingen_fab.synthetic_data.cli.errors import guarded
from ingen_fab.synthetic_data.core.format import printable

COMMAND = [sys.executable, "-m", "ingen_fab.synthetic_data"]
EVIL = (
    "\x1b]52;c;ZXZpbA==\x07\x1b]0;title\x07\x1b[2J\x1b[31m\r\x9b5m\x08\u202e"
    "[bold]b[/bold] [/] :bomb: <b>&amp;</b> | ` \u2028 \uffff \ufffe ]]>"
)
MARK = "[bold]b[/bold] [/] :bomb: <b>&amp;</b>"
"""The part of it that no front end may read as markup; it is printed as it stands."""

DATASET = {
    "dataset_id": "evil",
    "dataset_name": f"name {EVIL}",
    "about": f"about\n{EVIL}",
    "tables": {
        "things": {
            "about": f"table {EVIL}",
            "rows": "events",
            "columns": {
                "thing_id": "key",
                "word": {"kind": "category", "weights": [EVIL, "", "x" * 10_000], "about": EVIL},
                "amount": {"kind": "number", "distribution": {"min": 1, "max": 9}, "unit": EVIL, "about": "a\nb"},
                "animal": {"kind": "pool", "pool": "animals"},
            },
        }
    },
    "checks": {
        f"rule {EVIL}": "SELECT thing_id FROM things WHERE amount < 100",
        f"silent {EVIL}": {"sql": "SELECT 1 WHERE 1 = 0", "from_rows": 10**9},
    },
}
BROKEN = {
    "broken.yaml": "{dataset_id: broken, tables: {t: {columns: {" + json.dumps(EVIL) + ": key}}}}",
    "kinds.yaml": "{dataset_id: kinds, tables: {t: {columns: {id: {kind: " + json.dumps(EVIL) + "}}}}}",
    "half.json": json.dumps({**DATASET, "dataset_id": "half", "dataset_name": "half \ud800"}),
    "long.yaml": "{dataset_id: long, " + "y" * 10_000 + ": 1}",
    "shadow.yaml": "root:\x1b]0;x\x07:0:0\n",
    "evil\x1b]0;file\x07\u202e.yaml": "dataset_id: 7",
    os.fsdecode(b"bytes\xff.yaml"): "dataset_id: bytes\ntables: {}",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with hostile datasets in `own`, a hostile config, and the output of a run."""
    found = tmp_path_factory.mktemp("hostile")
    (found / "own" / "pools").mkdir(parents=True)
    with (found / "own" / "pools" / "animals.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["animal"], [f"cat {EVIL}".replace("\r", "")], ["dog"]])
    (found / "own" / "evil.json").write_text(json.dumps(DATASET))
    (found / "bad").mkdir()
    for name, text in BROKEN.items():
        (found / "bad" / name).write_text(text)
    (found / "config.yaml").write_text(json.dumps({"dataset_id": "evil", EVIL: 1, "seed_value": EVIL}))
    done = run(found, "generate", "evil", "--datasets", "own", "-r", "50", "-o", "parquet")
    assert done.returncode == 0, done.stderr
    assert "quality" in done.stderr
    return found


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command with files for its streams; they are UTF-8 and have no control characters but line ends."""
    paths = [folder / "stdout", folder / "stderr"]
    before, here = (sys.argv, sys.stdin, sys.stdout, sys.stderr), Path.cwd()
    with paths[0].open("w", encoding="utf-8") as out, paths[1].open("w", encoding="utf-8") as errors:
        sys.argv = ["synthetic-data", *arguments]
        sys.stdout, sys.stderr = out, errors
        os.chdir(folder)
        try:
            code = guarded(lambda: app, "synthetic-data")
        finally:
            (sys.argv, sys.stdin, sys.stdout, sys.stderr) = before
            os.chdir(here)
    texts = [path.read_bytes().decode() for path in paths]
    for text in texts:
        assert harmless(text), text
    assert "Traceback" not in texts[1]
    assert "should not have happened" not in texts[1]
    return subprocess.CompletedProcess(arguments, code, *texts)


def harmless(text: str) -> bool:
    """Whether a text holds nothing that a terminal obeys."""
    return printable(text, keep="\n") == text


def in_terminal(folder: Path, *arguments: str, columns: int = 80) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of the command, each of which it takes for a terminal."""
    outputs = [pty.openpty(), pty.openpty()]
    for _, other in outputs:
        tty.setraw(other)
    environment = {**os.environ, "COLUMNS": str(columns), "LINES": "24", "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [*COMMAND, *arguments], cwd=folder, stdin=subprocess.DEVNULL, stdout=outputs[0][1], stderr=outputs[1][1], env=environment
    )
    for _, other in outputs:
        os.close(other)

    def read(descriptor: int, parts: list[bytes]) -> None:
        while True:
            try:
                data = os.read(descriptor, 65_536)
            except OSError:
                return
            if not data:
                return
            parts.append(data)

    parts: list[list[bytes]] = [[], []]
    threads = [threading.Thread(target=read, args=(main, part)) for (main, _), part in zip(outputs, parts, strict=True)]
    for thread in threads:
        thread.start()
    code = process.wait(timeout=120)
    for thread in threads:
        thread.join()
    for main, _ in outputs:
        os.close(main)
    texts = [b"".join(part).decode() for part in parts]
    return code, texts[0], texts[1]


OWN = ("--datasets", "own")
LOOKING = [
    ("list-datasets", *OWN),
    ("list-datasets", "--datasets", "bad"),
    ("show", "evil", *OWN),
    ("show", "evil", *OWN, "--resolved"),
    ("show", "evil", *OWN, "--dictionary"),
    ("preview", "evil", "things", *OWN),
    ("preview", "evil", "things", *OWN, "--vertical"),
    ("preview", "evil", "things", *OWN, "--csv"),
    ("preview", "evil", "things", *OWN, "--json"),
    ("generate", "evil", *OWN, "--dry-run"),
    ("query", "SELECT * FROM evil.things"),
    ("query", "SELECT * FROM evil.things", "--vertical"),
    ("query", "SELECT word, unnest(['\x1b]0;t\x07', '\u202e']) AS \"\x1b[2J\" FROM evil.things", "--csv"),
    ("validate", "own/evil.json"),
]
REFUSED = [
    *(("validate", f"bad/{name}") for name in BROKEN if name != "half.json"),
    ("show", f"evil{EVIL}", *OWN),
    ("preview", "evil", EVIL, *OWN),
    ("preview", "evil", "things", EVIL, *OWN),
    ("list-datasets", "--domain", EVIL),
    ("generate", "--config", "config.yaml", *OWN),
    ("generate", "evil", *OWN, "--set", f"seed_value={EVIL}"),
    ("generate", "evil", *OWN, "--set", f"{EVIL}=1"),
    ("generate", "evil", *OWN, "-r", EVIL),
    ("query", f"SELECT '{EVIL}' FROM nowhere"),
    ("query", EVIL),
    (EVIL,),
]


@pytest.mark.parametrize("arguments", LOOKING, ids=" ".join)
def test_looking_in_a_pipe(folder: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 0, and no control character."""
    assert run(folder, *arguments).returncode == 0


@pytest.mark.parametrize("arguments", REFUSED, ids=range(len(REFUSED)))
def test_refusals(folder: Path, arguments: tuple[str, ...]) -> None:
    """Exit code 2, sentences of bounded length, and no control character."""
    done = run(folder, *arguments)
    assert done.returncode == 2, done.stderr
    assert max(map(len, done.stderr.splitlines())) < 3_000


def test_half_a_character(folder: Path) -> None:
    """Half of a surrogate pair is shown as an escape, or refused in a sentence."""
    for arguments in (
        ("show", "half", "--datasets", "bad"),
        ("show", "half", "--datasets", "bad", "--json"),
        ("validate", "bad/half.json"),
    ):
        assert run(folder, *arguments).returncode in (0, 2)


def test_markup_is_text(folder: Path) -> None:
    """What looks like markup of a library is printed as it stands."""
    assert MARK in run(folder, "show", "evil", *OWN).stdout
    assert MARK in run(folder, "preview", "evil", "things", *OWN).stdout


SGR = re.compile(r"\x1b\[[\d;]*m")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [LOOKING[0], LOOKING[2], LOOKING[4], LOOKING[5], LOOKING[6], LOOKING[10], REFUSED[1], REFUSED[8]], ids=" ".join
)
def test_in_a_terminal(folder: Path, arguments: tuple[str, ...]) -> None:
    """As in a pipe; tables fit its width."""
    _, out, errors = in_terminal(folder, *arguments)
    assert harmless(out), out
    assert harmless(errors), errors


@pytest.mark.slow
def test_a_run_and_its_check_in_a_terminal(folder: Path, tmp_path: Path) -> None:
    """Bars and colours are the command's own; no sequence of the dataset's is among them."""
    code, out, errors = in_terminal(tmp_path, "generate", "evil", "--datasets", str(folder / "own"), "-r", "50")
    assert code == 0
    assert harmless(out)
    for sequence in ("\x1b]", "\x07", "\x1b[2J", "\x1b[31m\r", "\x9b", "\u202e", "\u2028"):
        assert sequence not in errors
    code, out, errors = in_terminal(tmp_path, "validate-data", columns=400)
    assert code == 1, out
    assert harmless(SGR.sub("", out)), out
    assert MARK in SGR.sub("", out)


def test_reports_are_well_formed(folder: Path) -> None:
    """XML that a parser takes, HTML without a tag or control character of the dataset's, JSON, and a dictionary with seven cells a row."""
    done = run(folder, "validate-data", "--junit", "q.xml", "--html", "q.html", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["passed"] is False
    names = [case.get("name") or "" for case in ET.parse(folder / "q.xml").iter("testcase")]  # noqa: S314  # our own file
    assert any(MARK in name for name in names)
    page = (folder / "q.html").read_text(encoding="utf-8")
    assert harmless(page)

    class Texts(HTMLParser):
        texts = ""

        def handle_data(self, data: str) -> None:
            self.texts += data

    parser = Texts()
    parser.feed(page)
    assert MARK in parser.texts
    document = run(folder, "show", "evil", *OWN, "--dictionary").stdout
    rows = [re.split(r"(?<!\\)\|", line) for line in document.splitlines() if line.startswith("|")]
    assert {len(row) for row in rows} == {9}
    assert "<b>" not in document.replace("\\<b>", "")


def test_csv_is_read_back(folder: Path) -> None:
    """Each value in its cell, NULL as nothing, the empty text in quotes."""
    sql = "SELECT word, NULL AS nothing, 'a\"b' || chr(10) || 'c' AS quoted FROM evil.things"
    done = run(folder, "query", sql, "--csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
    assert len(rows) == 50
    assert {row["word"] for row in rows} == {printable(EVIL), "", "x" * 10_000}
    assert {row["quoted"] for row in rows} == {'a"b\nc'}
    assert any(line.startswith('"",,') for line in done.stdout.splitlines())
    told = json.loads(run(folder, "query", sql, "--json").stdout)
    assert EVIL in {row["word"] for row in told}


@pytest.mark.slow
def test_completion(folder: Path) -> None:
    """Only names that a shell takes for names; nothing where a file cannot be read."""
    for place in ("own", "bad", "missing"):
        environment = {
            **os.environ,
            "_SYNTHETIC_DATA_COMPLETE": "complete_zsh",
            "_TYPER_COMPLETE_ARGS": f"synthetic-data show --datasets {place} ",
        }
        code = "import sys; sys.argv = ['synthetic-data']; from ingen_fab.synthetic_data.cli.main import synthetic_data; synthetic_data()"
        found = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, check=False)
        out = found.stdout.decode()
        assert harmless(out), out
        assert found.stderr == b""
        assert ("evil" in out) == (place == "own")
