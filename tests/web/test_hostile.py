"""Whoever means harm is refused, learns nothing, and `bard run` goes on as if nobody had been there."""

import asyncio
import socket

import aiohttp
import pytest

from tests.daemon.house import complains
from tests.web.visiting import cookie_of, told, visiting

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
    complains(done, done.returncode, "zones")
    assert done.returncode != 0


ASKED = {"/install/now": None, "/install/outputs": None, "/install/doctor": None, "/install/certificate": None}
TOLD = {
    "/install/ask": {"do": "drop"},
    "/install/try": {"output": "board a"},
    "/install/noticed": {"type": "noticed"},
    "/install/doctor": {},
}


@pytest.mark.parametrize(("role", "status"), [("", 401), ("therapist", 403), ("studio", 403)])
def test_an_installers_requests_are_for_installers(attacked, role, status):
    async def work(session: aiohttp.ClientSession) -> None:
        for path in ASKED:
            async with session.get(path, allow_redirects=False) as answer:
                assert answer.status == status, path
        for path, what in TOLD.items():
            async with session.post(path, json=what, headers={"Origin": attacked.url}) as answer:
                assert answer.status == status, path
        async with session.get("/install", allow_redirects=False) as answer:
            assert answer.status == (403 if role else 303)

    visiting(attacked, work, cookie_of(attacked, role) if role else "")


def test_an_installers_requests_come_from_the_page_and_are_what_a_page_asks(attacked):
    async def work(session: aiohttp.ClientSession) -> None:
        for path, what in TOLD.items():
            for origin in ({}, {"Origin": "http://evil.example"}):
                async with session.post(path, json=what, headers=origin) as answer:
                    assert answer.status == 403, path
        headers = {"Origin": attacked.url}
        for body in (b"", b"\x00\xff", b"[" * 3000, b"{}", b'{"output": 7}', b'{"output": "board a", "more": 1}'):
            for path in ("/install/ask", "/install/try", "/install/noticed"):
                async with session.post(path, data=body, headers=headers) as answer:
                    assert answer.status == 400, (path, body)
        for asked in (
            {"do": "revert", "digest": "abc"},
            {"do": "load", "kind": "hang"},
            {"do": "strike", "number": "x"},
        ):
            async with session.post("/install/ask", json=asked, headers=headers) as answer:
                assert answer.status == 400, asked
        async with session.post("/install/ask", json={"do": "check"}, headers=headers) as answer:
            assert (answer.status, "session runs" in await answer.text()) == (409, True)
        async with session.post("/install/try", data=b"x" * 10_000_000, headers=headers) as answer:
            assert answer.status == 413
        async with session.post("/install/try", json={"output": "<script>"}, headers=headers) as answer:
            assert answer.status == 409
        asked = [session.get("/install/now") for _ in range(80)]
        found = [answer.status for answer in await asyncio.gather(*asked)]
        assert 429 in found

    visiting(attacked, work, cookie_of(attacked, "installer"))
