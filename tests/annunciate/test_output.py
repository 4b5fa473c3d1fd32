"""The base of outputs with a thread: order, what is kept, what is counted, and bugs that stay inside."""

import threading
from collections.abc import Iterator

import pytest

from bard.alarm.selector import Signal
from bard.annunciate.output import NOT_MONITORED, QueuedOutput, Stamp
from bard.messages import ConditionChanged, Event, Snapshot
from bard.settings import AlarmSettings
from tests.annunciate.broker import wait_for
from tests.annunciate.messages import changed, snapshot, stamp


class Recorder(QueuedOutput):
    """Notes what it is asked; `gate` closed, it hangs in the next event."""

    SHOW_EVERY_US = 200_000

    def __init__(self) -> None:
        super().__init__("recorder", AlarmSettings(refresh_deadline_us=200_000))
        self.played: list[Signal] = []
        self.told: list[str] = []
        self.shown: list[int] = []
        self.finished = False
        self.gate = threading.Event()
        self.gate.set()
        self.hung = False
        self._begin()

    def _play(self, signal: Signal) -> None:
        self.played.append(signal)

    def _tell(self, event: Event, stamp: Stamp) -> None:
        self.hung = not self.gate.is_set()
        self.gate.wait()
        self.hung = False
        if isinstance(event, ConditionChanged) and event.id == "bug":
            raise ZeroDivisionError("of the output's own")
        self.told.append(stamp.uid)

    def _show(self, snapshot: Snapshot, _stamp: Stamp) -> None:
        self.shown.append(snapshot.at_us)

    def _tick(self) -> None:
        pass

    def _finish(self) -> None:
        self.finished = True


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    output = Recorder()
    yield output
    output.gate.set()
    output.close()


def hang(output: Recorder) -> None:
    output.gate.clear()
    output.tell(changed(), stamp())
    wait_for(lambda: output.hung)


def test_keeps_order_and_drops_the_oldest_counted(recorder: Recorder) -> None:
    hang(recorder)
    stamps = [stamp() for _ in range(2_500)]
    for each in stamps:
        recorder.tell(changed(), each)
    recorder.gate.set()
    wait_for(lambda: len(recorder.told) == 2_001)
    assert recorder.told[1:] == [each.uid for each in stamps[500:]]
    assert recorder.dropped == 500


def test_of_snapshots_only_the_newest_waits(recorder: Recorder) -> None:
    hang(recorder)
    for at_us in range(0, 2_000_000, 200_000):
        recorder.show(snapshot(at_us), stamp())
    recorder.gate.set()
    wait_for(lambda: recorder.shown)
    assert recorder.shown == [1_800_000]


@pytest.mark.parametrize("every_us", [50_000, 190_000, 210_000])
def test_snapshots_are_taken_five_times_a_second_at_most(recorder: Recorder, every_us: int) -> None:
    for at_us in range(0, 2_000_000, every_us):
        recorder.show(snapshot(at_us), stamp())
        wait_for(lambda: recorder._snapshot is None)
    assert 9 <= len(recorder.shown) <= 11


def test_a_bug_is_this_outputs_failure_and_over_with_the_next_success(recorder: Recorder) -> None:
    recorder.tell(changed("bug"), stamp())
    wait_for(lambda: recorder.failure is not None)
    assert recorder.failure == "recorder: ZeroDivisionError: of the output's own"
    recorder.tell(changed(), stamp())
    wait_for(lambda: recorder.failure is None)
    assert len(recorder.told) == 1


def test_is_not_monitored_before_the_first_refresh_either(recorder: Recorder) -> None:
    wait_for(lambda: recorder.played == [NOT_MONITORED])
    recorder.refresh(0)
    wait_for(lambda: recorder.played == [NOT_MONITORED, Signal()])


def test_close_carries_out_what_was_asked_before(recorder: Recorder) -> None:
    stamps = [stamp() for _ in range(50)]
    for each in stamps:
        recorder.tell(changed(), each)
    recorder.close()
    assert recorder.finished
    assert recorder.told == [each.uid for each in stamps]
