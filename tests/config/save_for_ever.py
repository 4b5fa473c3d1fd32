"""A process to be killed: it saves one calibration after another, each with its number in `made`. Argument: where."""

import sys
from pathlib import Path

from bard.config import save_calibration
from bard.weigh.calibration import Calibration, CellCalibration


def main() -> None:
    path = Path(sys.argv[1])
    print("saving", flush=True)
    number = 0
    while True:
        number += 1
        cells = {f"main/{channel}": CellCalibration(float(number), 20_000.0) for channel in range(8)}
        save_calibration(path, Calibration(cells, made=str(number)))
        print(number, flush=True)


main()
