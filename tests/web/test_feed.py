"""The page's process at the daemon's socket: fresh or nothing, and back by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from bard.errors import LinkError, Refused
from bard.messages import Acknowledge, StopSession
from bard.web.feed import STALE_S, RoomFeed
from tests.control.fake import LOUD, RunningServer, room


class Heard:
    """A feed that runs, and what it said."""

    def __init__(self, path: str) -> None:
        self.snapshots: list[float | None] = []
        self.lost: list[str] = []
        self.feed = RoomFeed(path, lambda snapshot: self.snapshots.append(snapshot.client_load_kg), self.lost.append)

    async def until(self, what: Callable[[], object], within_s: float = 10.0) -> float:
        began = time.monotonic()
        while not what():
            assert time.monotonic() - began < within_s, (self.lost, self.snapshots[-1:])
            await asyncio.sleep(0.01)
        return time.monotonic() - began


def heard(path: str, test: Callable[[Heard], Awaitable[None]]) -> None:
    async def run() -> None:
        one = Heard(path)
        task = asyncio.create_task(one.feed.run())
        try:
            await test(one)
        finally:
            task.cancel()

    asyncio.run(run())


def test_it_comes_back_by_itself(running):
    async def test(one: Heard) -> None:
        await one.until(lambda: one.snapshots)
        running.call(running.server.close)
        assert await one.until(lambda: one.lost) < 1.0
        assert one.feed.snapshot is None
        await one.until(lambda: one.lost[-1] == "away")
        again = RunningServer(running.path)
        again.handler.shown = room(12.0)
        await one.until(lambda: one.feed.snapshot and one.snapshots[-1] == 12.0)
        again.close()

    heard(running.path, test)


def test_numbers_that_stand_still_are_lost_within_the_time(running):
    async def test(one: Heard) -> None:
        await one.until(lambda: one.snapshots)
        running.handler.frozen = True
        took_s = await one.until(lambda: one.feed.snapshot is None)
        assert STALE_S - 0.3 < took_s < STALE_S + 0.8
        assert one.lost == ["stands_still"]
        count = len(one.snapshots)
        await asyncio.sleep(0.5)
        assert len(one.snapshots) == count
        running.handler.frozen = False
        await one.until(lambda: one.feed.snapshot)

    heard(running.path, test)


def test_an_event_brings_a_snapshot_at_once(running):
    async def test(one: Heard) -> None:
        await one.until(lambda: one.snapshots)
        queried = running.handler.snapshots
        for _ in range(50):
            running.broadcast(LOUD)
        await one.until(lambda: len(one.snapshots) > 5)
        assert running.handler.snapshots > queried
        assert not one.feed._prompted or await one.until(lambda: not one.feed._prompted)

    heard(running.path, test)


def test_a_command_is_done_refused_or_unanswered(running):
    async def test(one: Heard) -> None:
        await one.until(lambda: one.snapshots)
        await one.feed.command(Acknowledge(), "page of therapist")
        command, origin = running.handler.commands[-1]
        assert command == Acknowledge()
        assert origin.startswith("socket, user ")
        assert origin.endswith(", page of therapist")
        with pytest.raises(Refused, match="no session runs"):
            await one.feed.command(StopSession(), "")
        running.call(running.server.close)
        await one.until(lambda: one.lost)
        with pytest.raises(LinkError):
            await one.feed.command(Acknowledge(), "")

    heard(running.path, test)


def test_what_is_no_bard_is_told(tmp_path):
    path = str(tmp_path / "other.sock")

    async def test(one: Heard) -> None:
        await one.until(lambda: one.lost)
        assert one.lost[-1] == "away"

        async def other(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"220 mail ready\n")
            await writer.drain()

        async with await asyncio.start_unix_server(other, path):
            await one.until(lambda: one.lost[-1] == "foreign")
        await one.until(lambda: one.lost[-1] in ("away", "hung_up"))

    heard(path, test)
