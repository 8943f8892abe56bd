"""The wizard in a browser: a process for each page that is open, behind an address that nobody can guess.

Whoever reaches a wizard reads and writes files as the one who started it. So the address has a token in it, which the page,
what it loads and its web socket need; a page of another site is refused by its `Origin`, a name that was made to lead here by `Host`.
"""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from hmac import compare_digest
from ipaddress import ip_address
from pathlib import Path
from secrets import token_urlsafe
from typing import Final
from urllib.parse import urlsplit

import aiohttp_jinja2
import jinja2
from aiohttp import web
from textual_serve.server import Server

from ..core.errors import InputError
from .streams import say, tell

_TEMPLATES: Final = Path(__file__).resolve().parents[1] / "templates" / "serve"
_MOST: Final = 8
"""Wizards at once."""
_GRACE: Final = 3.0
"""Seconds that pages have to close when the server ends."""
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:;"
        " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Address:
    """Where the wizard is served."""

    host: str
    port: int
    token: str

    @property
    def url(self) -> str:
        """What is opened in a browser."""
        return f"http://{self.authority}/{self.token}/"

    @property
    def authority(self) -> str:
        """Host and port, as a browser on this machine writes them; of all addresses of the machine its own."""
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104  # what somebody asked for
        return f"[{shown}]:{self.port}" if ":" in shown else f"{shown}:{self.port}"

    @property
    def is_open(self) -> bool:
        """Whether other machines may reach it."""
        return not is_loopback(self.host)

    def may_ask(self, host: str) -> bool:
        """Whether the `Host` of a request is a name of this address, and of nothing else that leads here. Tunnels have other ports."""
        name = _name(host)
        if name in (self.host.lower(), "localhost") or (not self.is_open and is_loopback(name)):
            return True
        # Names of other sites may be made to lead here, addresses may not.
        return self.is_open and (_is_address(name) or name == socket.gethostname().lower())


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches a host."""
    return host.lower() == "localhost" or (_is_address(host) and ip_address(host).is_loopback)


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name(authority: str) -> str:
    try:
        return (urlsplit(f"//{authority}").hostname or "").lower()
    except ValueError:
        return ""


class _Served(Server):
    """Textual's server with everything below the token, and with nothing that is loaded from other sites."""

    def __init__(self, command: str, address: Address, opened: Callable[[str], object]) -> None:
        super().__init__(command, host=address.host, port=address.port, title="synthetic-data", templates_path=_TEMPLATES)
        self.address = address
        self._opened, self._pages = opened, 0

    async def _make_app(self) -> web.Application:
        app = web.Application(middlewares=[self._guarded])
        aiohttp_jinja2.setup(app, loader=jinja2.FileSystemLoader(self.templates_path), autoescape=True)
        below = f"/{self.address.token}"
        app.add_routes(
            [
                web.get(f"{below}/", self._index, name="index"),
                web.get(f"{below}/ws", self._socket, name="websocket"),
                web.get(f"{below}/download/{{key}}", self.handle_download, name="download"),
                web.static(f"{below}/static", self.statics_path, name="static"),
            ]
        )
        app.on_startup.append(self.on_startup)
        return app

    async def on_startup(self, app: web.Application) -> None:
        """Says where the wizard is, once it can be opened."""
        tell(f"the wizard is at {self.address.url}", "Ctrl-C ends it; each page has a wizard of its own")
        # Who waits for the address reads it in a pipe, too.
        print(end="", flush=True)
        self._opened(self.address.url)

    @web.middleware
    async def _guarded(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """403 for whoever has not the token, or comes from elsewhere."""
        token = request.path.partition("/")[2].partition("/")[0]
        origin = request.headers.get("Origin")
        known = compare_digest(token.encode(), self.address.token.encode()) and self.address.may_ask(request.headers.get("Host", ""))
        if not known or (origin is not None and origin != f"http://{request.headers['Host']}"):
            return web.Response(status=403, text="open the whole address that synthetic-data serve printed\n", headers=_HEADERS)
        answer = await handler(request)
        if not answer.prepared:
            answer.headers.update(_HEADERS)
        return answer

    async def _index(self, request: web.Request) -> web.StreamResponse:
        # The page names its web socket by the address that the browser knows; nothing waits in between.
        self.public_url = f"http://{request.host}"
        answer: web.StreamResponse = await self.handle_index(request)
        return answer

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Origin") is None:
            return web.Response(status=403, text="a web socket of the wizard is opened by its page\n", headers=_HEADERS)
        if self._pages >= _MOST:
            return web.Response(status=503, text=f"{_MOST} wizards are open; close one\n", headers=_HEADERS)
        self._pages += 1
        try:
            return await self.handle_websocket(request)
        finally:
            self._pages -= 1


def serve(command: str, host: str, port: int, opened: Callable[[str], object]) -> None:
    """Serves what a command shows until Ctrl-C or SIGTERM; `opened` is told the address.

    Raises InputError where the address cannot be had.
    """
    listening = _listening(host, port)
    address = Address(host, listening.getsockname()[1], token_urlsafe(24))
    if address.is_open:
        say(
            f"Warning: {host} may be reached from other machines: whoever has the address reads and writes files as you do,"
            " and what is typed and shown is not encrypted on its way"
        )
    served = _Served(command, address, opened)
    loop = asyncio.new_event_loop()
    with suppress(NotImplementedError):
        # Windows interrupts the loop itself.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, served.request_exit)
    web.run_app(served._make_app(), sock=listening, handle_signals=False, loop=loop, print=None, access_log=None, shutdown_timeout=_GRACE)


def _listening(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        # Who opens the address at once waits for an answer, and is not refused.
        listening.listen()
    except socket.gaierror:
        raise InputError(f"--host: there is no address `{host}`; 127.0.0.1 is this machine") from None
    except OSError as error:
        raise InputError(f"{host}:{port} cannot be used: {error.strerror}; --port 0 takes a port that is free") from None
    return listening
