"""A real Chromium without a window, driven over its DevTools protocol.

One law: what a test does is what a person does: real taps and keys, so that the browser's own rules about what may
sound hold. Every page has cookies of its own and notes every request and every complaint in its console.
"""

import asyncio
import base64
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import aiohttp

PATIENCE_S = 30.0
_KEYS = {"Tab": (9, "Tab"), "Enter": (13, "\r"), "Escape": (27, "Escape")}


class Browser:
    """One Chromium; `page()` opens pages. `close()` ends it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        binary = shutil.which("chromium")
        assert binary is not None, "chromium is not installed"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._port_file = folder / "DevToolsActivePort"
        self._log = (folder / "chromium.log").open("wb")
        arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
            f"--user-data-dir={folder}",
        ]
        environment = os.environ | {"HOME": str(folder)}
        self.process = subprocess.Popen(
            [binary, *arguments, "about:blank"],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment,
            start_new_session=True,
        )
        self._next_id = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._pages: dict[str, Page] = {}
        self.call(self._connect())

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Have it done on the browser's own loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    def page(self, width: int = 390, height: int = 844, before: str = "", insecure: bool = False) -> "Page":
        """An empty page of this size; `before` is run in it before anything that is loaded."""
        return self.call(self._open(width, height, before, insecure))

    def close(self) -> None:
        """End it."""
        try:
            self.call(self._disconnect())
        finally:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
            self._loop.close()
            self._log.close()

    async def send(self, method: str, session: str = "", **params: Any) -> Any:
        """One request of the protocol."""
        self._next_id += 1
        number = self._next_id
        self._answers[number] = self._loop.create_future()
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        await self._ws.send_str(json.dumps(message))
        return await asyncio.wait_for(self._answers[number], PATIENCE_S)

    async def _connect(self) -> None:
        until = time.monotonic() + PATIENCE_S
        while not (self._port_file.exists() and self._port_file.read_text().count("\n")):
            assert time.monotonic() < until, "chromium did not start"
            assert self.process.poll() is None, "chromium ended"
            await asyncio.sleep(0.05)
        port, path = self._port_file.read_text().split("\n")[:2]
        self._session = aiohttp.ClientSession()
        self._ws = await self._session.ws_connect(f"ws://127.0.0.1:{port}{path}", max_msg_size=0)
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        async for message in self._ws:
            found = json.loads(message.data)
            if "id" in found:
                future = self._answers.pop(found["id"])
                if not future.done():
                    error = found.get("error")
                    future.set_exception(AssertionError(error)) if error else future.set_result(found["result"])
            elif found.get("sessionId") in self._pages:
                self._pages[found["sessionId"]].take(found["method"], found["params"])

    async def _open(self, width: int, height: int, before: str, insecure: bool) -> "Page":
        context = (await self.send("Target.createBrowserContext"))["browserContextId"]
        target = await self.send("Target.createTarget", url="about:blank", browserContextId=context)
        attached = await self.send("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self, attached["sessionId"], context)
        self._pages[attached["sessionId"]] = page
        for domain in ("Page", "Runtime", "Network", "Log"):
            await page.send(f"{domain}.enable")
        if insecure:
            await page.send("Security.setIgnoreCertificateErrors", ignore=True)
        if before:
            await page.send("Page.addScriptToEvaluateOnNewDocument", source=before)
        mobile = width < 700
        await page.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile
        )
        return page

    async def _disconnect(self) -> None:
        self._reading.cancel()
        await self._ws.close()
        await self._session.close()


class Page:
    """One page. `complaints`: errors of its console; `requests`: every address it asked for."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.bytes = 0
        self._browser = browser
        self._session = session
        self._context = context

    def take(self, method: str, params: dict[str, Any]) -> None:
        """From the browser."""
        if method == "Runtime.exceptionThrown":
            self.complaints.append(str(params["exceptionDetails"]))
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "assert", "warning"):
            self.complaints.append(str(params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")
        elif method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(params["url"])
        elif method == "Network.loadingFinished":
            self.bytes += int(params["encodedDataLength"])

    async def send(self, method: str, **params: Any) -> Any:
        return await self._browser.send(method, self._session, **params)

    def tell(self, method: str, **params: Any) -> Any:
        """One request of the protocol, from a test."""
        return self._browser.call(self.send(method, **params))

    def open(self, url: str) -> None:
        """Go there, as if typed, until it is loaded."""
        self.tell("Page.navigate", url=url)
        self.wait("document.readyState === 'complete' && location.href !== 'about:blank'")

    def look(self, expression: str) -> Any:
        """The value of JavaScript; what it throws fails the test."""
        found = self.tell("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def wait(self, expression: str, limit_s: float = PATIENCE_S) -> Any:
        """Until it is true; its value."""
        return self.wait_for(
            lambda: self.look(f"(() => {{ try {{ return {expression} }} catch {{ return null }} }})()"),
            expression,
            limit_s,
        )

    def wait_for(self, what: Callable[[], Any], why: str, limit_s: float = PATIENCE_S) -> Any:
        until = time.monotonic() + limit_s
        while not (found := what()):
            assert time.monotonic() < until, f"not within {limit_s} s: {why}\n{self.text()}\n{self.complaints}"
            time.sleep(0.03)
        return found

    def text(self, selector: str = "body") -> str:
        """What a person reads there."""
        return str(self.look(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def wait_text(self, selector: str, words: str, limit_s: float = PATIENCE_S) -> None:
        """Until that stands there."""
        self.wait_for(lambda: words in self.text(selector), f"{words!r} in {selector}", limit_s)

    def click(self, selector: str) -> None:
        """A tap in the middle of it, where a person can."""
        place = self.look(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)});"
            "e.scrollIntoView({block: 'nearest'});"
            "const r = e.getBoundingClientRect(); const x = r.x + r.width / 2, y = r.y + r.height / 2;"
            "return {x, y, hit: e.contains(document.elementFromPoint(x, y)), off: e.disabled === true} })()"
        )
        assert place["hit"], f"{selector} is covered"
        assert not place["off"], f"{selector} is disabled"
        for kind in ("mousePressed", "mouseReleased"):
            self.tell("Input.dispatchMouseEvent", type=kind, x=place["x"], y=place["y"], button="left", clickCount=1)

    def press(self, key: str) -> None:
        """A key of _KEYS."""
        code, words = _KEYS[key]
        text = {"text": words} if key == "Enter" else {}
        self.tell("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.tell("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def screenshot(self, path: Path) -> None:
        """As PNG."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(self.tell("Page.captureScreenshot", format="png")["data"]))

    def close(self) -> None:
        self._browser.call(self._browser.send("Target.disposeBrowserContext", browserContextId=self._context))
