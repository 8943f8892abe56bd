"""The wizard and the CLI in a real pseudo-terminal, read by a terminal emulator."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pyte
import pytest

pytestmark = pytest.mark.slow

SIZES = [(80, 24), (120, 40), (200, 60)]
F5 = "\x1b[15~"
COMMAND = [sys.executable, "-m", "ingen_fab.synthetic_data"]


class Terminal:
    """A program in a pseudo-terminal of its own."""

    def __init__(self, arguments: list[str], folder: Path, size: tuple[int, int], **environment: str) -> None:
        self.screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self.screen)
        self.raw = b""
        main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        self.before = termios.tcgetattr(other)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SYNTHETIC_DATA_")}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=folder,
            stdin=other,
            stdout=other,
            stderr=other,
            start_new_session=True,
            env={**kept, "TERM": "xterm-256color", "TEXTUAL_ANIMATIONS": "none", **environment},
        )
        self._main, self._other = main, other

    def read(self, seconds: float) -> None:
        """Shows what comes within that time."""
        ready, _, _ = select.select([self._main], [], [], seconds)
        if ready:
            data = os.read(self._main, 65_536)
            self.raw += data
            self._stream.feed(data)

    @property
    def text(self) -> str:
        """The screen's lines."""
        return "\n".join(self.screen.display)

    def shows(self, text: str, seconds: float = 60) -> None:
        """Waits until a text is on the screen."""
        end = monotonic() + seconds
        while text not in self.text:
            assert monotonic() < end, f"`{text}` did not come:\n{self.text}"
            assert self.process.poll() is None or self._pending(), f"ended before `{text}`:\n{self.text}"
            self.read(0.1)

    def _pending(self) -> bool:
        return bool(select.select([self._main], [], [], 0)[0])

    def send(self, keys: str) -> None:
        """Types."""
        os.write(self._main, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """Another size, as when a window is drawn larger or smaller."""
        self.screen.resize(lines, columns)
        fcntl.ioctl(self._other, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self.process.send_signal(signal.SIGWINCH)

    def ends(self, code: int) -> None:
        """Waits for the end, and that the terminal is as it was."""
        end = monotonic() + 60
        while self.process.poll() is None:
            assert monotonic() < end, f"did not end:\n{self.text}"
            self.read(0.1)
        while self._pending():
            self.read(0)
        assert self.process.returncode == code, self.text
        assert termios.tcgetattr(self._other)[3] == self.before[3]

    def close(self) -> None:
        """Kills what is left."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        os.close(self._main)
        os.close(self._other)


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """Terminals to be closed."""
    found: list[Terminal] = []
    yield found
    for terminal in found:
        terminal.close()


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
def test_each_step_in_a_terminal(terminals: list[Terminal], tmp_path: Path, size: tuple[int, int]) -> None:
    """Started alone: datasets first; each step by its key; a run with its files; q gives the terminal back."""
    terminal = Terminal([], tmp_path, size)
    terminals.append(terminal)
    terminal.shows("retail_oltp_small")
    terminal.shows("rows in 6 tables")
    steps = {
        "2": "product_id",
        "3": "Target rows",
        "4": "R0000000001",
        "5": "F5 generates",
        "8": "rows of orders a day",
        "7": "seed_value: 42",
    }
    for key, text in steps.items():
        terminal.send(key)
        terminal.shows(text)
    terminal.send(F5)
    terminal.shows("done, 41,539 rows")
    terminal.send("6")
    terminal.shows("manifest")
    terminal.send("q")
    terminal.ends(0)
    assert (tmp_path / "synthetic_data" / "Tables" / "retail_oltp_small" / "orders" / "_delta_log").is_dir()


def test_a_burst_of_keys_goes_where_they_lead(terminals: list[Terminal], tmp_path: Path) -> None:
    """Written at once, before any of the steps and fields that they are for is there."""
    terminal = Terminal([], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.send("3/seed q12")
    terminal.shows("none has these words")
    terminal.shows("seed q12")
    terminal.send("\x1b")
    terminal.shows("/ filter:")
    terminal.send("4o401\r")
    terminal.shows("orders: row 401 of")
    terminal.send("7s_q6")
    terminal.shows("retail_oltp_small.yaml_q6")
    terminal.send("\x03")
    terminal.ends(0)


def test_workers_leave_the_screen_alone(terminals: list[Terminal], tmp_path: Path) -> None:
    """A run with worker processes, watched and stopped; its screen is the wizard's only."""
    terminal = Terminal(["tui", "retail_oltp_large", "--set", "target_rows=3000000"], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.send(F5)
    terminal.shows("2 workers" if (os.cpu_count() or 1) > 1 else "1 worker")
    terminal.shows("5 Run")
    terminal.send("x")
    terminal.shows("Stop the run?")
    terminal.send("y")
    terminal.shows("nothing was published")
    assert "Traceback" not in terminal.text
    terminal.send("q")
    terminal.ends(0)
    assert not (tmp_path / "synthetic_data" / "Tables" / "retail_oltp_large").exists()


def test_without_colours_and_with_a_plain_terminal(terminals: list[Terminal], tmp_path: Path) -> None:
    """NO_COLOR and an old terminal type work too."""
    terminal = Terminal([], tmp_path, (80, 24), NO_COLOR="1", TERM="xterm")
    terminals.append(terminal)
    terminal.shows("retail_oltp_small")
    terminal.send("3")
    terminal.shows("Target rows")
    terminal.send("q")
    terminal.ends(0)


def test_a_terminated_wizard_gives_the_terminal_back(terminals: list[Terminal], tmp_path: Path) -> None:
    """SIGTERM, as from a closing session."""
    terminal = Terminal([], tmp_path, (80, 24))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.process.send_signal(signal.SIGTERM)
    terminal.ends(143)


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_a_wizard_that_builds_steps_ends_as_it_is_told(terminals: list[Terminal], tmp_path: Path, told: signal.Signals) -> None:
    """In the middle of steps, of the palette and its search: the signal's own code, and no trace of a defect."""
    terminal = Terminal(["tui", "retail_oltp_small"], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.send("356735674\x10go")
    terminal.read(0.1)
    terminal.process.send_signal(told)
    terminal.ends(128 + told)
    assert "Error" not in terminal.text
    assert "NoMatches" not in terminal.text


@pytest.mark.parametrize("told", [signal.SIGTERM, signal.SIGHUP])
def test_a_terminal_that_takes_nothing_keeps_no_wizard(terminals: list[Terminal], tmp_path: Path, told: signal.Signals) -> None:
    """Nobody reads what it draws, so that it hangs in writing; it ends all the same."""
    terminal = Terminal(["tui", "retail_oltp_small"], tmp_path, (200, 60))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    for wide in (300, 200) * 20:
        terminal.resize(wide, 100)
        # Waits for the wizard to take it, and reads nothing of what it draws.
        with suppress(subprocess.TimeoutExpired):
            terminal.process.wait(0.05)
    terminal.process.send_signal(told)
    assert terminal.process.wait(30) == 128 + told


def test_a_terminal_that_goes_away_unsaid_ends_the_wizard(tmp_path: Path) -> None:
    """It controls no process, as under some container tools: no SIGHUP comes, and every read of it is at its end at once."""
    terminal = Terminal(["tui", "retail_oltp_small"], tmp_path, (80, 24))
    terminal.shows("rows in 6 tables")
    os.close(terminal._main)
    os.close(terminal._other)
    assert terminal.process.wait(60) == 128 + signal.SIGHUP


def test_a_storm_of_sizes_leaves_the_wizard_whole(terminals: list[Terminal], tmp_path: Path) -> None:
    """From one character to more than anybody's screen, on every step; then it is as before."""
    terminal = Terminal([], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    shown = ["search names", "product_id", "Target rows", "R0000000001", "F5 generates", "nothing has been", "seed_value: 42"]
    for key, text in enumerate(shown, 1):
        terminal.send(str(key))
        # In a terminal of one character a key would be for nobody.
        terminal.shows(text)
        for size in [(1, 1), (300, 300), (2, 40), (300, 1), (1, 24), (80, 24), (10, 5)]:
            terminal.resize(*size)
            terminal.read(0.05)
        terminal.resize(120, 40)
        terminal.shows(text)
    terminal.send("q")
    terminal.ends(0)


def test_what_a_smaller_size_took_is_drawn_again(terminals: list[Terminal], tmp_path: Path) -> None:
    """Also where the wizard never saw the smaller size."""
    terminal = Terminal([], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.send("2")
    terminal.shows("About the column")
    terminal.shows("in a sample of")
    # The wizard is told of the second size alone, as where two signals come at once.
    terminal.screen.resize(5, 10)
    terminal.resize(120, 40)
    assert "About the column" not in terminal.text
    terminal.shows("About the column")
    terminal.shows("in a sample of")
    terminal.send("q")
    terminal.ends(0)


def test_a_stopped_wizard_goes_on(terminals: list[Terminal], tmp_path: Path) -> None:
    """Stopped and continued from outside, it takes keys as before; Ctrl-C leaves it from a field."""
    terminal = Terminal([], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.process.send_signal(signal.SIGSTOP)
    terminal.send("3")
    terminal.process.send_signal(signal.SIGCONT)
    terminal.shows("Target rows")
    terminal.send("\x1b[B")
    terminal.shows("Default")
    terminal.send("\x03")
    terminal.ends(0)


def test_a_slow_check_does_not_keep_the_wizard_open(terminals: list[Terminal], tmp_path: Path) -> None:
    """A check of a dataset's own that would take days."""
    (tmp_path / "slow.yaml").write_text(
        "tables: {t: {columns: {id: bigint}}}\ntarget_rows: 20_000\n"
        "checks:\n  never: SELECT a.id FROM t a, t b, t c WHERE hash(a.id, b.id, c.id) = 7\n"
    )
    arguments = ["tui", "--custom-schema", "slow.yaml", "--set", "output_settings.output_mode=parquet"]
    terminal = Terminal(arguments, tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 1 table")
    terminal.send(F5)
    terminal.shows("checking, 4 of 5")
    terminal.send("q")
    terminal.shows("The check of what was written is under way")
    terminal.send("y")
    terminal.ends(0)


def test_what_was_saved_is_told_at_the_end(terminals: list[Terminal], tmp_path: Path) -> None:
    """The command that repeats it, as it can be typed; and it works."""
    terminal = Terminal(["tui", "-r", "100", "--output-mode", "parquet", "--output-dir", "out"], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.shows("rows in 6 tables")
    terminal.send("7")
    terminal.shows("target_rows: 100")
    terminal.send("s")
    terminal.shows("Save as")
    terminal.send("\r")
    terminal.shows("Saved retail_oltp_small.yaml")
    terminal.send("q")
    terminal.ends(0)
    assert "synthetic-data generate --config retail_oltp_small.yaml" in terminal.text
    done = subprocess.run(
        [*COMMAND, "generate", "--config", "retail_oltp_small.yaml", "--json"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert json.loads(done.stdout)["status"] == "COMPLETED"
    assert (tmp_path / "out" / "Files" / "retail_oltp_small" / "orders").is_dir()


def test_a_wizard_needs_a_terminal(tmp_path: Path) -> None:
    """Else one sentence, and what to do instead."""
    done = subprocess.run([*COMMAND, "tui"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    alone = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert alone.returncode == 0
    assert "list-datasets" in alone.stdout


def test_a_bad_start_is_refused_before_the_screen_changes(terminals: list[Terminal], tmp_path: Path) -> None:
    """An unknown dataset or setting."""
    for arguments, text in [(["tui", "retail_oltp_smal"], "did you mean"), (["tui", "--set", "seed_value=-1"], "must be at least 0")]:
        terminal = Terminal(arguments, tmp_path, (120, 40))
        terminals.append(terminal)
        terminal.ends(2)
        assert text in terminal.text
        assert b"\x1b[?1049h" not in terminal.raw


def test_generate_shows_bars_on_a_terminal(terminals: list[Terminal], tmp_path: Path) -> None:
    """And its summary at the end."""
    terminal = Terminal(["generate", "retail_oltp_small", "-r", "1000", "-o", "csv"], tmp_path, (120, 40))
    terminals.append(terminal)
    terminal.ends(0)
    assert "100 %" in terminal.text
    assert "written to synthetic_data" in terminal.text
