"""Commands that come over the broker: which are taken, and what each is answered.

One law: whatever is published, it becomes one command that is allowed, or a refusal of one line; nothing is raised,
nothing is carried out twice. It knows no broker, and carries out nothing: the monitor has the last word.

    command          {"id": "a7", "verb": "acknowledge", "args": {"condition": "load_over"}}
    command_result   {"id": "a7", "result": "done", "refusal": null}
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from bard.annunciate.topics import command_result
from bard.client.estimate import BodyKg
from bard.control.protocol import Start
from bard.messages import Acknowledge, Command, PauseAudio, SetZone, StartSession, StepDown, StopSession
from bard.settings import Code, Name

MOST_BYTES = 4096
REMEMBERED_S = 600.0
MOST_A_SECOND, BURST = 10.0, 20.0
_LONGEST = 200
OrderId = Annotated[int, Meta(ge=0, le=2**53 - 1)] | Annotated[str, Meta(min_length=1, max_length=64)]
T = TypeVar("T")


class _Order(Struct, forbid_unknown_fields=True):
    id: OrderId
    verb: str
    args: dict[str, Any] = {}


class _OnlyId(Struct):
    id: OrderId | None = None


class _Zone(Struct, forbid_unknown_fields=True):
    zone: Name | None


class _Named(Struct, forbid_unknown_fields=True):
    """No names come over the broker, so nobody can decide against an intake answer there."""

    client: Code
    therapist: Code | None = None
    body_weight_kg: BodyKg | None = None


ALWAYS: dict[str, Callable[[dict[str, Any]], Command]] = {
    "acknowledge": lambda args: _checked(args, Acknowledge),
    "pause_audio": lambda args: _checked(args, PauseAudio),
    "zone": lambda args: SetZone(_checked(args, _Zone).zone, only_lower=True),
}
WITH_SESSION: dict[str, Callable[[dict[str, Any]], Command | Start]] = {
    "start": lambda args: _start_of(args),
    "stop": lambda args: _checked(args, StopSession),
    "step_down": lambda args: _checked(args, StepDown),
}


class Order(Struct, frozen=True):
    """To be carried out, and then `answered`."""

    id: int | str
    verb: str
    command: Command | Start


class Reply(Struct, frozen=True):
    """To be sent on command_result; `refusal` in words where one was just made."""

    payload: bytes
    refusal: str | None = None


class _Remembered(Struct):
    since_s: float
    payload: bytes | None = None
    """The answer, once there is one."""


class Orders:
    """`read` each message on the topic; `refused` counts what was not taken. Times are monotonic seconds."""

    def __init__(self, allow_session_commands: bool) -> None:
        self.refused = 0
        self._allow_session_commands = allow_session_commands
        self._remembered: dict[int | str, _Remembered] = {}
        """The oldest first."""
        self._credit, self._credit_s = BURST, 0.0
        self._flooded = False

    def read(self, payload: bytes, *, retained: bool, now_s: float) -> Order | Reply | None:
        """What to do with a message; None for nothing: it is empty, one too many, or its answer is on its way."""
        if not payload:
            return None  # how a retained message is cleared
        self._credit = min(BURST, self._credit + (now_s - self._credit_s) * MOST_A_SECOND)
        self._credit_s = now_s
        if self._credit < 1.0:
            self.refused += 1
            return self._too_many(payload)
        self._credit -= 1.0
        self._flooded = self._flooded and self._credit < BURST / 2
        self._forget(now_s)
        try:
            order_id, verb, command = self._command(payload, retained)
        except ValueError as error:
            self.refused += 1
            refusal = _crop(str(error))
            return Reply(command_result(_id_of(payload), refusal), refusal)
        known = self._remembered.get(order_id)
        if known is not None:
            return None if known.payload is None else Reply(known.payload)
        self._remembered[order_id] = _Remembered(now_s)
        return Order(order_id, verb, command)

    def answered(self, order_id: int | str, refusal: str | None) -> bytes:
        """The answer to send; it is given again to a command with the same id."""
        payload = command_result(order_id, refusal)
        if order_id in self._remembered:
            self._remembered[order_id].payload = payload
        return payload

    def _command(self, payload: bytes, retained: bool) -> tuple[int | str, str, Command | Start]:
        """Raises ValueError in words."""
        if len(payload) > MOST_BYTES:
            raise ValueError(f"longer than {MOST_BYTES} bytes")
        if retained:
            raise ValueError("a retained command is never carried out: publish it without the retain flag")
        try:
            order = _decode_order(payload)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise ValueError(f"no command: {_in_words(str(error), '')}") from None
        if order.verb in WITH_SESSION and not self._allow_session_commands:
            raise ValueError(f"{order.verb} is not allowed over MQTT; mqtt.allow_session_commands allows it")
        make = ALWAYS.get(order.verb) or WITH_SESSION.get(order.verb)
        if make is None:
            allowed = ", ".join((*ALWAYS, *(WITH_SESSION if self._allow_session_commands else ())))
            raise ValueError(f'"{order.verb}" is not taken over MQTT; allowed: {allowed}')
        return order.id, order.verb, make(order.args)

    def _too_many(self, payload: bytes) -> Reply | None:
        """Only the first of a flood is answered."""
        if self._flooded:
            return None
        self._flooded = True
        refusal = f"more than {MOST_A_SECOND:g} commands a second: some are dropped"
        return Reply(command_result(_id_of(payload), refusal), refusal)

    def _forget(self, now_s: float) -> None:
        while self._remembered:
            oldest = next(iter(self._remembered))
            if now_s - self._remembered[oldest].since_s < REMEMBERED_S:
                return
            del self._remembered[oldest]


_decode_order = msgspec.json.Decoder(_Order).decode
_decode_id = msgspec.json.Decoder(_OnlyId).decode


def _checked(args: dict[str, Any], kind: type[T]) -> T:
    """Raises ValueError in words."""
    if "type" in args:
        raise ValueError("args: Object contains unknown field type")  # the tag of the socket's commands, not ours
    try:
        return msgspec.convert(args, kind)
    except msgspec.ValidationError as error:
        raise ValueError(_in_words(str(error), "args")) from None


def _start_of(args: dict[str, Any]) -> Command | Start:
    """For a client by code, after the preflight; or by numbers."""
    if "client" not in args:
        if "session" in args:
            raise ValueError("args: Object contains unknown field session")  # the daemon gives it
        return _checked(args, StartSession)
    named = _checked(args, _Named)
    return Start(0, named.client, named.therapist, named.body_weight_kg)


def _id_of(payload: bytes) -> int | str | None:
    if len(payload) > MOST_BYTES:
        return None
    try:
        return _decode_id(payload).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _in_words(error: str, under: str) -> str:
    """msgspec's message with its place put first: ``Expected `float` <= 30 - at `$.seconds` ``."""
    found = re.fullmatch(r"(.*) - at `\$\.?(.*)`", error, re.DOTALL)
    text, place = (found[1], found[2]) if found else (error, "")
    place = ".".join(part for part in (under, place) if part)
    return f"{place}: {text}" if place else text


def _crop(text: str) -> str:
    text = " ".join(text.replace("`", "").split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
