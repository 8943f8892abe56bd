"""The wizard in a browser: who is let in, and what a real one shows and types."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pyte
import pytest
from ingen_fab.synthetic_data.cli.serving import Address

pytestmark = pytest.mark.slow

_QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--window-size=1200,800", "--remote-debugging-port=0"),
)
_BOX = "(box => [box.left, box.top, box.width, box.height])(document.querySelector('.xterm-screen').getBoundingClientRect())"
_SOCKET = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "c3ludGhldGljLWRhdGEhIQ=="}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The address of a wizard that is served, and the process that serves it."""
    with serving(tmp_path) as found:
        yield found


@contextmanager
def serving(tmp_path: Path, *words: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The same with further words and variables."""
    command = [sys.executable, "-m", "ingen_fab.synthetic_data", "serve", "retail_oltp_small", "--port", "0", "-r", "300", *words]
    environment = {**os.environ, "SYNTHETIC_DATA_DIR": str(tmp_path / "out"), "TEXTUAL_ANIMATIONS": "none", **variables}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"http://127\.0\.0\.1:[0-9]+/\S+/", line)
        assert found is not None, line
        yield found[0], process
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
        assert (process.returncode, errors) == (0, ""), out


def test_nobody_else_is_let_in(served: tuple[str, subprocess.Popen[str]]) -> None:
    """No token, a wrong one, another site's name or page, and a socket that no page opened get 403, and no wizard is started."""
    url, process = served
    root = re.match("http://[^/]+", url)
    assert root is not None
    token = url.removeprefix(root[0]).strip("/")
    wrong = token[:-1] + ("a" if token[-1] != "a" else "b")

    async def ask() -> None:
        async with aiohttp.ClientSession() as session:

            async def status(path: str, **headers: str) -> int:
                named = {name.replace("_", "-"): value for name, value in headers.items()}
                async with session.get(f"{root[0]}{path}", headers=named) as answer:
                    if answer.status == 200:
                        assert answer.headers["Referrer-Policy"] == "no-referrer"
                        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                    return answer.status

            for path in ("/", "/ws", "/static/css/xterm.css", f"/{wrong}/", f"/{wrong}/ws", "/download/x", f"/x/../{wrong}/"):
                assert await status(path, **_SOCKET) == 403
            assert await status(f"/{token}/") == await status(f"/{token}/static/js/textual.js") == 200
            assert await status(f"/{token}/", Host="evil.example") == 403
            assert await status(f"/{token}/ws", Origin="http://evil.example", **_SOCKET) == 403
            assert await status(f"/{token}/ws", **_SOCKET) == 403
            for line in (b"OPTIONS * HTTP/1.1", b"GET http://x HTTP/1.1"):
                reader, writer = await asyncio.open_connection("127.0.0.1", int(root[0].rpartition(":")[2]))
                writer.write(line + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert b" 403 " in await reader.readline()
                writer.close()
            async with session.get(url) as answer:
                page = await answer.text()
            assert not re.search(r"(src|href)=\"https?://(?!127\.0\.0\.1)", page)

    asyncio.run(ask())
    assert psutil.Process(process.pid).children() == []


def test_a_page_has_a_wizard_of_its_own(served: tuple[str, subprocess.Popen[str]]) -> None:
    """A process for each, drawn in the size of its page, which ends with the page; one that is left is ended with the server."""
    url, process = served
    headers = {"Origin": url.rsplit("/", 2)[0]}

    async def open_two() -> None:
        async with aiohttp.ClientSession() as session:
            pages = [await session.ws_connect(f"{url}ws?width={width}&height=30", headers=headers) for width in (80, 120)]
            for page, width in zip(pages, (80, 120), strict=True):
                seen, screen = b"", pyte.Screen(width, 30)
                stream = pyte.ByteStream(screen)
                async with asyncio.timeout(60):
                    while not any("Browse" in line for line in screen.display) or b"retail_oltp_small" not in seen:
                        data = (await page.receive()).data
                        seen += data
                        stream.feed(data)
            assert len(psutil.Process(process.pid).children()) == 2
            await pages[0].close()
            async with asyncio.timeout(30):
                while len(psutil.Process(process.pid).children()) == 2:
                    await asyncio.sleep(0.05)
            assert len(psutil.Process(process.pid).children()) == 1

    asyncio.run(open_two())


@pytest.mark.skipif(sys.platform == "win32", reason="the browser of this test is a shell script")
def test_a_browser_holds_nothing_up(tmp_path: Path) -> None:
    """Some return when they are closed: the wizard is served meanwhile."""
    browser, gate = tmp_path / "browser", tmp_path / "gate"
    os.mkfifo(gate)
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/shown\nread line < {gate}\nexit 0\n')
    browser.chmod(0o755)

    async def ask(url: str) -> int:
        async with aiohttp.ClientSession() as session, session.get(url, timeout=aiohttp.ClientTimeout(30)) as answer:
            return answer.status

    with serving(tmp_path, "--open", BROWSER=f"{browser} %s") as (url, _):
        assert asyncio.run(ask(url)) == 200
        # It opens once the browser reads, so it was started.
        with gate.open("w"):
            assert (tmp_path / "shown").read_text().strip() == url


@pytest.mark.parametrize(
    ("host", "asked", "answered"),
    [
        ("127.0.0.1", "127.0.0.1:8000", True),
        ("127.0.0.1", "localhost:8000", True),
        ("::1", "[::1]:8000", True),
        ("MyBox.local", "MyBox.local:8000", True),
        ("127.0.0.1", "localhost:9000", True),
        ("127.0.0.1", "10.0.0.7:8000", False),
        ("127.0.0.1", "rebound.example:8000", False),
        ("0.0.0.0", "10.0.0.7:8000", True),  # noqa: S104  # what somebody asks for
        ("0.0.0.0", "rebound.example:8000", False),  # noqa: S104  # as above
        ("127.0.0.1", "", False),
        ("127.0.0.1", "[::1:8000", False),
    ],
)
def test_hosts_that_are_answered(host: str, asked: str, answered: bool) -> None:
    """This machine's own names; where others are let in, addresses, but no names that may be made to lead here."""
    assert Address(host, 8000, "token").may_ask(asked) is answered


def test_wrong_words_are_told_before_anything_is_served(call: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    """A dataset, a setting, an address, a port that is taken; and, where it is missing, what to install."""
    assert "did you mean `retail_oltp_small`?" in call("serve", "retail_oltp_smal", cwd=tmp_path).stderr
    assert "--target-rows: `many` is not a whole number" in call("serve", "-r", "many", cwd=tmp_path).stderr
    assert "there is no address `no.such.host.invalid`" in call("serve", "--host", "no.such.host.invalid", cwd=tmp_path).stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.delitem(sys.modules, "ingen_fab.synthetic_data.cli.serving", raising=False)
        patch.setitem(sys.modules, "textual_serve.server", None)
        refused = call("serve", cwd=tmp_path)
    assert refused.returncode == 2
    assert "pip install 'ingen-fab-synthetic-data[serve]'" in refused.stderr


class Page:
    """A page of Chromium with a terminal in it, driven by its own protocol."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.screen = pyte.Screen(80, 24)
        self._stream = pyte.ByteStream(self.screen)
        self.problems: list[str] = []
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        async for message in self._socket:
            told = json.loads(message.data)
            if "id" in told:
                self._answers.pop(told["id"]).set_result(told)
            elif told["method"] == "Network.webSocketFrameReceived" and told["params"]["response"]["opcode"] == 2:
                self._stream.feed(base64.b64decode(told["params"]["response"]["payloadData"]))
            elif told["method"] == "Network.webSocketFrameSent" and '"resize"' in told["params"]["response"]["payloadData"]:
                size = json.loads(told["params"]["response"]["payloadData"])[1]
                self.screen.resize(size["height"], size["width"])
            elif told["method"] == "Network.webSocketCreated":
                width, height = (int(re.findall(rf"{name}=(\d+)", told["params"]["url"])[0]) for name in ("width", "height"))
                self.screen.resize(height, width)
            elif told["method"] == "Runtime.exceptionThrown" or told["params"].get("entry", {}).get("level") == "error":
                self.problems.append(json.dumps(told["params"]))

    async def ask(self, method: str, **parameters: Any) -> Any:
        self._number += 1
        answer = self._answers[self._number] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": self._number, "method": method, "params": parameters})
        return (await asyncio.wait_for(answer, 30)).get("result")

    async def press(self, key: str, code: int, text: str = "") -> None:
        for kind in ("keyDown", "keyUp"):
            typed = {"text": text} if text and kind == "keyDown" else {}
            await self.ask("Input.dispatchKeyEvent", type=kind, key=key, windowsVirtualKeyCode=code, **typed)

    async def click(self, text: str) -> None:
        """Clicks in the middle of a text of the screen."""
        row = next(n for n, line in enumerate(self.screen.display) if text in line)
        column = self.screen.display[row].index(text) + len(text) // 2
        found = await self.ask("Runtime.evaluate", expression=_BOX, returnByValue=True)
        left, top, width, height = found["result"]["value"]
        place = {"x": left + (column + 0.5) * width / self.screen.columns, "y": top + (row + 0.5) * height / self.screen.lines}
        for kind in ("mousePressed", "mouseReleased"):
            await self.ask("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **place)

    async def until(self, text: str) -> None:
        """Waits until a text stands on the screen."""
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                while text not in "\n".join(self.screen.display):
                    await asyncio.sleep(0.05)
        assert text in "\n".join(self.screen.display), "\n".join(self.screen.display)


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[str]:
    """The address of Chromium's own protocol; skips where there is no Chromium, which CI has."""
    program = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if program is None:
        told = "there is no Chromium on this machine"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)
    profile = tmp_path / "profile"
    with subprocess.Popen(
        [program, *_QUIET, f"--user-data-dir={profile}"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        found = next((match for line in process.stderr if (match := re.search(r"ws://(127\.0\.0\.1:[0-9]+)/", line))), None)
        assert found is not None
        yield found[1]
        process.terminate()
        process.stderr.read()


def test_the_wizard_in_chromium(served: tuple[str, subprocess.Popen[str]], chromium: str, tmp_path: Path) -> None:
    """It is drawn, takes keys, and generates; its process ends with its page. Nothing on the page fails or is refused."""
    url, process = served

    async def drive() -> None:
        async with aiohttp.ClientSession() as session:
            async with session.put(f"http://{chromium}/json/new?about:blank") as answer:
                target = await answer.json()
            async with session.ws_connect(target["webSocketDebuggerUrl"], max_msg_size=0) as socket:
                page = Page(socket)
                for domain in ("Network", "Runtime", "Log", "Page"):
                    await page.ask(f"{domain}.enable")
                await page.ask("Page.navigate", url=url)
                await page.until("retail_oltp_small")
                assert len(psutil.Process(process.pid).children()) == 1
                await page.click("Preview")
                await page.until("customer_id")
                await page.press("1", 49, "1")
                await page.until("search names")
                await page.press("F5", 116)
                async with asyncio.timeout(60):
                    while not list((tmp_path / "out").glob(".manifests/*")):
                        await asyncio.sleep(0.05)
                picture = await page.ask("Page.captureScreenshot")
                (tmp_path / "page.png").write_bytes(base64.b64decode(picture["data"]))
                assert not page.problems, page.problems
                await page.ask("Page.close")
            async with asyncio.timeout(30):
                while psutil.Process(process.pid).children():
                    await asyncio.sleep(0.05)

    asyncio.run(drive())
