"""Therapists, clients and the intake from the command line, as a studio meets them."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from tests.daemon.house import House, complains
from tests.terminals import heard_until

SHIPPED = Path(__file__).parents[2] / "config" / "intake.toml"
LIST = """\
reminder = "A reminder."
[[items]]
id = "pregnancy"
question = "Pregnant?"
kind = "absolute"
[[items]]
id = "veins"
question = "Varicose veins?"
kind = "caution"
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    made.furnish("sim://demo?seed=1", calibrated=True, more='[studio]\nintake_file = "intake.toml"')
    (tmp_path / "intake.toml").write_text(LIST)
    yield made
    made.close()


def said(house: House, *arguments: object) -> list[str]:
    done = house.bard(*arguments)
    assert (done.returncode, done.stderr) == (0, ""), done
    return done.stdout.splitlines()


def test_a_therapist_with_a_weight_a_day_and_areas(house: House) -> None:
    assert said(house, "therapist", "add", "--code", "T1", "--body-weight", 70.5, "--dated", "2026-03-01") == ["T1"]
    said(house, "therapist", "edit", "t1", "--contact", "heel=30", "--contact", "two feet=220", "--no-cue")
    said(house, "therapist", "edit", "T1", "--contact", "heel=", "--body-weight", 71, "--u", 0.2)
    shown = said(house, "therapist", "show", "T1")
    assert f"body weight 71.0 kg, u 0.2 kg, of {date.today().isoformat()} (typed)" in shown
    assert "contact two feet 220 cm2" in shown
    assert "ticks below the limit: not wanted" in shown
    held = json.loads("".join(said(house, "therapist", "show", "T1", "--json")))
    assert [one["kg"] for one in held["body_weight"]] == [70.5, 71.0]
    file = house.folder / "held.json"
    said(house, "therapist", "export", "T1", "-o", file)
    assert (json.loads(file.read_text()), file.stat().st_mode & 0o777) == (held, 0o600)
    assert json.loads("".join(said(house, "therapist", "export", "T1"))) == held
    complains(house.bard("therapist", "export", "T1", "-o", file), 2, "is there already")
    complains(house.bard("therapist", "export", "T1", "-o", house.folder / "nowhere" / "x"), 1, "No such file")
    assert said(house, "therapist", "list")[0].startswith("T1 ")
    complains(house.bard("therapist", "edit", "T1"), 2, "nothing to change")
    complains(house.bard("therapist", "edit", "T1", "--dated", "2026-03-01"), 2, "go with --body-weight")
    complains(house.bard("therapist", "edit", "T1", "--contact", "toe=3"), 2, "allowed: whole foot=CM2")
    complains(house.bard("therapist", "add", "--code", "Anna"), 2, "so that it is no name")


def test_a_client_with_limits_and_their_history(house: House) -> None:
    complains(house.bard("client", "list"), 1, "nobody is kept here yet")
    (made,) = said(house, "client", "add")
    assert len(made) == 6
    assert "no limit set" in said(house, "client", "show", made)
    complains(house.bard("client", "edit", made, "--limit", 40), 2, "give --by WHO")
    complains(house.bard("client", "edit", made, "--near", 30, "--by", "Ada"), 2, "give --limit with the others")
    complains(house.bard("client", "edit", made, "--limit", 40, "--near", 41, "--by", "Ada"), 2, "near 41 kg")
    said(house, "client", "edit", made, "--limit", 40, "--zone", "ribs=20", "--by", "Ada")
    said(house, "client", "edit", made, "--limit", 45, "--critical", 60, "--rate", 90, "--by", "Bo")
    shown = said(house, "client", "show", made)
    assert shown[1].startswith("limit 45.0 kg, critical 60.0 kg, rise 90 kg/s (set by Bo on ")
    assert shown[2].startswith("  before: limit 40.0 kg, zone ribs 20.0 kg (set by Ada on ")
    everyone = json.loads("".join(said(house, "client", "list", "--json")))
    assert [limit["by"] for limit in everyone[0]["limits"]] == ["Ada", "Bo"]
    complains(house.bard("client", "add", "--name", "Anna"), 3, "keeps no names", "[studio] names = true")
    assert all("Anna" not in path.read_bytes().decode("latin1") for path in (house.folder / "var").iterdir())


def test_the_intake_by_flags_by_file_and_whole_or_not_at_all(house: House) -> None:
    said(house, "client", "add", "--code", "C1")
    complains(house.bard("intake", "C1"), 2, "give --by WHO")
    complains(house.bard("intake", "C1", "--by", "Ada"), 2, "nobody to ask here")
    complains(house.bard("intake", "C1", "--by", "Ada", "--answer", "veins=no"), 2, "not answered: pregnancy")
    complains(house.bard("intake", "C1", "--by", "Ada", "--answer", "moon=no"), 2, 'no question "moon"')
    complains(house.bard("intake", "C9", "--by", "Ada", "--answer", "moon=no"), 2, 'no client "C9"')
    assert any("never asked" in line for line in said(house, "intake", "C1", "--show"))
    shown = said(house, "intake", "C1", "--by", "Ada", "--answer", "veins=unsure", "--answer", "pregnancy=no")
    assert shown == ["to look at: Varicose veins?", "A reminder."]
    (house.folder / "a.json").write_text('{"veins": "no", "pregnancy": "yes"}')
    shown = said(house, "intake", "C1", "--by", "Bo", "--answers", house.folder / "a.json")
    assert shown == ["blocks a start: Pregnant?", "A reminder."]
    (house.folder / "a.json").write_text("nonsense")
    complains(
        house.bard("intake", "C1", "--by", "Bo", "--answers", house.folder / "a.json"), 2, "allowed: a JSON object"
    )
    held = json.loads("".join(said(house, "client", "show", "C1", "--json")))
    assert [(one["by"], one["answers"]["pregnancy"]) for one in held["intake"]] == [("Ada", "no"), ("Bo", "yes")]


def test_the_shipped_checklist_missing_is_one_line(house: House) -> None:
    (house.folder / "intake.toml").unlink()
    complains(house.bard("intake", "C1", "--by", "Ada"), 2, "no such file", "intake.toml that comes with bard")


def test_the_intake_asks_on_a_terminal_until_each_question_is_answered(house: House) -> None:
    said(house, "client", "add", "--code", "C1")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bard", "--config", str(house.config), "intake", "C1", "--by", "Ada"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    for question, reply in (("Pregnant?", "maybe"), ("Pregnant?", ""), ("Pregnant?", "y"), ("Varicose veins?", "no")):
        assert question in heard_until(ours, ": ")
        os.write(ours, f"{reply}\n".encode())
    assert "blocks a start: Pregnant?" in heard_until(ours, "A reminder.")
    assert process.wait(30) == 0
    os.close(ours)
    shown = said(house, "intake", "C1", "--show")
    assert shown[0] == "yes         Pregnant?"
