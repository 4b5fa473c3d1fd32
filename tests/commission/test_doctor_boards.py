"""Each finding about boards, their ports and this machine, from facts made by hand."""

import pytest
from msgspec import structs

from bard.commission.capture import BoardCapture
from bard.commission.doctor import judge
from bard.commission.facts import CellFacts, Facts, HostFacts, PortFacts
from bard.commission.findings import FINDINGS
from bard.wire.decoder import encode
from bard.wire.frames import Conversion, Hello, Samples, Status
from tests.commission.looking import GOOD, WELL, facts_of, ids, settings_of

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
    found = judge(facts_of(**changes), settings_of())
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
    assert judge(facts_of(host=HOST, port=DEVICE), settings_of()) == []
    port, host = structs.replace(DEVICE, **of_port), structs.replace(HOST, **of_host)
    found = judge(facts_of(host=host, port=port), settings_of())
    assert [one.id for one in found] == [name]
    assert words in found[0].found
    assert judge(facts_of(host=host, port=structs.replace(port, is_device=False)), settings_of()) == []


def test_cells_of_a_board_that_is_not_there_are_not_judged() -> None:
    nothing = CellFacts("bar a, cell 1", "a/0", 0.0, 0, True)
    assert [
        one.id for one in judge(facts_of(nothing, found=False, bytes=0, state="probing 500000"), settings_of())
    ] == ["board_silent"]


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
    found = judge(facts_of(structs.replace(WELL, **changes)), settings_of())
    assert [one.id for one in found] == [wanted]


def test_the_same_board_on_two_ports_is_found() -> None:
    other = structs.replace(GOOD, name="b", port="/dev/b")
    facts = structs.replace(facts_of(), boards=(GOOD, other))
    assert [(one.id, one.about) for one in judge(facts, settings_of(2))] == [("board_twice", "board b")]


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
    assert ids(judge(Facts("ports", 1, (facts,), ()), settings_of())) >= {"board_restarted", "low_supply"}


def test_every_finding_is_of_the_table_and_says_what_to_do() -> None:
    for name, row in FINDINGS.items():
        assert name == name.lower()
        assert row.meaning[0].islower() or row.meaning.startswith(("ModemManager",)), name
        assert len(row.do) > 10
        assert "safe" not in f"{row.meaning} {row.do}".split()


def test_what_a_bare_port_and_a_bad_calibration_come_to() -> None:
    uncalibrated = structs.replace(WELL, calibrated=False, noise_kg=None)
    bare = structs.replace(facts_of(uncalibrated), how="bare", quiet_channels=("channel 3",))
    assert [(one.id, one.about) for one in judge(bare, settings_of())] == [("channel_quiet", "channel 3")]
    unusable = structs.replace(facts_of(), calibration="calibration.json: changed by hand")
    assert [(one.id, one.found) for one in judge(unusable, settings_of())] == [
        ("calibration_unusable", "calibration.json: changed by hand")
    ]
