"""Boards -> bytes: opens ports, stamps what comes, opens them again. Knows no load; what bytes mean is the core's."""

from bard.link.flatout import run_flat_out, scripted, true_calibration
from bard.link.paced import PacedRoom
from bard.link.port import Port, monotonic_us
from bard.link.ports import Ports
from bard.link.reader import BoardReader

__all__ = [
    "BoardReader",
    "PacedRoom",
    "Port",
    "Ports",
    "monotonic_us",
    "run_flat_out",
    "scripted",
    "true_calibration",
]
