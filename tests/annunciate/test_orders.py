"""What comes on the command topic: taken, answered again, or refused in one line, and never raised."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bard.annunciate.orders import ALWAYS, BURST, MOST_BYTES, REMEMBERED_S, WITH_SESSION, Order, Orders, Reply
from bard.control.protocol import Start
from bard.messages import Acknowledge, Command, PauseAudio, SetZone, StartSession, StepDown, StopSession


def order(verb: str, args: Any = None, order_id: Any = 1) -> bytes:
    return json.dumps({"id": order_id, "verb": verb, **({} if args is None else {"args": args})}).encode()


def read(payload: bytes, *, allow: bool = False, retained: bool = False) -> Order | Reply | None:
    return Orders(allow).read(payload, retained=retained, now_s=0.0)


def refusal_of(payload: bytes, *, allow: bool = False, retained: bool = False) -> tuple[Any, str]:
    """(id answered, refusal)"""
    orders = Orders(allow)
    reply = orders.read(payload, retained=retained, now_s=0.0)
    assert isinstance(reply, Reply)
    answer = json.loads(reply.payload)
    assert answer == {"id": answer["id"], "result": None, "refusal": reply.refusal}
    assert reply.refusal
    assert "\n" not in reply.refusal
    assert len(reply.refusal) <= 200
    assert orders.refused == 1
    return answer["id"], reply.refusal


@pytest.mark.parametrize(
    ("payload", "command"),
    [
        (order("acknowledge"), Acknowledge()),
        (order("acknowledge", {"condition": "load_over"}), Acknowledge("load_over")),
        (order("pause_audio", {}), PauseAudio()),
        (order("pause_audio", {"seconds": 10}), PauseAudio(10)),
        (order("zone", {"zone": "neck"}), SetZone("neck", only_lower=True)),
        (order("zone", {"zone": None}), SetZone(None, only_lower=True)),
    ],
)
@pytest.mark.parametrize("allow", [False, True])
def test_always_allowed(payload: bytes, command: Command, allow: bool) -> None:
    taken = read(payload, allow=allow)
    assert isinstance(taken, Order)
    assert taken.command == command


SESSION = [
    ("start", {"body_weight_kg": 70, "limit_kg": 40}, StartSession(70.0, 40.0)),
    (
        "start",
        {"body_weight_kg": None, "limit_kg": 40, "near_kg": 30, "zones": {"neck": 15}},
        StartSession(None, 40.0, 30.0, zones={"neck": 15.0}),
    ),
    ("start", {"client": "C7"}, Start(0, "C7")),
    (
        "start",
        {"client": "C7", "therapist": "T1", "body_weight_kg": 70},
        Start(0, client="C7", therapist="T1", body_weight_kg=70.0),
    ),
    ("stop", None, StopSession()),
    ("step_down", {}, StepDown()),
]


@pytest.mark.parametrize(("verb", "args", "command"), SESSION)
def test_sessions_only_where_the_installer_allows_it(verb: str, args: Any, command: Command | Start) -> None:
    taken = read(order(verb, args), allow=True)
    assert isinstance(taken, Order)
    assert taken.command == command
    assert refusal_of(order(verb, args)) == (
        1,
        f"{verb} is not allowed over MQTT; mqtt.allow_session_commands allows it",
    )


def test_no_other_verb_whatever_is_allowed() -> None:
    assert [*ALWAYS, *WITH_SESSION] == ["acknowledge", "pause_audio", "zone", "start", "stop", "step_down"]
    for verb in ("rezero", "set_calibration", "restore", "set_body_weight", "weigh_in", "pause", "set_zone", ""):
        assert refusal_of(order(verb)) == (
            1,
            f'"{verb}" is not taken over MQTT; allowed: acknowledge, pause_audio, zone',
        )
        allowed = "acknowledge, pause_audio, zone, start, stop, step_down"
        assert refusal_of(order(verb), allow=True)[1].endswith(f"allowed: {allowed}")


@pytest.mark.parametrize(
    ("payload", "answered_id", "words"),
    [
        (b"nonsense", None, "no command: JSON is malformed"),
        (b"\xff\xfe", None, "no command: "),
        (b"[]", None, "no command: Expected object, got array"),
        (b"[" * 4000, None, "no command: "),
        (b'{"id": 1, "args": ' + b"[" * 3000, None, "no command: "),
        (b'{"id": 1}', 1, "no command: Object missing required field verb"),
        (b'{"verb": "acknowledge"}', None, "no command: Object missing required field id"),
        (order("acknowledge", order_id=True), None, "no command: id: Expected int | str, got bool"),
        (order("acknowledge", order_id=""), None, "no command: id: Expected str of length >= 1"),
        (order("acknowledge", order_id="x" * 65), None, "no command: id: Expected str of length <= 64"),
        (order("acknowledge", order_id=-1), None, "no command: id: Expected int >= 0"),
        (b'{"id": 1, "verb": "acknowledge", "by": "me"}', 1, "no command: Object contains unknown field by"),
        (order("acknowledge", []), 1, "no command: args: Expected object, got array"),
        (order("acknowledge", {"condition": 7}), 1, "args.condition: Expected str | null, got int"),
        (order("acknowledge", {"type": "acknowledge"}), 1, "args: Object contains unknown field type"),
        (order("pause_audio", {"seconds": 31}), 1, "args.seconds: Expected float <= 30.0"),
        (order("pause_audio", {"seconds": "ten"}), 1, "args.seconds: Expected float, got str"),
        (b'{"id": 1, "verb": "pause_audio", "args": {"seconds": NaN}}', None, "no command: JSON is malformed"),
        (order("zone"), 1, "args: Object missing required field zone"),
        (
            order("start", {"body_weight_kg": 70, "limit_kg": 40, "session": "0123456789abcdef"}),
            1,
            "args: Object contains unknown field session",
        ),
        (order("zone", {"zone": "a/b"}), 1, "args.zone: Expected str matching regex"),
        (order("zone", {"zone": "neck", "only_lower": False}), 1, "args: Object contains unknown field only_lower"),
        (b'{"id": 1, "verb": "acknowledge"' + b" " * MOST_BYTES + b"}", None, f"longer than {MOST_BYTES} bytes"),
    ],
)
def test_what_is_no_command_is_refused_in_words(payload: bytes, answered_id: Any, words: str) -> None:
    answered, refusal = refusal_of(payload, allow=True)
    assert refusal.startswith(words)
    assert answered == answered_id


def test_a_retained_command_is_refused_and_what_clears_it_is_nothing() -> None:
    answered, refusal = refusal_of(order("acknowledge", order_id="r"), retained=True)
    assert (answered, refusal) == (
        "r",
        "a retained command is never carried out: publish it without the retain flag",
    )
    assert read(b"") is None
    assert read(b"", retained=True) is None


def test_the_same_id_is_answered_again_and_not_carried_out_again() -> None:
    orders = Orders(False)
    assert isinstance(orders.read(order("acknowledge", order_id="a"), retained=False, now_s=0), Order)
    assert orders.read(order("acknowledge", order_id="a"), retained=False, now_s=1) is None, "its answer is on its way"
    answer = orders.answered("a", None)
    assert json.loads(answer) == {"id": "a", "result": "done", "refusal": None}
    again = orders.read(order("acknowledge", order_id="a"), retained=False, now_s=2)
    assert again == Reply(answer)
    assert isinstance(orders.read(order("acknowledge", order_id=1), retained=False, now_s=3), Order)
    refused = orders.answered(1, "nothing to acknowledge")
    assert orders.read(order("acknowledge", order_id=1), retained=False, now_s=REMEMBERED_S) == Reply(refused)
    assert orders.refused == 0
    later = orders.read(order("acknowledge", order_id="a"), retained=False, now_s=REMEMBERED_S)
    assert isinstance(later, Order), "after ten minutes it is another"


def test_a_flood_is_answered_once_and_ends_with_it() -> None:
    orders = Orders(False)
    results = [orders.read(order("acknowledge", order_id=n), retained=False, now_s=0.0) for n in range(1000)]
    taken = [result for result in results if isinstance(result, Order)]
    replies = [result for result in results if isinstance(result, Reply)]
    assert len(taken) == BURST
    assert [reply.refusal for reply in replies] == ["more than 10 commands a second: some are dropped"]
    assert orders.refused == 1000 - BURST
    assert isinstance(orders.read(order("acknowledge", order_id=5000), retained=False, now_s=1.0), Order)


def test_ids_do_not_pile_up() -> None:
    orders = Orders(False)
    for second in range(2000):
        orders.read(order("acknowledge", order_id=second), retained=False, now_s=float(second))
    assert len(orders._remembered) == REMEMBERED_S


@given(payload=st.binary(max_size=200), retained=st.booleans(), allow=st.booleans())
def test_whatever_comes_nothing_is_raised(payload: bytes, retained: bool, allow: bool) -> None:
    taken = read(payload, allow=allow, retained=retained)
    assert (taken is None) is (payload == b"")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        ({"client": "Anna"}, "args.client: Expected str matching regex"),
        ({"client": "C7", "limit_kg": 40}, "unknown field limit_kg"),
        ({"client": "C7", "override_by": "Ada", "override_why": "so"}, "unknown field override_by"),
    ],
)
def test_no_name_and_no_override_comes_over_the_broker(args: Any, words: str) -> None:
    taken = read(order("start", args), allow=True)
    assert isinstance(taken, Reply)
    assert taken.refusal is not None
    assert words in taken.refusal
