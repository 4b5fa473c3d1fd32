"""The other end of the socket, for programs that may wait: the command line, the terminal.

One law: nothing waits without a time-out, and every failure is a LinkError of one line that says what to do. What is
pushed while an answer is awaited is kept in order.
"""

import select
import socket
import time
from collections import deque
from collections.abc import Iterator
from typing import Any

import msgspec

from bard.commission.steps import Asked
from bard.commission.told import View
from bard.control.address import address_of
from bard.control.protocol import (
    Answer,
    Calibrate,
    CommandRequest,
    Pushed,
    Query,
    Release,
    Request,
    Start,
    StartResult,
    Subscribe,
    TryOutput,
    line_of,
    read_message,
)
from bard.errors import LinkError, Refused
from bard.messages import Command, Snapshot

ANSWER_S = 5.0
CALIBRATE_S = 20.0
"""A fit and a slow disk."""
START_S = 20.0
"""The self-test, and a database that another program keeps locked."""
_MAX_LINE = 4 * 1024 * 1024


class ControlClient:
    """One connection; also a context manager. Raises LinkError from any method, Refused where bard says no."""

    def __init__(self, path: str, timeout_s: float = ANSWER_S) -> None:
        self.path = path
        self._timeout_s = timeout_s
        self._id = 0
        self._buffer = bytearray()
        self._searched = 0
        self._pushed: deque[Pushed] = deque()
        self._socket = _connect(path, timeout_s)

    def __enter__(self) -> "ControlClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def fileno(self) -> int:
        """For `select`: readable when something came. Drain with `next_message(0)` first."""
        return self._socket.fileno()

    def command(self, command: Command) -> None:
        """Have it carried out. Raises Refused."""
        self._ask(CommandRequest(self._next_id(), command), self._timeout_s)

    def query(self) -> Snapshot:
        """The room as of now."""
        return msgspec.convert(self._ask(Query(self._next_id(), "snapshot"), self._timeout_s), Snapshot)

    def calibrate(self, asked: Asked) -> View:
        """One thing of an installer's procedure; a reading goes on after this returns. Raises Refused."""
        return msgspec.convert(self._ask(Calibrate(self._next_id(), asked), CALIBRATE_S), View)

    def start(self, start: Start) -> StartResult:
        """Look before a session, and begin it where no line refuses. Its id is given here. Raises Refused."""
        request = msgspec.structs.replace(start, id=self._next_id())
        return msgspec.convert(self._ask(request, START_S), StartResult)

    def release(self, board: str, seconds: float) -> None:
        """Have a board's port left to us, for so long or until this connection ends; 0 ends it. Raises Refused."""
        self._ask(Release(self._next_id(), board, seconds), self._timeout_s)

    def try_output(self, output: str | None) -> list[str]:
        """Have one output play the self-test (None: none); returns the names of all. Raises Refused."""
        names: list[str] = self._ask(TryOutput(self._next_id(), output), self._timeout_s)
        return names

    def subscribe(self, snapshots_hz: float, events: bool) -> None:
        """Begin (or change) what is pushed; then read it with `next_message` or `messages`."""
        self._ask(Subscribe(self._next_id(), snapshots_hz, events), self._timeout_s)

    def next_message(self, timeout_s: float) -> Pushed | None:
        """The oldest pushed message, None when none came in time. 0 only looks."""
        until = time.monotonic() + timeout_s
        while not self._pushed:
            message = self._receive(until)
            if message is None:
                return None
            if not isinstance(message, Answer):
                self._pushed.append(message)
        return self._pushed.popleft()

    def messages(self, timeout_s: float) -> Iterator[Pushed | None]:
        """All pushed messages as they come; a None each time none came for `timeout_s`."""
        while True:
            yield self.next_message(timeout_s)

    def _next_id(self) -> int:
        self._id += 1
        return self._id

    def _ask(self, request: Request, timeout_s: float) -> Any:
        until = time.monotonic() + timeout_s
        try:
            self._socket.settimeout(self._timeout_s)
            self._socket.sendall(line_of(request))
        except TimeoutError:
            raise self._silent(self._timeout_s) from None
        except OSError:
            pass  # hung up on us: its last word may still be there to read
        while (message := self._receive(until)) is not None:
            if not isinstance(message, Answer):
                self._pushed.append(message)
            elif message.id == request.id:
                if message.refusal is not None:
                    raise Refused(message.refusal)
                return message.result
        raise self._silent(timeout_s)

    def _receive(self, until: float) -> Answer | Pushed | None:
        """The next message of any kind, or None at `until`; what is there already is read all the same."""
        while (end := self._buffer.find(b"\n", self._searched)) < 0:
            self._searched = len(self._buffer)
            if self._searched > _MAX_LINE:
                raise LinkError(f"{self.path}: what answers there is no bard")
            try:
                readable, _, _ = select.select([self._socket], [], [], max(0.0, until - time.monotonic()))
                if not readable:
                    return None
                data = self._socket.recv(1 << 16)
            except OSError:
                data = b""
            if not data:
                raise LinkError(f"bard at {self.path} has ended or hung up")
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        self._searched = 0
        try:
            message = read_message(line)
        except ValueError as error:
            raise LinkError(f"{self.path}: not a message this version of bard knows: {error}") from None
        if isinstance(message, Answer) and message.id == 0 and message.refusal is not None:
            raise LinkError(f"bard at {self.path}: {message.refusal}")
        return message

    def _silent(self, timeout_s: float) -> LinkError:
        return LinkError(f"bard at {self.path} did not answer within {timeout_s:g} s: look at its log, or restart it")


def _connect(path: str, timeout_s: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout_s)
    try:
        with address_of(path) as address:
            connection.connect(address)
    except (FileNotFoundError, ConnectionRefusedError):
        connection.close()
        raise LinkError(f"no bard runs here: {path}: start it with `bard run`, or name the socket it uses") from None
    except PermissionError:
        connection.close()
        raise LinkError(f"{path}: this user may not talk to bard: become a member of the socket's group") from None
    except (TimeoutError, BlockingIOError):
        connection.close()
        raise LinkError(f"bard at {path} does not take connections: look at its log, or restart it") from None
    except OSError as error:
        connection.close()
        raise LinkError(f"{path}: {error.strerror or error}") from None
    return connection
