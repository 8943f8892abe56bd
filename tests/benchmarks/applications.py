"""Terminal applications in a pseudo-terminal: how soon each is there, what that costs, and how soon it answers a key.

The peers are installed into environments of their own, `.venv-peers/`, since each pins its own Textual.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, perf_counter
from typing import Final

import psutil

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = ROOT / ".venv-peers"
SIZE: Final = (120, 40)
LONGEST: Final = 60.0
QUIET: Final = 0.3
"""Seconds without a word from an application after which it has done all that a key or its start caused."""
_SEQUENCE: Final = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_].*?\x1b\\|[@-Z\\-_])")


@dataclass(frozen=True)
class Application:
    """An application, and how it is told that it is there."""

    name: str
    words: tuple[str, ...]
    """The command."""
    shows: Mapping[str, bytes]
    """What is there -> a text that tells it, the first of them as the first paint."""
    field: bytes = b""
    """The key that leads to a field for text; empty where one has the focus at first."""
    package: tuple[str, ...] = ()
    """What pip installs for it."""


OURS: Final = Application(
    "this",
    (str(Path(sys.executable).parent / "synthetic-data"), "tui", "retail_oltp_small"),
    {"first paint": b"Browse", "its content": b"retail_oltp_small", "plan": b"41,539"},
    field=b"/",
)
OTHERS: Final = (
    # Its own requirement lets in a tree-sitter that crashes it.
    Application(
        "posting",
        (str(PEERS / "posting" / "bin" / "posting"),),
        {"first paint": b"Posting", "its content": b"Collection is empty"},
        package=("posting", "tree-sitter<0.26"),
    ),
    Application(
        "harlequin",
        (str(PEERS / "harlequin" / "bin" / "harlequin"),),
        {"first paint": b"Data Catalog", "its content": b"memory"},
        package=("harlequin",),
    ),
)


def installed() -> list[Application]:
    """The peers that are there, or can be installed."""
    found = []
    for peer in OTHERS:
        folder = PEERS / peer.name
        if not Path(peer.words[0]).exists():
            print(f"  {peer.name} into {folder}", file=sys.stderr, flush=True)
            made = subprocess.run([sys.executable, "-m", "venv", str(folder)], check=False).returncode
            if made or subprocess.run([str(folder / "bin" / "pip"), "install", "-q", *peer.package], check=False).returncode:
                continue
        found.append(peer)
    return found


class Terminal:
    """An application that runs in a pseudo-terminal."""

    def __init__(self, words: tuple[str, ...], folder: Path) -> None:
        self._main, other = pty.openpty()
        fcntl.ioctl(other, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
        # Nobody's settings, and no request of a terminal that answers nothing.
        kept = {**os.environ, "TERM": "xterm-256color", "SYNTHETIC_DATA_SETTINGS": "off", "HOME": str(folder)}
        # What is installed is compiled, and so is what a first start has left.
        kept.pop("PYTHONDONTWRITEBYTECODE", None)
        self.began = perf_counter()
        self._process = psutil.Popen(words, cwd=folder, stdin=other, stdout=other, stderr=other, start_new_session=True, env=kept)
        os.close(other)
        self._drawn = b""

    def read(self, seconds: float) -> bytes:
        """What it draws next, without colours and places; nothing where it draws nothing for so long, or is gone."""
        if not select.select([self._main], [], [], seconds)[0]:
            return b""
        try:
            self._drawn += os.read(self._main, 65_536)
        except OSError:
            return b""
        return _SEQUENCE.sub(b"", self._drawn)

    def shows(self, texts: Mapping[str, bytes]) -> dict[str, float]:
        """Milliseconds from its start to each of the texts, and those of processors that it had used when the first was there."""
        out: dict[str, float] = {}
        end = monotonic() + LONGEST
        while len(out) <= len(texts) and monotonic() < end:
            plain = self.read(0.05)
            for name, text in texts.items():
                if name not in out and text in plain:
                    out[name] = (perf_counter() - self.began) * 1000
                    out.setdefault(f"processors, {next(iter(texts))}", self._used() * 1000)
        return out

    def _used(self) -> float:
        every = [self._process, *self._process.children(recursive=True)]
        return float(sum(sum(one.cpu_times()[:2]) for one in every))

    def rest(self) -> None:
        """Waits until it draws nothing more."""
        end = monotonic() + LONGEST
        while select.select([self._main], [], [], QUIET)[0] and monotonic() < end:
            if not self.read(0):
                return
        self._drawn = b""

    def answers(self, key: bytes) -> float | None:
        """Milliseconds from a key, a letter in a field, until it is drawn; None where it never is."""
        self._drawn = b""
        began = perf_counter()
        os.write(self._main, key)
        while perf_counter() - began < LONGEST / 10:
            if key in self.read(0.05):
                return (perf_counter() - began) * 1000
        return None

    def press(self, key: bytes) -> None:
        """Presses a key, and waits until all is drawn."""
        os.write(self._main, key)
        self.rest()

    def end(self) -> float:
        """Ends it; milliseconds of processors of its whole life."""
        self._process.send_signal(signal.SIGTERM)
        # It draws once more on its way out, and must not wait for a reader.
        while select.select([self._main], [], [], 0.5)[0]:
            try:
                if not os.read(self._main, 65_536):
                    break
            except OSError:
                break
        _, _, used = os.wait4(self._process.pid, 0)
        os.close(self._main)
        return (used.ru_utime + used.ru_stime) * 1000


_LETTERS: Final = b"qzjkxvwy"


def start(application: Application, folder: Path) -> dict[str, list[float]]:
    """One life of it: what `Terminal.shows` tells, and the answers to some letters in a field, each once all before it was drawn."""
    terminal = Terminal(application.words, folder)
    try:
        out = {name: [value] for name, value in terminal.shows(application.shows).items()}
        terminal.rest()
        if application.field:
            terminal.press(application.field)
        answers = []
        for letter in _LETTERS:
            answers.append(terminal.answers(bytes([letter])))
            terminal.rest()
        out["a letter"] = [answer for answer in answers if answer is not None]
    finally:
        used = terminal.end()
    return {**out, "processors, whole life": [used]}
