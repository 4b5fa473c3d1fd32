"""When the intake must be asked, and what blocks a start."""

import pytest

from bard.people.records import Damaged, Intake, Reply
from bard.settings import Checklist, IntakeItem
from bard.studio.intake import Standing, standing

MS, DAY_MS = 1_764_000_000_000, 86_400_000
PREGNANT = IntakeItem("pregnancy", "Pregnant?", "absolute")
BROKEN = IntakeItem("fracture", "A broken bone?", "absolute", 183)
VEINS = IntakeItem("veins", "Varicose veins?", "caution")
CHECKLIST = Checklist("a reminder", (PREGNANT, BROKEN, VEINS))


def stands(intake: Intake | Damaged | None, days: float = 0) -> Standing:
    return standing(CHECKLIST, intake, interval_days=180, now_ms=MS + round(days * DAY_MS))


def answered(pregnancy: Reply = "no", fracture: Reply = "no", veins: Reply = "no") -> Intake:
    return Intake(MS, "Ada", {"pregnancy": pregnancy, "fracture": fracture, "veins": veins})


def test_never_asked_is_due() -> None:
    assert stands(None) == Standing("the intake was never asked")


@pytest.mark.parametrize(("days", "due"), [(0, False), (179.9, False), (180.1, True), (-0.5, False), (-2, True)])
def test_it_is_due_again_after_the_interval_and_when_the_clock_cannot_be_right(days: float, due: bool) -> None:
    assert (stands(answered(), days).due is not None) is due


@pytest.mark.parametrize(
    ("intake", "blocking", "cautions"),
    [
        (answered(), (), ()),
        (answered(pregnancy="yes"), (PREGNANT,), ()),
        (answered(fracture="unsure", veins="yes"), (BROKEN,), (VEINS,)),
        (answered(veins="unsure"), (), (VEINS,)),
    ],
)
def test_yes_and_unsure_are_looked_at(
    intake: Intake, blocking: tuple[IntakeItem, ...], cautions: tuple[IntakeItem, ...]
) -> None:
    assert stands(intake) == Standing(None, blocking, cautions)
    assert stands(intake, 200).blocking == blocking, "an old yes is still one"


def test_a_new_question_is_asked_and_one_that_is_gone_is_forgotten() -> None:
    assert stands(Intake(MS, "Ada", {"pregnancy": "no", "moon": "yes"})) == Standing("never asked: fracture, veins")


def test_damaged_answers_are_none() -> None:
    assert stands(Damaged("the answers are damaged")) == Standing("the answers are damaged")
