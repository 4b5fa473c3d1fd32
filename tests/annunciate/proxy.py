"""A network of the test's own between bard and the broker: it stalls, it comes back, it leaves ends open."""

import socket
from contextlib import suppress
from threading import Event, Thread
from time import sleep


class Proxy:
    """Forwards what comes to `port`. `stall`: nothing passes, nothing is closed; `flow`: it goes on, nothing is lost.

    `slow`: so many bytes a second towards the broker, from now on. `abandon`: the connections there are pass nothing
    any more and stay open; new ones work.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._flowing = Event()
        self._flowing.set()
        self._lines: list[_Line] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        Thread(target=self._accept, daemon=True).start()

    def stall(self) -> None:
        self._flowing.clear()

    def flow(self) -> None:
        self._flowing.set()

    def slow(self, bytes_per_s: float) -> None:
        for line in self._lines:
            line.byte_s = 1 / bytes_per_s

    def abandon(self) -> None:
        for line in self._lines:
            line.abandoned = True

    def close(self) -> None:
        self._listener.close()
        self.abandon()
        self._flowing.set()
        for line in self._lines:
            line.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self._target_port))
                except OSError:
                    near.close()
                    continue
                self._lines.append(_Line(near, far, self._flowing))


class _Line:
    def __init__(self, near: socket.socket, far: socket.socket, flowing: Event) -> None:
        self.abandoned = False
        self.byte_s = 0.0
        self._flowing = flowing
        self._ends = (near, far)
        for source, target in ((near, far), (far, near)):
            Thread(target=self._pump, args=(source, target), daemon=True).start()

    def _pump(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                self._flowing.wait()
                if self.abandoned:
                    return
                if source is self._ends[0]:
                    sleep(len(data) * self.byte_s)
                target.sendall(data)
            if not self.abandoned:
                target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
