"""What a program that speaks HTTP can do at a station: pair, ask, look."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from tests.web.station import Station


def visiting(station: Station, work: Callable[[aiohttp.ClientSession], Awaitable[object]], cookie: str = "") -> None:
    """As a program that speaks HTTP."""

    async def run() -> None:
        jar = aiohttp.DummyCookieJar()
        headers = {"Cookie": cookie} if cookie else {}
        async with aiohttp.ClientSession(station.url, cookie_jar=jar, headers=headers) as session:
            await work(session)

    asyncio.run(run())


def cookie_of(station: Station, role: str = "therapist") -> str:
    """A device's, paired over HTTP."""
    found: list[str] = []

    async def work(session: aiohttp.ClientSession) -> None:
        form = {"code": station.code(role)}
        headers = {"Origin": station.url}
        async with session.post("/pair", data=form, headers=headers, allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/", answer
            (cookie,) = answer.headers.getall("Set-Cookie")
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= {part.strip() for part in cookie.split(";")}
            found.append(cookie.split(";")[0])

    visiting(station, work)
    return found[0]


async def told(ws: aiohttp.ClientWebSocketResponse, command: dict[str, object]) -> str | None:
    """What comes of a command."""
    await ws.send_json({"type": "here", "at": 1.0})
    await ws.send_json({"type": "command", "id": 7, "command": command})
    while True:
        message = await ws.receive_json(timeout=10)
        if message["t"] == "answer":
            refusal: str | None = message["refusal"]
            return refusal


def memory_kb(station: Station) -> int:
    assert station.process is not None
    status = Path(f"/proc/{station.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


def served(station: Station) -> None:
    """Somebody else sees the page at once."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", station.port), 5) as line:
        line.sendall(b"GET /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 3
