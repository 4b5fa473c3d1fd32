"""A process to be killed: it writes a log as fast as the disk takes it, and says what is committed. Argument: where."""

import sys
from pathlib import Path

from tests.journal.logs import BOOT, Log, condition, started, wait_until_written


def main() -> None:
    run = sys.argv[2]
    log = Log(Path(sys.argv[1]), boot_id=BOOT, run=run)
    log.tell(started(0))
    number = 0
    while True:
        for _ in range(5):
            number += 1
            log.tell([condition(number, "active", "pending", subjects=(f"{run} {number}",))])
        if number % 3 == 0:
            wait_until_written(log.store)
            print(number, flush=True)


main()
