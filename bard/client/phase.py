"""Who is on the client: off, on, released (estimate, section 4).

One law: nothing else sets a phase. The bars cannot tell a therapist on the floor from one who stands with both hands
off, so `released` keeps watching until somebody or something says otherwise. Fed one row at a time; NaN is unknown.
"""

from enum import Enum

from bard.settings import PhaseSettings


class Phase(Enum):
    """`off`: nobody on the client. `released`: on the client as far as the bars can tell, both hands off."""

    OFF = "off"
    ON = "on"
    RELEASED = "released"


class PhaseMachine:
    """`step` for each row of a session; the words in `why` are for the log."""

    def __init__(self, settings: PhaseSettings) -> None:
        self._settings = settings
        self.phase = Phase.OFF
        self.since_us = 0
        self.why = ""
        self._held_since_us: int | None = None
        self._free_since_us: int | None = None
        self._most_kg = 0.0
        self._presence: bool | None = None
        self._told_off_us: int | None = None
        self._fell_off_us: int | None = None

    def restore(self, at_us: int) -> None:
        """Somebody was on the client before a restart: as far as anybody knows she still is, hands or no hands."""
        self._enter(Phase.RELEASED, at_us, "somebody was on the client before the restart")

    def tell_off(self, at_us: int, why: str) -> None:
        """Step-down, pause or an opened presence input: off at once, until the bars are taken anew."""
        self._enter(Phase.OFF, at_us, why)
        self._told_off_us = at_us
        self._fell_off_us = None

    def may_fall(self, at_us: int, after_us: int) -> bool:
        """Whether a fall of the bar load now would be a lost grip: `on`, or for `after_us` after it ended by itself."""
        if self.phase is Phase.ON:
            return True
        return self._fell_off_us is not None and at_us - self._fell_off_us <= after_us

    def end(self, at_us: int) -> None:
        """The session ended."""
        self._enter(Phase.OFF, at_us, "session ended")
        self._told_off_us = self._presence = self._fell_off_us = None
        self._held_since_us = self._free_since_us = None

    def step(self, at_us: int, slow_kg: float, presence: bool | None) -> bool:
        """Take one row: slow bar load (NaN unknown) and the presence input. True: phase changed.

        Presence None: not wired, or its board is silent; what was heard last then stands, and nothing opens or closes.
        """
        before = self.phase
        self._watch_bars(at_us, abs(slow_kg))
        closed = presence is True and self._presence is not True
        opened = presence is False and self._presence is True
        if presence is not None:
            self._presence = presence
        if opened:
            self.tell_off(at_us, "presence input opened")
        elif closed and self.phase is Phase.OFF:
            self._enter(Phase.ON, at_us, "presence input closed")
        elif self.phase is Phase.ON:
            self._while_on(at_us, presence)
        elif self._taken(at_us):
            self._enter(Phase.ON, at_us, "bars taken")
        elif self.phase is Phase.RELEASED:
            self._while_released(at_us, presence)
        return self.phase is not before

    def _watch_bars(self, at_us: int, load_kg: float) -> None:
        """Since when the bars are held, or free; neither while the load is unknown or between the two bounds."""
        if load_kg >= self._settings.take_kg:
            if self._held_since_us is None:
                self._held_since_us = at_us
            self._most_kg = max(self._most_kg, load_kg)
        else:
            self._held_since_us = None
        if load_kg < self._settings.release_kg:
            if self._free_since_us is None:
                self._free_since_us = at_us
            self._told_off_us = None
        else:
            self._free_since_us = None

    def _taken(self, at_us: int) -> bool:
        if self._held_since_us is None or at_us - self._held_since_us < self._settings.take_after_us:
            return False
        return self._told_off_us is None or at_us - self._told_off_us >= self._settings.step_down_grace_us

    def _while_on(self, at_us: int, presence: bool | None) -> None:
        free_us = self._free_since_us
        if free_us is None or at_us - free_us < self._settings.release_after_us:
            return
        proven = free_us - self.since_us >= self._settings.proven_on_us or self._most_kg > self._settings.proven_on_kg
        if presence is not False and (self._presence is True or proven):
            self._enter(Phase.RELEASED, at_us, "bars let go")
        else:
            self._enter(Phase.OFF, at_us, "bars let go" if presence is False else "bars touched only")

    def _while_released(self, at_us: int, presence: bool | None) -> None:
        after_s, free_us = self._settings.step_down_after_s, self._free_since_us
        if presence is False:
            self._enter(Phase.OFF, at_us, "presence input open")
        elif after_s is not None and free_us is not None and at_us - max(free_us, self.since_us) >= after_s * 1e6:
            self._enter(Phase.OFF, at_us, f"hands off for {after_s:g} s")

    def _enter(self, phase: Phase, at_us: int, why: str) -> None:
        if phase is self.phase:
            return
        if phase is Phase.ON:
            self._most_kg = 0.0
        elif self.phase is Phase.ON:
            self._fell_off_us = at_us
        self.phase, self.since_us, self.why = phase, at_us, why
