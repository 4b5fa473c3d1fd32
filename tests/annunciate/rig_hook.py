"""A real command, and what it wrote down.

One law: what the hook was told is read from what its own process left behind.
"""

import json
from pathlib import Path
from typing import Any

from bard.annunciate.hook import HookOutput
from bard.settings import PATTERNS, HookSettings
from tests.annunciate.rigs import ALARM, _RealTime

_SCRIPT = """\
#!/bin/sh
if [ -e "$1/hang" ]; then sleep 600; fi
read -r line
printf '%s\\n' "$line" >> "$1/told"
"""


def told(path: Path) -> list[dict[str, Any]]:
    """What stands there in whole lines: a command may be writing the next."""
    text = path.read_text() if path.exists() else ""
    return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


class HookRig(_RealTime):
    """A command that writes each line it is told into a file, or hangs until it is killed."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory
        self._program = directory / "hook"
        self._program.write_text(_SCRIPT)
        self._program.chmod(0o755)
        settings = HookSettings((str(self._program), str(directory)), timeout_s=1.0)
        self.output: HookOutput = HookOutput(settings, ALARM)

    @property
    def told(self) -> list[dict[str, Any]]:
        return told(self._directory / "told")

    def playing(self) -> int | None:
        names = [facts["pattern"] for facts in self.told if facts["event"] != "condition"]
        if not names:
            return None
        return 1 if names[-1] == "cue" else next(each.number for each in PATTERNS if each.name == names[-1])

    def deafen(self) -> None:
        (self._directory / "hang").touch()

    def heal(self) -> None:
        (self._directory / "hang").unlink(missing_ok=True)

    def fail(self) -> None:
        self._program.rename(self._directory / "away")

    def mend(self) -> None:
        (self._directory / "away").rename(self._program)

    def dispose(self) -> None:
        self.output.close()
