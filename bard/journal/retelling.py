"""A tape told again without a word that somebody typed.

One law: only texts change, in commands and events alike, so that the tape still replays to its own events. It writes
no file; a tape that is being written is not for this.
"""

from pathlib import Path
from typing import Any

import msgspec

from bard.database import replaced
from bard.errors import DataError
from bard.journal.records import Came, Given, Record, pack_header, pack_records
from bard.journal.tape import TapeReader
from bard.messages import Command

_CHUNK_RECORDS = 4_096


def retold(path: Path, word: str, instead: str) -> bytes:
    """The tape's content with `instead` for `word`, in capitals or not. Raises DataError for one not readable whole."""
    reader = TapeReader(path)
    parts = [pack_header(reader.header)]
    chunk: list[Record] = []
    for record in reader:
        chunk.append(_retold(record, word, instead))
        if len(chunk) >= _CHUNK_RECORDS:
            parts.append(pack_records(chunk))
            chunk = []
    if reader.truncated:
        raise DataError(f"{path}: {reader.truncated}")
    if chunk:
        parts.append(pack_records(chunk))
    return b"".join(parts)


def _retold(record: Record, word: str, instead: str) -> Record:
    if isinstance(record, Came):
        told = _without(msgspec.json.decode(record.text), word, instead)
        return Came(msgspec.json.encode(told, order="sorted").decode())
    if isinstance(record, Given):
        command = msgspec.convert(_without(msgspec.to_builtins(record.command), word, instead), Command)
        return Given(replaced(record.origin, word, instead), record.now_us, command)
    return record


def _without(plain: Any, word: str, instead: str) -> Any:
    """The same with every text without the word."""
    match plain:
        case str():
            return replaced(plain, word, instead)
        case dict():
            return {replaced(str(key), word, instead): _without(value, word, instead) for key, value in plain.items()}
        case list() | tuple():
            return [_without(one, word, instead) for one in plain]
        case _:
            return plain
