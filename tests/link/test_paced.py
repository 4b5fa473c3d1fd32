"""Simulated rooms and tapes at the pace of the wall clock, through the reader, into a monitor."""

import asyncio
from pathlib import Path

import pytest

from bard.journal.records import Data
from bard.journal.tape import TapeReader
from bard.link import BoardReader, Ports, true_calibration
from bard.messages import BoardChanged
from bard.monitor import Monitor
from bard.settings import CoreSettings
from bard.wire.commander import Commander
from bard.wire.frames import Verb
from tests.link.far import RECORDINGS, write_tape
from tests.link.waiting import Clock, run, until


class Daemon:
    """What a daemon does with its readers, and no more."""

    def __init__(self, ports: list[str], clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.ports = Ports(self.clock)
        self.room = self.ports.room(ports[0]).room
        self.settings = CoreSettings(self.room.room_settings(ports))
        self.monitor = Monitor(self.settings, true_calibration(self.room, self.settings), now_us=self.clock())
        self.commanders = {board.name: Commander() for board in self.settings.room.boards}
        self.readers = {
            board.name: BoardReader(board, self.ports, self.commanders[board.name], self.take, self.clock)
            for board in self.settings.room.boards
        }
        self.boards: list[tuple[str, str]] = []

    def start(self) -> None:
        for reader in self.readers.values():
            reader.start()

    async def boot(self) -> None:
        """Skip most of the bootloaders' second."""
        await until(lambda: all(reader.opens for reader in self.readers.values()))
        self.clock.skew_us += 900_000
        await until(lambda: all(reader.up for reader in self.readers.values()))

    def take(self, board: str, data: bytes, now_us: int) -> None:
        self.monitor.receive_data(board, data, now_us)
        while (event := self.monitor.next_event()) is not None:
            if isinstance(event, BoardChanged):
                self.boards.append((event.board, event.what))
                if event.what == "hello":
                    start = self.commanders[event.board].command(Verb.STREAM, 1, now_us=now_us)
                    assert self.readers[event.board].write(start)

    def close(self) -> None:
        for reader in self.readers.values():
            reader.close()

    @property
    def loads(self) -> list[float | None]:
        return [support.load_kg for support in self.monitor.snapshot().supports]


def test_two_boards_of_one_room_on_one_grid() -> None:
    async def body() -> None:
        daemon = Daemon(["sim://two_boards?seed=3", "sim://two_boards?seed=3&board=1"])
        daemon.start()
        await daemon.boot()
        await until(lambda: None not in daemon.loads)
        assert sorted(daemon.boards) == [("a", "hello"), ("b", "hello")]
        bar_kg = daemon.monitor.snapshot().bar_load_kg
        assert bar_kg == pytest.approx(0, abs=1), "nobody holds the bars before 4 s"
        assert [reader.input_dropped for reader in daemon.readers.values()] == [0, 0]
        daemon.close()

    run(body())


def test_a_cable_pulled_and_put_back_boots_streams_and_weighs_again() -> None:
    async def body() -> None:
        daemon = Daemon(["sim://board_unplugged"])
        daemon.start()
        await daemon.boot()
        await until(lambda: None not in daemon.loads)
        daemon.clock.skew_us += 20_000_000
        await until(lambda: ("a", "closed") in daemon.boards)
        await until(lambda: "cable is out" in daemon.readers["a"].state)
        daemon.clock.skew_us += 10_000_000
        await until(lambda: daemon.readers["a"].opens == 2)
        await daemon.boot()
        await until(lambda: daemon.boards == [("a", "hello"), ("a", "closed"), ("a", "hello")])
        await until(lambda: daemon.loads.count(None) == 0)
        daemon.close()

    run(body())


def test_a_recording_hangs_on_one_bar() -> None:
    async def body() -> None:
        url = f"recording://{RECORDINGS}/two_plates_firm_open.csv.gz?column=right_n&truth=left_n&seed=4"
        daemon = Daemon([url])
        daemon.start()
        await daemon.boot()
        await until(lambda: None not in daemon.loads)
        paced = daemon.ports.room(url)
        assert paced.begun_us is not None
        at_us = daemon.monitor.snapshot().at_us - paced.begun_us - 125_000
        assert daemon.loads[0] == pytest.approx(paced.room.truth(at_us).bar_load_kg, abs=1)
        daemon.close()

    run(body())


def test_a_tape_is_played_at_its_pace_through_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "room.tape"
    write_tape(path)

    async def body() -> None:
        clock = Clock()
        received, ports, url = list[bytes](), Ports(clock), f"replay://{path}"
        settings = CoreSettings(TapeReader(path).header.core.room).room.boards[0]
        board = type(settings)(settings.name, url)
        loop, times = asyncio.get_running_loop(), list[float]()

        def take(_: str, data: bytes, now_us: int) -> None:
            del now_us
            received.append(data)
            times.append(loop.time())

        reader = BoardReader(board, ports, Commander(), take, clock)
        reader.start()
        await until(lambda: reader.opens)
        clock.skew_us += 900_000  # nothing is on the tape before 1 s
        await until(lambda: received and received[-1] == b"")
        recorded = [record for record in TapeReader(path) if isinstance(record, Data)]
        assert b"".join(received) == b"".join(record.data for record in recorded)
        assert times[-1] - times[0] == pytest.approx((recorded[-1].now_us - recorded[0].now_us) / 1e6, abs=0.2)
        await until(lambda: reader.state == "the tape is over")
        assert received.count(b"") == 1
        reader.close()

    run(body())
