"""The vibrator shakes the cells (simulator.md: 0.5 kg at 150 to 250 Hz, aliased): no pattern looks like more."""

import pytest
from msgspec import structs

from bard.link.flatout import true_calibration
from bard.messages import ConditionChanged, Event, StartSession
from bard.monitor import Monitor
from bard.settings import PATTERNS, CoreSettings, UncertaintySettings
from bard.simulate import Room, steady
from bard.weigh.state import FIRST_FAULT
from bard.wire.commander import Commander
from bard.wire.frames import OUTPUT_BOTH, Verb

STEP_US = 10_000
PLAYS_S, BEGINS_S = 7.0, 6.0
VIBRATING = [pattern.number for pattern in PATTERNS if pattern.vibrator is not None]


class Shaken:
    """Standing work with one pattern after the other on the vibrator; `shaking` false: the same without."""

    def __init__(self, seed: int, *, shaking: bool) -> None:
        self.events: list[Event] = []
        self.faulty: set[int] = set()
        self.felt = 0
        duration_s = BEGINS_S + PLAYS_S * len(VIBRATING)
        self._room = Room(structs.replace(steady(duration_s), quality="good"), seed, autostart=True)
        settings = CoreSettings(self._room.room_settings(["sim://a"]), uncertainty=UncertaintySettings(guard_band=0))
        self._monitor = Monitor(settings, true_calibration(self._room, settings), now_us=0)
        self._commander = Commander()
        for now_us in range(STEP_US, round(duration_s * 1e6), STEP_US):
            self._pass(now_us)
            if shaking:
                self._play(now_us)
        cells = [cell for support in self._monitor.snapshot().supports for cell in support.cells]
        self.conversions = sum(cell.conversions for cell in cells)

    @property
    def gated(self) -> int:
        return self._gated

    _gated = 0

    def _pass(self, now_us: int) -> None:
        monitor = self._monitor
        for delivery in self._room.advance(now_us):
            monitor.receive_data("a", delivery.data, delivery.at_us)
        monitor.handle_timer(now_us)
        if now_us == 2_500_000:
            monitor.command(StartSession(70.0, 40.0), "test", now_us)
        while (event := monitor.next_event()) is not None:
            self.events.append(event)
        while (answered := monitor.next_answer()) is not None:
            self._commander.receive_answer(answered[1])
        if now_us > 2_000_000:
            self.faulty |= {state for _, state in monitor.readings if state >= FIRST_FAULT}
        if now_us % 1_000_000 == 0:
            cells = [cell for support in monitor.snapshot().supports for cell in support.cells]
            self._gated = max(self._gated, max(cell.gated for cell in cells))
        self.felt += self._room.outputs(0, now_us)[0] > 0

    def _play(self, now_us: int) -> None:
        since_us = now_us - round(BEGINS_S * 1e6)
        if since_us >= 0 and since_us % round(PLAYS_S * 1e6) == 0:
            pattern = VIBRATING[since_us // round(PLAYS_S * 1e6)]
            self._give(now_us, Verb.SIGNAL, OUTPUT_BOTH, pattern)
        if now_us % 250_000 == 0:
            self._give(now_us, Verb.BEAT)

    def _give(self, now_us: int, verb: Verb, *args: int) -> None:
        self._room.receive(0, self._commander.command(verb, *args, now_us=now_us), now_us)

    def raised(self) -> set[str]:
        return {e.id for e in self.events if isinstance(e, ConditionChanged) and e.state == "active"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_no_pattern_causes_a_fault_a_gated_conversion_or_a_release(seed: int) -> None:
    shaken, still = Shaken(seed, shaking=True), Shaken(seed, shaking=False)
    assert shaken.felt > 500, "the vibrator did play"
    assert still.felt == 0
    assert shaken.conversions > 10_000
    assert shaken.faulty == set()
    assert shaken.gated == still.gated
    assert shaken.raised() <= still.raised() | {"load_near"}
    assert "support_lost" not in shaken.raised()
