"""The one-minute check before the day's first client, judged in words a therapist follows.

One law: what nobody looked at is said to be unlooked at, never taken for good. It reads no bar and plays no signal.
"""

from typing import Literal

from msgspec import Struct

FREE_WARN_KG = 0.5
FREE_MOST_KG = 1.0
"""Where `zero_moved` begins."""
APART_WARN_KG = 1.0
APART_MOST_KG = 2.0
"""Where a weigh-in and a typed weight disagree (bard.settings: weigh_in.apart_kg)."""

Answer = Literal["good", "look", "stop", "not done"]
"""look: go on, and have somebody look at it soon. stop: no client until it is put right. not done: nobody looked."""


class DailyFacts(Struct, frozen=True):
    """What was found; None: not looked at. `felt`: each output, and whether its self-test was felt or heard."""

    free_kg: float | None = None
    """What the free bars read, from the installer's zero."""
    typed_kg: float | None = None
    hung_kg: float | None = None
    felt: dict[str, bool | None] = {}
    unknown: str = ""
    """Why the bars do not read at all, in words; empty: they do."""


class DailyLine(Struct, frozen=True):
    """One thing looked at: what was found, and what to do about it (empty: nothing)."""

    what: Literal["bars", "weight", "signals"]
    answer: Answer
    found: str
    do: str = ""


class DailyJudgement(Struct, frozen=True):
    """The lines in order, and the worst of them."""

    lines: tuple[DailyLine, ...]

    @property
    def answer(self) -> Answer:
        """stop before not done before look before good."""
        answers = [line.answer for line in self.lines]
        return next((worst for worst in _WORST_FIRST if worst in answers), "good")


_WORST_FIRST: tuple[Answer, ...] = ("stop", "not done", "look", "good")


def judge_daily(facts: DailyFacts) -> DailyJudgement:
    """The day's check of one room."""
    return DailyJudgement((_bars(facts), _weight(facts), _signals(facts)))


def _bars(facts: DailyFacts) -> DailyLine:
    if facts.unknown:
        return DailyLine(
            "bars", "stop", f"the bars do not read: {facts.unknown}", "no client until they do: `bard doctor`"
        )
    if facts.free_kg is None:
        return DailyLine("bars", "not done", "nobody looked at the free bars", "let go of them and run it again")
    found = f"the free bars read {_signed(facts.free_kg)} kg"
    if abs(facts.free_kg) > FREE_MOST_KG:
        do = "take off whatever hangs there; if nothing does, no client until it is calibrated anew"
        return DailyLine("bars", "stop", found, do)
    if abs(facts.free_kg) > FREE_WARN_KG:
        return DailyLine("bars", "look", found, "does a towel or a strap hang there? if not: `bard rezero`")
    return DailyLine("bars", "good", found)


def _signed(kg: float) -> str:
    """With its sign, but no minus zero."""
    return f"{round(kg, 1) + 0.0:+.1f}"


def _weight(facts: DailyFacts) -> DailyLine:
    if facts.hung_kg is None:
        return DailyLine("weight", "not done", "nobody hung on the bars", "hang, both feet off, for three seconds")
    if facts.typed_kg is None:
        do = "give the weight a scale shows for you today"
        return DailyLine(
            "weight", "not done", f"the bars carried {facts.hung_kg:.1f} kg; your weight was not given", do
        )
    apart_kg = facts.hung_kg - facts.typed_kg
    found = f"you hung {facts.hung_kg:.1f} kg and typed {facts.typed_kg:.1f} kg: {_signed(apart_kg)} kg"
    if abs(apart_kg) > APART_MOST_KG:
        do = "step on a scale in the clothes you wear now; if it agrees with what you typed, have the bars verified"
        return DailyLine("weight", "stop", found, do)
    if abs(apart_kg) > APART_WARN_KG:
        return DailyLine("weight", "look", found, "step on a scale again today; if it stays so, have the bars verified")
    return DailyLine("weight", "good", found)


def _signals(facts: DailyFacts) -> DailyLine:
    missed = [name for name, felt in facts.felt.items() if felt is False]
    unasked = [name for name, felt in facts.felt.items() if felt is None]
    if missed:
        do = "no client until it is felt: its plug, its strap, its sound level; then run it again"
        return DailyLine("signals", "stop", f"not felt or heard: {', '.join(missed)}", do)
    if unasked or not facts.felt:
        found = f"nobody said whether it was felt: {', '.join(unasked) or 'no signal was played'}"
        return DailyLine("signals", "not done", found, "`bard test-alarms`")
    return DailyLine("signals", "good", f"felt or heard: {', '.join(facts.felt)}")
