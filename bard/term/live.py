"""Watching: the live view five times a second on the terminal's other screen, or plain lines.

One law: it only looks; it sends no command, and however it ends the terminal is as it was. Without a terminal that can
draw, or without rich (the extra `bard[watch]`), it prints a line a second and a line an event.
"""

import importlib.util
import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TextIO

from bard.term.feed import Feed
from bard.term.plain import clock_words, pushed_line, status_line

_HZ = 10.0
_DRAW_S = 0.2
_LINE_S = 1.0
_LOOK_S = 0.1


def never() -> bool:
    """The `until` of a watch that only a person ends."""
    return False


def watch(path: str, plain: bool = False, until: Callable[[], bool] = never) -> bool:
    """Show the room behind this socket until q, Ctrl-C, or `until()` says so; True where a person ended it."""
    if plain or not can_draw():
        return watch_plain(path, sys.stdout, until)
    return _watch_live(path, until)


def can_draw() -> bool:
    """A terminal, one that can do more than lines, and rich is there."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") in ("dumb", "unknown"):
        return False
    speaks_unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return speaks_unicode and importlib.util.find_spec("rich") is not None


def watch_plain(path: str, out: TextIO, until: Callable[[], bool] = never) -> bool:
    """Print until `until()` says so, or Ctrl-C; True for Ctrl-C."""
    feed = Feed(path, _HZ)
    line_at = time.monotonic() + _LINE_S / 2
    try:
        while not until():
            for event in feed.poll()[1]:
                print(pushed_line(event), file=out, flush=True)
            now = time.monotonic()
            if now >= line_at:
                line_at = max(line_at + _LINE_S, now)
                words = status_line(feed.snapshot) if feed.snapshot else f"NOT MONITORED: {feed.why}"
                print(f"{clock_words(time.time())}  {words}", file=out, flush=True)
            feed.wait(min(line_at - now, _LOOK_S))
    except KeyboardInterrupt:
        return True
    finally:
        feed.close()
    return False


def _watch_live(path: str, until: Callable[[], bool]) -> bool:
    from rich.console import Console
    from rich.control import Control

    from bard.term.chart import History
    from bard.term.view import Picture, draw

    console = Console(highlight=False)
    picture = Picture(None, History(), fine=os.environ.get("TERM") != "linux")
    feed = Feed(path, _HZ)
    draw_at = time.monotonic()
    try:
        with keys_of() as keys, console.screen() as screen:
            while not until():
                for snapshot in feed.poll()[0]:
                    picture.history.add(snapshot)
                now = time.monotonic()
                if now >= draw_at:
                    draw_at = max(draw_at + _DRAW_S, now)
                    picture.snapshot, picture.why = feed.snapshot, feed.why
                    picture.clock = clock_words(time.time())
                    console.size = columns, rows = window()
                    with console:
                        console.control(Control.home())
                        screen.update(draw(picture, columns, rows))
                if feed.wait(draw_at - now, keys) and _is_quit(os.read(keys[0], 64)):
                    return True
    except KeyboardInterrupt:
        return True
    finally:
        feed.close()
    return False


def window() -> tuple[int, int]:
    """Columns and rows as they are now; an exported COLUMNS does not tell (readline exports it once and for all)."""
    columns, rows = os.get_terminal_size(sys.stdout.fileno())
    return columns or 80, rows or 24


def _is_quit(typed: bytes) -> bool:
    return not typed or b"q" in typed.lower()


@contextmanager
def keys_of() -> Iterator[tuple[int, ...]]:
    """The keyboard key by key and unechoed, as file descriptors to wait for; none where there is no keyboard.

    A SIGTERM or SIGHUP meanwhile ends the program by an exception, so that the terminal is put back.
    """
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, _end) for number in (signal.SIGTERM, signal.SIGHUP)} if main else {}
    try:
        if not sys.stdin.isatty():
            yield ()
            return
        keyboard = sys.stdin.fileno()
        settings = termios.tcgetattr(keyboard)
        quiet = termios.tcgetattr(keyboard)
        quiet[3] &= ~(termios.ICANON | termios.ECHO)
        quiet[6][termios.VSUSP] = b"\0"
        termios.tcsetattr(keyboard, termios.TCSADRAIN, quiet)
        try:
            yield (keyboard,)
        finally:
            termios.tcsetattr(keyboard, termios.TCSADRAIN, settings)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end(number: int, _: FrameType | None) -> None:
    raise SystemExit(128 + number)
