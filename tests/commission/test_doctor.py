"""Each finding by its cause: simulated, seeded rooms and real recordings, looked at in virtual time."""

import numpy as np
import pytest
from msgspec import structs

from bard.commission.capture import BoardCapture
from bard.commission.doctor import judge, verdict
from bard.commission.facts import BoardFacts, CellFacts, Facts, HostFacts, PortFacts
from bard.commission.findings import FINDINGS, Severity
from bard.commission.measure import measure
from bard.settings import BoardSettings, CellSettings, CoreSettings, RoomSettings, SupportSettings, WeighSettings
from bard.simulate import SCENARIOS, Room, recording_room
from bard.simulate.cells import CellFault
from bard.simulate.recordings import Rows
from bard.simulate.scenario import Stalled
from bard.wire.decoder import encode
from bard.wire.frames import Conversion, Hello, Samples, Status
from tests.commission.looking import damaging, findings, ids, lasting, look, losing
from tests.recordings import load

IDLE = lasting(SCENARIOS["idle"])


def broken(*kinds: str, channel: int | None = 0, from_s: float = 0.0, until_s: float = 99.0) -> object:
    """The room at rest with this wrong in it."""
    faults = tuple(CellFault(kind, from_s, until_s, channel=channel) for kind in kinds)  # type: ignore[arg-type]
    return structs.replace(IDLE, cell_faults=faults)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_good_room_has_nothing(seed: int) -> None:
    found = findings(IDLE, seed=seed)
    assert found == []
    assert verdict(found) is Severity.NOTE


def test_the_figures_are_those_of_the_room() -> None:
    room = Room(IDLE, 5, autostart=True)
    facts, _ = look(room)
    assert facts.boards[0].firmware == "1.0.0"
    assert facts.boards[0].supply_mv == 4950
    assert len(facts.cells) == 4
    for cell, true in zip(facts.cells, room.cells, strict=True):
        assert 9.9 < cell.seconds < 10.1
        assert cell.rate_hz == pytest.approx(cell.conversions / cell.seconds, rel=0.01)
        assert (cell.lost or 0) < 10
        assert cell.noise_counts == pytest.approx(150, rel=0.25)
        assert cell.noise_kg == pytest.approx(cell.noise_counts / abs(true.counts_per_kg))
        assert abs(cell.load_kg or 9) < 0.02
        assert cell.low_counts < cell.middle_counts < cell.high_counts  # type: ignore[operator]
        assert 300 < (cell.unique or 0) < cell.conversions
        assert cell.states == {}


CELLS = {
    "silent": (broken("silent"), "cell_silent", "not one conversion"),
    "it falls silent while we look": (broken("silent", from_s=6), "cell_board_fault", "silent"),
    "saturated": (broken("saturated"), "cell_saturated", "100% of the time, 80"),
    "saturated now and then": (broken("saturated", from_s=8), "cell_saturated", "readings at the rail"),
    "stuck": (broken("stuck", from_s=1), "cell_stuck", "readings, all"),
    "open input": (broken("open"), "cell_spikes", "of the time"),
    "glitches": (broken("poor", channel=None), "cell_glitches", "single wrong readings"),
    "10 a second": (structs.replace(IDLE, rate_hz=(9.4, 10.6)), "slow_rate", "runs at 1"),
    "40 a second": (structs.replace(IDLE, rate_hz=(39, 41)), "odd_rate", "alarms up to 0.2 s late"),
    "a hand on the bar": (lasting(SCENARIOS["slip"]), "moving", "counts between"),
    "no calibration": (IDLE, "uncalibrated", "no calibration"),
}


@pytest.mark.parametrize("name", CELLS)
def test_each_fault_of_a_cell_is_found_with_its_number(name: str) -> None:
    scenario, wanted, words = CELLS[name]
    at_s = {"a hand on the bar": 18.0, "10 a second": 4.0}.get(name, 2.0)
    found = findings(scenario, at_s, calibrated=name != "no calibration")  # type: ignore[arg-type]
    of_it = [one for one in found if one.id == wanted]
    assert of_it, found
    assert words in of_it[0].found
    assert of_it[0].about.endswith(("cell 1", "cell 2"))
    assert of_it[0].severity is FINDINGS[wanted].severity


@pytest.mark.parametrize("name", ["silent", "saturated", "stuck", "open input"])
def test_a_fault_is_one_cell_s_and_is_told_once(name: str) -> None:
    found = findings(CELLS[name][0])  # type: ignore[arg-type]
    assert {one.about for one in found} == {"left bar, cell 1"}
    assert len(found) == 1
    assert verdict(found) is Severity.FAULT


def test_a_board_that_may_run_at_10_is_only_noted() -> None:
    facts, settings = look(Room(structs.replace(IDLE, rate_hz=(9.4, 10.6)), 3, autostart=True))
    board = structs.replace(facts.boards[0], allow_10_sps=True)
    found = judge(structs.replace(facts, boards=(board,)), settings)
    assert {one.id for one in found} == {"slow_rate"}
    assert verdict(found) is Severity.NOTE


def test_damaged_and_lost_frames_are_told_apart() -> None:
    damaged = findings(IDLE, line=damaging(1, 0.05))
    assert "frames_damaged" in ids(damaged)
    assert "frames_lost" not in ids(damaged)
    assert "crc" in next(one.found for one in damaged if one.id == "frames_damaged")
    lost = findings(IDLE, line=losing(1, 0.05))
    assert "frames_lost" in ids(lost)
    assert "frames_damaged" not in ids(lost)
    assert "conversions_lost" in ids(lost)


def test_a_board_that_is_too_busy_loses_conversions() -> None:
    stalls = tuple(Stalled(at_s, at_s + 0.08) for at_s in (4, 5, 6, 7, 8, 9))
    assert "conversions_lost" in ids(findings(structs.replace(IDLE, stalled=stalls)))


# Recordings of real faults


def test_the_open_input_that_was_recorded_is_a_fault() -> None:
    columns = load("open_input_fault")
    rows = Rows(
        times_s=columns["t_s"].tolist(),
        values=columns["force_kgf"].tolist(),
        mode="sampled",
        unit="kg",
        rails=True,
        body_weight_kg=0.0,
    )
    facts, settings = look(recording_room(rows, 1, autostart=True), 2.5)
    found = judge(facts, settings)
    assert ids(found) & {"cell_saturated", "cell_spikes", "cell_noisy_fault"}
    assert verdict(found) is Severity.FAULT


def test_the_corrupt_link_that_was_recorded_is_a_fault() -> None:
    """Its own stream, 15 % of it wrong: every conversion as it was read."""
    force_n = load("hx717_corrupt_link")["force_n"]
    counts = np.rint(force_n / 9.80665 * 4_000).astype(int)
    conversions = [(round(index * 1e6 / 86), int(count)) for index, count in enumerate(counts[:860])]
    cell = measure("bar", "a/0", conversions, (0, 10_000_000), WeighSettings(), None)
    assert (cell.gated_share or 0) > 0.15
    assert cell.states.get("spikes", 0) > 0.9
    found = judge(_facts(cell), _settings())
    assert {one.id for one in found} == {"cell_spikes", "uncalibrated"}


def test_the_spikes_that_were_recorded_are_a_warning() -> None:
    """133 spikes of 8960 samples at a rate four times the usual: 1.5 %, which the gate leaves out."""
    force_n = load("hx717_load_hold_spikes")["force_n"][2500:6000]
    counts = np.rint(force_n / 9.80665 * 20_000).astype(int)
    conversions = [(round(index * 1e6 / 86), int(count)) for index, count in enumerate(counts[:860])]
    cell = measure("bar", "a/0", conversions, (0, 10_000_000), WeighSettings(), None)
    assert "cell_glitches" in ids(judge(_facts(cell), _settings()))


# The board and its port


def _settings(boards: int = 1) -> CoreSettings:
    names = ("a", "b")[:boards]
    return CoreSettings(
        RoomSettings(
            tuple(BoardSettings(name, f"/dev/{name}") for name in names),
            tuple(SupportSettings(f"bar {name}", (CellSettings(name, 0),)) for name in names),
        )
    )


GOOD = BoardFacts(
    "a",
    "/dev/a",
    "up",
    True,
    10.0,
    500_000,
    None,
    None,
    50_000,
    2_700,
    protocol=1,
    firmware="1.0.0",
    uid="00",
    channels=4,
)
NO_HOST = HostFacts()
WELL = CellFacts("bar a, cell 1", "a/0", 10.0, 860, True, 86.0, 0, 150.0, 0.007, 100, -400, 600, 430, 0, 0.0, 0.0, 2e4)


def _facts(
    cell: CellFacts = WELL, host: HostFacts = NO_HOST, port: PortFacts | None = None, **of_board: object
) -> Facts:
    board = structs.replace(GOOD, **of_board)
    return Facts("ports", 10.0, (board,), (cell,), {"a": port} if port else {}, host)


BOARDS: dict[str, tuple[dict[str, object], str]] = {
    "port_missing": ({"found": False, "state": "no such port", "bytes": None}, "/dev/a"),
    "port_permission": (
        {"found": False, "state": "no permission: add this user to the group dialout", "bytes": None},
        "no permission",
    ),
    "port_busy": ({"found": False, "state": "in use by another program", "bytes": None}, "in use"),
    "port_unusable": ({"found": False, "state": "not a serial port", "bytes": None}, "not a serial port"),
    "board_silent": ({"found": False, "state": "waiting for the board", "bytes": 0}, "not a byte"),
    "board_unreadable": ({"found": False, "state": "probing 115200", "bytes": 7_654}, "7654 bytes"),
    "wrong_baud": ({"found": False, "wanted_baud": 500_000, "good_baud": 115_200}, "answers at 115200"),
    "fallback_baud": ({"baud": 115_200}, "115200"),
    "wrong_protocol": ({"protocol": 2}, "protocol 2"),
    "no_hello": ({"protocol": None}, "no hello"),
    "not_streaming": ({"seconds": 0.0}, "no conversion"),
    "frames_damaged": ({"frames_bad": 100, "bad_by_reason": {"crc": 90, "cobs": 10}}, "90 crc"),
    "frames_lost": ({"frames_missed": 60}, "60 frames"),
    "board_restarted": ({"boots": 2, "reset_cause": 3}, "brown-out"),
    "link_lost": ({"losses": 1}, "1 times in 10 s"),
    "board_overrun": ({"rejected": 3}, "3 in 10 s"),
    "reads_abandoned": ({"abandoned": 4}, "4 in 10 s"),
    "low_supply": ({"supply_mv": 4_210}, "4.21 V"),
    "late_bytes": ({"late_ms": 8.2}, "8 ms"),
}


@pytest.mark.parametrize("name", BOARDS)
def test_each_finding_about_a_board(name: str) -> None:
    changes, words = BOARDS[name]
    found = judge(_facts(**changes), _settings())
    assert [one.id for one in found] == [name]
    assert words in found[0].found
    assert found[0].about == "board a"


DEVICE = PortFacts(
    "/dev/ttyUSB0", True, driver="ftdi_sio", usb_id="0403:6001", told_off=True, rule_works=True, latency_timer_ms=1
)
HOST = HostFacts("pi", modem_manager=True, rule="/etc/udev/rules.d/70-bard.rules")
PORTS: dict[str, tuple[dict[str, object], dict[str, object], str]] = {
    "port_permission": ({"may_open": False, "owner": "root:dialout 0660"}, {}, "root:dialout 0660; this is pi"),
    "port_busy": ({"holder": "minicom (pid 7)"}, {}, "minicom"),
    "unstable_name": ({"stable_name": False}, {}, "/dev/ttyUSB0"),
    "latency_timer": ({"latency_timer_ms": 16}, {}, "16 ms"),
    "modem_manager": ({"told_off": False, "candidate": True}, {}, "as a modem, perhaps"),
    "rule_missing": ({}, {"rule": ""}, "70-bard.rules"),
    "rule_idle": ({"rule_works": False}, {}, "has not touched"),
}


@pytest.mark.parametrize("name", PORTS)
def test_each_finding_about_a_port(name: str) -> None:
    of_port, of_host, words = PORTS[name]
    assert judge(_facts(host=HOST, port=DEVICE), _settings()) == []
    port, host = structs.replace(DEVICE, **of_port), structs.replace(HOST, **of_host)
    found = judge(_facts(host=host, port=port), _settings())
    assert [one.id for one in found] == [name]
    assert words in found[0].found
    assert judge(_facts(host=host, port=structs.replace(port, is_device=False)), _settings()) == []


def test_cells_of_a_board_that_is_not_there_are_not_judged() -> None:
    nothing = CellFacts("bar a, cell 1", "a/0", 0.0, 0, True)
    assert [one.id for one in judge(_facts(nothing, found=False, bytes=0, state="probing 500000"), _settings())] == [
        "board_silent"
    ]


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"noise_kg": 0.15}, "cell_noisy"),
        ({"noise_kg": None, "calibrated": True, "noise_counts": 2_500.0}, "cell_noisy"),
        ({"unique": 7}, "few_values"),
        ({"load_kg": -2.4}, "pushed"),
        ({"unique": 1}, "cell_stuck"),
        ({"high_counts": 8_000_000, "low_counts": 7_999_500}, "no_headroom"),
        ({"states": {"noisy": 0.5}}, "cell_noisy_fault"),
        ({"key": "a/6"}, "channel_absent"),
    ],
)
def test_other_findings_about_a_cell(changes: dict[str, object], wanted: str) -> None:
    found = judge(_facts(structs.replace(WELL, **changes)), _settings())
    assert [one.id for one in found] == [wanted]


def test_the_same_board_on_two_ports_is_found() -> None:
    other = structs.replace(GOOD, name="b", port="/dev/b")
    facts = structs.replace(_facts(), boards=(GOOD, other))
    assert [(one.id, one.about) for one in judge(facts, _settings(2))] == [("board_twice", "board b")]


def test_a_gap_in_sequence_or_a_restart_is_counted() -> None:
    capture = BoardCapture()
    hello = Hello(1, (1, 0, 0), b"12345678", 4, 3, 4, 0)
    seq = 0
    for step in range(200):
        now_us = 1_000_000 + step * 10_000
        seq += 1 + (step == 150) * 3
        capture.receive_data(encode(Samples(seq, now_us, 0, (Conversion(0, 100, step),))), now_us + 500)
        if step == 120:
            capture.receive_data(encode(Status(9, (5,), 1, 0, 2, 0, 5_000, 0, 0)), now_us + 600)
        if step == 160:
            capture.receive_data(encode(Status(9, (9,), 2, 0, 4, 1, 4_000, 0, 0)), now_us + 600)
        if step in (0, 130):
            capture.receive_data(encode(structs.replace(hello, boot=4 + step)), now_us + 700)
    facts = capture.facts("a", "p", "up", 3_000_000)
    assert facts.frames_missed == 3
    assert facts.boots == 1
    assert (facts.missed, facts.abandoned, facts.rejected, facts.supply_mv) == (4, 1, 3, 4_000)
    assert ids(judge(Facts("ports", 1, (facts,), ()), _settings())) >= {"board_restarted", "low_supply"}


def test_every_finding_is_of_the_table_and_says_what_to_do() -> None:
    for name, row in FINDINGS.items():
        assert name == name.lower()
        assert row.meaning[0].islower() or row.meaning.startswith(("ModemManager",)), name
        assert len(row.do) > 10
        assert "safe" not in f"{row.meaning} {row.do}".split()
