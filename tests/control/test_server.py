import contextlib
import json
import os
import socket
import stat
import time

import msgspec
import pytest
from msgspec.structs import replace

from bard.commission.told import View
from bard.control.client import ControlClient
from bard.control.connection import MAX_UNREAD
from bard.control.listen import listen
from bard.control.protocol import MAX_LINE, PushedEvent, Query, line_of
from bard.control.server import MAX_CLIENTS
from bard.errors import LinkError
from bard.messages import Acknowledge, Snapshot
from tests.control.fake import LOUD, VIEW, WAIT_S, RunningServer, room, wait_for


class Raw:
    """A client that says what it likes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.settimeout(WAIT_S)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def say(self, data):
        self.socket.sendall(data)

    def hear(self):
        line = self.file.readline()
        return json.loads(line) if line else None

    def close(self):
        self.file.close()
        self.socket.close()


@pytest.fixture
def raw(running):
    client = Raw(running.path)
    yield client
    client.close()


def test_commands_are_answered_and_know_their_origin(running, raw):
    raw.say(b'{"type":"command","id":3,"command":{"type":"acknowledge"}}\n')
    assert raw.hear() == {"type": "answer", "id": 3, "refusal": None, "result": None}
    assert running.handler.commands == [(Acknowledge(), f"socket, user {os.getuid()}")]


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ({"type": "stop_session"}, "no session runs"),
        (
            {"type": "start_session", "body_weight_kg": 70, "limit_kg": 40},
            "near 50 kg: allowed are values below the limit",
        ),
    ],
)
def test_a_refusal_comes_back_returned_or_raised(raw, command, refusal):
    raw.say(json.dumps({"type": "command", "id": 4, "command": command}).encode() + b"\n")
    assert raw.hear() == {"type": "answer", "id": 4, "refusal": refusal, "result": None}


def test_lines_come_in_any_pieces_and_in_order(raw):
    lines = b"".join(line_of(Query(number, "snapshot")) for number in range(1, 6)) + b"rubbish\n"
    for start in range(0, len(lines), 7):
        raw.say(lines[start : start + 7])
    answers = [raw.hear() for _ in range(6)]
    assert [answer["id"] for answer in answers] == [1, 2, 3, 4, 5, 0]
    assert answers[0]["result"]["client_load_kg"] == 38.2
    assert "not a request" in answers[5]["refusal"]


def test_what_came_before_the_end_is_still_answered(raw):
    raw.say(b"".join(line_of(Query(number, "snapshot")) for number in (1, 2, 3)))
    raw.socket.shutdown(socket.SHUT_WR)
    assert [raw.hear()["id"] for _ in range(3)] == [1, 2, 3]
    assert raw.hear() is None


@pytest.mark.parametrize("line", [b"x" * (MAX_LINE + 1) + b"\n", b"x" * (MAX_LINE + 1)])
def test_too_long_a_line_closes_the_connection_with_a_refusal(running, raw, line):
    raw.say(line)
    assert raw.hear() == {"type": "answer", "id": 0, "refusal": "a line is longer than 64 kB", "result": None}
    assert raw.hear() is None
    wait_for(lambda: not running.server.clients, "client gone")
    assert running.server.dropped == 0


def test_events_come_at_once_and_only_to_subscribers(running):
    with ControlClient(running.path) as hears, ControlClient(running.path) as hears_not:
        hears.subscribe(0, events=True)
        hears_not.subscribe(0, events=False)
        sent_at = time.monotonic()
        running.broadcast(LOUD, "u7")
        assert hears.next_message(WAIT_S) == PushedEvent("u7", 1.5, True, LOUD)
        assert time.monotonic() - sent_at < 0.5
        assert hears_not.next_message(0.1) is None
        hears.subscribe(0, events=False)
        running.broadcast(LOUD)
        assert hears.next_message(0.1) is None
    assert running.handler.snapshots == 0


def test_each_gets_snapshots_at_its_own_rate_from_one_build_a_tick(running):
    with (
        ControlClient(running.path) as fast,
        ControlClient(running.path) as also_fast,
        ControlClient(running.path) as slow,
    ):
        for client, hz in ((fast, 20), (also_fast, 20), (slow, 4)):
            client.subscribe(hz, events=False)
        counts = [0, 0, 0]
        built, began = running.handler.snapshots, time.monotonic()
        while time.monotonic() - began < 1.5:
            for index, client in enumerate((fast, also_fast, slow)):
                while client.next_message(0) is not None:
                    counts[index] += 1
            time.sleep(0.01)
        built = running.handler.snapshots - built
    assert 15 <= counts[0] <= 33
    assert abs(counts[0] - counts[1]) <= 3
    assert 3 <= counts[2] <= 9
    assert built <= 33


def test_nothing_is_built_while_nobody_wants_it(running):
    with ControlClient(running.path) as client:
        client.subscribe(20, events=False)
        assert isinstance(client.next_message(WAIT_S), Snapshot)
        client.subscribe(0, events=False)
        while client.next_message(0.12) is not None:
            pass
        built = running.handler.snapshots
        assert client.next_message(0.2) is None
        assert running.handler.snapshots == built


def test_who_never_reads_is_dropped_and_nobody_else_notices(running):
    deaf, flooding = Raw(running.path), Raw(running.path)
    running.watch_lag()
    deaf.say(b'{"type":"subscribe","id":1,"snapshots_hz":20,"events":true}\n')
    long_event = line_of(PushedEvent("u", 1.0, True, replace(LOUD, meaning="x" * 4000)))
    flooding.socket.settimeout(0.05)
    with ControlClient(running.path) as client:
        client.subscribe(10, events=True)
        heard = 0

        def fill():
            nonlocal heard
            running.call(lambda: [running.server.broadcast_event(long_event) for _ in range(10)])
            with contextlib.suppress(TimeoutError):
                flooding.say(line_of(Query(1, "snapshot")) * 100)
            while client.next_message(0) is not None:
                heard += 1
            return running.server.dropped == 1

        wait_for(fill, "the deaf client dropped")
        client.command(Acknowledge())
        assert heard > MAX_UNREAD / len(long_event) - 20
        assert client.next_message(WAIT_S) is not None
    assert running.most_lag_s < 0.25
    assert not running.loop_errors
    deaf.close()
    flooding.close()


def test_a_flood_of_requests_is_served_a_little_at_a_time(running, raw):
    running.watch_lag()
    raw.say(line_of(Query(1, "snapshot")) + b"rubbish\n" * 5000)
    assert raw.hear()["id"] == 1
    with ControlClient(running.path) as client:
        began = time.monotonic()
        client.command(Acknowledge())
        assert time.monotonic() - began < 0.5
    assert running.most_lag_s < 0.25


def test_one_client_too_many_is_told_so(running):
    clients = [Raw(running.path) for _ in range(MAX_CLIENTS)]
    wait_for(lambda: len(running.server.clients) == MAX_CLIENTS, "all there")
    with pytest.raises(LinkError, match="64 clients are connected already"), ControlClient(running.path) as client:
        client.query()
    assert running.server.turned_away == 1
    clients.pop().close()
    wait_for(lambda: len(running.server.clients) < MAX_CLIENTS, "one gone")
    with ControlClient(running.path) as client:
        assert client.query().station == "studio"
    for client in clients:
        client.close()


def test_calibrate_answers_when_it_is_done_and_holds_nobody_up(running):
    with ControlClient(running.path) as first, ControlClient(running.path) as second:
        running.call(running.handler.calibrating.clear)
        first._socket.sendall(b'{"type":"calibrate","id":9,"what":{"do":"free"}}\n')
        wait_for(lambda: running.handler.calibrations, "the step runs")
        assert second.query().station == "studio"
        running.call(running.handler.calibrating.set)
        answer = json.loads(first._socket.recv(4096))
        assert (answer["type"], answer["id"], answer["refusal"]) == ("answer", 9, None)
        assert msgspec.convert(answer["result"], View) == VIEW


def test_a_bug_in_a_step_is_answered_and_reported(running, raw):
    raw.say(b'{"type":"calibrate","id":9,"what":{"do":"drop"}}\n')
    assert "a fault in bard" in raw.hear()["refusal"]
    wait_for(lambda: running.loop_errors, "the loop was told")
    assert isinstance(running.loop_errors[0]["exception"], RuntimeError)


def test_mode_and_folder(running):
    assert stat.S_IMODE(os.stat(running.path).st_mode) == 0o660
    assert stat.S_ISSOCK(os.stat(running.path).st_mode)


def test_the_socket_goes_with_its_server(tmp_path):
    path = str(tmp_path / "s")
    server = RunningServer(path)
    client = Raw(path)
    wait_for(lambda: server.server.clients, "client there")
    server.close()
    assert client.hear() is None
    assert not os.path.exists(path)
    client.close()


def test_a_dead_daemons_socket_is_replaced(tmp_path):
    path = str(tmp_path / "s")
    dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    dead.bind(path)
    dead.close()
    server = RunningServer(path)
    with ControlClient(path) as client:
        assert client.query().station == "studio"
    server.close()


def test_a_live_daemons_socket_is_not(running):
    with pytest.raises(LinkError, match=r"^another bard runs on .*control.sock: end it first, or name another socket$"):
        RunningServer(running.path)
    with ControlClient(running.path) as client:
        assert client.query().station == "studio"


def test_a_successors_socket_is_left_alone(tmp_path):
    path = str(tmp_path / "s")
    old = RunningServer(path)
    os.unlink(path)
    new = RunningServer(path)
    old.close()
    with ControlClient(path) as client:
        assert client.query().station == "studio"
    new.close()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("file", "is there and is no socket"),
        ("file/below", "cannot make the socket"),
        ("x" * 120, "cannot make the socket .*too long"),
    ],
)
def test_a_path_that_cannot_be_is_one_line(tmp_path, path, words):
    (tmp_path / "file").write_text("")
    with pytest.raises(LinkError, match=words) as raised:
        RunningServer(str(tmp_path / path))
    assert "\n" not in str(raised.value)


def test_a_snapshot_after_an_event_has_what_happened_in_it(running):
    """However young the last one was; without an event a young one stands for its row."""

    def built(broadcast):
        def twice():
            running.server._snapshot_line()
            if broadcast:
                running.server.broadcast_event(b"{}\n")
            before = running.handler.snapshots
            running.server._snapshot_line()
            return running.handler.snapshots - before

        return running.call(twice)

    assert [built(broadcast=False), built(broadcast=True)] == [0, 1]


def test_snapshots_go_on_after_one_failed(running):
    with ControlClient(running.path) as client:
        client.subscribe(20, events=False)
        assert client.next_message(WAIT_S) is not None
        running.handler.shown = None
        wait_for(lambda: running.loop_errors, "the loop was told")
        running.handler.shown = room(41.0)
        wait_for(lambda: (message := client.next_message(WAIT_S)) and message.client_load_kg == 41.0, "the next one")


def test_a_folder_too_deep_for_a_socket_address_serves_all_the_same(tmp_path):
    path = str(tmp_path / ("deep" * 20) / ("deeper" * 15) / "control.sock")
    server = RunningServer(path)
    try:
        with ControlClient(path) as client:
            assert client.query().station == "studio"
        with pytest.raises(LinkError, match="another bard runs on"):
            listen(path)
    finally:
        server.close()
    assert not os.path.exists(path)
