"""Every line of the preflight, in each of its ways: pass, warn with a way out, refuse with a way out."""

from datetime import date, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from bard.alarm.facts import Around
from bard.control.protocol import PreflightLine
from bard.journal.alarms import Moment
from bard.journal.daily import DailyRow
from bard.messages import AlarmSnapshot, CellSnapshot, Snapshot, ZeroSnapshot
from bard.people.records import Client, Damaged, Intake, Limits, LimitsGiven, Therapist, Weight
from bard.settings import IntakeItem, StudioSettings
from bard.studio.admission import Party, limits_of, people_lines, weigh
from bard.studio.intake import Standing
from bard.studio.preflight import Room, room_lines
from tests.control.fake import room

TODAY = date(2026, 3, 1)
STUDIO = StudioSettings()
FREE = room(None, "off", session=None, bar_load_kg=0.0)
OUTPUTS = {"board uno": None, "sound": None, "terminal": None}


def told(snapshot: Snapshot = FREE, around: Around = Around(), **more: Any) -> list[PreflightLine]:  # noqa: B008
    lines = list(
        room_lines(Room(snapshot, around, **{"outputs": OUTPUTS, "expires": "2026-12-31"} | more), STUDIO, TODAY)
    )
    check(lines)
    return lines


def check(lines: list[PreflightLine]) -> None:
    for line in lines:
        assert (line.verdict == "pass") is (line.way_out == "") or line.what == "intake", line
        assert "\n" not in line.words + line.way_out
        assert not any(word in (line.words + line.way_out).lower() for word in ("safe", "fit ", "cleared", "no risk"))


def verdict(lines: list[PreflightLine], what: str) -> str:
    return next(line.verdict for line in lines if line.what == what)


def test_a_room_in_order_passes() -> None:
    assert [(line.what, line.verdict) for line in told()] == [
        ("calibration", "pass"),
        ("cells", "pass"),
        ("zero", "pass"),
        ("outputs", "pass"),
        ("disk", "pass"),
        ("clock", "pass"),
    ]


NOON_MS = round(datetime(2026, 3, 1, 12).timestamp() * 1000)
DAILY = {
    "nobody looked": (None, None, ""),
    "never": ((), "warn", "never made"),
    "today": ((NOON_MS, True, "good"), "pass", "made today"),
    "today, with something": ((NOON_MS, True, "look"), "warn", "looked at soon"),
    "today, and it said stop": ((NOON_MS, True, "stop"), "warn", "STOP"),
    "left out": ((NOON_MS, True, "not done"), "warn", "left out"),
    "yesterday": ((NOON_MS - 86_400_000, True, "good"), "warn", "not made today"),
    "by a clock nobody set": ((NOON_MS, False, "good"), "warn", "not known"),
}


@pytest.mark.parametrize("name", DAILY)
def test_the_day_s_check(name: str) -> None:
    row, verdict_of_it, words = DAILY[name]
    daily = row if not row else (DailyRow(Moment("boot", 1, row[0], row[1]), row[2], 0.0, 0.0, (), ""),)
    found = [line for line in told(daily=daily) if line.what == "daily"]
    assert [line.verdict for line in found] == ([] if verdict_of_it is None else [verdict_of_it])
    assert all(words in line.words for line in found)


def test_a_studio_may_do_without_the_day_s_check() -> None:
    lines = room_lines(Room(FREE, Around(), OUTPUTS, daily=()), StudioSettings(daily_check=False), TODAY)
    assert "daily" not in [line.what for line in lines]


CELL = FREE.supports[0].cells[0]


def with_cell(cell: CellSnapshot) -> Snapshot:
    support = replace(FREE.supports[0], cells=(cell,))
    return replace(FREE, supports=(support, *FREE.supports[1:]))


def with_alarm(name: str, subject: str) -> Snapshot:
    alarm = AlarmSnapshot(name, "active", "high", "it is worn", (subject,), 0, None, None, None)
    return replace(FREE, alarms=(alarm,))


AWAY = replace(FREE, boards=(replace(FREE.boards[0], state="lost"),), bar_load_kg=None)
NEVER = replace(FREE, zero=ZeroSnapshot(0.0, 0.0, None, False))
OLD = replace(FREE, zero=ZeroSnapshot(0.0, 0.0, 3_601.0, False))
MOVED = replace(FREE, zero=ZeroSnapshot(0.0, 1.5, 90.0, True))
WRONG = AlarmSnapshot(
    *(
        "calibration_expired",
        "active",
        "low",
        "the calibration has expired",
        ("left bar: a verification found it wrong",),
    ),
    *(0, None, None, None),
)
MUTE = replace(FREE, boards=(replace(FREE.boards[0], vibrator=False, buzzer=False),))
ROOMS: dict[str, tuple[str, str, dict[str, Any], str]] = {
    "runs": ("session", "refuse", {"snapshot": room()}, "already"),
    "uncalibrated": ("calibration", "refuse", {"snapshot": replace(FREE, calibration=None)}, "no calibration"),
    "expired": ("calibration", "refuse", {"expires": "2026-02-28"}, "expired on 2026-02-28"),
    "expired by load": (
        *("calibration", "refuse"),
        {"around": Around(calibration_expired={"left bar": "overloaded"})},
        "left bar: overloaded",
    ),
    "found wrong": (
        "calibration",
        "refuse",
        {"snapshot": replace(FREE, alarms=(WRONG,))},
        "a verification found it wrong",
    ),
    "expires soon": ("calibration", "warn", {"expires": "2026-03-15"}, "expires on 2026-03-15"),
    "not yet soon": ("calibration", "pass", {"expires": "2026-03-16"}, "until 2026-03-16"),
    "for ever": ("calibration", "pass", {"expires": ""}, "without a last day"),
    "a silent cell": (
        *("cells", "refuse"),
        {"snapshot": with_cell(replace(CELL, state="silent", words="silent: check its wires"))},
        "left bar, cell 1 silent: check its wires",
    ),
    "cells that come": (
        *("cells", "refuse"),
        {"snapshot": with_cell(replace(CELL, state="proving", words="being proved"))},
        "being proved",
    ),
    "a board away": ("cells", "refuse", {"snapshot": AWAY}, "board uno lost"),
    "unknown": ("cells", "refuse", {"snapshot": replace(FREE, bar_load_kg=None)}, "is not known"),
    "a warned cell": ("cells", "warn", {"snapshot": with_cell(replace(CELL, warnings=("drifts",)))}, "cell 1 drifts"),
    "zero never looked at": ("zero", "warn", {"snapshot": NEVER}, "not checked since"),
    "an old zero": ("zero", "warn", {"snapshot": OLD}, "60 min ago"),
    "a zero that moved": ("zero", "refuse", {"snapshot": MOVED}, "do not read zero"),
    "to be inspected": ("bar", "refuse", {"snapshot": with_alarm("bar_inspect", "left bar")}, "it is worn: left bar"),
    "slow board": ("board", "refuse", {"snapshot": with_alarm("wrong_rate", "uno")}, "uno"),
    "one output dead": ("outputs", "warn", {"outputs": OUTPUTS | {"sound": "no card"}}, "sound: no card"),
    "all dead": (
        *("outputs", "refuse"),
        {"outputs": {"board uno": "board uno is not connected", "terminal": None, "mqtt": None}},
        "none works: board uno is not connected",
    ),
    "none there": ("outputs", "refuse", {"outputs": {"terminal": None}}, "there is none in this room"),
    "a board that plays nothing": (
        "outputs",
        "refuse",
        {"snapshot": MUTE, "outputs": {"board uno": None}},
        "none works",
    ),
    "tried": ("outputs", "pass", {"tried": True}, "each has played its self-test"),
    "one cable": ("one cable", "warn", {"outputs": {"board uno": None, "terminal": None}}, "one cable (board uno)"),
    "one left": ("one cable", "warn", {"outputs": {"board uno": None, "sound": "no card"}}, "one cable (board uno)"),
    "a full disk": ("disk", "warn", {"around": Around(disk_low={"disk": "less than 500 MB are free"})}, "500 MB"),
    "a journal that fails": ("disk", "warn", {"around": Around(journal_failed={"tape": "the disk is full"})}, "tape"),
    "no clock": ("clock", "warn", {"around": Around(clock_untrusted=True)}, "not set"),
}


@pytest.mark.parametrize("name", ROOMS)
def test_what_is_not_in_order_is_told_with_the_way_out(name: str) -> None:
    what, expected, changed, words = ROOMS[name]
    line = next(line for line in told(**changed) if line.what == what)
    assert line.verdict == expected
    assert words in line.words


def test_cells_that_are_being_proved_want_a_moment_and_faulty_ones_a_look() -> None:
    ways = {
        state: next(line for line in told(with_cell(replace(CELL, state=state))) if line.what == "cells").way_out
        for state in ("proving", "settling", "silent")
    }
    assert ways["proving"] == ways["settling"] == "wait a few seconds"
    assert ways["silent"].startswith("bard status")


def test_a_band_far_away_is_a_second_way_to_be_warned() -> None:
    assert not [line for line in told(outputs={"board uno": None, "mqtt": None}) if line.what == "one cable"]


# People

MS = 1_764_000_000_000
LIMITS = Limits(MS, "Ada", LimitsGiven(40))
PREGNANT = IntakeItem("pregnancy", "Pregnant?", "absolute")
VEINS = IntakeItem("veins", "Varicose veins?", "caution")


def client(limits: Limits | Damaged | None = LIMITS) -> Client:
    return Client("C1", MS, None, None, limits, Intake(MS, "Ada", {}))


def therapist(kg: float = 70.0, dated: str = "2026-02-20", u_kg: float = 0.5, **more: Any) -> Therapist:
    return Therapist("T1", MS, None, Weight(MS, "", kg, u_kg, dated, **{"basis": "typed"} | more), {})


def party_lines(party: Party) -> list[PreflightLine]:
    lines = list(people_lines(party, STUDIO, TODAY))
    check(lines)
    return lines


def test_a_party_in_order_passes() -> None:
    lines = party_lines(Party(client(), Standing(None), therapist()))
    assert [(line.what, line.verdict) for line in lines] == [
        ("limits", "pass"),
        ("intake", "pass"),
        ("body weight", "pass"),
    ]
    assert limits_of(client()) == LIMITS.given


@pytest.mark.parametrize("limits", [None, Damaged("the limits of C1 are damaged")])
def test_without_a_limit_that_can_be_read_nothing_begins(limits: Damaged | None) -> None:
    [line, *_] = party_lines(Party(client(limits), Standing(None), therapist()))
    assert (line.verdict, line.way_out) == ("refuse", "bard client edit C1 --limit KG --by WHO")
    assert limits_of(client(limits)) is None


def test_an_intake_that_is_due_is_asked_and_no_override_helps() -> None:
    party = Party(client(), Standing("never asked"), therapist(), override_by="Ada", override_why="in a hurry")
    line = next(line for line in party_lines(party) if line.what == "intake")
    assert (line.verdict, line.way_out) == ("refuse", "bard intake C1 --by WHO")


@pytest.mark.parametrize(
    ("by", "why", "expected"),
    [("", "", "refuse"), ("Ada", " ", "refuse"), ("", "cleared", "refuse"), ("Ada", "the physician agrees", "warn")],
)
def test_an_absolute_answer_blocks_until_somebody_with_a_name_has_a_reason(by: str, why: str, expected: str) -> None:
    party = Party(client(), Standing(None, (PREGNANT,)), therapist(), override_by=by, override_why=why)
    line = next(line for line in party_lines(party) if line.what == "intake")
    assert line.verdict == expected
    assert "Pregnant?" in line.words
    if expected == "warn":
        assert "Ada: the physician agrees" in line.words


def test_a_caution_is_shown_and_blocks_nothing() -> None:
    line = next(
        line
        for line in party_lines(Party(client(), Standing(None, (), (VEINS,)), therapist()))
        if line.what == "intake"
    )
    assert (line.verdict, "Varicose veins?" in line.words) == ("warn", True)


NONE = Therapist("T1", MS, None, None, {})
BROKEN = Therapist("T1", MS, None, Damaged("the body weight is damaged"), {})
WEIGHTS: dict[str, tuple[Party, str, float | None]] = {
    "kept": (Party(None, None, therapist()), "pass", 70.0),
    "on the last day": (Party(None, None, therapist(dated="2026-01-30")), "pass", 70.0),
    "too old": (Party(None, None, therapist(dated="2026-01-29")), "refuse", None),
    "of tomorrow": (Party(None, None, therapist(dated="2026-03-02")), "pass", 70.0),
    "of next week": (Party(None, None, therapist(dated="2026-03-08")), "refuse", None),
    "too old but typed now": (Party(None, None, therapist(dated="2025-01-01"), typed_kg=71), "pass", 71),
    "too old but hung": (Party(None, None, therapist(dated="2025-01-01"), hung_kg=71.2), "pass", None),
    "kept and hung: held against each other": (Party(None, None, therapist(), hung_kg=71.2), "pass", 70.0),
    "hung then and now": (Party(None, None, therapist(basis="hung"), hung_kg=71.2), "pass", None),
    "none": (Party(None, None, NONE), "refuse", None),
    "nobody": (Party(None, None, None), "refuse", None),
    "nobody but hung": (Party(None, None, None, hung_kg=71.2), "pass", None),
    "damaged": (Party(None, None, BROKEN), "refuse", None),
    "unsure": (Party(None, None, therapist(u_kg=1.0)), "pass", 70.0),
}


@pytest.mark.parametrize("name", WEIGHTS)
def test_which_body_weight_counts(name: str) -> None:
    party, expected, typed_kg = WEIGHTS[name]
    found = weigh(party, STUDIO, TODAY)
    assert (found.line.verdict, found.typed_kg) == (expected, typed_kg)
    check([found.line])


@pytest.mark.parametrize("hung_kg", [None, 71.2])
def test_a_kept_weight_goes_with_its_uncertainty_and_a_typed_one_with_the_settings(hung_kg: float | None) -> None:
    assert weigh(Party(None, None, therapist(u_kg=1.0), hung_kg=hung_kg), STUDIO, TODAY).u_kg == 1.0
    assert weigh(Party(None, None, therapist(u_kg=1.0), typed_kg=70, hung_kg=hung_kg), STUDIO, TODAY).u_kg is None
