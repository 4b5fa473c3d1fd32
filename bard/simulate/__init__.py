"""A seeded room with a therapist in it, in bytes; knows the protocol, and nothing of weighing, clients or alarms."""

from bard.simulate.line import Delivery
from bard.simulate.recordings import Rows, recording_scenario
from bard.simulate.room import CellTruth, Room, Truth, recording_room
from bard.simulate.scenario import Cue, Scenario, Support
from bard.simulate.scenarios import SCENARIOS, crossings, normal_work, steady
from bard.simulate.therapist import Truths

__all__ = [
    "SCENARIOS",
    "CellTruth",
    "Cue",
    "Delivery",
    "Room",
    "Rows",
    "Scenario",
    "Support",
    "Truth",
    "Truths",
    "crossings",
    "normal_work",
    "recording_room",
    "recording_scenario",
    "steady",
]
