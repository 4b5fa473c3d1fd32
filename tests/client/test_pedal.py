"""The pedal: a press counts once, a hold counts when it has been held, and a lost link is no press."""

from bard.client.pedal import Pedal
from bard.settings import PedalSettings

ROW_US = 10_000
STEP_DOWN = PedalSettings(action="step_down")


class Foot:
    """Rows of 10 ms; `pressed` holds the seconds at which a press counted."""

    def __init__(self, settings: PedalSettings | None = None) -> None:
        self.pedal = Pedal(settings or PedalSettings())
        self.now_us = 0
        self.pressed: list[float] = []

    def hold(self, seconds: float, down: bool | None) -> None:
        for _ in range(round(seconds * 1e6 / ROW_US)):
            self.now_us += ROW_US
            if self.pedal.step(self.now_us, down):
                self.pressed.append(self.now_us / 1e6)


def test_a_press_counts_once_and_at_once() -> None:
    foot = Foot()
    foot.hold(1, False)
    foot.hold(5, True)
    foot.hold(1, False)
    foot.hold(0.02, True)
    assert foot.pressed == [1.01, 7.01]


def test_a_step_down_is_held_for_a_second() -> None:
    foot = Foot(STEP_DOWN)
    foot.hold(1, False)
    foot.hold(0.99, True)
    foot.hold(0.5, False)
    assert foot.pressed == []
    foot.hold(9, True)
    assert foot.pressed == [3.5]


def test_a_pedal_found_down_has_not_been_pressed() -> None:
    for settings in (PedalSettings(), STEP_DOWN):
        foot = Foot(settings)
        foot.hold(3, True)
        foot.hold(1, False)
        foot.hold(1, None)
        foot.hold(3, True)
        assert foot.pressed == []


def test_a_link_lost_while_it_is_held_ends_the_hold() -> None:
    foot = Foot(STEP_DOWN)
    foot.hold(1, False)
    foot.hold(0.5, True)
    foot.hold(0.1, None)
    foot.hold(3, True)
    assert foot.pressed == []
