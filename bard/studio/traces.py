"""Where a word stands in the files of a folder, packed or not.

One law: every byte of every file is looked at, and every byte that a tape has packed; a file that cannot be read is
said to be one, never passed over. Capitals or not are the same. It changes nothing.
"""

import mmap
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from bard.errors import DataError
from bard.journal.records import CHUNK, MAGIC
from bard.studio.archive import Progress

SHORTEST = 4
"""Shorter words stand everywhere by chance."""


def search(folder: Path, words: Iterable[str], progress: Progress) -> list[Path]:
    """Files below it in which one of the words stands, sorted; words of less than 4 letters are not looked for.

    Raises DataError for a file that cannot be read.
    """
    patterns = [_pattern(word) for word in words if len(word) >= SHORTEST]
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            if _stands_in(path, patterns):
                found.append(path)
            progress(_size(path))
    return found


def size_of_all(folder: Path) -> int:
    """Bytes that a search works through."""
    return sum(_size(path) for path in folder.rglob("*") if path.is_file())


def stands_in(path: Path, word: str) -> bool:
    """Whether it stands in this one file. Raises DataError."""
    return _stands_in(path, [_pattern(word)])


def unpacked(tape: bytes | mmap.mmap) -> Iterator[bytes]:
    """What the chunks of a tape have packed; nothing for what is no tape."""
    at = len(MAGIC)
    if tape[:at] != MAGIC:
        return
    while at + CHUNK.size <= len(tape):
        length, _ = CHUNK.unpack(tape[at : at + CHUNK.size])
        at += CHUNK.size
        try:
            yield zlib.decompressobj().decompress(tape[at : at + length])
        except zlib.error:  # damaged: its bytes as they are have been looked at
            return
        at += length


def _stands_in(path: Path, patterns: Sequence[re.Pattern[bytes]]) -> bool:
    try:
        with path.open("rb") as file:
            if not _size(path):
                return False
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return any(pattern.search(content) for pattern in patterns) or any(
                    pattern.search(body) for body in unpacked(content) for pattern in patterns
                )
    except FileNotFoundError:  # gone meanwhile
        return False
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be searched: {error}") from None


def _pattern(word: str) -> re.Pattern[bytes]:
    """As UTF-8 and as JSON escapes it."""
    forms = {word, word.lower(), word.upper(), word.title()}
    escaped = {form.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00") for form in forms}
    return re.compile(b"|".join(map(re.escape, {form.encode() for form in forms} | escaped)), re.IGNORECASE)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
