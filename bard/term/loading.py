"""Loads, asked of a person on a ladder: weights, pulls on a scale, a full hang.

One law: what was told once is not asked again, and what is wrong with what was typed is said with what is allowed. It
knows no socket and no terminal.
"""

from collections.abc import Callable
from typing import TypeVar

from msgspec.structs import replace

from bard.commission.record import Source
from bard.commission.sources import (
    HANG_KG,
    HANGER,
    PERSON,
    SCALE,
    SCALE_PERCENT,
    WEIGHT_PERCENT,
    hanging,
    scale_and_person,
    weight_names,
    weights,
)
from bard.commission.steps import Load
from bard.commission.told import View
from bard.errors import UsageError
from bard.term.steps_view import Prompt

_PLACES = {"l": 0.25, "m": 0.5, "r": 0.75}
_BACK = "u = back · q = leave"
T = TypeVar("T")
PULL_TIPS = (
    "Stand on the scale under the bar, feet still, arms straight; pull evenly and hold for 3 s.",
    "A scale that locks or rounds its reading won't do: the number must follow when you pull more.",
    "Nine pulls or more, from light to heavy and back down. Somebody else reads the scale best.",
)
HANG_TIPS = ("Both feet off, hang still for 3 s. Your weight: with the same clothes, on a scale you trust.",)


class Leave(Exception):
    """Leave the guide; what was done stays."""


class Back(Exception):
    """Ask no further; nothing was done."""


class Loading:
    """`ask` puts a question; `view` gives what is known by now."""

    def __init__(self, ask: Callable[[Prompt], str], view: Callable[[], View]) -> None:
        self._ask = ask
        self._view = view
        self._place: dict[str, float] = {}
        self._direction = "up"

    def load(self, kind: str, *, for_the_fit: bool = False) -> Load:
        """What is going to hang: w weights, c the same for 30 s, p a pull, h a hang. Raises UsageError.

        Once there is a fit loads verify it, unless one is `for_the_fit`.
        """
        state = self._view().state
        assert state is not None
        support = state.support or self._which([bar.name for bar in state.bars])
        verifies = state.stage in ("verify", "accept") and not for_the_fit
        sources = self._pull() if kind == "p" else self._hang() if kind == "h" else self._weights()
        several = len(next(bar.cells for bar in state.bars if bar.name == support)) > 1
        place = self._where(support) if several else None
        direction = self._way() if kind == "p" else ""
        seconds = "30 s" if kind == "c" else "3 s"
        ready = "Pull and hold" if kind == "p" else "Hangs it still"
        self._ask(Prompt(f"{ready}? Enter reads {seconds}", _BACK, PULL_TIPS if kind == "p" else ()))
        return Load(
            support=support,
            kind="scale" if kind == "p" else "hang" if kind == "h" else "weights",
            sources=sources,
            place=place,
            direction="up" if direction == "up" else "down" if direction == "down" else "",
            hold=kind == "c",
            verifies=verifies,
        )

    def _known(self, name: str) -> Source | None:
        state = self._view().state
        return next((source for source in state.sources if source.name == name), None) if state is not None else None

    def _weights(self) -> tuple[Source, ...]:
        question = Prompt("Weights that hang, in kg (as 20, or 20+10)?", _BACK)
        kilograms = ask_for(self._ask, question, lambda typed: [number_of(part, 0.1, 500) for part in typed.split("+")])
        known = {name: source for name in weight_names(kilograms) if (source := self._known(name)) is not None}
        percent = WEIGHT_PERCENT
        if len(known) < len(kilograms):
            percent = self._percent("Are they right to within how many percent?", WEIGHT_PERCENT)
        return weights(kilograms, percent, known)

    def _pull(self) -> tuple[Source, ...]:
        scale, person = self._known(SCALE), self._known(PERSON)
        if scale is not None and person is not None:
            return scale, person
        question = Prompt("What does it show when you stand on it and touch nothing, in kg?", _BACK, PULL_TIPS)
        body_kg = ask_for(self._ask, question, within(20, 250))
        percent = self._percent("Is the scale right to within how many percent?", SCALE_PERCENT)
        return scale_and_person(body_kg, percent)

    def _hang(self) -> tuple[Source, ...]:
        known = self._known(HANGER)
        if known is not None:
            return (known,)
        kg = ask_for(self._ask, Prompt("Weight of who hangs, in kg?", _BACK, HANG_TIPS), within(20, 250))
        question = Prompt(f"Right to within how many kg? [{HANG_KG:g}]", _BACK)
        bound_kg = ask_for(self._ask, question, within(0.01, 10, HANG_KG))
        return (hanging(kg, bound_kg),)

    def _percent(self, question: str, usual: float) -> float:
        prompt = Prompt(f"{question} [{usual:g}]", f"Enter = {usual:g} · {_BACK}")
        return ask_for(self._ask, prompt, within(0.001, 10, usual))

    def _where(self, support: str) -> float:
        """Along the support."""
        last = self._place.get(support)
        usual = "" if last is None else f" [{last:g}]"
        tip = "l = a quarter in from cell 1 · m = middle · r = a quarter in from the last · or 0 to 1"
        question = Prompt(f"Where on {support}, from cell 1?{usual}", f"{tip} · {_BACK}")
        number = within(0, 1, last)
        place = ask_for(self._ask, question, lambda typed: _PLACES.get(typed.lower()) or number(typed))
        self._place[support] = place
        return place

    def _way(self) -> str:
        question = Prompt(f"More than the pull before (up), or less (down)? [{self._direction}]", _BACK)
        self._direction = ask_for(self._ask, question, lambda typed: _way_of(typed.lower() or self._direction))
        return self._direction

    def _which(self, names: list[str]) -> str:
        if len(names) == 1:
            return names[0]
        listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, 1))
        number = ask_for(self._ask, Prompt(f"Which one: {listed}?", _BACK), within(1, len(names)))
        return names[round(number) - 1]


def _way_of(typed: str) -> str:
    if typed not in ("up", "down"):
        raise UsageError(f"{typed!r}; allowed: up, down")
    return typed


def ask_for(ask: Callable[[Prompt], str], prompt: Prompt, convert: Callable[[str], T]) -> T:
    """Ask until what was typed can be converted; what was wrong with it stands above the question."""
    tips = prompt.tips
    while True:
        try:
            return convert(ask(prompt))
        except UsageError as error:
            prompt = replace(prompt, tips=(f"REFUSED: {error}", *tips))


def within(least: float, most: float, usual: float | None = None) -> Callable[[str], float]:
    """Converts a number between these; nothing typed is the `usual` one, where there is one."""
    return lambda typed: usual if usual is not None and not typed else number_of(typed, least, most)


def number_of(typed: str, least: float, most: float) -> float:
    """A number as people type it, with a comma too. Raises UsageError."""
    try:
        number = float(typed.strip().removesuffix("kg").replace(",", "."))
    except ValueError:
        raise UsageError(f"{typed!r} is no number; allowed: {least:g} to {most:g}") from None
    if not least <= number <= most:
        raise UsageError(f"{number:g}; allowed: {least:g} to {most:g}")
    return number
