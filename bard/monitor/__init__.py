"""The pure core behind one object: bytes, timer calls and commands in, events and snapshots out."""

from bard.monitor.monitor import Loads, Monitor

__all__ = ["Loads", "Monitor"]
