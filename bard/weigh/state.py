"""Why a cell's load is known, or not: one state each, with its words."""

from enum import IntEnum


class CellState(IntEnum):
    """From NOISY on it is a fault, which good data must outlive for `prove_us`."""

    OK = 0
    PROVING = 1
    UNCALIBRATED = 2
    SETTLING = 3
    SILENT = 4
    NOISY = 5
    SPIKES = 6
    STUCK = 7
    SATURATED = 8
    BOARD_FAULT = 9


FIRST_FAULT = CellState.NOISY
IN_WORDS = {
    CellState.OK: "ok",
    CellState.PROVING: "being proved",
    CellState.UNCALIBRATED: "not calibrated",
    CellState.SETTLING: "settling",
    CellState.SILENT: "silent: check its wires and its amplifier's supply",
    CellState.NOISY: "readings no person can cause: mains hum or a loose wire",
    CellState.SPIKES: "too many single wrong readings: bad link between amplifier and board",
    CellState.STUCK: "the same reading again and again",
    CellState.SATURATED: "at the end of its range: broken wire, short or overload",
    CellState.BOARD_FAULT: "reported faulty by its board",
}
