"""`bard calibration` where no bard runs: list, show, revert, and files that were changed by hand."""

from pathlib import Path

import msgspec
import pytest

from bard.config.calibration_file import load_calibration, save_calibration
from bard.weigh.calibration import Calibration, CellCalibration
from tests.daemon.house import complains, config_of, run_bard

OLD = Calibration({"a/0": CellCalibration(1.0, 20_000.0)}, made="2025-03-01T10:00:00+00:00", expires="2026-03-01")
NEW = msgspec.structs.replace(OLD, made="2026-03-01T10:00:00+00:00", zeros={"a/1": -5.0}, expires="2027-03-01")


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bard.toml"
    path.write_text(config_of("sim://steady"))
    (tmp_path / "var").mkdir()
    save_calibration(tmp_path / "var" / "calibration.json", OLD)
    save_calibration(tmp_path / "var" / "calibration.json", NEW)
    return path


def calibration(config: Path, *words: str) -> str:
    done = run_bard("--config", config, "calibration", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_one_in_use_is_listed_first_then_those_before(config: Path) -> None:
    assert calibration(config, "list").splitlines() == [
        f"{NEW.digest:14}  made 2026-03-01T10:00  expires 2027-03-01  in use",
        f"{OLD.digest:14}  made 2025-03-01T10:00  expires 2026-03-01",
    ]


def test_one_is_shown_by_the_first_digits_of_its_digest(config: Path) -> None:
    shown = calibration(config, "show")
    assert "a/0          zero        +1.0 counts  span  +20000.00 counts/kg" in shown
    assert "a/1          zero        -5.0 counts  no span" in shown
    assert shown.splitlines()[-1] == "what it was made from is not known (made by an older bard)"
    assert calibration(config, "show", OLD.digest[:4]).startswith(OLD.digest)
    complains(run_bard("--config", config, "calibration", "show", "zz"), 2, "'zz' names 0 calibrations", OLD.digest)


def test_back_to_the_one_before_and_back_again(config: Path) -> None:
    path = config.parent / "var" / "calibration.json"
    assert calibration(config, "revert", OLD.digest) == f"calibration {OLD.digest} is in use when bard runs\n"
    assert load_calibration(path) == OLD
    calibration(config, "revert", NEW.digest[:6])
    assert load_calibration(path) == NEW
    complains(run_bard("--config", config, "calibration", "revert", "none"), 2, "names 0 calibrations")


def test_a_file_changed_by_hand_is_told_everywhere_and_never_used(config: Path) -> None:
    path = config.parent / "var" / "calibration.json"
    path.write_text(path.read_text().replace("20000.0", "19000.0"))
    for words in (("list",), ("show",)):
        complains(run_bard("--config", config, "calibration", *words), 2, "changed by hand or damaged")
    complains(run_bard("--config", config, "run"), 2, "changed by hand or damaged")
    calibration(config, "revert", OLD.digest)
    assert load_calibration(path) == OLD
    [listed] = [line for line in calibration(config, "list").splitlines() if line.startswith("damaged-")]
    assert "changed by hand or damaged" in listed


def test_without_any_it_says_how_one_is_made(tmp_path: Path) -> None:
    config = tmp_path / "bard.toml"
    config.write_text(config_of("sim://steady"))
    assert calibration(config, "list") == ""
    complains(run_bard("--config", config, "calibration", "show"), 2, "there is none yet", "bard calibrate")
