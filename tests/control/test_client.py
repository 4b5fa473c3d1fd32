import os
import socket
import threading
import time

import pytest

from bard.commission.steps import Free, Undo
from bard.control.client import ControlClient
from bard.control.protocol import Answer, line_of
from bard.errors import LinkError, Refused
from bard.messages import Acknowledge, Snapshot, StopSession
from tests.control.fake import LOUD, VIEW, WAIT_S, wait_for


def serve_once(path, *data, hang_up=False):
    """A daemon that says these bytes to its first client, whatever it is asked."""
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    listener.listen(1)
    kept = []

    def run():
        connection, _ = listener.accept()
        kept.append(connection)
        for piece in data:
            connection.sendall(piece)
        if hang_up:
            connection.close()

    threading.Thread(target=run, daemon=True).start()
    return listener, kept


def test_a_command_is_done_or_refused(running):
    with ControlClient(running.path) as client:
        client.command(Acknowledge())
        with pytest.raises(Refused, match=r"^no session runs$"):
            client.command(StopSession())
        client.command(Acknowledge("load_over"))
    assert len(running.handler.commands) == 3


def test_a_query_gives_a_snapshot(running):
    with ControlClient(running.path) as client:
        snapshot = client.query()
    assert isinstance(snapshot, Snapshot)
    assert snapshot.supports[0].cells[0].name == "left bar, cell 1"


def test_calibrate_gives_the_result_or_is_refused(running):
    with ControlClient(running.path) as client:
        assert client.calibrate(Free()) == VIEW
        with pytest.raises(Refused, match="nothing to take back"):
            client.calibrate(Undo())
    assert [request.what for request in running.handler.calibrations] == [Free(), Undo()]


def test_what_is_pushed_meanwhile_is_kept_in_order(running):
    with ControlClient(running.path) as client:
        client.subscribe(0, events=True)
        for number in range(3):
            running.broadcast(LOUD, f"u{number}")
        client.command(Acknowledge())
        assert [client.next_message(WAIT_S).uid for _ in range(3)] == ["u0", "u1", "u2"]


def test_messages_yields_none_when_nothing_comes(running):
    with ControlClient(running.path) as client:
        client.subscribe(0, events=True)
        messages = client.messages(0.05)
        assert next(messages) is None
        running.broadcast(LOUD)
        assert next(messages).event == LOUD


@pytest.mark.parametrize("stale", [False, True])
def test_no_bard_here(tmp_path, stale):
    path = str(tmp_path / "s")
    if stale:
        dead = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        dead.bind(path)
        dead.close()
    with pytest.raises(LinkError, match=rf"^no bard runs here: {path}: start it with `bard run`"):
        ControlClient(path)


def test_a_path_too_long_is_one_line():
    with pytest.raises(LinkError, match="too long"):
        ControlClient("/tmp/" + "x" * 200)


def test_not_allowed(running):
    os.chmod(running.path, 0)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65534)
        with pytest.raises(LinkError, match="this user may not"):
            ControlClient(running.path)
    finally:
        os.seteuid(me)


def test_a_daemon_that_does_not_answer_is_given_up(tmp_path):
    listener, kept = serve_once(str(tmp_path / "s"))
    began = time.monotonic()
    with ControlClient(str(tmp_path / "s"), timeout_s=0.2) as client, pytest.raises(LinkError, match=r"within 0\.2 s"):
        client.query()
    assert time.monotonic() - began < 2
    listener.close()
    assert kept


def test_a_queue_that_is_full_is_not_waited_for(tmp_path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(tmp_path / "s"))
    listener.listen(0)
    waiting = ControlClient(str(tmp_path / "s"))
    with pytest.raises(LinkError, match="does not take connections"):
        ControlClient(str(tmp_path / "s"), timeout_s=0.2)
    waiting.close()
    listener.close()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "has ended or hung up"),
        (b'{"type":"answer"', "has ended or hung up"),
        (b"HTTP/1.1 400\r\n", "not a message this version"),
        (b'{"type":"later"}\n', "not a message this version"),
        (line_of(Answer(0, "64 clients are connected already")), "64 clients"),
    ],
)
def test_every_other_end_is_a_link_error_of_one_line(tmp_path, data, words):
    listener, _ = serve_once(str(tmp_path / "s"), data, hang_up=True)
    with ControlClient(str(tmp_path / "s")) as client, pytest.raises(LinkError, match=words) as raised:
        client.query()
    assert "\n" not in str(raised.value)
    listener.close()


def test_a_port_is_given_back_when_who_asked_for_it_hangs_up(running):
    with ControlClient(running.path) as other, ControlClient(running.path) as client:
        client.release("uno", 300)
        client.release("uno", 0)
        client.release("uno", 60)
        with pytest.raises(Refused, match="no board 'duo'; allowed: uno"):
            client.release("duo", 60)
        other.close()
    asked = [("uno", 300), ("uno", 0), ("uno", 60), ("duo", 60), ("uno", 0)]
    wait_for(lambda: running.handler.releases == asked, "given back once")


def test_a_daemon_that_ends_is_noticed_at_once(running):
    client = ControlClient(running.path)
    client.subscribe(0, events=True)
    running.call(running.server.close)
    with pytest.raises(LinkError, match="has ended or hung up"):
        client.next_message(WAIT_S)
    client.close()
