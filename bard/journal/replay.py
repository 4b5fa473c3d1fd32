"""A tape played into a fresh core: the same calls in the same order, and what comes out held against what came out.

One law: nothing is filtered before it is compared; an event is its line of JSON, to the bit. It knows no port and no
clock: a tape brings its own times.
"""

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from msgspec import Struct

from bard.errors import DataError
from bard.journal.records import Came, Data, Gap, Given, Header, Record, Timer
from bard.journal.tape import TapeReader
from bard.messages import encode
from bard.monitor import Monitor, Summary


class Replayed(Struct, frozen=True):
    """What a replay gave. `events` are its own, `recorded` those on the tape; both are lines of JSON."""

    header: Header
    events: list[str]
    recorded: list[str]
    differences: list[str]
    """Between the two, as lines of a diff; empty: the same to the bit."""
    summaries: list[Summary]
    """Of its sessions, in order."""
    calls: int
    rows: int
    duration_us: int
    """From the monitor's beginning to the last call."""
    missing: int
    """Records that the disk did not take; from the first one on a replay is not the truth."""
    truncated: str | None
    ended: bool


def replay(path: Path) -> Replayed:
    """Play the tape at `path`. Raises DataError for what is no tape."""
    return _Player(TapeReader(path)).play()


def walk(path: Path, on_row: Callable[[Monitor], None]) -> Replayed:
    """The same, showing the monitor after each call that closed a row or more, for reading only."""
    return _Player(TapeReader(path)).play(on_row)


def check_golden(tape: Path, golden: Path) -> list[str]:
    """How the events of a replay differ from those in `golden`, as lines of a diff; empty: the same to the bit."""
    try:
        expected = golden.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{golden}: {error.strerror if isinstance(error, OSError) else 'not text'}") from None
    return _differences(expected, replay(tape).events, "golden")


def rebuild_golden(tape: Path, golden: Path) -> int:
    """Write the events of a replay to `golden`, one line of JSON each; returns how many."""
    events = replay(tape).events
    try:
        golden.write_text("".join(event + "\n" for event in events), "utf-8")
    except OSError as error:
        raise DataError(f"{golden}: {error.strerror}") from None
    return len(events)


class _Player:
    """One play of one tape."""

    def __init__(self, reader: TapeReader) -> None:
        self._reader = reader
        header = reader.header
        self._monitor = Monitor(header.core, header.calibration, now_us=header.start_us)
        self._events: list[str] = []
        self._summaries: list[Summary] = []
        self._recorded: list[str] = []
        self._calls = self._missing = self._before_last = 0
        self._now_us = header.start_us

    def play(self, on_row: Callable[[Monitor], None] | None = None) -> Replayed:
        monitor, rows = self._monitor, 0
        for record in self._reader:
            if type(record) is Came:
                self._recorded.append(record.text)
            elif type(record) is Gap:
                self._missing += record.records
            else:
                self._call(record)
                if on_row is not None and monitor.rows != rows:
                    rows = monitor.rows
                    on_row(monitor)
        reader = self._reader
        return Replayed(
            header=reader.header,
            events=self._events,
            recorded=self._recorded,
            differences=_differences(self._recorded, self._comparable(), "recorded"),
            summaries=self._summaries,
            calls=self._calls,
            rows=monitor.rows,
            duration_us=self._now_us - reader.header.start_us,
            missing=self._missing,
            truncated=reader.truncated,
            ended=reader.ended,
        )

    def _call(self, record: Record) -> None:
        monitor = self._monitor
        if isinstance(record, Data):
            monitor.receive_data(record.board, record.data, record.now_us)
            while monitor.next_answer() is not None:
                pass
        elif isinstance(record, Timer):
            monitor.handle_timer(record.now_us)
        elif isinstance(record, Given):
            monitor.command(record.command, record.origin, record.now_us)
        else:
            return
        self._calls += 1
        self._now_us = record.now_us
        self._before_last = len(self._events)
        while (event := monitor.next_event()) is not None:
            self._events.append(encode(event).decode())
        while (summary := monitor.next_summary()) is not None:
            self._summaries.append(summary)

    def _comparable(self) -> list[str]:
        """A tape cut off between a call and its events lacks these: that is no difference."""
        if self._reader.ended:
            return self._events
        return self._events[: max(len(self._recorded), self._before_last)]


def _differences(expected: list[str], events: list[str], name: str) -> list[str]:
    if expected == events:
        return []
    return list(unified_diff(expected, events, name, "replayed", lineterm="", n=0))
