import msgspec
import pytest

from bard.commission.record import Source
from bard.commission.steps import Free, Load
from bard.control.protocol import (
    MAX_LINE,
    Answer,
    Calibrate,
    CommandRequest,
    PushedEvent,
    Query,
    Release,
    Start,
    Subscribe,
    line_of,
    read_message,
    read_request,
)
from bard.messages import Acknowledge, PauseAudio, SetCalibration, StartSession, StopSession
from bard.weigh.calibration import NONE
from tests.control.fake import LOUD, room


@pytest.mark.parametrize(
    "request_",
    [
        CommandRequest(1, StartSession(70.0, 40.0)),
        CommandRequest(0, Acknowledge("load_over")),
        CommandRequest(2**53 - 1, PauseAudio(12.5)),
        Subscribe(2, 20.0, True),
        Subscribe(3),
        Query(4, "snapshot"),
        Calibrate(5, Free()),
        Calibrate(6, Load("left bar", "weights", (Source("20 kg", "weight", 20.0, 0.1),), 0.25, verifies=True)),
        Release(7, "a", 300.0),
        Start(8, "C7", "T1", 70.5, "Ada", "the physician agrees"),
        Start(9, only_look=True),
    ],
)
def test_requests_read_back(request_):
    line = line_of(request_)
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert read_request(line[:-1]) == request_


@pytest.mark.parametrize(
    "message", [Answer(3, "no"), Answer(4), PushedEvent("u", 1.25, False, LOUD), room(), room(None)]
)
def test_messages_read_back(message):
    assert read_message(line_of(message)) == message


def test_a_snapshot_as_a_result_reads_back():
    answer = read_message(line_of(Answer(7, result=room(41.3))))
    assert msgspec.convert(answer.result, type(room())) == room(41.3)


@pytest.mark.parametrize(
    ("line", "id_", "refusal"),
    [
        (b"", 0, "no JSON object on one line: Input data was truncated"),
        (b"hello", 0, "no JSON object"),
        (b"\xff\xfe", 0, "no JSON object"),
        (b'{"type": "\xff\xfe", "id": 1}', 1, "no JSON object"),
        (b"[" * 60_000, 0, "not a request"),
        (b'{"z": ' + b"[" * 60_000, 0, "not a request"),
        (b"[]", 0, "Expected object, got array"),
        (b"{}", 0, "missing required field type"),
        (b'{"type": "query", "id": 1, "what": "snapshot"} x', 0, "trailing characters"),
        (
            b'{"type": "reboot", "id": 5}',
            5,
            "type: Invalid value 'reboot'; allowed: calibrate, command, query, release, start, subscribe",
        ),
        (b'{"type": "query", "what": "snapshot"}', 0, "missing required field id"),
        (b'{"type": "query", "id": "a", "what": "snapshot"}', 0, "id: Expected int, got str"),
        (b'{"type": "query", "id": -1, "what": "snapshot"}', 0, "id: Expected int >= 0"),
        (b'{"type": "query", "id": 6, "what": "tape"}', 6, "what: Invalid enum value 'tape'"),
        (b'{"type": "subscribe", "id": 7, "snapshots_hz": 21}', 7, "snapshots_hz: Expected float <= 20.0"),
        (b'{"type": "subscribe", "id": 7, "snapshots_hz": NaN}', 0, "no JSON object"),
        (b'{"type": "subscribe", "id": 8, "event": true}', 8, "contains unknown field event"),
        (b'{"type": "calibrate", "id": 9}', 9, "missing required field what"),
        (b'{"type": "calibrate", "id": 9, "what": {"do": "tare"}}', 9, "allowed: accept, begin, check, drop, free, lo"),
        (b'{"type": "calibrate", "id": 9, "what": {"do": "shown", "kg": -1}}', 9, "what.kg: Expected float >= 0.0"),
        (b'{"type": "release", "id": 9, "board": "a", "seconds": 601}', 9, "seconds: Expected float <= 600.0"),
        (
            b'{"type": "calibrate", "id": 9, "what": {"do": "load", "support": "a", "kind": "hang", "sources": []}}',
            9,
            "what.sources: Expected array of length >= 1",
        ),
        (
            b'{"type": "command", "id": 10, "command": {"type": "dance"}}',
            10,
            "command.type: Invalid value 'dance'; allowed: ack",
        ),
        (
            b'{"type": "command", "id": 11, "command": {"type": "pause_audio", "seconds": 40}}',
            11,
            "command.seconds: Expected float <= 30.0",
        ),
        (
            b'{"type": "command", "id": 12, "command": {"type": "start_session"}}',
            12,
            "command: Object missing required field",
        ),
        (line_of(CommandRequest(13, SetCalibration(NONE))), 13, "set_calibration is not taken from the socket"),
        (
            line_of(CommandRequest(14, StartSession(70.0, 40.0, session="0123456789abcdef"))),
            14,
            "command.session is not taken from the socket: the daemon gives a session its id",
        ),
    ],
)
def test_what_is_no_request_is_refused_in_one_plain_line(line, id_, refusal):
    answer = read_request(line)
    assert isinstance(answer, Answer)
    assert answer.id == id_
    assert refusal in answer.refusal
    assert "\n" not in answer.refusal
    assert "`" not in answer.refusal
    assert "$" not in answer.refusal


def test_set_calibration_is_not_among_what_is_allowed():
    assert "set_calibration" not in read_request(b'{"type": "command", "id": 1, "command": {"type": "x"}}').refusal


def test_a_refusal_stays_short_whatever_it_quotes():
    answer = read_request(b'{"type": "' + b"x" * (MAX_LINE - 100) + b'", "id": 1}')
    assert len(answer.refusal) <= 300


def test_a_message_of_another_version_is_a_value_error():
    with pytest.raises(ValueError, match="Invalid value 'later'"):
        read_message(b'{"type": "later"}')


def test_a_stop_needs_no_more_than_its_type():
    line = b'{"type":"command","id":1,"command":{"type":"stop_session"}}\r'
    assert read_request(line) == CommandRequest(1, StopSession())
