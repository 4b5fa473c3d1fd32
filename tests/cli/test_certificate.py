"""`bard certificate`: from the calibration file to a page, and one line for what cannot be."""

import stat
from pathlib import Path

import pytest

from bard.commission.fit import calibration_of, fit_support
from bard.commission.record import BoardRecord, CalibrationRecord
from bard.config.calibration_file import save_calibration
from bard.weigh.calibration import NONE, Calibration, CellCalibration
from tests.commission.bars import weighed_bar
from tests.daemon.house import complains, config_of, run_bard
from tests.report.reading import Page, check_contained

BARE = Calibration({"a/0": CellCalibration(0.0, 20_000.0)}, made="2025-01-01")


@pytest.fixture
def made() -> tuple[Calibration, CalibrationRecord]:
    """A bar that was fitted by three plates."""
    bar, sources = weighed_bar()
    fitted = fit_support(bar.plan, sources, bar.readings)
    record = CalibrationRecord(
        station="room",
        installer="R. Igger",
        made="2026-03-02 14:05",
        expires="2027-03-02",
        boards=(BoardRecord("main", "6d" * 8, "1.2.0"),),
        supports=(fitted,),
    )
    return calibration_of(NONE, [fitted], record.made, record.expires), record


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "bard.toml"
    path.write_text(config_of("sim://steady"))
    (tmp_path / "var").mkdir()
    return path


def test_of_the_calibration_in_use_and_of_one_of_the_history(
    config: Path, made: tuple[Calibration, CalibrationRecord]
) -> None:
    file = config.parent / "var" / "calibration.json"
    save_calibration(file, *made)
    digest = made[0].digest
    done = run_bard("--config", config, "certificate")
    path = config.parent / "var" / "reports" / f"certificate-{digest}.html"
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    page = path.read_text()
    check_contained(page)
    text = Page(page).text
    assert f"calibration {digest}" in text
    assert "NOT VERIFIED" in text
    save_calibration(file, BARE)
    complains(run_bard("--config", config, "certificate"), 3, f"calibration {BARE.digest}: nothing is recorded of how")
    older = run_bard("--config", config, "certificate", digest[:5], "-o", "-")
    assert (older.returncode, older.stdout.strip()) == (0, page.strip())
    own = config.parent / "own.html"
    assert run_bard("--config", config, "certificate", digest, "-o", own).stdout.strip() == str(own)
    assert own.read_text() == page


def test_what_cannot_be_is_one_line(config: Path, made: tuple[Calibration, CalibrationRecord]) -> None:
    complains(run_bard("--config", config, "certificate"), 3, "no calibration yet: bard calibrate makes one")
    file = config.parent / "var" / "calibration.json"
    save_calibration(file, *made)
    complains(run_bard("--config", config, "certificate", "ffff"), 2, "'ffff' names 0 calibrations kept")
    taken = config.parent / "taken"
    taken.write_text("")
    complains(run_bard("--config", config, "certificate", "-o", taken / "x.html"), 2, "taken/x.html: cannot be written")
    file.write_text(file.read_text().replace("R. Igger", "X. Other"))
    complains(run_bard("--config", config, "certificate"), 2, "changed by hand or damaged")
