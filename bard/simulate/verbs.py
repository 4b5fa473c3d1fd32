"""The twin's desk for commands: which frames are commands, which commands are allowed, which came before.

One law: each id is executed at most once within a second, and answered each time. It executes nothing itself.
"""

from bard.settings import PATTERNS
from bard.wire.decoder import NEED_DATA, Decoder
from bard.wire.frames import FROM_HOST, OUTPUT_BOTH, VERB_ARGS, Command, Result, Verb

SAME_ID_US = 1_000_000


def parse_args(command: Command, channels: int) -> tuple[int, ...] | Result:
    """The verb's values, or why it is refused (protocol, "Readings": arguments)."""
    layout = VERB_ARGS.get(command.verb)
    if layout is None:
        return Result.UNKNOWN_VERB
    if len(command.args) != layout.size:
        return Result.BAD_ARGUMENT
    values: tuple[int, ...] = layout.unpack(command.args)
    match command.verb, values:
        case Verb.STREAM, (on,):
            allowed = on <= 1
        case Verb.SIGNAL, (output, pattern):
            allowed = 1 <= output <= OUTPUT_BOTH and pattern < len(PATTERNS)
        case Verb.SCALE, (channel, *_):
            allowed = channel < channels
        case Verb.ARM, (_, rounds, margin_g):
            allowed = rounds > 0 and margin_g >= 0
        case _:
            allowed = True
    return values if allowed else Result.BAD_ARGUMENT


class Desk:
    """Takes bytes, hands out commands, judges each. `rejected` counts bad frames and refused commands."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._decoder = Decoder(FROM_HOST)
        self._done: dict[int, tuple[int, Result]] = {}
        self.rejected = 0

    def receive(self, data: bytes) -> list[Command]:
        """The commands completed by `data`."""
        self._decoder.receive_data(data)
        commands = []
        while (frame := self._decoder.next_event()) is not NEED_DATA:
            if isinstance(frame, Command):
                commands.append(frame)
            else:
                self.rejected += 1
        return commands

    def judge(self, command: Command, ticks: int) -> tuple[Result, tuple[int, ...] | None]:
        """The answer's result, and the values to execute now (None: nothing)."""
        self._done = {i: done for i, done in self._done.items() if ticks - done[0] < SAME_ID_US}
        if command.id in self._done:
            return self._done[command.id][1], None
        values = parse_args(command, self._channels)
        refused = isinstance(values, Result)
        result = values if isinstance(values, Result) else Result.DONE
        self.rejected += refused
        self._done[command.id] = (ticks, result)
        return result, None if isinstance(values, Result) else values
