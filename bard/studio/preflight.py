"""What is looked at before a session begins: a judgement on facts, line by line.

One law: each line is pass, warn or refuse, and says the way out where it is no pass; what is not known is never a pass.
A pass means that nothing was found, no more. Pure: facts, settings and the day are given.
"""

from collections.abc import Iterator, Mapping
from datetime import date

from msgspec import Struct

from bard.alarm.facts import Around
from bard.control.protocol import PreflightLine, Verdict
from bard.journal.daily import DailyRow
from bard.messages import Snapshot
from bard.settings import StudioSettings

_FAR_AWAY = ("mqtt",)
_NO_WARNING = ("terminal",)
"""Outputs that show, and warn nobody who does not look."""
_EXPIRES_SOON_DAYS = 14
_SOON = ("proving", "settling")
"""States of a cell that end by themselves."""
_WORN = {"bar_inspect": "bar", "wrong_rate": "board", "bar_overload": "bar"}
"""Conditions with which no session begins, and what they are about."""


class Room(Struct, frozen=True):
    """What the daemon knows: the last row, what ails the parts around the core, and each output's failure or None.

    `expires`: the calibration's last day, or nothing. `tried`: each output has just played its self-test. `daily`: the
    newest of the days' checks, none where there is none; None: nobody looked.
    """

    snapshot: Snapshot
    around: Around
    outputs: Mapping[str, str | None]
    expires: str = ""
    tried: bool = False
    daily: tuple[DailyRow, ...] | None = None


def room_lines(room: Room, settings: StudioSettings, today: date) -> Iterator[PreflightLine]:
    """About bars, boards, outputs and files; nothing about people."""
    if room.snapshot.session is not None:
        yield _line("session", "refuse", "a session runs already", "bard session stop")
    yield _calibration(room, today)
    yield _cells(room.snapshot)
    yield _zero(room.snapshot, settings)
    yield from _worn(room.snapshot)
    yield from _outputs(room)
    if room.daily is not None and settings.daily_check:
        yield _daily(room.daily, today)
    yield _disk(room.around)
    yield _clock(room.around)


def _calibration(room: Room, today: date) -> PreflightLine:
    told = [f"{name}: {words}" for name, words in room.around.calibration_expired.items()]
    told += [word for alarm in room.snapshot.alarms if alarm.id == "calibration_expired" for word in alarm.subjects]
    expired = "; ".join(dict.fromkeys(told))
    if room.snapshot.calibration is None:
        return _line("calibration", "refuse", "a cell has no calibration", "bard calibrate, by an installer")
    if expired:
        return _line("calibration", "refuse", expired, "bard calibrate, by an installer")
    if not room.expires:
        return _line("calibration", "pass", "in use, without a last day")
    left = (date.fromisoformat(room.expires) - today).days
    if left < 0:
        return _line("calibration", "refuse", f"expired on {room.expires}", "bard calibrate, by an installer")
    if left <= _EXPIRES_SOON_DAYS:
        return _line("calibration", "warn", f"expires on {room.expires}", "call the installer before that day")
    return _line("calibration", "pass", f"in use until {room.expires}")


def _cells(snapshot: Snapshot) -> PreflightLine:
    away = [f"board {board.name} {board.state}" for board in snapshot.boards if board.state != "streaming"]
    cells = [cell for support in snapshot.supports for cell in support.cells]
    faulty = [f"{cell.name} {cell.words}" for cell in cells if cell.state != "ok"]
    if away or faulty or snapshot.bar_load_kg is None:
        words = "; ".join([*away, *faulty]) or "the load on the bars is not known"
        soon = not away and all(cell.state in _SOON for cell in cells if cell.state != "ok")
        return _line(
            "cells", "refuse", words, "wait a few seconds" if soon else "bard status; the load would be unknown"
        )
    warned = [f"{cell.name} {words}" for cell in cells for words in cell.warnings]
    warned += [f"{support.name} {words}" for support in snapshot.supports for words in support.warnings]
    warned += [f"board {board.name} {words}" for board in snapshot.boards for words in board.warnings]
    if warned:
        return _line("cells", "warn", "; ".join(warned), "tell the installer; bard status shows it")
    return _line("cells", "pass", f"all {len(cells)} are ok")


def _zero(snapshot: Snapshot, settings: StudioSettings) -> PreflightLine:
    zero = snapshot.zero
    if zero.moved:
        return _line(
            *("zero", "refuse", "free bars do not read zero"),
            "take off what hangs on the bars, then bard rezero; if that is refused, call the installer",
        )
    way_out = "leave the bars free and still for 5 s, or bard rezero"
    if zero.age_s is None:
        return _line("zero", "warn", "not checked since bard started", way_out)
    if zero.age_s > settings.zero_fresh_min * 60:
        return _line("zero", "warn", f"last checked {zero.age_s / 60:.0f} min ago", way_out)
    return _line("zero", "pass", f"checked {zero.age_s:.0f} s ago")


def _worn(snapshot: Snapshot) -> Iterator[PreflightLine]:
    for alarm in snapshot.alarms:
        if alarm.id in _WORN:
            words = f"{alarm.meaning}: {'; '.join(alarm.subjects)}" if alarm.subjects else alarm.meaning
            yield _line(_WORN[alarm.id], "refuse", words, "call the installer")


def _outputs(room: Room) -> Iterator[PreflightLine]:
    mute = {f"board {board.name}" for board in room.snapshot.boards if not (board.vibrator or board.buzzer)}
    warning = {name: words for name, words in room.outputs.items() if name not in mute and name not in _NO_WARNING}
    near = {name: words for name, words in warning.items() if name not in _FAR_AWAY}
    works = [name for name, words in near.items() if words is None]
    failed = [words if words.startswith(name) else f"{name}: {words}" for name, words in warning.items() if words]
    if not works:
        words = "; ".join(failed) or "there is none in this room"
        yield _line("outputs", "refuse", f"none works: {words}", "nobody would be warned; bard test-alarms")
        return
    if failed:
        yield _line("outputs", "warn", "; ".join(failed), "bard test-alarms")
    else:
        tried = "each has played its self-test" if room.tried else "each plays its self-test as the session begins"
        yield _line("outputs", "pass", f"{', '.join(works)}: {tried}")
    if len(works) == 1 and len(warning) - len(failed) == 1:
        yield _line(
            *("one cable", "warn", f"every output hangs on one cable ({works[0]}): pulled out, nobody is warned"),
            "a second output: [sound], [gpio] or a board of its own, and for the board a powered hub",
        )


def _daily(rows: tuple[DailyRow, ...], today: date) -> PreflightLine:
    way_out = "bard daily, a minute"
    if not rows:
        return _line("daily", "warn", "the day's check was never made", way_out)
    last = rows[0]
    if not last.moment.clock_trusted:
        return _line("daily", "warn", "the day of the last check is not known: the clock was not set", way_out)
    if not last.made_on(today):
        return _line("daily", "warn", "the day's check was not made today", way_out)
    if last.answer == "good":
        return _line("daily", "pass", "made today, and nothing was found")
    words = {"look": "something is to be looked at soon", "stop": "it said STOP", "not done": "something was left out"}
    return _line("daily", "warn", f"made today: {words[last.answer]}", "put it right, then bard daily again")


def _disk(around: Around) -> PreflightLine:
    ails = [f"{name}: {words}" for found in (around.journal_failed, around.disk_low) for name, words in found.items()]
    if ails:
        return _line("disk", "warn", "; ".join(ails), "alarms still warn, the record may have holes: free room")
    return _line("disk", "pass", "takes what is written")


def _clock(around: Around) -> PreflightLine:
    if around.clock_untrusted:
        return _line(
            "clock", "warn", "not set by the network: days and ages may be wrong", "connect it, or set the clock"
        )
    return _line("clock", "pass", "set")


def _line(what: str, verdict: Verdict, words: str, way_out: str = "") -> PreflightLine:
    return PreflightLine(what, verdict, words, way_out)
