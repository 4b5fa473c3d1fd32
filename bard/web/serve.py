"""`bard web`: the page's process.

One law: it is a client of the control socket like any other and shares nothing else with `bard run`. It listens on
this machine alone until access is set up (somebody is paired, or a code waits), and again when that is over.
"""

import asyncio
import errno
import logging
import os
import resource
import signal
import ssl
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from bard.control.units import UNITS
from bard.errors import LinkError
from bard.settings import Settings, WebSettings
from bard.web.access import Access
from bard.web.address import LOOPBACK, is_any, is_loopback, names_of, url_of, uses_tls
from bard.web.certificate import AUTHORITY_FILE, server_context
from bard.web.desk import Desk
from bard.web.gate import Gate, Guarded
from bard.web.install import Install
from bard.web.live import Live
from bard.web.site import Site

FOLDER = "web"
_LOOK_S = 0.5
_KEEPALIVE_S = 15.0
_HANDSHAKE_S = 8.0
_MOST_FILES = 4096
_NICE = 5
"""Below `bard run` where both want the processor."""


def web_folder(settings: Settings) -> Path:
    """Where codes, devices and the made certificate are kept."""
    return Path(settings.journal.directory) / FOLDER


def serve(settings: Settings, config: str) -> None:
    """Until SIGTERM or SIGINT; `config`: the file of the settings. Raises ConfigError or LinkError."""
    os.nice(_NICE)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, _MOST_FILES)), hard))
    logging.getLogger("aiohttp.server").addFilter(_is_own_fault)
    asyncio.run(_serve(settings, config))


def _is_own_fault(record: logging.LogRecord) -> bool:
    """Whoever talks nonsense fills no log."""
    return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))


async def _serve(settings: Settings, config: str) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    folder, page = web_folder(settings), settings.web
    access = Access(folder, page.session_days)
    context = server_context(page, folder, names_of(page)) if uses_tls(page) else None
    authority = (folder / AUTHORITY_FILE).read_bytes() if context is not None and page.cert_file is None else None
    live, gate = Live(settings.control.socket, UNITS[page.units]), Gate()
    site = Site(page, access, live, gate, authority)
    install = Install(settings, config, live.feed, site.device_of, site.from_here)
    site.add(install)
    site.add(Desk(settings, config, live.feed, site))
    runner = web.AppRunner(
        site.application(), access_log=None, keepalive_timeout=_KEEPALIVE_S, shutdown_timeout=1.0, handle_signals=False
    )
    await runner.setup()
    listeners = _Listeners(page, runner, gate, context)
    tasks: list[asyncio.Task[None]] = []
    try:
        await listeners.open(access.is_set_up)
        _say(page, access.is_set_up)
        work: tuple[Coroutine[Any, Any, None], ...] = (
            live.feed.run(),
            live.run(),
            _look(access, live, listeners, page),
        )
        tasks = [asyncio.create_task(one) for one in work]
        await asyncio.wait([*tasks, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            if task.done():
                task.result()
    finally:
        for task in tasks:
            task.cancel()
        listeners.close()
        await install.close()
        await live.close()
        await runner.cleanup()
        access.close()


async def _look(access: Access, live: Live, listeners: "_Listeners", page: WebSettings) -> None:
    """Take over what `bard web pair` and `bard web revoke` wrote; open or close to the network accordingly."""
    said = ""
    was_set_up = access.is_set_up
    while True:
        await asyncio.sleep(_LOOK_S)
        try:
            access.refresh()
            await live.close_revoked(access.has)
            if access.is_set_up != was_set_up:
                await listeners.open(access.is_set_up)
                was_set_up = access.is_set_up
                _say(page, was_set_up)
            said = ""
        except LinkError as error:
            if str(error) != said:
                said = str(error)
                print(f"bard: {said}", file=sys.stderr, flush=True)


def _say(page: WebSettings, is_set_up: bool) -> None:
    if is_set_up or is_loopback(page.host):
        print(f"the page is at {url_of(page)}; pair a device with `bard web pair`", flush=True)
    else:
        print(
            f"nobody is paired: the page is open to this machine alone, on port {page.port}; "
            "`bard web pair` opens it to the network",
            flush=True,
        )


class _Listeners:
    """The open ports; `open` makes them what they should be."""

    def __init__(self, page: WebSettings, runner: web.AppRunner, gate: Gate, context: ssl.SSLContext | None) -> None:
        self._page = page
        self._runner = runner
        self._gate = gate
        self._context = context
        self._servers: dict[str, asyncio.Server] = {}

    async def open(self, is_set_up: bool) -> None:
        """To the network too, or to this machine alone. Raises LinkError."""
        host = self._page.host
        wanted = {host} if is_set_up or is_loopback(host) else {LOOPBACK}
        if not is_any(host) and not is_loopback(host):
            wanted.add(LOOPBACK)
        for name in set(self._servers) - wanted:
            self._servers.pop(name).close()
        for name in sorted(wanted - set(self._servers)):
            self._servers[name] = await self._listen(name)

    def close(self) -> None:
        """Take nobody new."""
        for server in self._servers.values():
            server.close()

    async def _listen(self, host: str) -> asyncio.Server:
        inner = self._runner.server
        assert inner is not None
        try:
            return await asyncio.get_running_loop().create_server(
                lambda: Guarded(self._gate, inner()),
                host,
                self._page.port,
                ssl=self._context,
                ssl_handshake_timeout=_HANDSHAKE_S if self._context is not None else None,
            )
        except OSError as error:
            port = self._page.port
            if error.errno == errno.EADDRINUSE:
                raise LinkError(f"port {port} is taken by another program: end it, or set web.port") from None
            if error.errno == errno.EACCES:
                raise LinkError(f"port {port} needs rights that this user has not: set web.port above 1023") from None
            raise LinkError(f"web.host {host}: cannot listen there: {error.strerror or error}") from None
