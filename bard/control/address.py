"""A socket's path as its address: the kernel takes 107 bytes of it, folders go deeper.

One law: the file is the one that was named; a long name is reached through its open folder.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

_MOST_BYTES = 107


@contextmanager
def address_of(path: str) -> Iterator[str]:
    """What to bind or connect to, valid inside the `with`. Raises OSError where the folder is not there."""
    if len(os.fsencode(path)) <= _MOST_BYTES:
        yield path
        return
    folder, name = os.path.split(path)
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{name}"
    finally:
        os.close(fd)
