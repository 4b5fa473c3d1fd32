"""`python -m tests.studio.kill_me BACKUP FOLDER N`: a restore killed at its Nth move, or before its plan (-1)."""

import os
import signal
import sys
from pathlib import Path

from bard.studio.archive import discard
from bard.studio.restore import restore
from tests.studio.studios import EVENING

if __name__ == "__main__":
    left = int(sys.argv[3])
    move = Path.rename

    def counted(path: Path, target: Path) -> Path:
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return move(path, target)

    if left < 0:
        Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)  # type: ignore[method-assign,assignment]
    Path.rename = counted  # type: ignore[method-assign,assignment]
    restore(Path(sys.argv[1]), Path(sys.argv[2]), EVENING, discard)
