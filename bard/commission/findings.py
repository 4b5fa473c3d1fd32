"""The table of what a look at an installation can find: what each finding means and what to do.

One law: a finding is one row here, and docs/doctor.md is made from these rows (a test compares). What leads to it is
`bard.commission.doctor`.
"""

from enum import IntEnum

from msgspec import Struct


class Severity(IntEnum):
    """How much it matters, and the exit status of `bard doctor` where nothing worse was found."""

    NOTE = 0
    WARNING = 4
    FAULT = 5


class Meaning(Struct, frozen=True):
    """One row: what it means, and what to do."""

    severity: Severity
    meaning: str
    do: str


class Finding(Struct, frozen=True):
    """`about` a cell, a board or this machine; `found` says what, with the number."""

    id: str
    severity: Severity
    about: str
    found: str
    meaning: str
    do: str


_NOTE, _WARNING, _FAULT = Severity

FINDINGS: dict[str, Meaning] = {
    # The port
    "port_missing": Meaning(
        _FAULT,
        "nothing is on this port: the board is not plugged in, or is known by another name",
        "plug it in, then take its name from /dev/serial/by-id (or by-path) into the configuration",
    ),
    "port_permission": Meaning(
        _FAULT,
        "this user may not open the port",
        "sudo usermod -aG dialout USER, then log in anew; or install bard's udev rule (docs/wiring.md)",
    ),
    "port_busy": Meaning(
        _FAULT,
        "another program has the port, and a board talks to one at a time",
        "end that program: another bard, a serial monitor, the Arduino IDE",
    ),
    "port_unusable": Meaning(
        _FAULT, "the port cannot be opened", "look at the path in the configuration, then unplug and plug the board"
    ),
    "board_silent": Meaning(
        _FAULT,
        "the port opens and nothing comes: no power, no sketch, or not a board",
        "look whether its lamp blinks each second; if not: `make firmware`, `bard flash --first`",
    ),
    "board_unreadable": Meaning(
        _FAULT,
        "bytes come and none is a frame of bard: another sketch, or a rate that the bridge cannot do",
        "`bard flash --first`; if it stays, build with BAUD=115200 (docs/wiring.md) and try another USB cable",
    ),
    "wrong_baud": Meaning(
        _FAULT,
        "the configuration asks for a rate at which the board is not understood; at the other one it is",
        "remove `baud` from the board's table, or set the rate that was found",
    ),
    "fallback_baud": Meaning(
        _NOTE,
        "the board runs at 115200: four cells use half of the line, and its clock is 2 % off",
        "nothing, if the bridge cannot do 500000; else flash the usual sketch",
    ),
    "wrong_protocol": Meaning(
        _FAULT, "board and bard do not speak the same protocol", "`make firmware`, then `bard flash`"
    ),
    "no_hello": Meaning(
        _WARNING,
        "the board never said who it is, though it was asked: nothing reaches it, or it is too busy to answer",
        "look at the USB cable; press the board's reset button and look again",
    ),
    "not_streaming": Meaning(
        _FAULT,
        "the board speaks, but sends no conversions: none of its amplifiers answers",
        "look at VCC, GND, DT and SCK of the amplifiers (docs/wiring.md)",
    ),
    "board_twice": Meaning(_FAULT, "two boards of the configuration are the same one", "correct the ports"),
    "frames_damaged": Meaning(
        _WARNING,
        "bytes are lost or changed between board and bard; damaged frames are dropped whole, never believed",
        "shorter or better USB cable with ferrites, away from mains and motors; a powered hub",
    ),
    "frames_lost": Meaning(
        _WARNING,
        "whole frames are missing: the bridge or this machine could not keep up",
        "a powered hub, another USB socket; look what else keeps this machine busy",
    ),
    "board_restarted": Meaning(
        _FAULT,
        "the board restarted while it was looked at",
        "brown-out: a better supply, the motor on its own; watchdog: flash anew; external: is a reset line open?",
    ),
    "link_lost": Meaning(
        _FAULT,
        "the link was gone for a moment while it was looked at: plug, cable, hub or the board's supply",
        "another cable and socket, fixed so that nobody steps on it; a powered hub",
    ),
    "board_overrun": Meaning(
        _WARNING,
        "bytes on their way to the board were damaged: commands, its alarms among them, may come late",
        "as for damaged frames",
    ),
    "reads_abandoned": Meaning(
        _WARNING,
        "the board gave up reads half-way, since they took too long: their conversions are lost",
        "flash the usual sketch; nothing else may run on that board",
    ),
    "low_supply": Meaning(
        _WARNING,
        "the board's supply is low: amplifiers drift and motors reset the board",
        "a powered hub with a short cable; the motor on a supply of its own",
    ),
    "late_bytes": Meaning(
        _WARNING,
        "bytes are held back on their way: every alarm comes later by so much",
        "see the latency timer; else another USB socket or hub, and look what keeps this machine busy",
    ),
    "latency_timer": Meaning(
        _WARNING,
        "the FTDI bridge holds bytes back for so long",
        "install bard's udev rule (docs/wiring.md), or `echo 1 > /sys/class/tty/NAME/device/latency_timer`",
    ),
    "unstable_name": Meaning(
        _NOTE,
        "this name goes by the order of plugging in: after a restart it may be another device's",
        "use its name in /dev/serial/by-id; where the bridge has no serial number, the one in /dev/serial/by-path",
    ),
    "modem_manager": Meaning(
        _WARNING,
        "ModemManager runs and is not told to leave this port: it may send it modem commands for 10 s",
        "install bard's udev rule (docs/wiring.md), or `sudo apt-get remove modemmanager`",
    ),
    "rule_missing": Meaning(
        _NOTE,
        "bard's udev rule is not installed",
        "`bard doctor --udev-rule | sudo tee /etc/udev/rules.d/70-bard.rules`, then `sudo udevadm control --reload` "
        "and plug the board in anew",
    ),
    "rule_idle": Meaning(
        _WARNING,
        "bard's udev rule is installed, and does not know this board or has not seen it yet",
        "`sudo udevadm control --reload`, plug the board in anew; then write the rule again (rule_missing)",
    ),
    # The cell
    "channel_absent": Meaning(
        _FAULT, "the board has no such channel", "correct the channel in the configuration: 0 to 3 on the usual board"
    ),
    "cell_silent": Meaning(
        _FAULT,
        "its amplifier gives no conversions, or stopped: a wire of DT, SCK or its supply is off",
        "look at the four wires between amplifier and board; exchange the amplifier with another channel's",
    ),
    "cell_board_fault": Meaning(
        _FAULT,
        "the board calls the channel faulty",
        "silent, desync: wires of DT and SCK, a clock pin that two chips share; clock too long: flash the usual sketch",
    ),
    "cell_saturated": Meaning(
        _FAULT,
        "the converter stands at the end of its range: a broken wire of the cell, a short, or far too much load",
        "look at the cell's four wires at the amplifier (E+ E- A+ A-); take the load off; try the cell elsewhere",
    ),
    "cell_stuck": Meaning(
        _FAULT,
        "the same counts again and again: a live cell is never so still",
        "look at the wires of DT and SCK, and whether the amplifier has its supply; exchange the amplifier",
    ),
    "cell_spikes": Meaning(
        _FAULT,
        "so many single readings are wrong that none can be trusted",
        "shorter wires between amplifier and board, a ground with each; if it is mains hum: look at the cell's wires",
    ),
    "cell_noisy_fault": Meaning(
        _FAULT,
        "readings that no person can cause: mains hum on an open input, or a loose wire",
        "look at the cell's four wires and its screen; if the bars were moved meanwhile, let them hang and look again",
    ),
    "cell_noisy": Meaning(
        _WARNING,
        "single readings scatter more than those of a bad cell do",
        "screen joined at the amplifier only, 100 nF at each amplifier, cables away from mains and motors",
    ),
    "cell_glitches": Meaning(
        _WARNING,
        "single wrong readings, which bard leaves out: a poor link between amplifier and board",
        "shorter wires of DT and SCK, each with a ground beside it",
    ),
    "few_values": Meaning(
        _WARNING,
        "so few different readings: the amplifier loses its lowest bits, or the cell's supply is missing",
        "measure E+ against E- under power; exchange the amplifier",
    ),
    "slow_rate": Meaning(
        _WARNING,
        "the amplifier's RATE pin is low: 10 conversions a second are too slow to watch a person",
        "strap RATE to VCC (docs/wiring.md); or `allow_10_sps = true` for that board, and know what is missed",
    ),
    "odd_rate": Meaning(
        _WARNING,
        "neither 10 nor 80 conversions a second: a poor clone, or a clock pin that two chips share",
        "one clock pin to each amplifier; try another amplifier",
    ),
    "conversions_lost": Meaning(
        _WARNING,
        "conversions are missing between those that came",
        "see frames lost and damaged; else the board is too busy: flash the usual sketch",
    ),
    "no_headroom": Meaning(
        _WARNING,
        "with this load the converter is near the end of its range: a heavier one would saturate it",
        "bars free? then the cell has a large offset, from an overload or its mounting: use another one",
    ),
    "pushed": Meaning(
        _WARNING,
        "by its calibration the cell is pushed, though nobody pushes: its signal wires were swapped since",
        "swap A+ and A- back, or calibrate it as it is",
    ),
    "moving": Meaning(
        _NOTE,
        "the load changed while it was looked at: noise and states may be the hand's, not the cell's",
        "let the bars hang free and still for ten seconds and look again",
    ),
    "channel_quiet": Meaning(
        _NOTE,
        "nothing comes from this channel; without a configuration it is not known whether a cell should hang there",
        "if one hangs there: look at the four wires between its amplifier and the board",
    ),
    "calibration_unusable": Meaning(
        _FAULT,
        "the calibration cannot be read, or was changed by hand",
        "run this as bard's user, or a member of its group; else `bard calibration list` and go back to a good one",
    ),
    "uncalibrated": Meaning(_NOTE, "without a calibration there are no kilograms, and no session", "`bard calibrate`"),
    # Which is which
    "tap_other": Meaning(
        _FAULT,
        "another cell answers than the one that was pulled: two are exchanged, or the configuration is",
        "swap the two cells in the configuration, or their plugs, then calibrate anew",
    ),
    "tap_none": Meaning(
        _FAULT,
        "no cell answered: the pull goes around the cells, or was too light",
        "pull again, harder, close under the cell; look for a load path beside it (docs/mounting.md)",
    ),
    "tap_several": Meaning(
        _WARNING,
        "more than one cell answered alike: it cannot be told which is which",
        "pull closer under that one cell; if it stays, two amplifiers may share a clock pin",
    ),
    "tap_backwards": Meaning(
        _WARNING,
        "a pull down reads as less load: its signal wires were swapped since the calibration",
        "swap A+ and A- back, or calibrate it as it is",
    ),
}
"""By id, in the order in which they are looked for and shown."""


def finding(name: str, about: str, found: str, severity: Severity | None = None) -> Finding:
    """A finding of the table, as severe as its row or as given."""
    row = FINDINGS[name]
    return Finding(name, row.severity if severity is None else severity, about, found, row.meaning, row.do)
