"""A line that is typed under a picture that changes meanwhile, on any terminal of 80 by 24; plain lines without one.

One law: however it ends the terminal is as it was, and Ctrl-C is a KeyboardInterrupt. It knows nothing of what is
drawn or asked.
"""

import os
import select
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from bard.term.live import keys_of, window
from bard.term.steps_view import Line, Prompt

Picture = Callable[[Prompt, int, int], list[Line]]
_DRAW_S = 0.25
_STYLES = {"": "", "bold": "\x1b[1m", "good": "\x1b[32m", "warn": "\x1b[33m", "bad": "\x1b[1;31m"}
_BACKSPACE = ("\x7f", "\b")
_LONGEST = 60


class Typing:
    """Inside `on_screen` everything is drawn; otherwise questions are lines."""

    def __init__(self, picture: Picture) -> None:
        self._picture = picture
        self._keys: tuple[int, ...] = ()
        self._drawn = False
        self._typed = ""
        self._colours = "NO_COLOR" not in os.environ

    @contextmanager
    def on_screen(self) -> Iterator[None]:
        """The other screen of the terminal, where there is one that can."""
        if not (sys.stdout.isatty() and sys.stdin.isatty() and os.environ.get("TERM", "dumb") != "dumb"):
            yield
            return
        with keys_of() as keys:
            self._keys, self._drawn = keys, True
            self._write("\x1b[?1049h\x1b[2J")
            try:
                yield
            finally:
                self._drawn = False
                self._write("\x1b[0m\x1b[?1049l")
                termios.tcflush(keys[0], termios.TCIFLUSH)

    def ask(self, prompt: Prompt) -> str:
        """What was typed, without its line end. Raises KeyboardInterrupt for Ctrl-C and an ended input."""
        if not self._drawn:
            return self._ask_plainly(prompt)
        self._typed = ""
        draw_at = 0.0
        while True:
            now = time.monotonic()
            if now >= draw_at:
                self._draw(prompt)
                draw_at = now + _DRAW_S
            if select.select(self._keys, [], [], max(0.0, draw_at - time.monotonic()))[0]:
                if self._type(os.read(self._keys[0], 64).decode(errors="ignore")):
                    return self._typed.strip()
                draw_at = 0.0

    def wait(self, prompt: Prompt, over: Callable[[], bool]) -> None:
        """Draw until it is over."""
        self._typed = ""
        while not over():
            if not self._drawn:
                time.sleep(_DRAW_S)
                continue
            self._draw(prompt)
            if select.select(self._keys, [], [], _DRAW_S)[0]:
                os.read(self._keys[0], 64)

    def say(self, text: str) -> None:
        """A line, where nothing is drawn."""
        if not self._drawn:
            print(text, flush=True)

    def _ask_plainly(self, prompt: Prompt) -> str:
        for tip in prompt.tips:
            print(f"  {tip}")
        print(f"{prompt.question} ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            print()
            raise KeyboardInterrupt
        return line.strip()

    def _type(self, keys: str) -> bool:
        """Take keys; True when the line is done."""
        if not keys or keys == "\x04":
            raise KeyboardInterrupt
        if keys.startswith("\x1b"):
            return False
        for key in keys:
            if key in "\r\n":
                return True
            if key in _BACKSPACE:
                self._typed = self._typed[:-1]
            elif key == "\x15":
                self._typed = ""
            elif key.isprintable() and len(self._typed) < _LONGEST:
                self._typed += key
        return False

    def _draw(self, prompt: Prompt) -> None:
        columns, rows = window()
        lines = self._picture(prompt, columns, rows)
        text = "".join(f"{self._style(line)}\x1b[K\r\n" for line in lines)
        asked = f"{prompt.question} {self._typed}"[-(columns - 1) :]
        self._write(f"\x1b[?25l\x1b[H{text}{asked}\x1b[K\x1b[J\x1b[?25h")

    def _style(self, line: Line) -> str:
        style = _STYLES[line.style] if self._colours else ""
        return f"{style}{line.text}\x1b[0m" if style else line.text

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
