"""A host for the tests: it commands a room's boards and keeps every frame with the time it came."""

from typing import TypeVar

from bard.simulate import Delivery, Room
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder, encode
from bard.wire.frames import VERB_ARGS, Command, Frame, Verb

Wanted = TypeVar("Wanted", bound=Frame)


def frames_of(deliveries: list[Delivery]) -> list[tuple[int, int, Frame]]:
    """(board, at_us, frame) of every frame; fails on anything that does not decode."""
    decoders: dict[int, Decoder] = {}
    frames: list[tuple[int, int, Frame]] = []
    for delivery in deliveries:
        decoder = decoders.setdefault(delivery.board, Decoder())
        decoder.receive_data(delivery.data)
        while (frame := decoder.next_event()) is not NEED_DATA:
            assert not isinstance(frame, BadFrame), frame
            frames.append((delivery.board, delivery.at_us, frame))
    return frames


class Host:
    """`frames` holds (at_us, frame) of board 0 in order of time, `ends` when its cable was pulled."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.now_us = 0
        self.frames: list[tuple[int, Frame]] = []
        self.ends: list[int] = []
        self._ids = 0

    def run(self, for_us: int, *, beats: bool = False) -> None:
        """Let time pass, with a beat each 250 ms where asked."""
        until_us = self.now_us + for_us
        while beats and self.now_us + 250_000 < until_us:
            self.run(250_000)
            self.command(Verb.BEAT)
        deliveries = self.room.advance(until_us)
        self.ends += [delivery.at_us for delivery in deliveries if not delivery.data]
        self.frames += [(at_us, frame) for _, at_us, frame in frames_of(deliveries)]
        self.now_us = until_us

    def command(self, verb: int, *args: int, raw: bytes | None = None, command_id: int | None = None) -> int:
        """Send it now; returns its id."""
        self._ids += 1
        number = self._ids if command_id is None else command_id
        data = VERB_ARGS[verb].pack(*args) if raw is None else raw
        self.room.receive(0, encode(Command(number, verb, data)), self.now_us)
        return number

    def got(self, kind: type[Wanted]) -> list[tuple[int, Wanted]]:
        """The frames of one type so far."""
        return [(at_us, frame) for at_us, frame in self.frames if isinstance(frame, kind)]

    def all(self, kind: type[Wanted]) -> list[Wanted]:
        """The same, without times."""
        return [frame for _, frame in self.got(kind)]
