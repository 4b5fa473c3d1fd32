"""What one line on the socket may be.

One law: each line is one JSON object with a `type`; a line that is no request becomes the Answer that says why. It
knows no socket and carries out nothing.

    in    {"type": "command", "id": 1, "command": {"type": "acknowledge", "condition": null}}
          {"type": "subscribe", "id": 2, "snapshots_hz": 10, "events": true}
          {"type": "query", "id": 3, "what": "snapshot"}
          {"type": "calibrate", "id": 4, "what": {"do": "free"}}
          {"type": "release", "id": 5, "board": "a", "seconds": 300}
          {"type": "try_output", "id": 6, "output": "board a"}
          {"type": "start", "id": 7, "client": "C7K4QX", "therapist": "T1"}
    out   {"type": "answer", "id": 1, "refusal": null, "result": null}
          {"type": "event", "uid": "...", "wall": 1764000000.0, "clock_trusted": true, "event": {...}}
          {"type": "snapshot", ...}                                  a bare bard.messages.Snapshot
"""

import re
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from bard.client.estimate import BodyKg
from bard.commission.steps import Asked
from bard.messages import FROM_THE_DAEMON, Command, Event, Snapshot, StartSession, encode
from bard.messages.commands import Words
from bard.settings import Code

MAX_LINE = 64 * 1024
MAX_HZ = 20.0
MAX_RELEASE_S = 600.0
_REFUSAL_LENGTH = 300

RequestId = Annotated[int, Meta(ge=0, le=2**53 - 1)]


class CommandRequest(Struct, frozen=True, tag="command", forbid_unknown_fields=True):
    """Carry out a command; answered when the core has taken or refused it."""

    id: RequestId
    command: Command
    via: Annotated[str, Meta(max_length=40, pattern=r"^[a-z ]*\Z")] = ""
    """What stands between the person and this client, for the log: `page of a therapist`."""


class Subscribe(Struct, frozen=True, tag="subscribe", forbid_unknown_fields=True):
    """From now on send this many snapshots a second, and events; replaces what was subscribed before."""

    id: RequestId
    snapshots_hz: Annotated[float, Meta(ge=0, le=MAX_HZ)] = 0.0
    events: bool = False


class Query(Struct, frozen=True, tag="query", forbid_unknown_fields=True):
    """Answered with one snapshot as `result`."""

    id: RequestId
    what: Literal["snapshot"]


class Calibrate(Struct, frozen=True, tag="calibrate", forbid_unknown_fields=True):
    """One thing of an installer's procedure (bard.commission.steps). Answered with a bard.commission.told.View.

    A reading is answered when it begins; it is over when the view's `done` has risen, which to see is asked by `look`.
    """

    id: RequestId
    what: Asked


class Release(Struct, frozen=True, tag="release", forbid_unknown_fields=True):
    """Leave a board's port to another program for so long, or until this connection ends; 0 takes it back now."""

    id: RequestId
    board: str
    seconds: Annotated[float, Meta(ge=0, le=MAX_RELEASE_S)]


class TryOutput(Struct, frozen=True, tag="try_output", forbid_unknown_fields=True):
    """Have one output play the self-test; null: none, only name them. Answered at once with the names of all.

    Refused in a session, where an output plays what the session needs.
    """

    id: RequestId
    output: str | None = None


class Start(Struct, frozen=True, tag="start", forbid_unknown_fields=True):
    """Begin a session for people of people.db, by their codes, after the preflight. Answered with a `StartResult`.

    `body_weight_kg`: typed now. `override_by`, `override_why`: who begins in spite of an intake answer, and why.
    `only_look`: the preflight alone; every output plays its self-test for it.
    """

    id: RequestId
    client: Code | None = None
    therapist: Code | None = None
    body_weight_kg: BodyKg | None = None
    override_by: Words = ""
    override_why: Words = ""
    only_look: bool = False


Request = CommandRequest | Subscribe | Query | Calibrate | Release | TryOutput | Start
Verdict = Literal["pass", "warn", "refuse"]


class PreflightLine(Struct, frozen=True):
    """What was looked at before a session: how it stands in words, and the way out where it does not pass."""

    what: str
    verdict: Verdict
    words: str
    way_out: str = ""


class StartResult(Struct, frozen=True):
    """`session`: the id of the one that runs now, null where a line refuses or nobody asked for one."""

    session: str | None
    lines: tuple[PreflightLine, ...]


class Answer(Struct, frozen=True, tag="answer"):
    """To the request with this id (0: it had none that could be read). `refusal` is one line for a person, or null."""

    id: int
    refusal: str | None = None
    result: Any = None


class PushedEvent(Struct, frozen=True, tag="event"):
    """One event of the core. `uid` is the same wherever it is sent; `wall` in seconds since 1970."""

    uid: str
    wall: float
    clock_trusted: bool
    event: Event


Pushed = PushedEvent | Snapshot


class _OnlyId(Struct):
    id: RequestId = 0


_decode_request = msgspec.json.Decoder(Request).decode
_decode_id = msgspec.json.Decoder(_OnlyId).decode
_decode_message = msgspec.json.Decoder(Answer | Pushed).decode
_UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def line_of(message: Request | Answer | Pushed) -> bytes:
    """The message with its line end, as it goes over the socket."""
    return encode(message) + b"\n"


def read_request(line: bytes) -> Request | Answer:
    """A line as it came, without its end. What is no request gives the Answer that refuses it."""
    try:
        request: Request = _decode_request(line)
    except msgspec.ValidationError as error:
        return Answer(_id_of(line), _crop(f"not a request: {_in_words(str(error))}"))
    except _UNREADABLE as error:
        return Answer(_id_of(line), _crop(f"not a request: no JSON object on one line: {error}"))
    if isinstance(request, CommandRequest) and isinstance(request.command, FROM_THE_DAEMON):
        tag = request.command.__struct_config__.tag
        return Answer(request.id, f"{tag} is not taken from the socket: it is the daemon's own")
    if isinstance(request, CommandRequest) and isinstance(request.command, StartSession) and request.command.session:
        return Answer(request.id, "command.session is not taken from the socket: the daemon gives a session its id")
    return request


def read_message(line: bytes) -> Answer | Pushed:
    """A line from the daemon. Raises ValueError for one this version does not know."""
    try:
        message: Answer | Pushed = _decode_message(line)
    except _UNREADABLE as error:
        raise ValueError(_crop(str(error))) from error
    return message


def _id_of(line: bytes) -> int:
    try:
        return _decode_id(line).id
    except _UNREADABLE:
        return 0


def _tags(union: object) -> str:
    kinds = (struct for struct in get_args(union) if struct not in FROM_THE_DAEMON)
    return ", ".join(sorted(struct.__struct_config__.tag for struct in kinds))


def _in_words(error: str) -> str:
    """msgspec's message with its place put first: ``Expected `float` <= 30 - at `$.command.seconds` ``."""
    found = re.fullmatch(r"(.*) - at `\$\.(.*)`", error, re.DOTALL)
    text, place = (found[1], found[2]) if found else (error, "")
    unions = {"type": Request, "command.type": Command, "what.do": Asked}
    if text.startswith("Invalid value") and place in unions:
        text += f"; allowed: {_tags(unions[place])}"
    return f"{place}: {text}" if place else text


def _crop(text: str) -> str:
    text = " ".join(text.replace("`", "").split())
    return text if len(text) <= _REFUSAL_LENGTH else text[: _REFUSAL_LENGTH - 1] + "…"
