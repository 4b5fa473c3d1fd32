"""The rig in real time: a host on the pty sees a board, and pin edges come with their time."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import BoardFrame, Guard, GuardEvent, Hello, Samples, Verb

from .rig.live import Live

pytestmark = pytest.mark.apt

HELD, SCALE = 100_000, 52_429
WAIT_S = 10.0


class Host:
    """Reads and writes the pty as plainly as can be."""

    def __init__(self, link: Path) -> None:
        self._port = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        self._decoder = Decoder()
        self._commander = Commander()

    def close(self) -> None:
        """Give the port back."""
        os.close(self._port)

    def send(self, verb: Verb, *args: int) -> None:
        """One command."""
        os.write(self._port, self._commander.command(verb, *args, now_us=time.monotonic_ns() // 1000))

    def wait_for(self, wanted: Callable[[BoardFrame], bool]) -> BoardFrame:
        """The next frame that is wanted."""
        limit = time.monotonic() + WAIT_S
        while time.monotonic() < limit:
            event = self._decoder.next_event()
            if event is NEED_DATA:
                self._read()
            elif wanted(event):
                return event
        raise AssertionError("no such frame")

    def _read(self) -> None:
        try:
            self._decoder.receive_data(os.read(self._port, 4096))
        except BlockingIOError:
            time.sleep(0.001)


def test_a_release_moves_the_pins_and_the_frames_tell(tmp_path: Path) -> None:
    script = [(0.0, f"load {channel} {HELD}") for channel in range(4)]
    with Live(tmp_path / "board", script, dtr=True) as live:
        host = Host(live.link)
        host.wait_for(lambda frame: isinstance(frame, Hello) and frame.reset_cause == 2)
        host.send(Verb.STREAM, 1)
        for channel in range(4):
            host.send(Verb.SCALE, channel, 0, SCALE)
        host.wait_for(lambda frame: isinstance(frame, Samples) and frame.conversions[0].counts > HELD - 100)
        host.send(Verb.ARM, 12_000, 2, 1_000)
        for channel in range(4):
            live.do(f"load {channel} 0 20000")
        let_go = live.wait_until(lambda moment: moment.what.startswith("load 3 0"), WAIT_S)
        host.wait_for(lambda frame: isinstance(frame, Guard) and frame.event == GuardEvent.TRIP)
        edge = live.wait_until(lambda moment: moment.what == "vibrator 1", WAIT_S, let_go.monotonic_ns)
        assert edge.monotonic_ns - let_go.monotonic_ns < 500_000_000
        live.do("line 0")
        live.wait_until(lambda moment: moment.what == "line 0", WAIT_S)
        assert not live.link.is_symlink()
        live.do("line 1")
        live.wait_until(lambda moment: moment.what == "line 1", WAIT_S)
        assert live.link.is_symlink()
        host.close()
    assert not live.link.is_symlink()
