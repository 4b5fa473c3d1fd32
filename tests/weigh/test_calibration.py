from msgspec import json
from msgspec.structs import replace

from bard.weigh.calibration import Calibration, CellCalibration

OLD = b'{"cells":{"main/0":{"counts_per_kg":20000.0,"zero_counts":5.0}},"expires":"","made":"today","zeros":{}}'


def test_a_calibration_of_before_the_uncertainty_was_known_keeps_its_digest() -> None:
    calibration = json.decode(OLD, type=Calibration)
    assert calibration == Calibration({"main/0": CellCalibration(5.0, 20_000.0)}, made="today")
    assert calibration.span_u_fraction is None
    assert calibration.digest == "092fa91aca65"
    assert replace(calibration, span_u_fraction=0.004).digest != calibration.digest
