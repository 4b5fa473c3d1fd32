"""When a session counts as forgotten: only known, free bars with nobody on, for the whole time."""

from msgspec.structs import replace

from bard.config import default_settings
from bard.daemon.idle import ORIGIN, Idle
from bard.messages import Command, Snapshot, StopSession, WeighInSnapshot
from bard.settings import Settings, StudioSettings
from tests.control.fake import SESSION, room

MINUTE_US = 60_000_000
FREE = room(None, "off", bar_load_kg=0.4, session=replace(SESSION, started_us=0), phase_since_us=0)


def idle(minutes: float = 10) -> Idle:
    settings: Settings = replace(default_settings(), studio=StudioSettings(end_idle_min=minutes))
    return Idle(settings, lambda _command, _origin: None)


def at(minutes: float, snapshot: Snapshot = FREE) -> Snapshot:
    return replace(snapshot, at_us=round(minutes * MINUTE_US))


def test_it_is_over_after_the_whole_time() -> None:
    rule = idle()
    assert [rule.over(at(minute)) for minute in (1, 5, 10.9, 11)] == [False, False, False, True]


def test_whatever_happens_begins_it_anew() -> None:
    for meanwhile in (
        replace(FREE, phase="on"),
        replace(FREE, phase="released"),
        replace(FREE, bar_load_kg=4.5),
        replace(FREE, bar_load_kg=None),
        replace(FREE, weigh_in=WeighInSnapshot("hang on the bars", None)),
        replace(FREE, session=None),
    ):
        rule = idle()
        assert not rule.over(at(1))
        assert not rule.over(at(6, meanwhile))
        assert [rule.over(at(minute)) for minute in (7, 16.9, 17)] == [False, False, True], meanwhile


def test_a_phase_or_a_session_between_two_looks_counts() -> None:
    rule = idle()
    assert not rule.over(at(1))
    been = replace(FREE, phase_since_us=8 * MINUTE_US)
    assert [rule.over(at(minute, been)) for minute in (11, 17.9, 18)] == [False, False, True]
    rule = idle()
    assert not rule.over(at(1))
    anew = replace(FREE, session=replace(SESSION, started_us=9 * MINUTE_US))
    assert [rule.over(at(minute, anew)) for minute in (18.9, 19)] == [False, True]


def test_zero_is_never() -> None:
    rule = idle(0)
    assert not any(rule.over(at(minute)) for minute in (1, 100, 10_000))


def test_it_ends_it_by_the_command_a_person_would_give() -> None:
    given: list[tuple[Command, str]] = []

    class Core:
        in_session = True

        def __init__(self) -> None:
            self.minute = 0

        def snapshot(self) -> Snapshot:
            self.minute += 1
            return at(self.minute)

    rule = Idle(
        replace(default_settings(), studio=StudioSettings(end_idle_min=3)),
        lambda command, origin: given.append((command, origin)),  # type: ignore[func-returns-value,arg-type]
    )
    core = Core()
    for _ in range(4):
        rule.look(core)  # type: ignore[arg-type]
    assert given == [(StopSession(), ORIGIN)]
