"""The alarms of one session, without looking at all that came after it."""

import random
from pathlib import Path

from bard.journal.history import History
from bard.journal.wanted import Wanted
from tests.journal.logs import Log, S, condition, ended, id_of, started

NEXT = {
    "normal": [("pending", "")],
    "pending": [("active", ""), ("active", ""), ("normal", "")],
    "active": [("clearing", ""), ("acknowledged", "socket"), ("active", "")],
    "acknowledged": [("clearing acknowledged", "")],
    "clearing": [("normal", ""), ("latched", ""), ("active", "")],
    "clearing acknowledged": [("normal", "")],
    "latched": [("normal", "socket"), ("pending latched", "")],
    "pending latched": [("active", ""), ("latched", "")],
}
"""Where a condition may go from a state, and who acts."""
NAMES = ("load_over", "load_critical", "bar_overload", "cell_fault")
RUNS, SESSIONS, STEPS = 6, 8, 30


def write(path: Path, chance: random.Random) -> list[str]:
    """Runs of bard with sessions one after the other; a restart brings half of what held back. The sessions' ids."""
    sessions, states, at_us = [], dict.fromkeys(NAMES, "normal"), 0
    for run in range(RUNS):
        log = Log(path, run=f"run{run}")
        for name, state in states.items():
            back = state not in ("normal", "pending") and chance.random() < 0.5
            states[name] = state if back else "normal"
            if back:
                log.tell([condition(at_us, state, "normal", id=name, by="restart")])
        for _ in range(SESSIONS):
            begun_us = at_us
            sessions.append(id_of(begun_us))
            log.tell(started(begun_us))
            for step in range(STEPS):
                at_us += S
                if step == STEPS - 6:
                    log.tell([ended(at_us, begun_us)])
                name = chance.choice(NAMES)
                was = states[name]
                states[name], by = chance.choice(NEXT[was])
                log.tell([condition(at_us, states[name], was, id=name, by=by)])
            at_us += S
        log.close()
    return sessions


def test_they_are_what_all_alarms_say_of_it_over_restarts_and_past_its_end(tmp_path: Path) -> None:
    """Alarms that go on after the session, come back by a restart, or are cut off by one."""
    path = tmp_path / "journal.db"
    sessions = write(path, random.Random(11))
    with History(path) as history:
        every = history.alarms()
        assert {alarm.outcome for alarm in every} >= {"over", "latched", "cut off"}
        assert len(every) > 100
        for session in sessions:
            assert history.alarms(Wanted(session=session)) == [one for one in every if one.session == session]


def test_a_session_long_ago_needs_no_look_at_the_years_after_it(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    sessions = write(path, random.Random(12))
    with History(path) as history:
        looked = []
        changes = history._changes
        history._changes = lambda after: (looked.append(one) or one for one in changes(after))  # type: ignore[method-assign, func-returns-value]
        history.alarms(Wanted(session=sessions[0]))
        assert len(looked) < 3 * STEPS
        looked.clear()
        history.alarms()
        assert len(looked) > RUNS * SESSIONS * STEPS
