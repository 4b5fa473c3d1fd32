"""Files that a page lets people fetch, made by bard's own commands in a process each.

One law: a file is what the command prints, begun only once it prints, and cut short in a way that the browser sees
where the command fails or takes too long; never is one made in this process. It knows the commands and no role.
"""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Mapping
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from bard.settings import Code

LIMIT_S = 120.0
MOST_AT_ONCE = 2
_CHUNK = 64 * 1024
_MOST_WORDS = 300
_ID, _DAY = r"^[0-9a-f]{16}\Z", r"^\d{4}-\d{2}-\d{2}\Z"


class FileAsked(Struct, frozen=True, forbid_unknown_fields=True, rename={"since": "from", "until": "to"}):
    """Of which session or client, or from which days; nothing of it can be taken for an option."""

    id: Annotated[str, Meta(pattern=_ID)] | None = None
    client: Code | None = None
    since: Annotated[str, Meta(pattern=_DAY)] | None = None
    until: Annotated[str, Meta(pattern=_DAY)] | None = None


class _File(Struct, frozen=True):
    """`needs`: the field of FileAsked without which there is none. Names of files tell of nobody."""

    name: str
    kind: str
    needs: str
    command: tuple[str, ...]
    days: tuple[str, str] | None = None
    """Options that take the first and the last day."""


_HTML, _CSV = "text/html", "text/csv"
_FILES: Mapping[str, _File] = {
    "report": _File("session-{id}.html", _HTML, "id", ("report", "session", "{id}", "-o", "-")),
    "minutes": _File("minutes-{id}.csv", _CSV, "id", ("sessions", "--session", "{id}", "--minutes", "--csv")),
    "series": _File("series-{id}.csv", _CSV, "id", ("sessions", "--session", "{id}", "--series", "--csv")),
    "alarms": _File("alarms-{id}.csv", _CSV, "id", ("alarms", "--session", "{id}", "--csv")),
    "sessions": _File("sessions.csv", _CSV, "", ("sessions", "--csv"), ("--since", "--until")),
    "studio": _File("studio.html", _HTML, "", ("report", "studio", "-o", "-"), ("--from", "--to")),
    "client": _File("client.html", _HTML, "client", ("report", "client", "{client}", "-o", "-"), ("--from", "--to")),
}


class Downloads:
    """`config`: the file that the commands are told to read."""

    def __init__(self, config: str) -> None:
        self._config = config
        self._running = 0

    async def send(self, request: web.Request, what: str, asked: FileAsked) -> web.StreamResponse:
        """Raises HTTP errors of one line where there is no such file, or the command refuses."""
        file = _FILES[what]
        if file.needs and getattr(asked, file.needs) is None:
            raise web.HTTPBadRequest(text=f"{file.needs} is missing\n")
        if self._running >= MOST_AT_ONCE:
            raise web.HTTPServiceUnavailable(text="other files are being made: try again in a moment\n")
        self._running += 1
        process: asyncio.subprocess.Process | None = None
        try:
            process = await self._begin(file, asked)
            async with asyncio.timeout(LIMIT_S):
                return await _pass_on(request, process, file, asked)
        except TimeoutError:
            raise web.HTTPGatewayTimeout(text=f"not made within {LIMIT_S:.0f} s\n") from None
        finally:
            self._running -= 1
            if process is not None:
                await _end(process)

    async def _begin(self, file: _File, asked: FileAsked) -> asyncio.subprocess.Process:
        fields = {"id": asked.id, "client": asked.client}
        command = [part.format(**fields) for part in file.command]
        for option, day in zip(file.days or (), (asked.since, asked.until), strict=False):
            command += [option, day] if day is not None else []
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bard", "--config", self._config, *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_CHUNK,
            start_new_session=True,
        )


async def _pass_on(
    request: web.Request, process: asyncio.subprocess.Process, file: _File, asked: FileAsked
) -> web.StreamResponse:
    assert process.stdout is not None
    assert process.stderr is not None
    complaining = asyncio.create_task(_kept(process.stderr))
    try:
        first = await process.stdout.read(_CHUNK)
        if not first:
            await process.wait()
            raise web.HTTPConflict(text=_last_line(await complaining))
        name = file.name.format(id=asked.id)
        response = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{name}"'})
        response.content_type, response.charset = file.kind, "utf-8"
        await response.prepare(request)
        while first:
            await response.write(first)
            first = await process.stdout.read(_CHUNK)
        if await process.wait() != 0 and request.transport is not None:
            request.transport.abort()
        else:
            await response.write_eof()
        return response
    finally:
        complaining.cancel()


async def _kept(stream: asyncio.StreamReader) -> bytes:
    """The end of what is said there; read all the same."""
    kept = b""
    while part := await stream.read(_CHUNK):
        kept = (kept + part)[-_CHUNK:]
    return kept


def _last_line(said: bytes) -> str:
    lines = said.decode(errors="replace").strip().splitlines()
    words = lines[-1] if lines else "the command ended without a word"
    return words.removeprefix("bard: ")[:_MOST_WORDS] + "\n"


async def _end(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
