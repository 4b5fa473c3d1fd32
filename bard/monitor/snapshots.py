"""The room at its last row, for people: built when asked for, never on the path from byte to alarm."""

from math import nan
from typing import NamedTuple

from msgspec import structs

from bard.alarm.detector import in_words
from bard.messages import (
    AlarmSnapshot,
    CellSnapshot,
    SessionSnapshot,
    Snapshot,
    SupportSnapshot,
    WeighInSnapshot,
    known,
)
from bard.monitor.boards import Board
from bard.monitor.decisions import Decisions
from bard.monitor.watch import numbers_of
from bard.settings import CoreSettings
from bard.weigh.path import Weigher, total_kg
from bard.weigh.state import IN_WORDS, CellState


class Loads(NamedTuple):
    """One row's loads in kg, NaN where unknown; the client's are NaN while nobody is on."""

    at_us: int
    client_slow_kg: float
    client_fast_kg: float
    bar_slow_kg: float
    bar_fast_kg: float


def take_snapshot(
    settings: CoreSettings, decisions: Decisions, weigher: Weigher, boards: tuple[Board, ...], calibration: str | None
) -> Snapshot:
    """`calibration`: the digest of the one in use, None while a cell has none."""
    facts, weighed, watch = decisions.facts, decisions.weighed, decisions.watch
    zero_kg, hung, weigh_in = decisions.zero.total_kg, watch.fresh_hung(facts.at_us), watch.weigh_in
    warnings = zip(boards, decisions.health.board_warnings, strict=True)
    return Snapshot(
        at_us=facts.at_us,
        station=settings.room.station,
        session=_session(decisions),
        phase=watch.phase.value,
        phase_since_us=watch.phases.since_us,
        client_load_kg=known(facts.client_slow_kg),
        client_load_fast_kg=known(facts.client_fast_kg),
        u_kg=known(facts.slow_u_kg),
        u_fast_kg=known(facts.fast_u_kg),
        bar_load_kg=known(facts.bar_slow_kg),
        bar_load_fast_kg=known(weighed.fast_kg - zero_kg if weighed else nan),
        supports=_supports(settings, decisions, weigher),
        boards=tuple(board.snapshot(facts.at_us, words) for board, words in warnings),
        alarms=_alarms(decisions),
        vibrator=decisions.signal.vibrator,
        buzzer=decisions.signal.buzzer,
        signal_of=decisions.signal.condition,
        audio_paused_s=max(0.0, (decisions.selector.paused_until_us - facts.at_us) / 1e6),
        calibration=calibration,
        zero=decisions.zero.snapshot(facts.at_us),
        weigh_in=WeighInSnapshot(weigh_in.words, hung.kg if hung else None) if weigh_in else None,
        hung_kg=hung.kg if hung else None,
    )


def _session(decisions: Decisions) -> SessionSnapshot | None:
    session = decisions.watch.session
    if session is None:
        return None
    numbers = structs.asdict(numbers_of(session))
    return SessionSnapshot(**numbers, started_us=session.started_us, zones=session.zones, id=session.id)


def _supports(settings: CoreSettings, decisions: Decisions, weigher: Weigher) -> tuple[SupportSnapshot, ...]:
    weighed = decisions.weighed
    count = len(weigher.cells)
    loads_kg = decisions.zero.net_kg(weighed.cell_slow_kg) if weighed else [nan] * count
    states = weighed.states if weighed else [CellState.SILENT] * count
    names, supports, index = settings.room.cell_names, [], 0
    for support, own in zip(settings.room.supports, decisions.health.supports, strict=True):
        cells = []
        for number, settings_of_cell in enumerate(support.cells, start=index):
            cell, state, health = weigher.cells[number], states[number], decisions.health.cells[number]
            cells.append(
                CellSnapshot(
                    name=names[number],
                    key=settings_of_cell.key,
                    load_kg=known(loads_kg[number]),
                    counts=cell.median if state < CellState.SETTLING else None,
                    state=state.name.lower(),
                    words=IN_WORDS[state],
                    gated=cell.gated_in_window,
                    conversions=cell.conversions,
                    rate_hz=known(health.rate_hz),
                    noise_kg=known(health.noise_kg),
                    drift_kg=known(health.drift_kg),
                    warnings=health.warnings,
                )
            )
        total = total_kg(loads_kg[index : index + len(cells)])
        supports.append(SupportSnapshot(support.name, known(total), tuple(cells), known(own.share), own.warnings))
        index += len(cells)
    return tuple(supports)


def _alarms(decisions: Decisions) -> tuple[AlarmSnapshot, ...]:
    facts = decisions.facts
    return tuple(
        AlarmSnapshot(
            id=alarm.condition.id,
            state=alarm.state.value,
            priority=alarm.priority.name.lower(),
            meaning=alarm.condition.meaning,
            subjects=in_words(alarm.subjects),
            since_us=alarm.active_us,
            value_kg=known(alarm.condition.reading.value(facts)),
            limit_kg=known(alarm.condition.limit(facts)),
            u_kg=known(alarm.condition.reading.u(facts)),
        )
        for alarm in sorted(decisions.detector.shown(), key=lambda alarm: (-alarm.priority, -alarm.active_us))
    )
