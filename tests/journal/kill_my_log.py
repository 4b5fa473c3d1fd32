"""A process to be killed: it writes a log as fast as the disk takes it, and says what is committed.

Arguments: where, and the run's name. Each run is a session of its own; a line has the last alarm that is committed and
how many summaries of the session were given.
"""

import sys
from pathlib import Path

from tests.journal.logs import BOOT, Log, condition, id_of, started, wait_until_written
from tests.journal.summaries import wave


def main() -> None:
    run, at_us = sys.argv[2], int(sys.argv[2].removeprefix("run"))
    log = Log(Path(sys.argv[1]), boot_id=BOOT, run=run)
    log.tell(started(at_us))
    number = 0
    while True:
        for _ in range(5):
            number += 1
            log.tell([condition(number, "active", "pending", subjects=(f"{run} {number}",))])
            for summary in wave(number * 10 - 10, number * 10, id_of(at_us)):
                log.store.take_summary(summary)
        if number % 3 == 0:
            wait_until_written(log.store)
            print(number, flush=True)


main()
