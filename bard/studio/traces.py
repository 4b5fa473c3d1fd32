"""Where a word stands in the files of a folder, packed or not.

One law: every byte of every file is looked at, and every byte that a tape has packed; a file that cannot be read is
said to be one, never passed over. Capitals or not are the same. It changes nothing.
"""

import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from bard.errors import DataError
from bard.journal.records import CHUNK, MAGIC
from bard.studio.archive import Progress

SHORTEST = 4
"""Shorter words stand everywhere by chance."""
_BLOCK = 4 << 20


def search(folder: Path, words: Iterable[str], progress: Progress) -> list[Path]:
    """Files below it in which one of the words stands, sorted; words of less than 4 letters are not looked for.

    Raises DataError for a file that cannot be read.
    """
    forms = [form for word in words if len(word) >= SHORTEST for form in _forms(word)]
    found = []
    for path in _files(folder):
        if forms and _stands_in(path, forms):
            found.append(path)
        progress(_size(path))
    return found


def size_of_all(folder: Path) -> int:
    """Bytes that a search works through."""
    return sum(map(_size, _files(folder)))


def stands_in(path: Path, word: str) -> bool:
    """Whether it stands in this one file. Raises DataError."""
    return _stands_in(path, _forms(word))


def _stands_in(path: Path, forms: list[bytes]) -> bool:
    try:
        with path.open("rb") as file:
            packed = file.read(len(MAGIC)) == MAGIC
            file.seek(0)
            if _in_any(iter(lambda: file.read(_BLOCK), b""), forms):
                return True
        return packed and any(_in_any([body], forms) for body in _unpacked(path.read_bytes()))
    except FileNotFoundError:  # gone meanwhile
        return False
    except OSError as error:
        raise DataError(f"{path}: cannot be searched: {error.strerror}") from None


def _in_any(blocks: Iterable[bytes], forms: list[bytes]) -> bool:
    """Over the borders of blocks too."""
    kept = max(map(len, forms)) - 1
    tail = b""
    for block in blocks:
        piece = tail + block.lower()
        if any(form in piece for form in forms):
            return True
        tail = piece[-kept:]
    return False


def _unpacked(tape: bytes) -> Iterator[bytes]:
    """What the chunks of a tape have packed, up to the first that is damaged: its bytes have been looked at."""
    at = len(MAGIC)
    while at + CHUNK.size <= len(tape):
        length, _ = CHUNK.unpack_from(tape, at)
        at += CHUNK.size
        try:
            yield zlib.decompressobj().decompress(tape[at : at + length])
        except zlib.error:
            return
        at += length


def _forms(word: str) -> list[bytes]:
    """As UTF-8 and as JSON may escape it; what bytes can be made small is."""
    spelled = {word, word.lower(), word.upper(), word.title(), word.casefold()}
    escaped = {form.encode("ascii", "backslashreplace").replace(b"\\x", b"\\u00") for form in spelled}
    return sorted({form.lower() for form in {form.encode() for form in spelled} | escaped})


def _files(folder: Path) -> list[Path]:
    """No links: what they lead to lies elsewhere, or is looked at there."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
