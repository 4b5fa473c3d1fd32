"""Sets limits for C1, one kilogram more each time, and says each that is on the disk, until it is killed."""

import sys
from pathlib import Path

from bard.people.records import LimitsGiven
from bard.people.store import People

with People(Path(sys.argv[1])) as people:
    for kg in range(int(sys.argv[2]), 240):
        people.set_limits("C1", LimitsGiven(kg, zones={"ribs": 1}), at_ms=kg, by="Ada")
        print(kg, flush=True)
