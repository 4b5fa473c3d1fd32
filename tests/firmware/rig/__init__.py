"""The rig: the firmware's real ELF in simavr, with HX711 chips, a serial line, inputs and faults around it.

`run(script, ...)` runs flat out and gives a Log; `Live` runs in real time behind a pty (see live.py, and
`python -m tests.firmware.rig --help`). A script is a list of (microseconds, "verb args"); the verbs:

    load CH COUNTS [RAMP_US]    noise CH COUNTS       glitch CH COUNTS (one conversion)
    unplug CH / plug CH         short CH [0|1]        slip CH (misses a clock pulse, of an even conversion)
    swallow CH N (kept back)    brownout CH (resets)  clone CH 1 (wakes without its settling silence)
    host HEX                    input presence|pedal 0|1
    reset power|external|brownout|bootloader|cold     hang (until the watchdog)   power 0|1
    stretch US (the next clock pulse)                 line 0|1 (the pty)          mark TEXT      end
"""

import subprocess
from binascii import crc_hqx
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bard.wire.decoder import encode
from bard.wire.frames import VERB_ARGS, Command, Verb

from .. import build
from .log import Edge, Log, Ready, Sent, read_log

__all__ = ["Edge", "Log", "Ready", "Script", "Sent", "command", "read_log", "run"]

Script = Sequence[tuple[float, str]]


def command(verb: Verb, *args: int, command_id: int = 1) -> str:
    """The scenario's line for a command from the host."""
    return f"host {encode(Command(command_id, verb, VERB_ARGS[verb].pack(*args))).hex()}"


def arguments(
    elf: Path,
    *,
    seconds: float | None = None,
    chips: int = 0b1111,
    rates_hz: Sequence[float] = (86.0, 86.0, 86.0, 86.0),
    seed: int = 1,
    numbered: bool = False,
    masked: bool = False,
    eeprom: Path | None = None,
) -> list[str]:
    """The rig's command line. `eeprom` is read if it is there, and written at the end."""
    words = [str(build.rig()), "--elf", str(elf), "--chips", str(chips), "--seed", str(seed)]
    words += ["--rates", ",".join(str(rate) for rate in rates_hz)]
    words += ["--seconds", str(seconds)] if seconds is not None else []
    words += ["--numbered"] if numbered else []
    words += ["--masked"] if masked else []
    return words + (["--eeprom", str(eeprom)] if eeprom else [])


def old_board(path: Path, uid: bytes = b"bard rig") -> Path:
    """An EEPROM as a board's first boot leaves it; without one, a boot takes a second to make a uid."""
    crc = crc_hqx(uid, 0xBA2D)
    path.write_bytes((uid + crc.to_bytes(2, "little")).ljust(1024, b"\xff"))
    return path


def run(script: Iterable[tuple[float, str]] = (), *, elf: Path | None = None, **options: Any) -> Log:
    """Run flat out for `seconds` of simulated time; options as in `arguments`. The board is one that booted before."""
    text = "".join(f"{at_us} {what}\n" for at_us, what in script)
    with TemporaryDirectory() as folder:
        options.setdefault("eeprom", old_board(Path(folder) / "eeprom"))
        words = arguments(elf or build.elf(), **options)
        done = subprocess.run(words, input=text, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr
    return read_log(done.stdout.splitlines())
