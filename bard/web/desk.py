"""The studio's requests: what is read of the records, files, and what is to be done.

One law: who may ask what stands in bard.web.roles and is looked up before anything is read; what changes something
comes from this page itself, as JSON; what may wait is done in a thread, and a refusal is one line of JSON. Without a
paired device there is nothing.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

import msgspec
from aiohttp import web

from bard.errors import BardError, DataError, LinkError, UsageError
from bard.messages import StopSession
from bard.settings import Settings
from bard.web.access import Device
from bard.web.downloads import Downloads, FileAsked
from bard.web.feed import RoomFeed
from bard.web.roles import DOES, DOWNLOADS, LOOKS, NAMES, Role, pages_of

T = TypeVar("T")
MOST_WAITING = 12
BODY_S = 5.0
_AT_ONCE = 2
_encode = msgspec.json.Encoder().encode


class Guard(Protocol):
    """Whose request it is, and whether it began on this page (HTTP 403 where not)."""

    def device_of(self, request: web.Request) -> Device | None:
        """None: nobody's."""

    def from_here(self, request: web.Request) -> None:
        """Raises."""


class Desk:
    """`config`: the file of the settings, for commands."""

    def __init__(self, settings: Settings, config: str, feed: RoomFeed, guard: Guard) -> None:
        self._settings = settings
        self._feed = feed
        self._guard = guard
        self._downloads = Downloads(config)
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._starting = asyncio.Semaphore(1)
        self._waiting = 0

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Its paths."""
        for path in LOOKS:
            router.add_get(path, self._look, allow_head=False)
        for path in DOES:
            router.add_post(path, self._do)
        router.add_get("/download/{what}", self._download, allow_head=False)

    async def _look(self, request: web.Request) -> web.Response:
        device = self._admit(request, LOOKS[request.path])
        if request.path == "/data/me":
            return _told({"role": device.role, "pages": pages_of(device.role)})
        return await self._in_turn(self._turns, self._read, request.path, dict(request.query), device.role)

    async def _do(self, request: web.Request) -> web.Response:
        self._guard.from_here(request)
        device = self._admit(request, DOES[request.path])
        body = await _body(request)
        if request.path == "/do/end":
            return await self._end(body, device.role)
        turns = self._starting if request.path == "/do/start" else self._turns
        return await self._in_turn(turns, self._carry_out, request.path, body)

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

    def _admit(self, request: web.Request, roles: frozenset[Role]) -> Device:
        """Raises what is answered to whoever may not."""
        device = self._guard.device_of(request)
        if device is None:
            raise web.HTTPUnauthorized(text="this device is not paired\n")
        if device.role not in roles:
            raise web.HTTPForbidden(text=f"this is not for a device paired for {device.role}\n")
        return device

    async def _in_turn(self, turns: asyncio.Semaphore, work: Callable[..., Any], *given: Any) -> web.Response:
        """In a thread; whoever comes when too many wait is sent away. A start takes seconds: turns of its own."""
        if self._waiting >= MOST_WAITING:
            return _refused("too much at once: try again in a moment", 503)
        self._waiting += 1
        try:
            async with turns:
                return _told(await asyncio.to_thread(work, *given))
        except BardError as error:
            return _refusal_of(error)
        finally:
            self._waiting -= 1

    async def _end(self, body: bytes, role: Role) -> web.Response:
        if body != b"{}":
            return _refused("nothing goes with it", 400)
        try:
            await self._feed.command(StopSession(), f"page of {role}")
        except BardError as error:
            return _refusal_of(error)
        return _told({})

    def _read(self, path: str, query: Mapping[str, str], role: Role) -> Any:
        """In a thread. What it needs is loaded when somebody asks: the live page goes without."""
        from bard.web import beginning, people, records

        if path == "/data/start":
            snapshot = self._feed.snapshot
            session = snapshot.session.id if snapshot is not None and snapshot.session is not None else None
            return {"session": session} | beginning.choices(self._settings, with_names=role in NAMES)
        if path == "/data/intake":
            return beginning.questions(self._settings, _asked(beginning.ClientAsked, query))
        if path == "/data/people":
            return people.everybody(self._settings)
        if path == "/data/client":
            return people.one_client(self._settings, _asked(people.OneAsked, query))
        if path == "/data/sessions":
            return records.sessions(self._settings, _asked(records.SessionsAsked, query))
        if path == "/data/session":
            return records.session(self._settings, _asked(records.SessionAsked, query))
        return records.load(self._settings, _asked(records.LoadAsked, query))

    def _carry_out(self, path: str, body: bytes) -> Any:
        """In a thread."""
        from bard.web import beginning, people

        if path == "/do/client":
            return people.put_client(self._settings, _said(people.ClientGiven, body))
        if path == "/do/therapist":
            return people.put_therapist(self._settings, _said(people.TherapistGiven, body))
        if path == "/do/intake":
            return beginning.keep_answers(self._settings, _said(beginning.Answers, body))
        return beginning.begin(self._settings, _said(beginning.Beginning, body))


async def _body(request: web.Request) -> bytes:
    """Raises HTTP errors for what is no JSON or does not come."""
    if request.content_type != "application/json":
        raise web.HTTPUnsupportedMediaType(text="not JSON\n")
    try:
        return await asyncio.wait_for(request.read(), BODY_S)
    except TimeoutError:
        raise web.HTTPBadRequest(text="nothing came\n") from None


def _asked(kind: type[T], query: Mapping[str, str]) -> T:
    """Raises UsageError for what nobody asks."""
    try:
        return msgspec.convert(dict(query), kind, strict=False)
    except msgspec.ValidationError as error:
        raise UsageError(_words(error)) from None


def _said(kind: type[T], body: bytes) -> T:
    """Raises UsageError for what no page says."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(_words(error)) from None


def _words(error: Exception) -> str:
    """What was wrong, its place first: `body_weight_kg: Expected float <= 250.0`."""
    words, _, place = str(error).replace("`", "").partition(" - at $.")
    return f"{place}: {words}" if place else words


def _told(what: Any) -> web.Response:
    return web.Response(body=_encode(what), content_type="application/json")


def _refusal_of(error: BardError) -> web.Response:
    status = 400 if isinstance(error, UsageError) else 503 if isinstance(error, DataError | LinkError) else 409
    return _refused(str(error), status)


def _refused(words: str, status: int) -> web.Response:
    return web.Response(body=_encode({"refusal": words}), content_type="application/json", status=status)
