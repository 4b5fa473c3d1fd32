"""The pedal: what a foot on it asks for.

One law: a press is told once, when it has meant what it means; what it does is decided elsewhere. A pedal first heard
of while it is down, as after a lost link, has not been pressed.
"""

from bard.settings import PedalSettings


class Pedal:
    """Feed `step` each row; the board has debounced the contact already (protocol, "inputs")."""

    def __init__(self, settings: PedalSettings) -> None:
        self._hold_us = settings.hold_us if settings.action == "step_down" else 0
        self._down: bool | None = None
        self._since_us: int | None = None

    def step(self, at_us: int, down: bool | None) -> bool:
        """True at the one row of a press that counts: at once, or after the hold a step-down asks for.

        `down` None: not wired, or its board is silent.
        """
        if down and self._down is False:
            self._since_us = at_us
        elif not down:
            self._since_us = None
        self._down = down
        if self._since_us is None or at_us - self._since_us < self._hold_us:
            return False
        self._since_us = None
        return True
