"""A file replaced whole or not at all.

One law: whoever reads sees the old content or the new, at any moment and after any kill or power cut; nobody outside
of the service's group reads it.
"""

import os
from pathlib import Path

FILE_MODE = 0o640
FOLDER_MODE = 0o750


def write_whole(path: Path, content: bytes, mode: int = FILE_MODE) -> None:
    """The whole of `content` at `path`, on the disk, or nothing changed. `mode`: less the umask. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # of a killed one, with whatever mode it had
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """What was made, renamed or removed in it is on the disk. Raises OSError."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
