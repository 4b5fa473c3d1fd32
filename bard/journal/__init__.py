"""The tape of everything the core was told, and what can be made of it again: replay, golden files, text."""

from bard.journal.records import Header, Record, make_header
from bard.journal.replay import Replayed, check_golden, rebuild_golden, replay, walk
from bard.journal.show import KINDS, show
from bard.journal.tape import TapeReader, TapeWriter

__all__ = [
    "KINDS",
    "Header",
    "Record",
    "Replayed",
    "TapeReader",
    "TapeWriter",
    "check_golden",
    "make_header",
    "rebuild_golden",
    "replay",
    "show",
    "walk",
]
