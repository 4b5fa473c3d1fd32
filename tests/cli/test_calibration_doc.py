"""docs/calibration.md: its pictures show the screens of this bard, and its commands are ones that there are."""

import re
from pathlib import Path

from click.testing import CliRunner

from bard.cli.main import cli
from bard.commission.told import STAGES
from bench.screens import FOLDER, PICTURES

DOC = Path(__file__).parents[2] / "docs" / "calibration.md"


def test_every_picture_is_there_and_of_this_screen() -> None:
    named = set(re.findall(r"\(pictures/(\w+)\.svg\)", DOC.read_text()))
    assert named <= set(PICTURES)
    for name in PICTURES:
        text = (FOLDER / f"{name}.svg").read_text()
        if name != "accept":
            assert all(stage in text.lower() for stage in STAGES["calibrate"]), name
    assert "LOOK" in (FOLDER / "mistyped.svg").read_text()
    assert "bard certificate" in (FOLDER / "accept.svg").read_text()


def test_every_command_is_one_that_there_is() -> None:
    commands = re.findall(r"^    bard (calibrat\w+ \w+|\w+)", DOC.read_text(), re.MULTILINE)
    assert len(commands) > 12
    for words in commands:
        found = CliRunner().invoke(cli, [*words.split(), "--help"])
        assert found.exit_code == 0, (words, found.output)
