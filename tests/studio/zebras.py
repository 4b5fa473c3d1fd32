"""A studio with a zebra among its clients: words that stand nowhere by chance."""

import os
from pathlib import Path

from bard.journal.records import make_header
from bard.journal.tape import TapeWriter
from bard.messages import Done, SessionChanged, SetLimit
from bard.people.records import LimitsGiven, Override
from bard.people.schema import PEOPLE_FILE
from bard.people.store import People
from tests.journal.logs import BEGIN_WALL_S, NUMBERS, Log, S, ended, id_of, one_alarm, started
from tests.journal.summaries import wave
from tests.journal.tapes import CALIBRATION, CORE

CODE, NAME = "CZEBRA9", "Zebulonia Größling"
THERAPIST = "TQUAGGA7"
BEGIN_MS = round(BEGIN_WALL_S * 1000)
HOUR = 3600 * S


def zebras(folder: Path) -> Path:
    """The zebra's sessions at 1 and 3 h, another's at 2 h, with tapes and reports; the therapist typed a code."""
    for inside in ("tapes", "reports"):
        (folder / inside).mkdir(parents=True)
    with People(folder / PEOPLE_FILE, names=True) as people:
        people.add_therapist(THERAPIST, BEGIN_MS)
        people.add_client(CODE, BEGIN_MS, name=NAME, notes="zebra crossing")
        people.add_client("C2", BEGIN_MS)
        for code in (CODE, "C2"):
            people.set_limits(code, LimitsGiven(40, zones={"ribs": 20}), at_ms=BEGIN_MS, by=THERAPIST)
            people.record_intake(code, {"pregnancy": "yes"}, at_ms=BEGIN_MS, by=f"{THERAPIST} and others")
        log = Log(folder / "journal.db")
        for hour, code in ((1, CODE), (2, "C2"), (3, CODE)):
            at_us = hour * HOUR
            log.tape = f"{hour}.tape"
            limit = f"limit raised by {THERAPIST}, hour {hour}"
            log.tell(started(at_us))
            for one in wave(0, 600, id_of(at_us)):
                log.store.take_summary(one)
            log.tell([SessionChanged(at_us + 2 * S, NUMBERS, limit, THERAPIST)])
            log.tell([*one_alarm(at_us + 3 * S, by=THERAPIST), ended(at_us + 60 * S, at_us)])
            (folder / "reports" / f"{id_of(at_us)}.html").write_text(f"<p>hour {hour}")
            people.link_session(id_of(at_us), code, THERAPIST, BEGIN_MS + hour * 3_600_000)
            a_tape(folder / "tapes" / log.tape)
        people.record_override(CODE, Override(BEGIN_MS, THERAPIST, id_of(HOUR), f"{THERAPIST} knows", ("pregnancy",)))
        log.close()
    return folder


def a_tape(path: Path) -> None:
    """Somebody raised a limit, and typed a code for it; refused, since no session runs on this tape."""
    writer = TapeWriter(
        path, make_header(CORE, CALIBRATION, start_us=0, wall_time="2026-03-01T10:00:00Z", clock_trusted=True, done="")
    )
    writer.command(THERAPIST, SetLimit(45, who=THERAPIST, why=f"{THERAPIST}: ask"), 1_000_000)
    writer.event(Done(1_000_000, "set_limit", THERAPIST, "no session runs"))
    writer.close()
    os.utime(path, (BEGIN_WALL_S, BEGIN_WALL_S))
