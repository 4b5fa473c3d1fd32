"""What the daemon costs, and how much faster than life each part is: `python -m bench.throughput [--seconds 60]`.

Live: `bard run` on a pty with a simulated board of four cells at about 86 conversions a second each, in a session,
tape on. Flat out: CPU time of this process on one core, best of three runs.
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

from bard.cli.demo import room_config
from bard.cli.stage import Stage
from bard.control.client import ControlClient
from bard.journal.records import Data, make_header
from bard.journal.replay import replay
from bard.journal.tape import TapeReader, TapeWriter
from bard.link.flatout import run_flat_out, true_calibration
from bard.messages import Event, StartSession
from bard.monitor import Monitor
from bard.monitor.decisions import Decisions
from bard.settings import CoreSettings
from bard.simulate import Room, steady
from bard.weigh.path import Weighed, Weigher
from bard.wire.clock import BoardClock
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import Samples
from bard.wire.grid import Grid, Row
from bench import weigh_speed
from bench.latency import started
from bench.results import write

_SECONDS = 120.0


def live(seconds: float) -> list[str]:
    """CPU share, resident memory and tape of `bard run`."""
    source = "steady"
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as temporary:
        folder = Path(temporary)
        room = Room(steady(45.0, source), 1)
        with Stage(folder, source, 1, room_config(folder, room)) as stage:
            begun_us = stage.begun_us()
            _sleep_until(begun_us / 1e6 + 4)
            with ControlClient(stage.socket) as client:
                client.command(StartSession(70.0, 40.0))
            seconds = min(seconds, 36.0)
            first_s, tape_first = _cpu_s(stage.daemon_pid), _tape_bytes(folder)
            started = time.monotonic()
            _sleep_until(started + seconds)
            used_s, elapsed_s = _cpu_s(stage.daemon_pid) - first_s, time.monotonic() - started
            tape_bytes = _tape_bytes(folder) - tape_first
            rss_mb = _rss_mb(stage.daemon_pid)
    floor = floor_share(seconds)
    per_hour_mb = tape_bytes / elapsed_s * 3600 / 1e6
    return [
        f"- CPU of `bard run`: {used_s / elapsed_s:.1%} of a core over {elapsed_s:.0f} s (aim 3 %); bare asyncio and "
        f"os.read on the same stream, nothing else: {floor:.1%}",
        f"- resident memory: {rss_mb:.0f} MB (aim 60 MB)",
        f"- tape: {per_hour_mb:.1f} MB an hour (aim 30 MB)",
    ]


def floor_share(seconds: float) -> float:
    """CPU share of a program that only reads the same board's stream with asyncio."""
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        simulate = (sys.executable, "-m", "bard", "simulate", "steady", "--link", folder)
        stack.enter_context(started(*simulate, log=folder / "simulate.log"))
        while not (folder / "a").exists():
            time.sleep(0.05)
        reader = stack.enter_context(started(sys.executable, "-m", "bench.floor", folder / "a", log=folder / "log"))
        time.sleep(3)
        first_s, begun = _cpu_s(reader.pid), time.monotonic()
        time.sleep(seconds)
        return (_cpu_s(reader.pid) - first_s) / (time.monotonic() - begun)


def flat_out() -> list[str]:
    """Times real time of a replay, of the decoding alone and of the decisions alone."""
    room = Room(steady(_SECONDS), 1)
    settings = CoreSettings(room.room_settings(["sim://a"]))
    calibration = true_calibration(room, settings)
    with tempfile.TemporaryDirectory(prefix="bard-bench-") as folder:
        path = Path(folder) / "bench.tape"
        header = make_header(settings, calibration, start_us=0, wall_time="", clock_trusted=False, done="bench")
        tape = TapeWriter(path, header)
        run_flat_out(room, Monitor(settings, calibration, now_us=0), _ignore, tape=tape)
        tape.close()
        replay_s = _best_s(lambda: replay(path))
        data = [record for record in TapeReader(path) if isinstance(record, Data)]
    decode_s = _best_s(lambda: _rows(data, settings))
    rows = _rows(data, settings)
    weigher = Weigher(settings, calibration)
    weighed = [weigher.weigh(row) for row in rows]
    decide_s = _best_s(lambda: _decide(settings, weigher, weighed))
    bare_s = _best_s(lambda: _decide(settings, weigher, weighed, summed=False))
    seconds = len(rows) * settings.wire.row_us / 1e6
    frames = len(data)
    figures = weigh_speed.measure()
    return [
        f"- replay of a tape, all of it: {_SECONDS / replay_s:.0f} x real time (aim 100)",
        f"- decoder, clock and grid: {seconds / decode_s:.0f} x; {frames / decode_s:,.0f} reads and "
        f"{len(rows) / decode_s:,.0f} rows a second",
        f"- weigh/, row by row: {figures['scalar']:.0f} x ({figures['scalar_us_per_row']:.1f} us a row)",
        f"- weigh/ on decoded conversions, blocks of 4096 rows: {figures['block_4096']:.0f} x (aim 5 000); "
        f"of 1 row: {figures['block_1']:.0f} x",
        f"- decisions: {seconds / decide_s:.0f} x ({decide_s / len(rows) * 1e6:.1f} us a row; aim 1 000 x)",
        f"- of these, the session's summaries: {(decide_s - bare_s) / len(rows) * 1e6:.1f} us a row",
    ]


def _rows(data: list[Data], settings: CoreSettings) -> list[Row]:
    """Bytes to rows, as the monitor does it."""
    decoder, clock, grid = Decoder(), BoardClock(), Grid(settings.wire, 1)
    grid.begin(data[0].now_us)
    rows: list[Row] = []
    for record in data:
        decoder.receive_data(record.data)
        while (frame := decoder.next_event()) is not NEED_DATA:
            if type(frame) is Samples and (at_us := clock.to_host(frame.ticks_us, record.now_us)) is not None:
                for conversion in frame.conversions:
                    grid.add(conversion.channel, at_us - conversion.age_us, conversion.counts)
                grid.advance(0, at_us)
        while (row := grid.next_row()) is not None:
            rows.append(row)
    return rows


def _decide(settings: CoreSettings, weigher: Weigher, weighed: list[Weighed], *, summed: bool = True) -> None:
    """Every row decided, in a session; boards that are always there."""
    board = SimpleNamespace(
        name="a",
        presence=None,
        pedal=None,
        frames=(1, 0),
        restarted_us=None,
        lost_at=lambda _: False,
        live_at=lambda _: True,
    )
    decisions = Decisions(settings, weigher, (board,), _ignore)  # type: ignore[arg-type]
    decisions.watch.start(StartSession(70.0, 40.0), (), weighed[0].at_us)
    decisions.follow_session()
    if not summed:
        decisions.summing.row = lambda _: None  # type: ignore[method-assign]
    for row in weighed:
        decisions.decide(row)


def _ignore(_: Event) -> None:
    pass


def _best_s(work: Callable[[], object], runs: int = 3) -> float:
    best = float("inf")
    for _ in range(runs):
        started = time.process_time()
        work()
        best = min(best, time.process_time() - started)
    return best


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def _tape_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "tapes").glob("*.tape"))


def _sleep_until(end_s: float) -> None:
    time.sleep(max(0.0, end_s - time.monotonic()))


def main() -> None:
    """Measure, print and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    lines = ["Live, four cells at about 86 conversions a second each, in a session:", "", *live(options.seconds)]
    lines += ["", "Flat out, one core:", "", *flat_out()]
    print(write("throughput", "What the daemon costs, and how much faster than life it is", lines))


if __name__ == "__main__":
    main()
