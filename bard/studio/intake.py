"""How a client's intake stands: asked or not, old or not, and what was answered with yes.

One law: whatever was not answered with a plain no is there to be looked at, and nothing here clears anybody. Pure: it
is given the answers, the questions and the time.
"""

from msgspec import Struct

from bard.people.records import Damaged, Intake
from bard.settings import Checklist, IntakeItem

_DAY_MS = 86_400_000


class Standing(Struct, frozen=True):
    """`due`: why it must be asked (again), in words; None: it need not. The others: items not answered with no."""

    due: str | None
    blocking: tuple[IntakeItem, ...] = ()
    cautions: tuple[IntakeItem, ...] = ()


def standing(checklist: Checklist, intake: Intake | Damaged | None, *, interval_days: int, now_ms: int) -> Standing:
    """Of the newest answers. An answer to a question that is not asked any more counts for nothing."""
    if intake is None:
        return Standing("the intake was never asked")
    if isinstance(intake, Damaged):
        return Standing(intake.words)
    told = [item for item in checklist.items if intake.answers.get(item.id) in ("yes", "unsure")]
    return Standing(
        _due(checklist, intake, interval_days, now_ms),
        tuple(item for item in told if item.kind == "absolute"),
        tuple(item for item in told if item.kind == "caution"),
    )


def _due(checklist: Checklist, intake: Intake, interval_days: int, now_ms: int) -> str | None:
    age_days = (now_ms - intake.at_ms) / _DAY_MS
    if age_days < -1:
        return "the intake was asked at a time that is yet to come: one of the clocks was wrong"
    if age_days > interval_days:
        return f"the intake is {age_days:.0f} days old, and the studio asks again after {interval_days}"
    new = [item.id for item in checklist.items if item.id not in intake.answers]
    if new:
        return f"never asked: {', '.join(new)}"
    return None
