"""A bench for the phase machine: rows of 10 ms with a bar load and a presence input."""

from bard.client.phase import Phase, PhaseMachine
from bard.settings import PhaseSettings

OFF, ON, RELEASED = Phase.OFF, Phase.ON, Phase.RELEASED
ROW_US = 10_000


class Bench:
    """Rows of 10 ms; `changes` holds (s, phase) of each change."""

    def __init__(self, settings: PhaseSettings | None = None, presence: bool | None = None) -> None:
        self.machine = PhaseMachine(settings or PhaseSettings())
        self.presence = presence
        self.now_us = 7_000_000
        self.changes: list[tuple[float, Phase]] = []

    def hold(self, seconds: float, kg: float) -> Phase:
        """The bars carry `kg` for so long."""
        for _ in range(round(seconds * 1e6 / ROW_US)):
            self.now_us += ROW_US
            if self.machine.step(self.now_us, kg, self.presence):
                self.changes.append((self.now_us / 1e6, self.machine.phase))
        return self.machine.phase

    def after(self, begin_us: int) -> list[tuple[float, Phase]]:
        """The changes since then, in seconds after it."""
        return [(round(at_s - begin_us / 1e6, 3), phase) for at_s, phase in self.changes if at_s > begin_us / 1e6]


def on(settings: PhaseSettings | None = None, presence: bool | None = None) -> Bench:
    """Hung on the bars for five seconds."""
    bench = Bench(settings, presence)
    assert bench.hold(5.0, 30.0) is ON
    return bench


def released(settings: PhaseSettings | None = None, presence: bool | None = None) -> Bench:
    """Then let go of them."""
    bench = on(settings, presence)
    assert bench.hold(1.0, 0.0) is RELEASED
    return bench
