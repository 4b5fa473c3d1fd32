"""A real terminal, driven and looked at through tmux, and an installer at it."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.daemon.house import PATIENCE_S, wait_for
from tests.daemon.workshop import LEFT, Workshop

ROOT = Path(__file__).parents[2]
SCREEN = (80, 24)


class Terminal:
    """A tmux window of 80 by 24, as a phone or laptop on a ladder has."""

    def __init__(self, folder: Path) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._run("new-session", "-d", "-x", str(SCREEN[0]), "-y", str(SCREEN[1]), "-c", str(ROOT), "exec sh")

    def start(self, *command: object) -> None:
        """Type a command of bard at the shell."""
        words = " ".join(f"'{word}'" for word in (sys.executable, "-m", "bard", *command))
        self.type(f"clear; {words}; echo ENDED $?")

    def type(self, words: str) -> None:
        """Type it, and Enter."""
        self._run("send-keys", "-l", words)
        self._run("send-keys", "Enter")

    def press(self, key: str) -> None:
        self._run("send-keys", key)

    def text(self) -> str:
        return self._run("capture-pane", "-p")

    def shows(self, *words: str) -> str:
        """The screen once it has all of these."""
        found: list[str] = []

        def all_there() -> bool:
            found[:] = [self.text()]
            return all(word in " ".join(found[0].split()) for word in words)

        try:
            wait_for(all_there, limit_s=PATIENCE_S)
        except AssertionError:
            pytest.fail(f"not {words!r} in\n{self.text()}")
        return found[0]

    def answer(self, *pairs: str) -> None:
        """Question, answer, question, answer: each answer when its question is there."""
        for question, answer in zip(pairs[::2], pairs[1::2], strict=True):
            self.shows(question)
            self.type(answer)

    def _run(self, *words: str) -> str:
        return subprocess.run([*self._tmux, *words], capture_output=True, text=True, timeout=20, check=True).stdout

    def close(self) -> None:
        self._run("kill-server")


def weigh(workshop: Workshop, terminal: Terminal, kg: float, place: float, typed: str | None = None) -> None:
    """`begin_to_weigh`, and wait until it is read."""
    done = workshop.look().done
    begin_to_weigh(workshop, terminal, kg, place, typed)
    wait_for(lambda: workshop.look().done > done, "it is read", PATIENCE_S)


def begin_to_weigh(workshop: Workshop, terminal: Terminal, kg: float, place: float, typed: str | None = None) -> None:
    """Hang it, and tell so; `typed`: something else than what hangs. Its error is asked for once."""
    workshop.hang(LEFT, kg, place)
    terminal.answer("Which load?", "w", "Weights that hang", typed or f"{kg:g}")
    wait_for(lambda: "how many percent" in terminal.text() or "Where on" in terminal.text(), "the next question")
    if "how many percent" in terminal.text():
        terminal.type("0.1")
    terminal.answer("Where on left bar", f"{place:g}", "Hangs it still?", "")
