"""A process to be killed: it writes a tape in real time until then. Argument: where."""

import sys
import time
from pathlib import Path

from tests.journal.tapes import a_writer


def main() -> None:
    writer = a_writer(Path(sys.argv[1]))
    print("writing", flush=True)
    number = 0
    while True:
        writer.data("main", time.monotonic_ns() // 1000, number.to_bytes(4, "big") + b"fourteen bytes")
        number += 1
        time.sleep(0.003)


main()
