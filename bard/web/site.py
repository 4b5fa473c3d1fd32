"""The HTTP side: pages, files, pairing, the WebSocket.

One law: everything but the pairing page and files that are the same for everybody needs a paired device; what changes
something comes from this page itself (Origin), and the browser is told to run nothing that was not shipped here.
"""

import asyncio
import contextlib
import time
from typing import Protocol

import msgspec
from aiohttp import web

from bard.errors import LinkError
from bard.settings import WebSettings
from bard.web.access import Access, Device
from bard.web.address import uses_tls
from bard.web.assets import asset_of, page_file, static_files
from bard.web.gate import Gate
from bard.web.limits import Limiter
from bard.web.live import Live
from bard.web.roles import HOME, PAGES
from bard.web.shown import signals

MAX_BODY = 16 * 1024
BODY_S = 5.0
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), screen-wake-lock=(self)",
}
_KNOWN_DEVICES = ("iPhone", "iPad", "Android", "Windows", "Macintosh", "CrOS", "Linux")


class Part(Protocol):
    """What belongs to one role's pages."""

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Its paths."""


class Site:
    """`application()` once. `authority`: the made certificate that devices may be told to trust, PEM; None: none."""

    def __init__(self, settings: WebSettings, access: Access, live: Live, gate: Gate, authority: bytes | None) -> None:
        self._access = access
        self._live = live
        self._gate = gate
        self._authority = authority
        self._tls = uses_tls(settings)
        self._cookie = "__Host-bard" if self._tls else "bard"
        self._age_s = 86_400 * settings.session_days
        self._pages = {path: page_file(page.file, settings.language) for path, page in PAGES.items()}
        self._pair_page = page_file("pair.html", settings.language)
        self._files = static_files()
        self._files["signals.json"] = asset_of(msgspec.json.encode(signals()), "application/json")
        self._tries = Limiter(5, 12.0)
        self._proving = asyncio.Lock()
        """One at a time: each takes 16 MB for as long."""
        self._parts: list[Part] = []

    def add(self, part: "Part") -> None:
        """Requests of one role's pages, before `application()`."""
        self._parts.append(part)

    def application(self) -> web.Application:
        """What aiohttp serves."""
        application = web.Application(client_max_size=MAX_BODY)
        application.on_response_prepare.append(self._on_prepare)
        application.router.add_get("/", self._home)
        application.router.add_get("/pair", self._show_pairing)
        application.router.add_post("/pair", self._pair)
        application.router.add_post("/leave", self._leave)
        application.router.add_get("/ws", self._socket)
        application.router.add_get("/authority.crt", self._certificate)
        application.router.add_get("/static/{name:.+}", self._file)
        for path in PAGES:
            application.router.add_get(path, self._page)
        for part in self._parts:
            part.add_to(application.router)
        return application

    async def _on_prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        self._gate.served(request.transport)
        response.headers.update(_HEADERS)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.popall("Server", None)

    async def _home(self, request: web.Request) -> web.Response:
        device = self.device_of(request)
        raise web.HTTPSeeOther("/pair" if device is None else HOME[device.role])

    async def _page(self, request: web.Request) -> web.Response:
        device = self.device_of(request)
        if device is None:
            raise web.HTTPSeeOther("/pair")
        if device.role not in PAGES[request.path].roles:
            raise web.HTTPForbidden(text=f"this page is not for a device paired for {device.role}\n")
        asset = self._pages[request.path]
        return web.Response(body=asset.content, content_type=asset.kind, charset="utf-8")

    async def _file(self, request: web.Request) -> web.Response:
        asset = self._files.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound(text="not here\n")
        headers = {"ETag": asset.tag, "Cache-Control": "no-cache"}
        if request.headers.get("If-None-Match") == asset.tag:
            return web.Response(status=304, headers=headers)
        return web.Response(body=asset.content, content_type=asset.kind, charset="utf-8", headers=headers)

    async def _certificate(self, _: web.Request) -> web.Response:
        if self._authority is None:
            raise web.HTTPNotFound(text="not here\n")
        return web.Response(body=self._authority, content_type="application/x-x509-ca-cert")

    async def _show_pairing(self, _: web.Request) -> web.Response:
        return web.Response(body=self._pair_page.content, content_type="text/html", charset="utf-8")

    async def _pair(self, request: web.Request) -> web.Response:
        self.from_here(request)
        if not self._tries.take(request.remote or "", time.monotonic()):
            raise web.HTTPSeeOther("/pair?wait")
        try:
            form = await asyncio.wait_for(request.post(), BODY_S)
        except (TimeoutError, ValueError):
            raise web.HTTPBadRequest(text="no form\n") from None
        typed = form.get("code")
        if not isinstance(typed, str) or len(typed) > 64:
            raise web.HTTPSeeOther("/pair?wrong")
        async with self._proving:
            proof = await asyncio.to_thread(self._access.proof, typed)
        token = self._access.redeem(proof, _device_words(request.headers.get("User-Agent", "")))
        if token is None:
            raise web.HTTPSeeOther("/pair?wrong")
        self._tries.give_back(request.remote or "")
        response = web.Response(status=303, headers={"Location": "/"})
        response.set_cookie(
            self._cookie, token, max_age=self._age_s, httponly=True, samesite="Strict", secure=self._tls, path="/"
        )
        return response

    async def _leave(self, request: web.Request) -> web.Response:
        self.from_here(request)
        device = self.device_of(request)
        if device is not None:
            self._access.revoke(device.id)
            await self._live.close_revoked(self._access.has)
        response = web.Response(status=303, headers={"Location": "/pair"})
        response.del_cookie(self._cookie, path="/", secure=self._tls, httponly=True, samesite="Strict")
        return response

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        self.from_here(request)
        device = self.device_of(request)
        if device is None:
            raise web.HTTPUnauthorized(text="this device is not paired\n")
        with contextlib.suppress(LinkError):  # a full disk is no reason to show nothing
            self._access.note_seen(device)
        return await self._live.serve(request, device)

    def device_of(self, request: web.Request) -> Device | None:
        """The paired device that this comes from."""
        token = request.cookies.get(self._cookie)
        return self._access.device_of(token) if token and len(token) < 100 else None

    def from_here(self, request: web.Request) -> None:
        """Raises 403 for what another site's page began."""
        schemes = ("https",) if self._tls else ("http", "https")
        if request.headers.get("Origin") not in [f"{scheme}://{request.host}" for scheme in schemes]:
            raise web.HTTPForbidden(text="not from this page\n")


def _device_words(agent: str) -> str:
    """What a browser says it runs on, in a word known here: no text of others gets into a terminal."""
    return next((name for name in _KNOWN_DEVICES if name in agent), "unknown")
