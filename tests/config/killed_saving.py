"""Saves a calibration in a child that is killed at its k-th system call, for each k there is.

Arguments: the file, which holds a calibration already. Prints `k name left` for each: what the child was about to do
or had just done, and which calibration the file held then ("old", "new", or what was wrong). Linux on x86-64 or ARM64.
"""

import ctypes
import os
import platform
import signal
import struct
import sys
from pathlib import Path

from bard.config import load_calibration, save_calibration
from bard.errors import BardError
from bard.weigh.calibration import Calibration, CellCalibration

_TRACEME, _CONT_TO_CALL, _SET_OPTIONS, _GET_CALL, _TELL_CALLS_APART = 0, 24, 0x4200, 0x420E, 1
_NUMBERS = {
    "x86_64": {1: "write", 74: "fsync", 82: "rename", 87: "unlink", 257: "open"},
    "aarch64": {64: "write", 82: "fsync", 38: "rename", 276: "rename", 35: "unlink", 56: "open"},
}[platform.machine()]
_ptrace = ctypes.CDLL(None, use_errno=True).ptrace
_ptrace.restype = ctypes.c_long
_ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
NEW = Calibration({f"main/{channel}": CellCalibration(2.0, 20_000.0) for channel in range(8)}, made="new")


def _trace(request: int, pid: int, address: int = 0, data: object = None) -> None:
    if _ptrace(request, pid, address, data) < 0:
        raise OSError(ctypes.get_errno(), "ptrace")


def _call_of(pid: int) -> str | None:
    """Of a child that stopped where a system call begins: its name; None where one is done."""
    told = ctypes.create_string_buffer(88)
    _trace(_GET_CALL, pid, len(told), told)
    (number,) = struct.unpack_from("Q", told, 24)
    return _NUMBERS.get(number, "other") if told[0] == b"\x01" else None


def killed_at(path: Path, stop: int) -> tuple[str, bool]:
    """Save in a child that dies at its stop number `stop`; where that was, and whether it got that far."""
    pid = os.fork()
    if pid == 0:
        _trace(_TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        save_calibration(path, NEW)
        os._exit(0)
    os.waitpid(pid, 0)
    _trace(_SET_OPTIONS, pid, 0, _TELL_CALLS_APART)
    name = "begun"
    for _ in range(stop):
        _trace(_CONT_TO_CALL, pid)
        _, status = os.waitpid(pid, 0)
        if os.WIFEXITED(status):
            return "exit", False
        call = _call_of(pid)
        name = f"{name}-done" if call is None else call
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return name, True


def main() -> None:
    path = Path(sys.argv[1])
    old = path.read_bytes()
    stop, alive = 0, True
    while alive:
        stop += 1
        for file in path.parent.iterdir():
            file.unlink()
        path.write_bytes(old)
        name, alive = killed_at(path, stop)
        try:
            left = load_calibration(path).made
            for kept in path.parent.glob(f"{path.stem}.*{path.suffix}"):
                load_calibration(kept)
        except BardError as error:
            left = str(error)
        print(stop, name, left or "none")


main()
