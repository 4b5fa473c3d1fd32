"""A search of its own for what must not be found: every byte of every file, packed or not.

It shares no code with bard's search, so that both must be wrong to miss the same.
"""

import gzip
import io
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path


def found(folder: Path, *words: str) -> list[str]:
    """`file: word` for each word that stands in a file below `folder`, its name included, packed or not."""
    hits = []
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        try:
            pieces = [name.encode(), *(contents(path) if path.is_file() else ())]
        except FileNotFoundError:  # made and renamed by a daemon that runs
            continue
        for word in words:
            forms = {word.lower().encode(), word.lower().encode("utf-16-le")}
            if any(form in piece.lower() for form in forms for piece in pieces):
                hits.append(f"{name}: {word}")
    return hits


def contents(path: Path) -> Iterator[bytes]:
    """The bytes as they lie there (free pages and logs too), and what is packed in them."""
    raw = path.read_bytes()
    yield raw
    if raw.startswith(b"bard tape"):
        yield from _chunks(raw)
    if raw.startswith(b"SQLite format 3"):
        yield from _cells(path)
    if raw.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            yield from (packed.read(name) for name in packed.namelist())
    if raw.startswith(b"\x1f\x8b"):
        yield gzip.decompress(raw)


def _chunks(raw: bytes) -> Iterator[bytes]:
    at = raw.index(b"\n") + 1
    while at + 8 <= len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        yield zlib.decompress(raw[at + 8 : at + 8 + length])
        at += 8 + length


def _cells(path: Path) -> Iterator[bytes]:
    """Every value, and what a blob has packed."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            for value in row:
                if isinstance(value, bytes):
                    yield value
                    for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):
                        try:
                            yield zlib.decompress(value, window)
                        except zlib.error:
                            continue
                else:
                    yield str(value).encode()
    connection.close()
