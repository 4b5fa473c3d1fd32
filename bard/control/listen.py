"""Making the socket: mode 0660, one bard a path.

One law: a live daemon's socket is never taken away, a dead one's never in the way. The folder's lock keeps two daemons
that start together from both finding it dead.
"""

import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from bard.control.address import address_of
from bard.errors import LinkError, Refused

MODE = 0o660


def listen(path: str) -> tuple[socket.socket, int]:
    """A bound socket and its inode. Raises LinkError in one line."""
    folder = os.path.dirname(os.path.abspath(path))
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        os.makedirs(folder, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(path)
            with address_of(path) as address:
                listener.bind(address)
            os.chmod(path, MODE)
            return listener, os.stat(path).st_ino
        finally:
            os.close(lock)
    except BlockingIOError:
        listener.close()
        raise LinkError(f"another bard is starting on {path}") from None
    except OSError as error:
        listener.close()
        raise LinkError(f"cannot make the socket {path}: {error.strerror or error}") from None
    except LinkError:
        listener.close()
        raise


@contextmanager
def nobody_listens(path: str) -> Iterator[None]:
    """Inside the `with` no bard starts on `path`. Raises Refused where one runs, LinkError where nobody can tell."""
    folder = os.path.dirname(os.path.abspath(path))
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:  # made by the bard that starts there
        yield
        return
    except OSError as error:
        raise LinkError(f"{folder}: {error.strerror}: whether bard runs cannot be told") from None
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _clear(path)
        except BlockingIOError:
            raise Refused("bard is starting: stop it first") from None
        except LinkError as error:
            raise Refused(f"not while bard runs: {error}") from None
        except OSError as error:
            raise LinkError(f"{path}: {error.strerror}: whether bard runs cannot be told") from None
        yield
    finally:
        os.close(lock)


def unlink_own(path: str, inode: int) -> None:
    """Take the socket away, unless another daemon's stands there now."""
    try:
        if os.stat(path).st_ino == inode:
            os.unlink(path)
    except OSError:
        return


def _clear(path: str) -> None:
    """Remove a socket nobody listens on."""
    try:
        is_socket = stat.S_ISSOCK(os.lstat(path).st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise LinkError(f"{path} is there and is no socket: name another one")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            with address_of(path) as address:
                probe.connect(address)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except BlockingIOError:
            pass  # its queue is full: somebody listens
        except PermissionError:
            raise LinkError(f"{path} belongs to another user: end the bard that runs there, or remove it") from None
    raise LinkError(f"another bard runs on {path}: end it first, or name another socket")
