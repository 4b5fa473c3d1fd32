"""`watch` on a real pty, against a fake daemon in a process of its own, looked at through tmux."""

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from bard.term.live import watch_plain
from tests.control.fake import LOUD, WAIT_S, wait_for

ROOT = Path(__file__).parents[2]
WATCH = "import sys; from bard.term.live import watch; sys.exit(not watch(sys.argv[1]))"


class FakeDaemon:
    def __init__(self, path):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.control.fake", path],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout.readline() == "ready\n"

    def show(self, words):
        print(words, file=self.process.stdin, flush=True)

    def kill(self):
        self.process.kill()
        self.process.wait(WAIT_S)
        self.process.stdin.close()
        self.process.stdout.close()


class Screen:
    """A terminal of 80x24 with `watch` in it, and a shell under it."""

    def __init__(self, folder, path):
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        command = (
            f"{sys.executable} -c \"{WATCH}\" {path}; echo ENDED $?; stty -a | tr ';' '\\n' | grep -- echo; exec cat"
        )
        self.run("new-session", "-d", "-x", "80", "-y", "24", "-c", str(ROOT), command)

    def run(self, *words):
        done = subprocess.run([*self._tmux, *words], capture_output=True, text=True, timeout=WAIT_S, check=True)
        return done.stdout

    def text(self):
        return self.run("capture-pane", "-p")

    def shows(self, words, within_s=WAIT_S):
        return wait_for(lambda: words in (text := self.text()) and text, f"{words!r} in\n{self.text()}", within_s)

    def close(self):
        self.run("kill-server")


@pytest.fixture
def daemon(tmp_path):
    made = FakeDaemon(str(tmp_path / "s"))
    yield made
    made.kill()


@pytest.fixture
def screen(tmp_path, daemon):  # noqa: ARG001
    if shutil.which("tmux") is None:
        pytest.fail("tmux is needed: apt-get install tmux")
    made = Screen(tmp_path, tmp_path / "s")
    yield made
    made.close()


@pytest.mark.apt
def test_not_monitored_when_the_daemon_dies_and_back_when_it_returns(tmp_path, daemon, screen):
    screen.shows("NEAR THE LIMIT")
    daemon.show("43.4")
    screen.shows("ABOVE THE LIMIT", 1.5)
    daemon.show("unknown")
    screen.shows("LOAD UNKNOWN", 1.5)
    daemon.show("43.4")
    screen.shows("ABOVE THE LIMIT", 1.5)

    daemon.kill()
    text = screen.shows("NOT MONITORED", 1.5)
    assert not re.search(r"\d\.\d", text)
    screen.shows("no bard runs here")

    again = FakeDaemon(str(tmp_path / "s"))
    screen.shows("NEAR THE LIMIT", 2)
    os.kill(again.process.pid, signal.SIGSTOP)
    text = screen.shows("NOT MONITORED", 1.5)
    assert not re.search(r"\d\.\d", text)
    os.kill(again.process.pid, signal.SIGCONT)
    screen.shows("NEAR THE LIMIT", 2)
    screen.run("resize-window", "-x", "120", "-y", "40")
    wait_for(lambda: any(len(line) > 100 for line in screen.text().split("\n")), "the wider view")
    again.kill()


@pytest.mark.apt
@pytest.mark.parametrize(("keys", "status"), [("q", 0), ("C-c", 0)])
def test_the_terminal_is_left_clean(screen, keys, status):
    screen.shows("NEAR THE LIMIT")
    screen.run("send-keys", keys)
    text = screen.shows(f"ENDED {status}")
    assert "THE LIMIT" not in text
    assert re.search(r"(?<!-)\becho\b", screen.shows("echo"))
    assert screen.run("display-message", "-p", "#{cursor_flag} #{alternate_on}").split() == ["1", "0"]


@pytest.mark.apt
def test_a_terminated_watch_leaves_the_terminal_clean(screen):
    screen.shows("NEAR THE LIMIT")
    pane = screen.run("display-message", "-p", "#{pane_pid}").strip()
    children = Path(f"/proc/{pane}/task/{pane}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGTERM)
    assert "THE LIMIT" not in screen.shows("ENDED 143")


@pytest.mark.usefixtures("daemon")
def test_without_a_terminal_it_is_plain_lines(tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", WATCH, str(tmp_path / "s")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(WAIT_S) == 0
    assert "client 38.2 ± 0.40 kg | limit 40.0 kg | bars 31.8 kg | on" in line


def test_plain_lines_say_not_monitored_and_tell_events_at_once(running):
    out = io.StringIO()
    ended = threading.Event()
    by_person = []
    thread = threading.Thread(target=lambda: by_person.append(watch_plain(running.path, out, ended.is_set)))
    thread.start()
    wait_for(lambda: "client 38.2 ± 0.40 kg" in out.getvalue(), "a line")
    running.broadcast(LOUD)
    wait_for(lambda: "MEDIUM: the load" in out.getvalue(), "the event", 0.5)
    running.call(running.server.close)
    wait_for(lambda: "NOT MONITORED: " in out.getvalue(), "it is said", 2.5)
    ended.set()
    thread.join(WAIT_S)
    assert by_person == [False]


@pytest.mark.usefixtures("daemon")
def test_it_works_without_rich(tmp_path):
    """With rich hidden and a real terminal under it: plain lines, no traceback."""
    hide = f"import sys; sys.modules['rich'] = None; {WATCH}"
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", hide, str(tmp_path / "s")],
        cwd=ROOT,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm"},
    )
    os.close(follower)
    seen = b""
    until = time.monotonic() + WAIT_S
    while "client 38.2 ± 0.40 kg".encode() not in seen:
        assert time.monotonic() < until, seen
        seen += os.read(leader, 4096)
    process.send_signal(signal.SIGINT)
    assert process.wait(WAIT_S) == 0
    os.close(leader)
