"""The installer's requests: cells, a calibration's steps, outputs, doctor, the certificate.

One law: who may ask is in bard.web.roles and looked up first; what changes something comes from this page itself.
bard decides what is done, and what it refuses is told in its words.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiohttp import web
from msgspec import Struct

from bard.commission.steps import Accept, Asked, Begin, Check, Drop, Free, Look, Shown, Stop, Strike, Undo
from bard.commission.told import STAGES, View
from bard.control.protocol import Calibrate, TryOutput
from bard.control.units import UNITS
from bard.errors import BardError, LinkError, UsageError
from bard.messages import Noticed
from bard.settings import Settings
from bard.web.access import Device
from bard.web.cells import cells_of
from bard.web.commands import run
from bard.web.feed import RoomFeed
from bard.web.findings import Doctor
from bard.web.hung import Hung, load_of
from bard.web.limits import Limiter
from bard.web.roles import INSTALL, Role

PageAsked = Begin | Check | Free | Hung | Shown | Strike | Undo | Stop | Drop | Accept
"""All of a procedure that a page can ask for."""
CERTIFICATE_S = 60.0
LOOK_S, STEP_S = 1.0, 20.0
"""A fit and a slow disk."""
BODY_S = 5.0
_MOST_WORDS = 300
_encode = msgspec.json.Encoder().encode


class Try(Struct, frozen=True, forbid_unknown_fields=True):
    """Have this output play the self-test."""

    output: str


class Install:
    """`device_of` says whose request it is; `from_here` raises for what another site's page began."""

    def __init__(
        self,
        settings: Settings,
        config: str,
        feed: RoomFeed,
        device_of: Callable[[web.Request], Device | None],
        from_here: Callable[[web.Request], None],
    ) -> None:
        self._config = config
        self._feed = feed
        self._device_of = device_of
        self._from_here = from_here
        self._unit = UNITS[settings.web.units]
        self._supports = [
            {"name": one.name, "rated_kg": one.rated_kg, "cells": len(one.cells)} for one in settings.core.room.supports
        ]
        self._doctor = Doctor(config)
        self._making = False
        self._turns = Limiter(40, 0.1)

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Its paths."""
        router.add_get("/install/now", self._answered(self._now), allow_head=False)
        router.add_post("/install/ask", self._answered(self._ask))
        router.add_get("/install/outputs", self._answered(self._outputs), allow_head=False)
        router.add_post("/install/try", self._answered(self._try))
        router.add_post("/install/noticed", self._answered(self._noticed))
        router.add_get("/install/doctor", self._answered(self._look), allow_head=False)
        router.add_post("/install/doctor", self._answered(self._begin_look))
        router.add_get("/install/certificate", self._certificate, allow_head=False)

    async def close(self) -> None:
        """End what runs."""
        await self._doctor.close()

    # What is asked

    async def _now(self, _: web.Request, __: Role) -> Any:
        """Asked again and again: what is not answered soon must not pile up."""
        view = await self._calibrate(Look(), LOOK_S) if self._feed.snapshot is not None else None
        snapshot = self._feed.snapshot
        if view is None or snapshot is None:
            return {"why": self._feed.why}
        return {
            "station": snapshot.station,
            "cells": cells_of(view, snapshot, self._unit),
            "supports": self._supports,
            "stages": STAGES[view.state.purpose] if view.state is not None else (),
            "view": msgspec.structs.replace(view, live=()),
        }

    async def _ask(self, request: web.Request, _: Role) -> Any:
        """Answered when it begins; the page sees in what it polls when it is over."""
        asked = await _asked(request, PageAsked)
        if isinstance(asked, Hung):
            await self._calibrate(load_of(asked, (await self._calibrate(Look())).state))
        else:
            await self._calibrate(asked)
        return {}

    async def _calibrate(self, asked: Asked, limit_s: float = STEP_S) -> View:
        return msgspec.convert(await self._feed.ask(lambda number: Calibrate(number, asked), limit_s), View)

    async def _outputs(self, _: web.Request, __: Role) -> Any:
        return {"outputs": await self._feed.ask(lambda number: TryOutput(number, None))}

    async def _try(self, request: web.Request, _: Role) -> Any:
        output = await _asked(request, Try)
        return {"outputs": await self._feed.ask(lambda number: TryOutput(number, output.output))}

    async def _noticed(self, request: web.Request, role: Role) -> Any:
        await self._feed.command(await _asked(request, Noticed), f"page of {role}")
        return {}

    async def _look(self, _: web.Request, __: Role) -> Any:
        return self._doctor.look()

    async def _begin_look(self, _: web.Request, __: Role) -> Any:
        self._doctor.begin()
        return self._doctor.look()

    async def _certificate(self, request: web.Request) -> web.Response:
        """A file: its own styles need no exception from what the page may show."""
        self._admit(request)
        if self._making:
            raise web.HTTPServiceUnavailable(text="a certificate is being made: try again in a moment\n")
        self._making = True
        try:
            said = await run(self._config, "certificate", "-o", "-", limit_s=CERTIFICATE_S)
        except (BardError, OSError) as error:
            return _refused(str(error), 503)
        finally:
            self._making = False
        if said.status != 0:
            return _refused(said.complaint, 409)
        headers = {"Content-Disposition": 'attachment; filename="certificate.html"'}
        return web.Response(body=said.out, content_type="text/html", charset="utf-8", headers=headers)

    # Around all of it

    def _answered(self, work: Callable[[web.Request, Role], Any]) -> Callable[[web.Request], Any]:
        async def handler(request: web.Request) -> web.Response:
            device = self._admit(request)
            if not self._turns.take(device.id, time.monotonic()):
                return _refused("too much at once: wait a moment", 429)
            try:
                return web.Response(body=_encode(await work(request, device.role)), content_type="application/json")
            except LinkError as error:
                return _refused(str(error), 503)
            except UsageError as error:
                return _refused(str(error), 400)
            except BardError as error:
                return _refused(str(error), 409)

        return handler

    def _admit(self, request: web.Request) -> Device:
        if request.method == "POST":
            self._from_here(request)
        device = self._device_of(request)
        if device is None:
            raise web.HTTPUnauthorized(text="this device is not paired\n")
        if device.role not in INSTALL:
            raise web.HTTPForbidden(text=f"this is not for a device paired for {device.role}\n")
        return device


async def _asked(request: web.Request, kind: Any) -> Any:
    """Raises UsageError for what no page asks."""
    try:
        return msgspec.json.decode(await asyncio.wait_for(request.read(), BODY_S), type=kind)
    except TimeoutError:
        raise web.HTTPRequestTimeout(text="too slow\n") from None
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise UsageError(" ".join(str(error).replace("`", "").replace("$.", "").split())[:_MOST_WORDS]) from None


def _refused(words: str, status: int) -> web.Response:
    return web.Response(body=_encode({"refusal": words}), content_type="application/json", status=status)
