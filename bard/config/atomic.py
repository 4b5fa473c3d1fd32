"""A file replaced whole or not at all.

One law: whoever reads sees the old content or the new, at any moment and after any kill or power cut.
"""

import os
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """The whole of `content` at `path`, on the disk, or nothing changed. Raises OSError."""
    beside = path.with_name(f".{path.name}.new")
    try:
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
