"""A simulated board offered as a pty, read like a real one."""

import asyncio
import os
from pathlib import Path

from bard.link import BoardReader, Ports
from bard.link.bridge import PtyBridge
from bard.settings import BoardSettings
from bard.wire.commander import Commander
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import Frame, Hello, Samples, Verb
from tests.link.waiting import Clock, held, run, until


def test_a_program_sees_a_device_that_comes_and_goes_with_the_cable(tmp_path: Path) -> None:
    async def body() -> None:
        before = held()
        clock, link = Clock(), tmp_path / "a"
        served = asyncio.create_task(PtyBridge(Ports(clock), "sim://board_unplugged", link).serve())
        await until(lambda: os.path.exists(link))
        commander, decoder = Commander(), Decoder()
        frames: list[Frame] = []
        gone: list[int] = []

        def take(_: str, data: bytes, now_us: int) -> None:
            if not data:
                gone.append(now_us)
            decoder.receive_data(data)
            while (event := decoder.next_event()) is not NEED_DATA:
                assert not isinstance(event, BadFrame)
                frames.append(event)  # type: ignore[arg-type]
                if isinstance(event, Hello):
                    reader.write(commander.command(Verb.STREAM, 1, now_us=now_us))

        def streams() -> bool:
            return sum(isinstance(frame, Samples) for frame in frames) > 50

        reader = BoardReader(BoardSettings("a", str(link)), Ports(), commander, take)
        reader.start()
        await until(streams)
        clock.skew_us += 20_000_000
        await until(lambda: gone)
        await until(lambda: reader.state == "no such port")
        assert not os.path.lexists(link)
        decoder, boot = Decoder(), next(frame.boot for frame in frames if isinstance(frame, Hello))
        frames.clear()
        clock.skew_us += 10_000_000
        await until(streams)
        assert next(frame.boot for frame in frames if isinstance(frame, Hello)) > boot
        reader.close()
        served.cancel()
        await until(lambda: not os.path.lexists(link))
        await until(lambda: held() == before)

    run(body())
