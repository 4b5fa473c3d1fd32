"""The daemon's socket, read by the page's process: the present snapshot, or none and why.

One law: a snapshot is passed on while its row is younger than STALE_S by this machine's clock, and never after;
however the daemon goes, `on_lost` follows within that time. It reconnects for ever and never raises for a daemon that
is away.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from bard.control.address import address_of
from bard.control.protocol import (
    MAX_HZ,
    Answer,
    CommandRequest,
    PushedEvent,
    Query,
    Request,
    Subscribe,
    line_of,
    read_message,
)
from bard.errors import LinkError, Refused
from bard.messages import (
    Command,
    ConditionChanged,
    PhaseChanged,
    SessionChanged,
    SessionEnded,
    SessionStarted,
    SignalChanged,
    Snapshot,
)

STALE_S = 0.7
"""Together with the way to a page, less than the second within which it must say so."""
RETRY_S = 0.3
ANSWER_S = 5.0
_HANG_UP_S = 5.0
_LOOK_S = 0.05
_MAX_LINE = 4 * 1024 * 1024
_MOST_ASKED = 64
_SUBSCRIPTION, _PROMPT, _FIRST_COMMAND = 1, 2, 3
_AT_ONCE = (ConditionChanged, PhaseChanged, SessionChanged, SessionEnded, SessionStarted, SignalChanged)
"""After these the page does not wait for the next snapshot."""


Why = Literal["connecting", "away", "denied", "hung_up", "stands_still", "refused", "foreign"]
"""Why there is no snapshot; the words are the page's."""


class RoomFeed:
    """`run()` for ever. `on_snapshot` gets each fresh one; `on_lost` why there is none, once for each loss."""

    def __init__(self, path: str, on_snapshot: Callable[[Snapshot], None], on_lost: Callable[[Why], None]) -> None:
        self.path = path
        self.snapshot: Snapshot | None = None
        self.why: Why = "connecting"
        self._on_snapshot = on_snapshot
        self._on_lost = on_lost
        self._writer: asyncio.StreamWriter | None = None
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._next_id = _FIRST_COMMAND
        self._prompted = False
        self._heard_at = 0.0

    async def run(self) -> None:
        """Connect, listen, and again."""
        while True:
            try:
                await self._listen()
            except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError, Refused) as error:
                self._lose(_why(error))
            finally:
                self._hang_up()
            await asyncio.sleep(RETRY_S)

    async def command(self, command: Command, via: str) -> None:
        """Have it carried out; `via` is who gave it, for bard's log. Raises Refused or LinkError."""
        await self.ask(lambda number: CommandRequest(number, command, via))

    async def ask(self, request_of: Callable[[int], Request], limit_s: float = ANSWER_S) -> Any:
        """The result of the request that `request_of` makes with this id. Raises Refused or LinkError."""
        if self._writer is None or len(self._asked) >= _MOST_ASKED:
            raise LinkError(f"bard at {self.path} does not answer")
        number = self._next_id
        self._next_id += 1
        self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(request_of(number))
            return await asyncio.wait_for(self._asked[number], limit_s)
        except TimeoutError:
            raise LinkError(f"bard at {self.path} did not answer within {limit_s:g} s") from None
        finally:
            self._asked.pop(number, None)

    async def _listen(self) -> None:
        with address_of(self.path) as address:
            reader, self._writer = await asyncio.wait_for(
                asyncio.open_unix_connection(address, limit=_MAX_LINE), ANSWER_S
            )
        self._heard_at, self._prompted = time.monotonic(), False
        self._send(Subscribe(_SUBSCRIPTION, MAX_HZ, events=True))
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._take(await reader.readuntil(b"\n"))
        finally:
            watching.cancel()

    async def _watch(self) -> None:
        """Lose what has become old; hang up where nothing comes at all."""
        while True:
            await asyncio.sleep(_LOOK_S)
            if self.snapshot is not None and _age_s(self.snapshot) > STALE_S:
                self._lose("stands_still")
            if time.monotonic() - self._heard_at > _HANG_UP_S and self._writer is not None:
                self._writer.transport.abort()

    def _take(self, line: bytes) -> None:
        self._heard_at = time.monotonic()
        message = read_message(line)
        if isinstance(message, Answer):
            self._take_answer(message)
        elif isinstance(message, Snapshot):
            self._take_snapshot(message)
        elif isinstance(message, PushedEvent) and isinstance(message.event, _AT_ONCE) and not self._prompted:
            self._prompted = True
            self._send(Query(_PROMPT, "snapshot"))

    def _take_answer(self, answer: Answer) -> None:
        if answer.id == _PROMPT:
            self._prompted = False
            self._take_snapshot(msgspec.convert(answer.result, Snapshot))
        elif answer.id in self._asked:
            future = self._asked[answer.id]
            if not future.done():
                future.set_exception(Refused(answer.refusal)) if answer.refusal else future.set_result(answer.result)
        elif answer.refusal is not None:
            raise Refused(answer.refusal)

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if _age_s(snapshot) > STALE_S:
            return
        self.snapshot = snapshot
        self._on_snapshot(snapshot)

    def _send(self, request: Request) -> None:
        if self._writer is not None:
            self._writer.write(line_of(request))

    def _lose(self, why: Why) -> None:
        if self.snapshot is not None or why != self.why:
            self.snapshot, self.why = None, why
            self._on_lost(why)

    def _hang_up(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            with contextlib.suppress(OSError):
                writer.transport.abort()
        for future in self._asked.values():
            if not future.done():
                future.set_exception(LinkError(f"bard at {self.path} has ended or hung up"))


def _why(error: Exception) -> Why:
    if isinstance(error, FileNotFoundError | ConnectionRefusedError):
        return "away"
    if isinstance(error, PermissionError):
        return "denied"
    if isinstance(error, asyncio.IncompleteReadError | OSError):
        return "hung_up"
    return "refused" if isinstance(error, Refused) else "foreign"


def _age_s(snapshot: Snapshot) -> float:
    """Rows are stamped by CLOCK_MONOTONIC, which is the same for every process of a machine."""
    return time.monotonic() - snapshot.at_us / 1e6
