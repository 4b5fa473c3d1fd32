"""The request that begins a session for a client: answered late, while the server serves everybody else."""

import json

import pytest

from bard.control.client import ControlClient
from bard.control.protocol import PreflightLine, Start, StartResult
from bard.errors import Refused
from tests.control.fake import wait_for


def test_a_start_is_answered_with_its_lines_when_it_is_done(running):
    running.call(running.handler.calibrating.clear)
    with ControlClient(running.path) as first, ControlClient(running.path) as other:
        first._socket.sendall(b'{"type":"start","id":9,"client":"C7"}\n')
        assert other.query().station == "studio"
        running.call(running.handler.calibrating.set)
        line = {"what": "clock", "verdict": "warn", "words": "not set", "way_out": "set it"}
        assert json.loads(first._socket.recv(4096)) == {
            "type": "answer",
            "id": 9,
            "refusal": None,
            "result": {"session": "5e55", "lines": [line]},
        }
        expected = StartResult("5e55", (PreflightLine("clock", "warn", "not set", "set it"),))
        assert other.start(Start(0, "C7", "T1")) == expected
        with pytest.raises(Refused, match="just being started"):
            other.start(Start(0, "C13"))


def test_a_bug_in_a_start_is_answered_and_reported(running):
    with ControlClient(running.path) as client, pytest.raises(Refused, match="a fault in bard"):
        client.start(Start(0, "C14"))
    wait_for(lambda: running.loop_errors, "the loop was told")
    assert isinstance(running.loop_errors[0]["exception"], RuntimeError)
