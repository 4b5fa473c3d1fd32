"""Killed in the middle of a write, at any moment: what was said to be set is set, and nothing is half there."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

from bard.people.reader import PeopleReader
from bard.people.records import Limits
from bard.people.store import People
from tests.people.house import LIMITS, MS, PATH, made

KILLS = 200 if os.environ.get("BARD_SOAK") else 20
SAID_LEAST = 2


def test_kill_9_at_random_moments_loses_nothing_that_was_said(tmp_path: Path) -> None:
    dice = random.Random(7)
    made(tmp_path).close()
    newest = 0
    for _ in range(KILLS):
        command = [sys.executable, "-m", "tests.people.kill_me", str(tmp_path / PATH), str(newest % 200 + 1)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(SAID_LEAST)]
        time.sleep(dice.uniform(0, 0.02))
        process.kill()
        said += [int(line) for line in process.stdout.read().splitlines() if line]
        process.wait()
        process.stdout.close()
        with PeopleReader(tmp_path / PATH) as reader:
            history = reader.limits("C1")
            assert all(isinstance(limits, Limits) for limits in history), "whole, each of them"
            kept = [limits.at_ms for limits in history if isinstance(limits, Limits)]
            assert kept[-1] in (said[-1], said[-1] + 1), "the last one said, or one that was on its way"
            assert set(said) <= set(kept)
        newest = kept[-1]
    with People(tmp_path / PATH) as people:
        people.set_limits("C1", LIMITS, at_ms=MS, by="Ada")
        assert people._connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
