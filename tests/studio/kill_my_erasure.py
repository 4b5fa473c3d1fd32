"""`python -m tests.studio.kill_my_erasure FOLDER`: the zebra erased; says so before it begins."""

import sys
from pathlib import Path

from bard.studio.archive import discard
from bard.studio.erase import erase, holding
from tests.studio.studios import EVENING
from tests.studio.zebras import CODE

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    held = holding(folder, "client", CODE, None)
    print("erasing", flush=True)
    erase(folder, held, EVENING, bard_runs=False, progress=discard)
