"""Pages without a browser, in a process of their own: `python -m bench.visitors URL COOKIE COUNT OUT`.

One law: each does on its WebSocket what the page's link.js does, reads all, and notes when which row came; a browser
per page on the machine that is measured would measure the browsers.
"""

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import TextIO

import aiohttp

_HERE_S = 0.1


async def _visit(url: str, cookie: str, out: TextIO | None) -> None:
    headers = {"Cookie": cookie, "Origin": url}
    async with (
        aiohttp.ClientSession(headers=headers, cookie_jar=aiohttp.DummyCookieJar()) as session,
        session.ws_connect(f"{url}/ws") as ws,
    ):
        here_at = 0.0
        await ws.send_json({"type": "here", "at": 0.0})
        async for message in ws:
            now = time.monotonic()
            found = json.loads(message.data)
            if out is not None and found.get("t") == "now" and "at_us" in found["view"]:
                out.write(f"{found['view']['at_us']} {round(now * 1e6)}\n")
            if now - here_at >= _HERE_S:
                here_at = now
                await ws.send_json({"type": "here", "at": now * 1000})


async def _visit_all(url: str, cookie: str, count: int, out: TextIO) -> None:
    await asyncio.gather(*(_visit(url, cookie, out if number == 0 else None) for number in range(count)))


def main() -> None:
    """Until ended."""
    url, cookie, count, path = sys.argv[1:]
    with Path(path).open("w", buffering=1) as out:
        asyncio.run(_visit_all(url, cookie, int(count), out))


if __name__ == "__main__":
    main()
