"""A tape for people: one line a record, with every frame in words and every bad one in hex.

One law: what is shown is what stands on the tape, in its order; nothing is judged. It knows the protocol, and nothing
of weighing or alarms.
"""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import TextIO

import msgspec

from bard.errors import UsageError
from bard.journal.records import Came, Data, Gap, Given, Header, Record, Timer
from bard.journal.tape import TapeReader
from bard.wire.decoder import NEED_DATA, BadFrame, Decoder
from bard.wire.frames import (
    INPUT_PEDAL,
    INPUT_PRESENCE,
    Answer,
    Capability,
    ChannelFault,
    FaultKind,
    Frame,
    Guard,
    GuardEvent,
    Hello,
    Result,
    Samples,
    Status,
)

KINDS = (
    "samples",
    "hello",
    "status",
    "fault",
    "guard",
    "answer",
    "bad",
    "closed",
    "timer",
    "command",
    "event",
    "gap",
    "end",
)
"""What a line of `show` can be about; `bad` is a frame that was dropped, `closed` a link that went."""

_Line = tuple[str, str, str]
"""Kind, board or "", words."""


def show(
    path: Path,
    out: TextIO,
    *,
    since_s: float = 0.0,
    until_s: float | None = None,
    kinds: Collection[str] = KINDS,
) -> None:
    """Print the tape: times are seconds since its start, events stand at the call they came from.

    Raises DataError for what is no tape, UsageError for a kind that is none.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise UsageError(f"no kind {kind!r}; allowed: {', '.join(KINDS)}")
    reader = TapeReader(path)
    out.writelines(f"{line}\n" for line in _head(reader.header))
    start_us = at_us = reader.header.start_us
    decoders: dict[str, Decoder] = {}
    for record in reader:
        if isinstance(record, Data | Timer | Given):
            at_us = record.now_us
        at_s = (at_us - start_us) / 1e6
        if until_s is not None and at_s > until_s:
            return
        for kind, board, words in _lines(record, decoders):
            if at_s >= since_s and kind in kinds:
                out.write(f"{at_s:14.6f}  {board + ' ' if board else ''}{kind}{' ' if words else ''}{words}\n")
    if reader.truncated:
        out.write(f"tape {reader.truncated}\n")
    elif not reader.ended:
        out.write("the tape was not closed: up to 1 s before the end is missing\n")


def _head(header: Header) -> Iterator[str]:
    trusted = "trusted" if header.clock_trusted else "not known to be right"
    room = header.core.room
    yield f"station      {header.station}"
    yield f"done         {header.done or '(not said)'}"
    yield f"begun        {header.wall_time} (clock {trusted}), monotonic {header.start_us} us"
    yield f"bard         {header.bard}"
    for board in room.boards:
        yield f"board        {board.name} on {board.port}"
    for name, cell in zip(room.cell_names, room.cells, strict=True):
        found = header.calibration.cells.get(cell.key)
        words = f"zero {found.zero_counts:g}, {found.counts_per_kg:g} counts per kg" if found else "no calibration"
        yield f"cell         {name} on {cell.key}: {words}"
    made = f", made {header.calibration.made}" if header.calibration.made else ""
    yield f"calibration  {header.calibration_digest}{made}"
    yield ""


def _lines(record: Record, decoders: dict[str, Decoder]) -> Iterator[_Line]:
    match record:
        case Data(board, _, b""):
            decoders.pop(board, None)
            yield "closed", board, "the link is gone"
        case Data(board, _, data):
            yield from _frames(board, data, decoders.setdefault(board, Decoder()))
        case Timer():
            yield "timer", "", ""
        case Given(origin, _, command):
            yield "command", "", f"{msgspec.json.encode(command, order='sorted').decode()} from {origin}"
        case Came(text):
            yield "event", "", text
        case Gap(records):
            yield "gap", "", f"{records} records are missing: the disk did not take them"
        case _:
            yield "end", "", ""


def _frames(board: str, data: bytes, decoder: Decoder) -> Iterator[_Line]:
    decoder.receive_data(data)
    while (event := decoder.next_event()) is not NEED_DATA:
        if isinstance(event, BadFrame):
            yield "bad", board, f"{event.reason.value}: {event.raw.hex(' ')}"
        else:
            kind, words = _WORDS[type(event)]
            yield kind, board, words(event)


def _samples(frame: Samples) -> str:
    channels = "  ".join(f"{c.channel}: {c.counts} ({c.age_us} us ago)" for c in frame.conversions)
    names = [name for bit, name in ((INPUT_PRESENCE, "presence"), (INPUT_PEDAL, "pedal")) if frame.inputs & bit]
    return f"{frame.seq} at {frame.ticks_us} us, inputs {'+'.join(names) or 'none'}  {channels}".rstrip()


def _hello(frame: Hello) -> str:
    version = ".".join(map(str, frame.firmware))
    can = ", ".join(bit.name.lower() for bit in Capability if frame.capabilities & bit and bit.name) or "nothing else"
    return (
        f"protocol {frame.protocol}, firmware {version}, uid {frame.uid.hex()}, boot {frame.boot}, "
        f"reset cause {frame.reset_cause}, {frame.channels} channels, {can}"
    )


def _status(frame: Status) -> str:
    return (
        f"up {frame.uptime_s} s, missed {'/'.join(map(str, frame.missed))}, abandoned {frame.abandoned}, "
        f"frames dropped {frame.frames_dropped}, commands rejected {frame.commands_rejected}, "
        f"rx overruns {frame.rx_overruns}, {frame.supply_mv} mV, guard {frame.guard_state}, "
        f"outputs {frame.outputs_echo}"
    )


def _fault(frame: ChannelFault) -> str:
    return f"channel {frame.channel} {_name(FaultKind, frame.kind)} at {frame.ticks_us} us"


def _guard(frame: Guard) -> str:
    return f"{_name(GuardEvent, frame.event)} at {frame.ticks_us} us, bar load {frame.bar_load_g} g"


def _answer(frame: Answer) -> str:
    return f"to command {frame.command_id}: {_name(Result, frame.result)}"


def _name(of: type[FaultKind] | type[GuardEvent] | type[Result], number: int) -> str:
    names = {member.value: member.name.lower().replace("_", " ") for member in of}
    return names.get(number, f"number {number}")


_WORDS: dict[type[Frame], tuple[str, Callable[..., str]]] = {
    Samples: ("samples", _samples),
    Hello: ("hello", _hello),
    Status: ("status", _status),
    ChannelFault: ("fault", _fault),
    Guard: ("guard", _guard),
    Answer: ("answer", _answer),
}
