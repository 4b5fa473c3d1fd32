"""Whoever means harm is refused, learns nothing, and `bard run` goes on as if nobody had been there."""

import asyncio
import json
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from bard.messages import StartSession
from bard.web.gate import FIRST_S, MOST_EACH
from tests.daemon.house import House, complains, wait_for
from tests.web.station import Station

TRICKS = [
    "/static/../access.db",
    "/static/..%2f..%2faccess.db",
    "/static/%2e%2e/%2e%2e/web/site.py",
    "/static//etc/passwd",
    "/static/js/../../site.py",
    "/static/%00",
    "/static/texts/en.json%00.js",
    "/static/" + "a" * 3000,
    "/web/access.db",
    "/access.db",
    "/page.key",
    "/authority.key",
    "/live/..;/",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/pair/../live",
]


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One room for all that is tried here; at the end its daemon has gone on and has nothing to say."""
    house = House(tmp_path_factory.mktemp("attacked"))
    station = Station(house)
    house.furnish("sim://steady?seed=1", more=station.table)
    house.start()
    station.start()
    house.until_known()
    try:
        with house.client() as client:
            client.command(StartSession(70.0, 60.0, zones={"ribs": 20.0}))
        yield station
        assert house.process is not None
        assert house.process.poll() is None
        assert station.process is not None
        assert station.process.poll() is None
        assert house.snapshot().session is not None
        assert "Traceback" not in station.log.read_text() + house.log.read_text()
    finally:
        house.close()


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


def test_headers_of_everything(attacked):
    async def work(session: aiohttp.ClientSession) -> None:
        for path in ("/pair", "/live", "/", "/ws", "/static/js/live.js", "/static/signals.json", "/nothing", "/leave"):
            async with session.get(path, allow_redirects=False) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "frame-ancestors 'none'" in policy
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["X-Frame-Options"] == "DENY"
                assert "Server" not in answer.headers
                assert not answer.cookies

    visiting(attacked, work)


@pytest.mark.parametrize(
    "cookie", ["", "bard=", "bard=forged", f"bard={'A' * 43}", "bard=" + "A" * 5000, "__Host-bard=x"]
)
def test_without_a_device_there_is_nothing_but_pairing(attacked, cookie):
    async def work(session: aiohttp.ClientSession) -> None:
        for path in ("/", "/live"):
            async with session.get(path, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/pair")
        async with session.get("/ws", headers={"Origin": attacked.url}) as answer:
            assert answer.status == 401
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await session.ws_connect("/ws", headers={"Origin": attacked.url})

    visiting(attacked, work, cookie)


@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_another_sites_page_gets_no_socket_and_changes_nothing(attacked, origin):
    code = attacked.code()

    async def work(session: aiohttp.ClientSession) -> None:
        headers = {"Origin": origin} if origin else {}
        with pytest.raises(aiohttp.WSServerHandshakeError, match="403"):
            await session.ws_connect("/ws", headers=headers)
        for path, form in (("/pair", {"code": code}), ("/leave", {})):
            async with session.post(path, data=form, headers=headers, allow_redirects=False) as answer:
                assert answer.status == 403
                assert not answer.cookies
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        await ws.close()

    visiting(attacked, work, cookie_of(attacked))


def test_a_role_may_do_what_its_table_says_and_no_more(attacked):
    async def work(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        assert (await ws.receive_json())["may"] == ["acknowledge", "pause_audio"]
        for command in ({"type": "step_down"}, {"type": "set_zone", "zone": "ribs"}):
            assert "paired for installer may not" in str(await told(ws, command))
        assert await told(ws, {"type": "acknowledge"}) is None

    visiting(attacked, work, cookie_of(attacked, "installer"))
    snapshot = attacked.house.snapshot()
    assert snapshot.session is not None
    assert snapshot.session.zone is None


@pytest.mark.parametrize(
    "said",
    [
        b"\x00\xff",
        "no JSON",
        '{"type":"command","id":1,"command":{"type":"stop_session"}}',
        '{"type":"command","id":1,"command":{"type":"set_limit","limit_kg":99}}',
        '{"type":"command","id":1,"command":{"type":"set_zone","zone":"<script>alert(1)</script>"}}',
        '{"type":"calibrate","id":1,"step":"zero"}',
        '{"type":"here","at":1e999}',
        "[" * 1500,
        "x" * 5000,
    ],
)
def test_what_no_page_says_ends_the_connection(attacked, said):
    async def work(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        await ws.receive_json()
        await (ws.send_bytes(said) if isinstance(said, bytes) else ws.send_str(said))
        message = await ws.receive(timeout=10)
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING)

    visiting(attacked, work, cookie_of(attacked))


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


def test_paths_lead_nowhere(attacked):
    for path in TRICKS:
        with socket.create_connection(("127.0.0.1", attacked.port), 10) as line:
            line.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            answer = b"".join(iter(lambda line=line: line.recv(65536), b""))
        status = int(answer.split(b" ")[1])
        assert status in (303, 400, 404), (path, answer[:200])
        assert b"root:" not in answer
        assert b"SQLite" not in answer
        assert b"PRIVATE" not in answer


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


def memory_kb(station: Station) -> int:
    assert station.process is not None
    status = Path(f"/proc/{station.process.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


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


def served(station: Station) -> None:
    """Somebody else sees the page at once."""
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", station.port), 5) as line:
        line.sendall(b"GET /pair HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 3


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


def test_revoking_ends_what_is_open_at_once(attacked):
    cookie = cookie_of(attacked)
    listed = attacked.house.bard("web", "sessions").stdout.splitlines()
    device = listed[0].split()[0]

    async def work(session: aiohttp.ClientSession) -> None:
        ws = await session.ws_connect("/ws", headers={"Origin": attacked.url})
        await ws.receive_json()
        done = await asyncio.to_thread(attacked.house.bard, "web", "revoke", device)
        assert done.returncode == 0, done
        assert (await ws.receive(timeout=5)).data == 4001
        with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
            await session.ws_connect("/ws", headers={"Origin": attacked.url})

    visiting(attacked, work, cookie)
    complains(attacked.house.bard("web", "revoke", device), 2, device, "allowed")


def test_script_in_a_name_is_refused_by_bard_itself(attacked):
    done = attacked.house.bard("session", "start", "--limit", "40", "--zone", "<script>alert(1)</script>=20")
    complains(done, 3 if done.returncode == 3 else done.returncode)
    assert done.returncode != 0
