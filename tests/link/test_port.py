"""One contract, held by every kind of port."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.errors import LinkError
from bard.link import Port, Ports
from bard.link.port import FdPort
from tests.link.far import KINDS, Far, PtyFar
from tests.link.waiting import Clock, held, run, until

ALL = list(KINDS)
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")  # pyserial's own


class Near:
    """A port under test, what came out of it, and when."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.clock = Clock()
        self.far: Far = KINDS[kind](folder, self.clock)
        self.ports = Ports(self.clock)
        self.pieces: list[tuple[bytes, int]] = []
        self.port: Port | None = None

    async def open(self) -> Port:
        self.port = await self.ports.open(self.far.url, lambda data, at_us: self.pieces.append((data, at_us)))
        return self.port

    @property
    def received(self) -> bytes:
        return b"".join(data for data, _ in self.pieces)

    def close(self) -> None:
        self.far.drop()


@pytest.fixture
def near(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Near]:
    near = Near(request.param, tmp_path)
    yield near
    near.close()


@pytest.mark.parametrize("near", ALL, indirect=True)
def test_bytes_arrive_whole_and_in_order_with_the_time_of_their_read(near: Near) -> None:
    async def body() -> None:
        start_us = near.clock()
        port = await near.open()
        near.far.talk(port.write)
        await until(lambda: near.far.whole(near.received))
        stamps = [at_us for _, at_us in near.pieces]
        assert stamps == sorted(stamps)
        assert start_us <= stamps[0] <= stamps[-1] <= near.clock()
        assert all(data for data, _ in near.pieces)
        port.close()

    run(body())


@pytest.mark.parametrize("near", [kind for kind in ALL if kind != "replay"], indirect=True)
def test_a_write_reaches_the_other_side(near: Near) -> None:
    async def body() -> None:
        port = await near.open()
        assert port.write(near.far.spoken())
        await until(lambda: near.far.understood(near.received))
        assert port.dropped == 0
        port.close()

    run(body())


@pytest.mark.parametrize("near", [kind for kind in ALL if kind != "loop"], indirect=True)
def test_gone_is_reported_once_and_a_write_after_it_is_dropped(near: Near) -> None:
    async def body() -> None:
        port = await near.open()
        near.far.talk(port.write)
        await until(lambda: near.far.whole(near.received))
        near.far.hang_up()
        await until(lambda: near.pieces[-1][0] == b"")
        assert [data for data, _ in near.pieces].count(b"") == 1
        assert not port.write(b"late")
        assert port.dropped == 4
        port.close()

    run(body())


@pytest.mark.parametrize("near", ALL, indirect=True)
@pytest.mark.parametrize("hang_up_first", [False, True])
def test_a_closed_port_says_nothing_and_leaves_nothing_behind(near: Near, hang_up_first: bool) -> None:
    async def body() -> None:
        before = held()
        port = await near.open()
        near.far.talk(port.write)
        await until(lambda: near.received)
        if hang_up_first:
            near.far.hang_up()
        port.close()
        port.close()
        count = len(near.pieces)
        assert not port.write(b"late")
        near.far.drop()
        await until(lambda: held()[0] <= before[0] and held()[1] == [])
        assert len(near.pieces) == count

    run(body())


def test_what_does_not_fit_is_dropped_and_counted(tmp_path: Path) -> None:
    """Nobody reads the other end of the pty: a write never waits."""
    near = Near("pty", tmp_path)

    async def body() -> None:
        port = await near.open()
        for _ in range(200):
            port.write(bytes(1_000))
        assert 100_000 < port.dropped < 200_000
        assert port.dropped + len(_all(near.far)) == 200_000
        port.close()

    run(body())
    near.close()


def test_what_was_written_last_still_leaves_when_the_port_is_closed(tmp_path: Path) -> None:
    near = Near("pty", tmp_path)

    async def body() -> None:
        port = await near.open()
        port.write(b"silence")
        port.close()
        assert _all(near.far) == b"silence"

    run(body())
    near.close()


def _all(far: Far) -> bytes:
    data = b""
    while piece := far.take():
        data += piece
    return data


def test_a_second_opener_is_refused_and_let_in_when_the_first_has_gone(tmp_path: Path) -> None:
    near = Near("pty", tmp_path)

    async def body() -> None:
        port = await near.open()
        with pytest.raises(LinkError, match="in use by another program"):
            await Ports().open(near.far.url, lambda *_: None)
        port.close()
        (await Ports().open(near.far.url, lambda *_: None)).close()

    run(body())
    near.close()


def test_a_simulated_board_has_one_owner_too() -> None:
    async def body() -> None:
        ports = Ports()
        first = await ports.open("sim://two_boards", lambda *_: None)
        second = await ports.open("sim://two_boards?board=1", lambda *_: None)
        with pytest.raises(LinkError, match="in use"):
            await ports.open("sim://two_boards?seed=1&board=0", lambda *_: None)
        first.close()
        (await ports.open("sim://two_boards", lambda *_: None)).close()
        second.close()

    run(body())


@pytest.mark.parametrize(
    ("port", "words"),
    [
        ("/dev/ttyNONE", "no such port"),
        ("/dev/null", "not a serial port"),
        ("socket://127.0.0.1:1", "no connection"),
        ("rfc2217://127.0.0.1:1", "cannot be opened"),
    ],
)
def test_what_cannot_be_opened_now_says_why(port: str, words: str) -> None:
    async def body() -> None:
        before = held()
        with pytest.raises(LinkError, match=words):
            await Ports().open(port, lambda *_: None)
        await until(lambda: held() == before)

    run(body())


def test_opening_that_nobody_waits_for_any_more_is_undone(tmp_path: Path) -> None:
    far = PtyFar(tmp_path, Clock())

    async def body() -> None:
        before = held()
        for turns in (1, 2, 3, 10, 100):
            task = asyncio.create_task(Ports().open(far.url, lambda *_: None))
            for _ in range(turns):
                await asyncio.sleep(0)
            if task.cancel():
                with pytest.raises(asyncio.CancelledError):
                    await task
            else:
                (await task).close()
            await until(lambda: held() == before)

    run(body())
    far.drop()


def test_a_read_that_finds_nothing_is_no_end() -> None:
    """A loop may be woken for bytes that are gone again (a flush, a change of rate)."""

    async def body() -> None:
        master, slave = os.openpty()
        heard: list[bytes] = []
        port = await Ports().open(os.ttyname(slave), lambda data, _: heard.append(data))
        os.close(slave)
        try:
            assert isinstance(port, FdPort)
            port._read()
            port.set_baud(115_200)
            port._read()
            assert heard == []
        finally:
            port.close()
            os.close(master)

    asyncio.run(body())
