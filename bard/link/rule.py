"""bard's udev rule: ModemManager keeps off its boards, FTDI bridges do not hold bytes back, and both can be seen.

One law: it names single boards, by the bridge's serial number or by the socket it is plugged into, never by the chip
alone: the same chips are in printers, modems and radios. It writes no file.
"""

from bard.commission.facts import PortFacts

HEAD = """\
# bard: the boards of this machine, by `bard doctor --udev-rule` (docs/wiring.md). Boards changed? Make it anew.
# Only the boards named here are touched: chips like theirs are in other devices too.
"""
_SET = 'ENV{ID_MM_DEVICE_IGNORE}="1", ENV{ID_MM_PORT_IGNORE}="1", ENV{ID_BARD}="1", GROUP="dialout", MODE="0660"'
_FTDI = "ftdi_sio"


def rule_text(boards: list[tuple[str, PortFacts, str]]) -> str:
    """The file for these boards: (name, facts, udev's ID_PATH). What cannot be told from others is a comment."""
    return HEAD + "".join(_lines(*board) for board in boards)


def _lines(name: str, port: PortFacts, physical_path: str) -> str:
    if not port.is_device:
        return f"\n# board {name}: {port.path} is no device on this machine now: plug it in and make this file anew\n"
    vendor, _, product = port.usb_id.partition(":")
    if port.serial and product and _plain(port.serial):
        which = f'ATTRS{{idVendor}}=="{vendor}", ATTRS{{idProduct}}=="{product}", ATTRS{{serial}}=="{port.serial}"'
        note = f"# board {name}: by its bridge's serial number"
    elif physical_path and _plain(physical_path):
        which = f'ENV{{ID_PATH}}=="{physical_path}"'
        note = f"# board {name}: its bridge has no serial number, so it is known by its socket: leave it there"
    else:
        return f"\n# board {name}: {port.path} has neither a serial number nor a socket that udev knows\n"
    lines = f'\n{note}\nACTION!="remove", SUBSYSTEM=="tty", {which}, {_SET}\n'
    if port.driver == _FTDI:
        lines += f'ACTION!="remove", SUBSYSTEM=="usb-serial", DRIVER=="{_FTDI}", {which}, ATTR{{latency_timer}}="1"\n'
    return lines


def _plain(text: str) -> bool:
    """No character that means something to udev: patterns, quotes, line ends."""
    return text.isprintable() and not any(character in text for character in '"\\*?[]|$%')
