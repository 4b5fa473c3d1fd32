"""The simulated room: a scenario and a seed become the bytes of its boards, and the truth beside them.

One law: the same scenario, seed, host bytes and times give the same deliveries, however `advance` is cut; each part
draws from a stream of its own, so that no part's draws move another's. It knows no clock, port or file.
"""

from collections.abc import Sequence
from math import pi

import numpy as np
from msgspec import Struct, structs
from numpy.random import PCG64, Generator, SeedSequence
from numpy.typing import NDArray

from bard.errors import UsageError
from bard.settings import BoardSettings, CellSettings, RoomSettings, SupportSettings
from bard.simulate.board import BoardTwin
from bard.simulate.body import Body
from bard.simulate.cells import COUNTS_PER_KG, Cell, CellSpec, draw_cell
from bard.simulate.chips import SHAKE_HZ, Hx711
from bard.simulate.feed import Channel, Chunks, ready, ready_rows
from bard.simulate.hands import Act, Hands, Rocking
from bard.simulate.hung import CHUNK_S, Hung
from bard.simulate.line import Delivery
from bard.simulate.parts import BoardParts, Span
from bard.simulate.reading import Reads, read_through
from bard.simulate.recordings import Recording, Rows, recording_scenario
from bard.simulate.resonator import RESONATOR_PPM
from bard.simulate.scenario import Scenario
from bard.simulate.therapist import Load, Therapist, Truths
from bard.simulate.work import draw_work
from bard.wire.frames import INPUT_PEDAL, INPUT_PRESENCE

DEBOUNCE_US = 20_000
BOUNCE_US = (1_000, 5_000)
UPTIME_US = (10_000_000, 4_290_000_000)
_WORK, _HANDS, _BODY, _TYPE, _MOUNTING, _NOISE, _GLITCHES, _DRIFT, _CHIP, _BOARD, _READS, _ANSWERS, _INPUTS = range(13)


class CellTruth(Struct, frozen=True):
    """What a cell's counts really mean at time 0, sign kept: load = (counts - zero_counts) / counts_per_kg."""

    board: int
    channel: int
    zero_counts: float
    counts_per_kg: float


class Truth(Struct, frozen=True):
    """What really is at `at_us`.

    `client_load_kg` = m (g + a) - bar load; `static_kg` = body weight - bar load, m a left out; both 0 while nobody
    is on the client.
    """

    at_us: int
    client_load_kg: float
    static_kg: float
    bar_load_kg: float
    on_client: bool


class Room:
    """A room with its boards running, their streams off until told; `autostart` has them on from 0.

    With `rows` a recording takes the therapist's place (see `recording_room`).
    """

    def __init__(self, scenario: Scenario, seed: int, *, rows: Rows | None = None, autostart: bool = False) -> None:
        self.scenario = scenario
        self.duration_us = round(scenario.duration_s * 1_000_000)
        self._seed = seed
        self._recording = None if rows is None else Recording(rows)
        self._hung = Hung([len(support.cells) for support in scenario.supports]) if scenario.hung else None
        self._load: Load = self._recording or self._hung or self._therapist()
        self._chunks = Chunks(self._load, CHUNK_S) if self._hung else Chunks(self._load)
        specs = self._specs()
        self.cells: tuple[CellTruth, ...] = tuple(
            CellTruth(board, channel, spec.zero_counts, spec.counts_per_kg)
            for (board, channel), spec in zip(scenario.cells, specs, strict=True)
        )
        self._cell_specs = specs
        self._boards = [self._board(board, specs) for board in range(scenario.boards)]
        self._now_us = 0
        if autostart:
            for board in self._boards:
                board.start_stream()

    def room_settings(self, ports: Sequence[str]) -> RoomSettings:
        """The settings of this room with its boards "a", "b" on `ports`; raises UsageError if their number is wrong."""
        if len(ports) != self.scenario.boards:
            raise UsageError(f"{len(ports)} ports for {self.scenario.boards} boards; allowed: one each")
        return RoomSettings(
            boards=tuple(
                BoardSettings(name=_board_name(board), port=port, presence=self.scenario.presence and board == 0)
                for board, port in enumerate(ports)
            ),
            supports=tuple(
                SupportSettings(
                    name=support.name,
                    cells=tuple(CellSettings(board=_board_name(b), channel=channel) for b, channel in support.cells),
                )
                for support in self.scenario.supports
            ),
        )

    def next_us(self) -> int | None:
        """No delivery comes before this; an advance to it may give none, and then this is later. None: the end."""
        due_us = min(board.next_us() for board in self._boards)
        return due_us if due_us <= self.duration_us else None

    def advance(self, to_us: int) -> list[Delivery]:
        """Everything due up to and including `to_us` and not given before, in order of time."""
        to_us = min(to_us, self.duration_us)
        self._now_us = max(self._now_us, to_us)
        due: list[Delivery] = []
        for board in self._boards:
            board.advance(to_us)
            while board.out and board.out[0].at_us <= to_us:
                due.append(board.out.popleft())
        if len(self._boards) > 1:
            due.sort(key=_at_us)
        return due

    def receive(self, board: int, data: bytes, at_us: int) -> None:
        """Bytes from the host to `board`; its answers come out of a later advance."""
        self._boards[board].receive(data, at_us)

    def hang(self, support: str, kg: float, place: float = 0.5, sway_kg: float = 0.0) -> None:
        """From now on `kg` and nothing else hang at `place` of a support, 0 under its first cell, 1 under its last.

        They sway by a standard deviation of `sway_kg`. Raises UsageError where no such support is or nothing is hung.
        """
        names = [found.name for found in self.scenario.supports] if self._hung else []
        if self._hung is None or support not in names:
            raise UsageError(f"nothing can be hung on {support!r}; allowed: {', '.join(names) or 'another scenario'}")
        self._hung.hang(names.index(support), kg, place, sway_kg, self._now_us / 1e6)

    def connected(self, board: int) -> bool:
        """Whether the cable is in, as of the last advance."""
        return self._boards[board].powered

    def open(self, board: int, at_us: int, dtr_reset: bool = True) -> None:
        """The host opens the port: a reset, 1 s of bootloader, then hello with a new boot count.

        Raises LinkError while the cable is out.
        """
        self._boards[board].open(at_us, dtr_reset)

    def truth(self, at_us: int) -> Truth:
        """What really is at `at_us`, any time."""
        truths = self.truths(np.array([at_us]))
        return Truth(
            at_us,
            float(truths.client_load_kg[0]),
            float(truths.static_kg[0]),
            float(truths.bar_load_kg[0]),
            bool(truths.on_client[0]),
        )

    def truths(self, at_us: NDArray[np.int64]) -> Truths:
        """The same at many instants at once, shape (n,)."""
        return self._load.truths(at_us / 1e6)

    def outputs(self, board: int, at_us: int) -> tuple[int, int]:
        """The pattern playing on vibrator and buzzer at `at_us`, up to the last advance; 0 none."""
        return self._boards[board].outputs.playing(at_us)

    def reads(self, board: int) -> Reads:
        """What `board` reads until the end, without its frames: the conversions that `advance` sends of a board that
        nobody opens, pulls, stalls or has vibrate. Asking moves nothing.
        """
        chunks = Chunks(self._load, self._chunks.chunk_s)
        rows = list(ready_rows(self._channels(board, self._cell_specs), chunks, self.duration_us))
        return read_through(np.concatenate(rows, axis=1), self._stream(_READS, board), self.duration_us)

    def inputs(self) -> list[tuple[int, int]]:
        """The debounced inputs byte of board 0 from each time (us) on: a contact bounces some ms, then rests for 20."""
        draws = self._stream(_INPUTS)
        spans = [(INPUT_PEDAL, pressed) for pressed in self.scenario.pedal]
        if self.scenario.presence:
            spans += [(INPUT_PRESENCE, on) for on in self._load.on_s]
        edges = [(at_s, bit) for bit, span in spans for at_s in span if at_s <= self.scenario.duration_s]
        inputs, changes = 0, []
        for at_s, bit in sorted(edges):
            inputs ^= bit
            changes.append((round(at_s * 1e6) + int(draws.integers(*BOUNCE_US)) + DEBOUNCE_US, inputs))
        return changes

    # Building

    def _stream(self, *part: int) -> Generator:
        return Generator(PCG64(SeedSequence(self._seed, spawn_key=part)))

    def _therapist(self) -> Therapist:
        scenario = self.scenario
        acts: list[Act] = list(scenario.acts)
        rocking: list[Rocking] = []
        if scenario.work is not None:
            acts, rocking = draw_work(scenario.work, scenario.duration_s, len(scenario.supports), self._stream(_WORK))
        hands = Hands(
            acts,
            [len(support.cells) for support in scenario.supports],
            scenario.duration_s,
            self._stream(_HANDS),
            sway_kg=scenario.sway_kg,
            floor_kg=scenario.floor_kg,
            rocking=rocking,
            presence=scenario.presence,
        )
        body = Body(
            scenario.body_weight_kg,
            hands.leans,
            self._stream(_BODY),
            scale=scenario.motion_scale,
            strokes=scenario.strokes,
        )
        return Therapist(scenario.body_weight_kg, hands, body)

    def _specs(self) -> list[CellSpec]:
        if self._recording is not None:
            return [self._recording.cell()]
        type_counts_per_kg = self._stream(_TYPE).uniform(*COUNTS_PER_KG)
        drawn = [
            draw_cell(
                self._stream(_MOUNTING, *cell),
                type_counts_per_kg,
                self.scenario.quality,
                span_sd=self.scenario.span_sd,
                backwards=cell in self.scenario.backwards,
            )
            for cell in self.scenario.cells
        ]
        drift_kg_per_h = self.scenario.drift_kg_per_h / len(drawn)
        return [structs.replace(spec, drift_kg_per_h=drift_kg_per_h) for spec in drawn]

    def _board(self, board: int, specs: Sequence[CellSpec]) -> BoardTwin:
        draws = self._stream(_BOARD, board)
        parts = BoardParts(
            number=board,
            uid=draws.bytes(8),
            channels=self.scenario.channels(board),
            boots=int(draws.integers(1, 200)),
            uptime_us=int(draws.integers(*UPTIME_US)),
            ppm=int(draws.integers(-RESONATOR_PPM, RESONATOR_PPM + 1)),
            presence=self.scenario.presence and board == 0,
            inputs=self.inputs() if board == 0 else (),
            pulled=[_span(out.at_s, out.until_s) for out in self.scenario.unplugged if out.board == board],
            stalls=[_span(stall.at_s, stall.until_s) for stall in self.scenario.stalled if stall.board == board],
        )
        return BoardTwin(
            parts,
            ready(self._channels(board, specs), self._chunks, self.duration_us),
            self._stream(_READS, board),
            self._stream(_ANSWERS, board),
        )

    def _channels(self, board: int, specs: Sequence[CellSpec]) -> list[Channel]:
        return [
            self._channel(column, cell, spec)
            for column, (cell, spec) in enumerate(zip(self.scenario.cells, specs, strict=True))
            if cell[0] == board
        ]

    def _channel(self, column: int, cell: tuple[int, int], spec: CellSpec) -> Channel:
        draws = self._stream(_CHIP, *cell)
        rate_hz, phase = draws.uniform(*self.scenario.rate_hz), draws.random()
        faults = [
            fault for fault in self.scenario.cell_faults if fault.board == cell[0] and fault.channel in (None, cell[1])
        ]
        return Channel(
            number=cell[1],
            column=column,
            chip=Hx711(rate_hz, phase) if self._recording is None else self._recording.chip(phase),
            cell=Cell(spec, faults, *(self._stream(part, *cell) for part in (_NOISE, _GLITCHES, _DRIFT))),
            shake_hz=draws.uniform(*SHAKE_HZ),
            shake_phase=draws.uniform(0, 2 * pi),
        )


def recording_room(rows: Rows, seed: int, *, autostart: bool = False) -> Room:
    """A room in which a recording hangs on one bar with one cell."""
    return Room(recording_scenario(rows), seed, rows=rows, autostart=autostart)


def _board_name(board: int) -> str:
    return "abcd"[board]


def _span(at_s: float, until_s: float) -> Span:
    return Span(round(at_s * 1e6), round(until_s * 1e6))


def _at_us(delivery: Delivery) -> int:
    return delivery.at_us
