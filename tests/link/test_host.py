"""What a machine's files tell of a port: real file trees in a folder, read as the machine's own are."""

import os
import pty
from pathlib import Path

import pytest
from msgspec import structs

from bard.commission.facts import PortFacts
from bard.link.host import Host, may_open
from bard.link.rule import rule_text
from tests.link.machine import Machine

EXAMPLE = Path(__file__).parents[2] / "config" / "70-bard.rules"
BY_ID = "usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_bridge_by_its_name_is_known_in_all_it_hangs_on(machine: Machine) -> None:
    machine.plug()
    machine.record("ttyUSB0", "E:ID_MM_CANDIDATE=1")
    assert Host(machine.root).port(BY_ID).candidate
    machine.record("ttyUSB0", "E:ID_MM_DEVICE_IGNORE=1", "E:ID_BARD=1")
    found = Host(machine.root).port(BY_ID)
    assert found == PortFacts(
        path=f"/dev/serial/by-id/{BY_ID}",
        is_device=True,
        driver="ftdi_sio",
        usb_id="0403:6001",
        serial="A50285BI",
        latency_timer_ms=16,
        owner=found.owner,
        group=found.group,
        told_off=True,
        rule_works=True,
    )
    assert found.owner.endswith(" 0660")


def test_what_is_not_there_is_empty_not_guessed(machine: Machine) -> None:
    machine.plug("ttyUSB1", driver="ch341-uart", usb_id=("1a86", "7523"), serial="", timer="", by_id="")
    found = Host(machine.root).port("/dev/ttyUSB1")
    assert (found.driver, found.usb_id, found.serial) == ("ch341-uart", "1a86:7523", "")
    assert found.latency_timer_ms is None
    assert not found.stable_name
    assert not found.told_off
    assert not found.rule_works
    assert not Host(machine.root).port("/dev/ttyUSB9").exists


@pytest.mark.parametrize("port", ["sim://idle", "socket://127.0.0.1:1"])
def test_what_is_no_device_has_no_host(machine: Machine, port: str) -> None:
    assert Host(machine.root).port(port) == PortFacts(port)


def test_a_pty_is_no_device_of_this_machine() -> None:
    master, slave = pty.openpty()
    try:
        found = Host().port(os.ttyname(slave))
        assert not found.is_device
        assert found.exists
    finally:
        os.close(master)
        os.close(slave)


@pytest.mark.parametrize(
    ("mode", "uid", "gids", "may"),
    [
        (0o660, 0, {0}, True),
        (0o660, 1000, {1000}, False),
        (0o660, 1000, {1000, -1}, True),
        (0o640, 1000, {-1}, False),
        (0o666, 1000, {1000}, True),
        (0o060, -1, {-1}, False),
    ],
)
def test_who_may_open_it(machine: Machine, mode: int, uid: int, gids: set[int], may: bool) -> None:
    """-1 stands for the owner and the owner's group."""
    node = machine.plug(mode=mode)
    status = node.stat()
    uid = 4_000 if uid == -1 else uid
    own = os.stat_result((status.st_mode, *status[1:4], 4_000, 4_001, *status[6:]))
    assert may_open(own, uid, frozenset(4_001 if gid == -1 else gid for gid in gids)) is may


def test_who_has_it_open_is_named(machine: Machine) -> None:
    node = machine.plug()
    machine.run(7, "minicom", machine.write("home/notes", ""), node)
    machine.run(os.getpid(), "python", node)
    assert Host(machine.root).port(BY_ID).holder == "minicom (pid 7)"


def test_the_machine_itself(machine: Machine) -> None:
    facts = Host(machine.root, uid=1000).facts()
    assert (facts.user, facts.modem_manager, facts.rule) == ("pi", False, "")
    machine.run(9, "ModemManager")
    machine.write("etc/udev/rules.d/70-bard.rules", "")
    facts = Host(machine.root, uid=77).facts()
    assert (facts.user, facts.modem_manager, facts.rule) == ("77", True, "/etc/udev/rules.d/70-bard.rules")


# The rule

FTDI = PortFacts(
    "/dev/serial/by-id/usb-FTDI", True, driver="ftdi_sio", usb_id="0403:6001", serial="A50285BI", latency_timer_ms=16
)
CLONE = structs.replace(FTDI, path="/dev/serial/by-path/x", driver="ch341-uart", usb_id="1a86:7523", serial="")
SOCKET = "pci-0000:01:00.0-usb-0:1.2:1.0"


def test_the_rule_names_one_board_and_never_a_chip_alone() -> None:
    lines = [
        line for line in rule_text([("a", FTDI, SOCKET), ("b", CLONE, SOCKET)]).splitlines() if line[:1] not in "#"
    ]
    rules = [line for line in lines if line]
    assert len(rules) == 3
    for rule in rules:
        assert 'ATTRS{serial}=="A50285BI"' in rule or f'ENV{{ID_PATH}}=="{SOCKET}"' in rule
    assert sum('ATTR{latency_timer}="1"' in rule for rule in rules) == 1
    assert sum('ENV{ID_MM_DEVICE_IGNORE}="1"' in rule for rule in rules) == 2


@pytest.mark.parametrize("serial", ['A"B', "A*", "a[0-9]", "x$(reboot)", "two\nlines", ""])
def test_a_serial_number_that_means_something_to_udev_is_not_written(serial: str) -> None:
    text = rule_text([("a", structs.replace(FTDI, serial=serial), "")])
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert "neither a serial number nor a socket" in text


def test_a_board_that_is_not_plugged_in_is_a_comment() -> None:
    text = rule_text([("a", PortFacts("/dev/ttyUSB0", exists=False), "")])
    assert all(line.startswith("#") or not line for line in text.splitlines())
    assert "plug it in" in text


def test_the_example_that_is_shipped_is_what_is_made() -> None:
    assert EXAMPLE.read_text() == rule_text([("main", FTDI, SOCKET), ("second", CLONE, SOCKET)])


def test_the_machine_s_own_socket_is_read_from_udev(machine: Machine) -> None:
    machine.plug()
    assert Host(machine.root).physical_path(BY_ID) == SOCKET
    assert Host(machine.root).physical_path("/dev/ttyUSB5") == ""
