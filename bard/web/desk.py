"""The studio's requests: what is read of the records, and files.

One law: who may ask what stands in bard.web.roles and is looked up before anything is read; what is read is read in a
thread, and a refusal is one line of JSON. Without a paired device there is nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from bard.errors import BardError, DataError, UsageError
from bard.settings import Settings
from bard.web.access import Device
from bard.web.downloads import Downloads, FileAsked
from bard.web.roles import DOWNLOADS, LOOKS, pages_of

T = TypeVar("T")
MOST_WAITING = 12
_AT_ONCE = 2
_encode = msgspec.json.Encoder().encode


class Desk:
    """`device_of` says whose request it is."""

    def __init__(self, settings: Settings, config: str, device_of: Callable[[web.Request], Device | None]) -> None:
        self._settings = settings
        self._device_of = device_of
        self._downloads = Downloads(config)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Its paths."""
        for path in LOOKS:
            router.add_get(path, self._look, allow_head=False)
        router.add_get("/download/{what}", self._download, allow_head=False)

    async def _look(self, request: web.Request) -> web.Response:
        device = self._admit(request, LOOKS[request.path])
        if request.path == "/data/me":
            return _told({"role": device.role, "pages": pages_of(device.role)})
        return await self._in_turn(self._read, request.path, dict(request.query))

    async def _download(self, request: web.Request) -> web.StreamResponse:
        what = request.match_info["what"]
        if what not in DOWNLOADS:
            raise web.HTTPNotFound(text="not here\n")
        self._admit(request, DOWNLOADS[what])
        try:
            asked = _asked(FileAsked, request.query)
        except UsageError as error:
            raise web.HTTPBadRequest(text=f"{error}\n") from None
        return await self._downloads.send(request, what, asked)

    def _admit(self, request: web.Request, roles: frozenset[Any]) -> Device:
        """Raises what is answered to whoever may not."""
        device = self._device_of(request)
        if device is None:
            raise web.HTTPUnauthorized(text="this device is not paired\n")
        if device.role not in roles:
            raise web.HTTPForbidden(text=f"this is not for a device paired for {device.role}\n")
        return device

    async def _in_turn(self, work: Callable[..., Any], *given: Any) -> web.Response:
        """In a thread, two at once; whoever comes when too many wait is sent away."""
        if self._waiting >= MOST_WAITING:
            return _refused("too much at once: try again in a moment", 503)
        self._waiting += 1
        try:
            async with self._turns:
                return _told(await asyncio.to_thread(work, *given))
        except UsageError as error:
            return _refused(str(error), 400)
        except DataError as error:
            return _refused(str(error), 503)
        except BardError as error:
            return _refused(str(error), 409)
        finally:
            self._waiting -= 1

    def _read(self, path: str, query: Mapping[str, str]) -> Any:
        """In a thread. What it needs is loaded when somebody asks: the live page goes without."""
        from bard.web import records

        if path == "/data/sessions":
            return records.sessions(self._settings, _asked(records.SessionsAsked, query))
        if path == "/data/session":
            return records.session(self._settings, _asked(records.SessionAsked, query))
        return records.load(self._settings, _asked(records.LoadAsked, query))


def _asked(kind: type[T], query: Mapping[str, str]) -> T:
    """Raises UsageError for what nobody asks."""
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(str(error).replace("`", "").replace("$.", "")) from None


def _told(what: Any) -> web.Response:
    return web.Response(body=_encode(what), content_type="application/json")


def _refused(words: str, status: int) -> web.Response:
    return web.Response(body=_encode({"refusal": words}), content_type="application/json", status=status)
