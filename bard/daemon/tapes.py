"""Which tape is being written, and which old ones stay.

One law: a tape begins with a fresh core, so that it replays; one without a session is not kept. It knows no record.
"""

import os
from pathlib import Path
from threading import Thread

from bard.config.atomic import FOLDER_MODE
from bard.errors import ConfigError
from bard.journal.records import Header
from bard.journal.tape import TapeWriter
from bard.settings import JournalSettings

_SUFFIX = ".tape"


class Tapes:
    """`begin` closes the tape before; `held_session` marks the present one as worth keeping.

    Raises ConfigError for a directory that cannot be made or written.
    """

    def __init__(self, settings: JournalSettings) -> None:
        self._settings = settings
        self._folder = Path(settings.directory) / "tapes"
        self._path: Path | None = None
        self.held_session = False
        self.writer: TapeWriter | None = None
        folder = self._folder if settings.tape else self._folder.parent
        try:
            folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigError(_place(folder, error.strerror or str(error))) from None
        if not os.access(folder, os.W_OK | os.X_OK):
            raise ConfigError(_place(folder, "may not be written by this user"))

    @property
    def name(self) -> str | None:
        """The present tape's file, without its folder; None where none is written."""
        return self._path.name if self.writer is not None and self._path is not None else None

    def begin(self, header: Header) -> None:
        """Start the tape of a fresh core."""
        self.end()
        if self._settings.tape:
            stem = header.wall_time.replace(":", "").replace("+0000", "Z")
            self._path = self._free_path(stem)
            self.writer = TapeWriter(self._path, header)

    def end(self) -> Thread | None:
        """Close the present tape, and drop it if it held no session, in a thread: disks may wait, callers not."""
        if self.writer is None or self._path is None:
            return None
        closing = Thread(target=self._close, args=(self.writer, self._path, self.held_session), name="tape closing")
        closing.start()
        self.writer, self.held_session = None, False
        return closing

    def _close(self, writer: TapeWriter, path: Path, keep: bool) -> None:
        writer.close()
        if not keep:
            path.unlink(missing_ok=True)
        self._prune()

    def _free_path(self, stem: str) -> Path:
        path = self._folder / f"{stem}{_SUFFIX}"
        number = 1
        while path.exists():
            number += 1
            path = self._folder / f"{stem}.{number}{_SUFFIX}"
        return path

    def _prune(self) -> None:
        tapes = sorted(self._folder.glob(f"*{_SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
        room_bytes = self._settings.tapes_keep_mb * 1_000_000
        for tape in tapes:
            room_bytes -= tape.stat().st_size
            if room_bytes < 0:
                tape.unlink(missing_ok=True)


def _place(folder: Path, why: str) -> str:
    return f"journal.directory: {folder}: {why}; allowed: a folder that this user may make and write"
