"""Too much, too often, too slowly: refused, bounded, and nobody else waits for it."""

import asyncio
import json
import os
import socket
import time

import aiohttp
import pytest

from bard.web.gate import FIRST_S, MOST_EACH
from tests.daemon.house import wait_for
from tests.web.visiting import cookie_of, memory_kb, served, visiting


def test_commands_in_a_heap_are_refused(attacked):
    async def work(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        for number in range(200):
            await ws.send_json({"type": "command", "id": number, "command": {"type": "acknowledge"}})
        answers = []
        while len(answers) < 200:
            message = await ws.receive_json(timeout=20)
            answers += [message["refusal"]] if message["t"] == "answer" else []
        assert sum(refusal is None for refusal in answers) <= 20
        assert any(refusal and "too much at once" in refusal for refusal in answers)

    visiting(attacked, work, cookie_of(attacked))


def test_codes_cannot_be_guessed_quickly(attacked):
    async def work(session: aiohttp.ClientSession) -> None:
        places = []
        for _ in range(8):
            form, headers = {"code": "AAAAA-AAAAA"}, {"Origin": attacked.url}
            async with session.post("/pair", data=form, headers=headers, allow_redirects=False) as answer:
                places.append(answer.headers["Location"])
                assert not answer.cookies
        assert places[0] == "/pair?wrong"
        assert places[-1] == "/pair?wait"

    async def from_elsewhere() -> None:
        connector = aiohttp.TCPConnector(local_addr=("127.0.0.3", 0))
        async with aiohttp.ClientSession(attacked.url, connector=connector) as session:
            await work(session)

    asyncio.run(from_elsewhere())
    assert cookie_of(attacked)


@pytest.mark.parametrize("path", ["/pair", "/leave", "/live", "/ws", "/static/js/live.js"])
def test_a_body_of_10_mb_is_refused(attacked, path):
    before = memory_kb(attacked)
    with socket.create_connection(("127.0.0.1", attacked.port), 10) as line:
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{attacked.port}\r\nOrigin: {attacked.url}\r\n"
        head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 10485760\r\n\r\n"
        line.sendall(head.encode())
        try:
            for _ in range(160):
                line.sendall(b"a" * 65536)
            answer = line.recv(4096)
        except OSError:
            answer = b""
    assert not answer or answer.split(b" ")[1] in (b"405", b"413", b"403", b"303"), answer[:200]
    assert memory_kb(attacked) - before < 8_000


def test_nonsense_instead_of_http(attacked):
    for said in (
        b"\x16\x03\x01" + os.urandom(200),
        b"GET\r\n\r\n",
        b"A" * 100_000,
        b"GET / HTTP/1.1\r\n" + b"a: b\r\n" * 9000,
    ):
        with socket.create_connection(("127.0.0.1", attacked.port), 10) as line:
            line.settimeout(15)
            try:
                line.sendall(said + b"\r\n\r\n")
                answer = line.recv(4096)
            except OSError:
                answer = b""
            assert b"200 OK" not in answer
            assert b"Traceback" not in answer


@pytest.mark.slow
def test_who_dawdles_is_hung_up_on_and_others_are_served(attacked):
    lines = [socket.create_connection(("127.0.0.1", attacked.port), 10, ("127.0.0.2", 0)) for _ in range(50)]
    began = time.monotonic()
    open_lines = list(lines)
    while open_lines:
        assert time.monotonic() - began < FIRST_S + 6, f"{len(open_lines)} still open"
        for line in tuple(open_lines):
            try:
                line.sendall(b"X-a: b\r\n" if time.monotonic() - began > 0.3 else b"GET / HTTP/1.1\r\n")
                line.settimeout(0.001)
                if line.recv(100) == b"":
                    open_lines.remove(line)
            except TimeoutError:
                pass
            except OSError:
                open_lines.remove(line)
        served(attacked)
        time.sleep(0.3)
    assert time.monotonic() - began > FIRST_S - 1
    for line in lines:
        line.close()


def test_a_thousand_connections_do_not_shut_others_out(attacked):
    lines = []
    for _ in range(1000):
        line = socket.socket()
        line.settimeout(5)
        line.bind(("127.0.0.2", 0))
        line.connect(("127.0.0.1", attacked.port))
        lines.append(line)
    served(attacked)

    def kept() -> int:
        count = 0
        for line in lines:
            line.settimeout(0)
            try:
                count += line.recv(1) != b""
            except BlockingIOError:
                count += 1
            except OSError:
                pass
        return count

    wait_for(lambda: kept() <= MOST_EACH, "the rest is hung up on")
    served(attacked)
    before = attacked.house.snapshot().at_us
    wait_for(lambda: attacked.house.snapshot().at_us > before, "bard goes on")
    for line in lines:
        line.close()


def test_who_does_not_read_gets_the_newest_and_nobody_waits(attacked):
    """Its line is full for three seconds: what it then reads is little, and ends with what is new."""

    async def work(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        other = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        raw = ws.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        transport = ws._response.connection.transport  # type: ignore[union-attr]
        transport.pause_reading()
        began, heard = time.monotonic(), 0
        while (now := time.monotonic() - began) < 3:
            await ws.send_json({"type": "here", "at": now})
            await other.send_json({"type": "here", "at": now})
            until = time.monotonic() + 0.1
            while (left := until - time.monotonic()) > 0:
                try:
                    heard += (await other.receive_json(timeout=left))["t"] == "now"
                except TimeoutError:
                    break
        assert heard > 30
        transport.resume_reading()
        await ws.send_json({"type": "here", "at": 99.0})
        size = 0
        while True:
            message = json.loads(text := await ws.receive_str(timeout=10))
            size += len(text)
            if message["t"] == "now" and message["echo"] == 99.0:
                break
        assert size < 3 * 20 * 1500, size

    visiting(attacked, work, cookie_of(attacked))
