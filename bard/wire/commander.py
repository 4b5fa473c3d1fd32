"""The one source of commands to one board: ids, bytes, and which were answered.

One law: every command to a board passes through its one Commander, because a board executes an id only once, and
an older signal must never be repeated after a newer one. It writes no port: it gives bytes, and takes the answers.
"""

from typing import NamedTuple

from msgspec import Struct

from bard.wire.decoder import encode
from bard.wire.frames import VERB_ARGS, Answer, Command, Result, Verb


class Answered(NamedTuple):
    """A command and what the board said to it."""

    verb: Verb
    args: tuple[int, ...]
    result: Result


class _Waiting(Struct):
    verb: Verb
    args: tuple[int, ...]
    due_us: int
    tries: int
    data: bytes


class Commander:
    """Numbers commands and remembers those not answered yet.

    `resend_us` after a command went unanswered it is due again, with the same id, `tries` times in all. A newer
    command takes the place of an unanswered older one of the same subject: scale by channel, signal by output, arm and
    disarm together, any other verb by itself. What an unanswered signal to both outputs says to the one that a newer
    signal does not name is sent anew. Beats are never repeated: the next one is due soon enough.
    """

    def __init__(self, resend_us: int = 200_000, tries: int = 4) -> None:
        self._resend_us = resend_us
        self._tries = tries
        self._next_id = 1
        self._waiting: dict[int, _Waiting] = {}
        self.unanswered = 0

    def command(self, verb: Verb, *args: int, now_us: int) -> bytes:
        """The bytes of a new command. `args` as in protocol, "Host to board".

        They begin with a 0x00, so that a delimiter lost before them costs no second command.
        """
        command_id = self._next_id
        self._next_id = self._next_id % 0xFFFF + 1
        data = b"\0" + encode(Command(command_id, verb, VERB_ARGS[verb].pack(*args)))
        if verb is Verb.BEAT:
            return data
        subject, touched = _touches(verb, args)
        superseded = []
        for older_id, older in list(self._waiting.items()):
            older_subject, older_touched = _touches(older.verb, older.args)
            if older_subject is subject and older_touched & touched:
                del self._waiting[older_id]
                superseded.append((older, older_touched & ~touched))
        self._waiting[command_id] = _Waiting(verb, args, now_us + self._resend_us, self._tries - 1, data)
        for older, untouched in superseded:
            if untouched:
                data += self.command(older.verb, untouched, *older.args[1:], now_us=now_us)
        return data

    def receive_answer(self, answer: Answer) -> Answered | None:
        """Which command that answers; None for a beat, one superseded, or one answered already."""
        waited = self._waiting.pop(answer.command_id, None)
        if waited is None:
            return None
        return Answered(waited.verb, waited.args, Result(min(answer.result, Result.NOT_NOW)))

    def due(self, now_us: int) -> list[bytes]:
        """The commands to send again now; one tried often enough is counted in `unanswered` and forgotten."""
        again = []
        for command_id, waiting in list(self._waiting.items()):
            if now_us < waiting.due_us:
                continue
            if waiting.tries:
                waiting.due_us = now_us + self._resend_us
                waiting.tries -= 1
                again.append(waiting.data)
            else:
                del self._waiting[command_id]
                self.unanswered += 1
        return again

    def forget(self) -> None:
        """The link was lost or the board restarted: nothing sent before it counts."""
        self._waiting.clear()


def _touches(verb: Verb, args: tuple[int, ...]) -> tuple[Verb, int]:
    """What a command sets: the subject, and a bit for each part of it. Arm and disarm set the same guard."""
    match verb:
        case Verb.SIGNAL:
            return verb, args[0]
        case Verb.SCALE:
            return verb, 1 << args[0]
        case Verb.DISARM:
            return Verb.ARM, 1
        case _:
            return verb, 1
