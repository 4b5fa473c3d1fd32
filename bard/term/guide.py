"""`bard calibrate` and `bard verify` for a person: one question after another, the bars live above it.

One law: it asks the daemon, which decides; whatever ends it, what was done stays done and is gone on with later. What
loads are and how they are typed is in `bard.term.loading`.
"""

import time

from msgspec.structs import replace

from bard.commission.steps import Accept, Asked, Begin, Check, Drop, Free, Look, Purpose, Shown, Stop, Strike, Undo
from bard.commission.told import View
from bard.control.client import ControlClient
from bard.errors import LinkError, Refused, UsageError
from bard.settings import Settings
from bard.term.loading import Back, Leave, Loading, ask_for, number_of, within
from bard.term.steps_view import Line, Prompt, draw
from bard.term.typing import Typing

_FRESH_S = 0.2
_GO = "Enter = read now · u = undo · q = leave, goes on later"
_LOADS = "w weights · p pull on a scale · h full hang · c creep: weights for 30 s · z zero again"
_FIT = "f w, f p, f h = one more for the fit · "
_MORE = "s N = strike reading N · u = undo · drop = forget all · q = leave, goes on later"
CERTIFICATE = "`bard certificate` prints the certificate"


def guide(settings: Settings, purpose: Purpose) -> None:
    """Lead through it. Raises LinkError where no bard runs, Refused where another procedure is open."""
    with ControlClient(settings.control.socket) as client:
        Guide(client, settings, purpose).run()


class TakeBack(Exception):
    """Undo the last step."""


class Guide:
    """One sitting."""

    def __init__(self, client: ControlClient, settings: Settings, purpose: Purpose) -> None:
        self._client = client
        self._settings = settings
        self._purpose = purpose
        self._view = client.calibrate(Look())
        self._looked_at = time.monotonic()
        self._note = ""
        self._typing = Typing(self._picture)
        self._loading = Loading(self._ask_within, lambda: self._view)
        self._ended = self._refused = ""

    def run(self) -> None:
        """Until it is accepted, dropped or left. Raises Refused for a calibration that does not hold."""
        state = self._view.state
        if state is not None and state.purpose != self._purpose:
            raise Refused(f"{state.installer} has a {state.purpose} under way: `bard {state.purpose}` goes on with it")
        try:
            with self._typing.on_screen():
                while not self._ended:
                    self._one_thing()
        except (KeyboardInterrupt, Leave):
            self._stop_reading()
            if self._view.state is not None:
                self._ended = f"left as it is: `bard {self._purpose}` goes on from here"
            else:
                self._ended = "left: nothing was begun"
        if self._refused:
            raise Refused(self._refused)
        print(self._ended)

    def _one_thing(self) -> None:
        try:
            self._next()
        except Back:
            return
        except TakeBack:
            self._do(Undo())
        except (Refused, UsageError) as error:
            self._note = str(error)
            self._typing.say(f"REFUSED: {error}")

    def _next(self) -> None:
        state = self._look().state
        if state is None:
            self._begin()
        elif self._view.waits_for_scale:
            question = Prompt("What did the scale show, in kg?", "u = take the pull back")
            self._do(Shown(ask_for(self._ask, question, within(0, 500))))
        elif state.stage in ("check", "zero"):
            self._ask(Prompt(f"{state.stage}: all bars free and still?", _GO))
            self._do(Check() if state.stage == "check" else Free())
        else:
            self._choose(accepting=state.stage == "accept")

    def _begin(self) -> None:
        who = "The installer's name is kept in the record and printed on the certificate."
        installer = ask_for(self._ask, Prompt("Your name?", "q = leave", (who,)), _name)
        supports = self._which()
        temperature_c = self._maybe("Temperature here in °C?", -40, 85)
        capacity_kg = mv_per_v = None
        rated: dict[str, float] = {}
        if self._purpose == "calibrate":
            label = "Both stand on the cell's label. With them an impossible span is found."
            capacity_kg = self._maybe("Capacity of each cell in kg?", 1, 50_000, label)
            mv_per_v = self._maybe("Its mV/V at that load?", 0.1, 10, label)
            rated = self._rated(supports)
        self._do(
            Begin(
                installer,
                self._purpose,
                supports,
                temperature_c=temperature_c,
                capacity_kg=capacity_kg,
                mv_per_v=mv_per_v,
                rated_kg=rated,
            )
        )

    def _which(self) -> tuple[str, ...]:
        """Supports to work on."""
        names = [support.name for support in self._settings.core.room.supports]
        if len(names) == 1:
            return (names[0],)
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
        question = Prompt("Which ones? [all]", f"Enter = all · or numbers, as 1 2: {listed} · q = leave")
        chosen = ask_for(
            self._ask,
            question,
            lambda typed: [round(number_of(part, 1, len(names))) for part in typed.replace(",", " ").split()],
        )
        return tuple(names[number - 1] for number in sorted(set(chosen))) or tuple(names)

    def _rated(self, supports: tuple[str, ...]) -> dict[str, float]:
        rated = {}
        for support in self._settings.core.room.supports:
            if support.rated_kg is None and support.name in supports:
                tip = f"{support.name} has no rated_kg in the configuration, so overloads of it are not seen."
                rated_kg = self._maybe(f"Rated load of {support.name} in kg?", 1, 2000, tip)
                if rated_kg is not None:
                    rated[support.name] = rated_kg
        return rated

    def _maybe(self, question: str, least: float, most: float, *tips: str) -> float | None:
        """A number, or nothing where nobody knows."""
        prompt = Prompt(f"{question} [not known]", "Enter = not known · q = leave", tips)
        return ask_for(self._ask, prompt, lambda typed: number_of(typed, least, most) if typed else None)

    def _choose(self, *, accepting: bool) -> None:
        state = self._view.state
        verifying = state is not None and state.stage in ("verify", "accept") and self._purpose == "calibrate"
        help = f"{'a = accept · ' if accepting else ''}{_LOADS} · {_FIT if verifying else ''}{_MORE}"
        typed = self._ask(Prompt("accept?" if accepting else "Which load?", help)).lower()
        match typed.split():
            case ["a" | "accept" | "yes" | "y"] if accepting:
                self._do(Accept())
                self._refused = self._view.refusal
                self._ended = f"{self._view.said or self._view.refusal}\n{CERTIFICATE}"
            case [("w" | "p" | "h" | "c") as kind]:
                self._do(self._loading.load(kind))
            case ["f", ("w" | "p" | "h" | "c") as kind]:
                self._do(self._loading.load(kind, for_the_fit=True))
            case ["z"]:
                self._ask(Prompt("all bars free and still?", _GO))
                self._do(Free())
            case ["s", number]:
                why = self._ask(Prompt(f"Why shall reading {number} not count?", "it stays in the record, struck"))
                self._do(Strike(round(number_of(number, 1, 10_000)), why or "struck by the installer"))
            case ["drop"]:
                if self._ask(Prompt("Forget all of it? type yes")).lower() == "yes":
                    self._do(Drop())
                    self._ended = self._view.said
            case _:
                raise UsageError(f"{typed or 'nothing'!r}: not one of these; type a letter and Enter")

    # To and from the daemon

    def _do(self, asked: Asked) -> None:
        """Carry it out; what was refused is on the screen."""
        self._note = ""
        done = self._look(0.0).done
        self._view = self._client.calibrate(asked)
        if self._view.averaging is not None:
            self._typing.say("reading ...")
        self._typing.wait(
            Prompt("", "Ctrl-C = stop reading and leave"),
            lambda: self._look(0.1).averaging is None and self._view.done != done,
        )
        said = f"REFUSED: {self._view.refusal}" if self._view.refusal else f"ok: {self._view.said}"
        self._typing.say(said)
        if self._view.state is not None:
            self._typing.say(f"next: {self._view.state.stage}: {self._view.state.todo}")

    def _ask(self, prompt: Prompt) -> str:
        typed = self._typing.ask(prompt)
        if typed == "q":
            raise Leave
        if typed == "u":
            raise TakeBack
        return typed

    def _ask_within(self, prompt: Prompt) -> str:
        """A question of several that belong together: `u` goes back to before the first."""
        try:
            return self._ask(prompt)
        except TakeBack:
            raise Back from None

    def _look(self, fresh_s: float = _FRESH_S) -> View:
        """As of now."""
        if time.monotonic() - self._looked_at >= fresh_s:
            self._view = self._client.calibrate(Look())
            self._looked_at = time.monotonic()
        return self._view

    def _picture(self, prompt: Prompt, columns: int, rows: int) -> list[Line]:
        view = self._look()
        if self._note:
            view = replace(view, refusal=self._note)
        return draw(view, self._settings.core.room.station, prompt, columns, rows)

    def _stop_reading(self) -> None:
        try:
            if self._client.calibrate(Look()).averaging is not None or self._view.waits_for_scale:
                self._client.calibrate(Stop())
        except (LinkError, Refused):
            return  # bard has ended: its reading with it


def _name(typed: str) -> str:
    if not 1 <= len(typed) <= 80:
        raise UsageError("a name is needed; allowed: 1 to 80 letters")
    return typed
