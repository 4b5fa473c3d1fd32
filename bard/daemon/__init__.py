"""Composition root of `bard run`: ports, core, outputs, tape and socket on one loop."""

from bard.daemon.app import run

__all__ = ["run"]
