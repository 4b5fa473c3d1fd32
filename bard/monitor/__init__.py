"""The pure core behind one object: bytes, timer calls and commands in, events, snapshots and summaries out."""

from bard.monitor.monitor import Monitor
from bard.monitor.snapshots import Loads
from bard.monitor.summing import BIN_US, Judged, Summary

__all__ = ["BIN_US", "Judged", "Loads", "Monitor", "Summary"]
