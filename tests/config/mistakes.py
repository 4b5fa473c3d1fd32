"""A right configuration, and every mistake that can be made in it with the line that says so.

A line that ends in "..." may go on.
"""

GOOD = """\
station = "room-2"
terminal = false

[[boards]]
name = "main"
port = "/dev/ttyUSB0"
baud = 115200
presence = true

[[boards]]
name = "second"
port = "sim://demo?seed=1"

[[supports]]
name = "left bar"
cells = [{ board = "main", channel = 0 }, { board = "main", channel = 1 }]

[[supports]]
name = "pole"
kind = "pole"
cells = [{ board = "second", channel = 0 }]

[weigh]
box_rows = 30
gate_kg = 3

[phase]
step_down_after_s = 60

[control]
socket = "control.sock"

[journal]
directory = "../tapes"

[mqtt]
host = "broker.local"
password_file = "secret"
ca_file = "/etc/ssl/ca.pem"
"""


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


MISTAKES = {
    # Unknown keys: the closest first
    "unknown in a board": (
        changed("baud = 115200", "buad = 115200"),
        "boards[0].buad: unknown key; allowed: baud, name, port, allow_10_sps, presence, vibrator, buzzer",
    ),
    "unknown in a cell": (
        changed('{ board = "main", channel = 1 }', '{ board = "main", chanel = 1 }'),
        "supports[0].cells[1].chanel: unknown key; allowed: channel, board",
    ),
    "unknown table": (
        changed("[weigh]", "[wiegh]"),
        "wiegh: unknown key; allowed: weigh, wire, weigh_in, ...",
    ),
    "not a table of the file": (
        changed("[weigh]", "[core.weigh]"),
        "core: unknown key; allowed: boards, supports, station, wire, weigh, zero, uncertainty, phase, release, "
        "weigh_in, gesture, pedal, alarm, control, journal, studio, retention, mqtt, sound, gpio, hook, web, "
        "terminal",
    ),
    "unknown in mqtt": (
        changed("host =", "server = 1\nhost ="),
        "mqtt.server: unknown key; allowed: user, host, port, password_file, tls, ca_file, cert_file, key_file, "
        "keepalive_s, discovery, discovery_prefix, allow_session_commands",
    ),
    "a key with a line end": (changed("baud =", '"ba\\nud" ='), 'boards[0]."ba\\nud": unknown key; allowed: ...'),
    # Wrong types
    "text for a number": (
        changed("gate_kg = 3", 'gate_kg = "ten"'),
        'weigh.gate_kg: "ten"; allowed: a number above 0 and at most 50',
    ),
    "a fraction for a whole number": (
        changed("box_rows = 30", "box_rows = 30.5"),
        "weigh.box_rows: 30.5; allowed: a whole number from 1 to 200",
    ),
    "true for a number": (
        changed("gate_kg = 3", "gate_kg = true"),
        "weigh.gate_kg: true; allowed: a number above 0 and at most 50",
    ),
    "a number for a truth": (
        changed("presence = true", "presence = 1"),
        "boards[0].presence: 1; allowed: true or false",
    ),
    "a number for text": (changed('name = "second"', "name = 2"), "boards[1].name: 2; allowed: text matching ..."),
    "a date": (
        changed("gate_kg = 3", "gate_kg = 2026-01-01"),
        "weigh.gate_kg: 2026-01-01; allowed: ...",
    ),
    "a table for a list": (
        changed('cells = [{ board = "second", channel = 0 }]', 'cells = { board = "second", channel = 0 }'),
        "supports[1].cells: a table; allowed: a list of 1 to 8 tables",
    ),
    "text for a cell": (
        changed('cells = [{ board = "second", channel = 0 }]', 'cells = ["second/0"]'),
        'supports[1].cells[0]: "second/0"; allowed: a table',
    ),
    "a value for a table": (
        "mqtt = 3\n" + GOOD.partition("[mqtt]")[0],
        "mqtt: 3; allowed: a table",
    ),
    # Out of range
    "negative": (changed("gate_kg = 3", "gate_kg = -2"), "weigh.gate_kg: -2; allowed: a number above 0 and at most 50"),
    "nan": (changed("gate_kg = 3", "gate_kg = nan"), "weigh.gate_kg: nan; allowed: a number above 0 and at most 50"),
    "inf": (changed("gate_kg = 3", "gate_kg = inf"), "weigh.gate_kg: inf; allowed: a number above 0 and at most 50"),
    "too much": (
        changed("box_rows = 30", f"box_rows = {10**30}"),
        f"weigh.box_rows: {10**30}; allowed: a whole number from 1 to 200",
    ),
    "an optional one": (
        changed("step_down_after_s = 60", "step_down_after_s = 1"),
        "phase.step_down_after_s: 1; allowed: a number from 5 to 3600",
    ),
    "large numbers in full": (
        GOOD + "[alarm]\nrealarm_load_us = 1\n",
        "alarm.realarm_load_us: 1; allowed: a whole number from 1000000 to 600000000",
    ),
    "a rate that none is": (changed("115200", "9600"), "boards[0].baud: 9600; allowed: 115200, 500000"),
    "a prefix for all topics": (
        changed("[mqtt]\n", '[mqtt]\ndiscovery_prefix = "home/#"\n'),
        'mqtt.discovery_prefix: "home/#"; allowed: text matching ^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+){0,3}\\Z',
    ),
    "a kind that none is": (
        changed('kind = "pole"', 'kind = "mast"'),
        'supports[1].kind: "mast"; allowed: "bar", "pole", "rope", "strap"',
    ),
    "a name with a slash": (
        changed('"main"', '"main/1"'),
        'boards[0].name: "main/1"; allowed: text matching ^[A-Za-z0-9][A-Za-z0-9 _-]{0,31}\\Z',
    ),
    "no cells": (
        changed('cells = [{ board = "second", channel = 0 }]', "cells = []"),
        "supports[1].cells: a list of 0; allowed: a list of 1 to 8 tables",
    ),
    "nine channels": (
        changed("channel = 1 }", "channel = 8 }"),
        "supports[0].cells[1].channel: 8; allowed: a whole number from 0 to 7",
    ),
    "out of order": (
        changed("[phase]", "[phase]\ntake_kg = 2.0"),
        "phase: release_kg 2.5 must be below take_kg 2.0",
    ),
    # Missing
    "empty": ("", "boards: missing; allowed: a list of 1 to 4 tables"),
    "no supports": (GOOD.partition("[[supports]]")[0], "supports: missing; allowed: a list of 1 to 16 tables"),
    "no port": (changed('port = "/dev/ttyUSB0"\n', ""), "boards[0].port: missing; allowed: text"),
    "no channel": (
        changed(", channel = 1", ""),
        "supports[0].cells[1].channel: missing; allowed: a whole number from 0 to 7",
    ),
    "no host": (changed('host = "broker.local"\n', ""), "mqtt.host: missing; allowed: text"),
    # The room as a whole
    "cell twice": (
        changed('cells = [{ board = "second", channel = 0 }]', 'cells = [{ board = "main", channel = 1 }]'),
        "supports[1].cells[0]: cell 'main/1' is used twice; allowed: once each",
    ),
    "board name twice": (
        changed('name = "second"', 'name = "main"'),
        "boards[1].name: board name 'main' is used twice; allowed: once each",
    ),
    "port twice": (
        changed("sim://demo?seed=1", "/dev/ttyUSB0"),
        "boards[1].port: board port '/dev/ttyUSB0' is used twice; allowed: once each",
    ),
    "support twice": (
        changed('name = "pole"', 'name = "left bar"'),
        "supports[1].name: support name 'left bar' is used twice; allowed: once each",
    ),
    "no such board": (
        changed('{ board = "second", channel = 0 }', '{ board = "third", channel = 0 }'),
        "supports[1].cells[0].board: cell third/0: no board 'third'; allowed: main, second",
    ),
    "presence twice": (
        changed('name = "second"', 'name = "second"\npresence = true'),
        "boards[1].presence: presence is wired to more than one board; allowed: one",
    ),
    # The ways out
    "no line": (GOOD + "[gpio]\n", "gpio: neither vibrator_line nor buzzer_line is set; allowed: one of them or both"),
    "a line twice": (
        GOOD + "[gpio]\nvibrator_line = 4\nbuzzer_line = 4\n",
        "gpio: vibrator_line and buzzer_line are both 4; allowed: two lines",
    ),
    "a chip that is no device": (
        GOOD + '[gpio]\nvibrator_line = 4\nchip = "gpiochip0"\n',
        'gpio.chip: "gpiochip0"; allowed: text matching ^/dev/[A-Za-z0-9_/.-]+\\Z',
    ),
    "a key without its certificate": (
        GOOD + '[web]\nkey_file = "web.key"\n',
        "web: key_file is set and cert_file is not; allowed: both, or cert_file alone",
    ),
    "a unit nobody reads": (GOOD + '[web]\nunits = "st"\n', 'web.units: "st"; allowed: "N", "kg", "lb"'),
    "no command": (GOOD + "[hook]\nargv = []\n", "hook.argv: a list of 0; allowed: a list of 1 to 32 values"),
    "a command line for a list": (
        GOOD + '[hook]\nargv = "ring loud"\n',
        'hook.argv: "ring loud"; allowed: a list of 1 to 32 values',
    ),
    "a program somewhere": (
        GOOD + '[hook]\nargv = ["./ring", "loud"]\n',
        'hook: argv begins with "./ring"; allowed: a whole path, or the name of a program on PATH',
    ),
    "a zero byte": (
        GOOD + '[hook]\nargv = ["ring", "a\\u0000b"]\n',
        "hook: argv has a zero byte in it; allowed: text without",
    ),
    "no volume": (
        GOOD + "[sound]\nvolume = 0\n",
        "sound.volume: 0; allowed: a number from 0.05 to 1",
    ),
    # Paths
    "an empty path": (changed('"control.sock"', '""'), 'control.socket: ""; allowed: a path'),
    "an impossible path": (changed('"secret"', '"a\\u0000b"'), 'mqtt.password_file: "a\\u0000b"; allowed: a path'),
    # Syntax
    "no value": (changed("box_rows = 30", "box_rows = "), "line 24, column 12: Invalid value"),
    "twice the same": (
        changed("gate_kg = 3", "gate_kg = 3\ngate_kg = 4"),
        "line 26, column 12: Cannot overwrite a value",
    ),
    "unclosed": ("boards = [\n  1,\n  2", "line 3, column 4: Unclosed array (the file ends here)"),
    "no TOML": ("boards:\n  - name: main\n", "line 1, column 7: Expected '=' after a key in a key/value pair"),
    "very deep": ("a = " + "[" * 100_000, "nested too deeply"),
}
