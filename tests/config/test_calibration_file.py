import hashlib
import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bard.config import load_calibration, save_calibration
from bard.config.calibration_file import Stored, find, history, load_stored
from bard.errors import ConfigError
from bard.weigh.calibration import NONE, Calibration, CellCalibration

FIRST = Calibration(
    {"main/0": CellCalibration(-12_345.5, 20_123.25), "main/1": CellCalibration(0.0, -19_876.1)}, made="today"
)
SECOND = Calibration({"main/0": CellCalibration(1.0, 2.0)})
MADE_BY = "; allowed: a file that `bard calibrate` wrote, such as one of those named calibration.*.json beside it"
SPANS = st.floats(1, 1e6) | st.floats(-1e6, -1)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "calibration.json"


def mistake(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_calibration(path)
    line = str(caught.value)
    assert "\n" not in line
    return line.removeprefix(f"{path}: ")


def test_no_file_is_no_calibration(path: Path) -> None:
    assert load_calibration(path) == NONE


@settings(max_examples=30, deadline=None)
@given(
    st.dictionaries(st.text(max_size=8), st.builds(CellCalibration, st.floats(-(2**23), 2**23), SPANS)),
    st.text(max_size=20),
)
def test_it_comes_back_to_the_bit(tmp_path_factory: pytest.TempPathFactory, cells: dict, made: str) -> None:
    path = tmp_path_factory.mktemp("calibration") / "calibration.json"
    calibration = Calibration(cells, made=made)
    save_calibration(path, calibration)
    assert load_calibration(path) == calibration
    assert load_calibration(path).digest == calibration.digest


def test_the_ones_before_are_kept(path: Path) -> None:
    save_calibration(path, FIRST)
    save_calibration(path, SECOND)
    save_calibration(path, FIRST)
    save_calibration(path, FIRST)
    names = {f"calibration.{FIRST.digest}.json", f"calibration.{SECOND.digest}.json", "calibration.json"}
    assert {file.name for file in path.parent.iterdir()} == names
    assert load_calibration(path) == FIRST
    assert load_calibration(path.with_name(f"calibration.{SECOND.digest}.json")) == SECOND


def test_a_damaged_one_is_kept_too(path: Path) -> None:
    path.write_text("{")
    save_calibration(path, FIRST)
    assert load_calibration(path) == FIRST
    (kept,) = path.parent.glob("calibration.damaged-*.json")
    assert kept.read_text() == "{"


def test_it_is_for_reading(path: Path) -> None:
    save_calibration(path, FIRST)
    assert json.loads(path.read_text())["calibration"]["cells"]["main/1"] == {
        "zero_counts": 0.0,
        "counts_per_kg": -19_876.1,
    }
    path.write_text(json.dumps(json.loads(path.read_text()), indent=7))
    assert load_calibration(path) == FIRST


def test_every_edit_is_noticed(path: Path) -> None:
    save_calibration(path, FIRST)
    text = path.read_text()
    words = "sha256: not that of its content: changed by hand or damaged"
    for old, new in [("20123.25", "20123.26"), ("-12345.5", "12345.5"), ("main/0", "main/2"), ("today", "yesterday")]:
        path.write_text(text.replace(old, new))
        assert mistake(path) == words + MADE_BY


def test_every_wrong_bit_is_noticed(path: Path) -> None:
    """White space and the case of a hex digit aside, which change nothing."""
    save_calibration(path, SECOND)
    whole = path.read_bytes()
    for at in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :])
            try:
                assert load_calibration(path) == SECOND
            except ConfigError:
                continue


def test_cut_off_anywhere_is_noticed(path: Path) -> None:
    save_calibration(path, SECOND)
    whole = path.read_bytes().rstrip()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        assert mistake(path) == "not JSON: damaged" + MADE_BY


@pytest.mark.parametrize("text", ["[]", "3", "{}", '{"cells": {}}', '{"calibration": {}, "sha256": "", "more": 1}'])
def test_another_file_is_said(path: Path, text: str) -> None:
    path.write_text(text)
    assert mistake(path) == "not a calibration" + MADE_BY


@pytest.mark.parametrize(
    ("plain", "line"),
    [
        (
            {"cells": {"main/0": {"zero_counts": 1e9, "counts_per_kg": 2.0}}},
            'calibration.cells."main/0".zero_counts: 1000000000.0; allowed: a number from -8388608 to 8388608',
        ),
        (
            {"cells": {"main/0": {"zero_counts": 1.0, "counts_per_kg": 0.5}}},
            'calibration.cells."main/0": counts_per_kg 0.5; allowed: 1 to 1e6, either sign',
        ),
        (
            {"cells": {"main/0": {"zero_counts": 1.0}}},
            'calibration.cells."main/0".counts_per_kg: missing; allowed: a number from -1000000 to 1000000',
        ),
        ({"cells": {"main/0": 3}}, 'calibration.cells."main/0": 3; allowed: a table'),
        ({"zeros": {"a\n": "1"}}, 'calibration.zeros."a\\n": "1"; allowed: a number from -8388608 to 8388608'),
        ({"cells": []}, "calibration.cells: a list of 0; allowed: a table"),
        ({"cell": {}}, "calibration.cell: unknown key; allowed: cells, zeros, made, expires, span_u_fraction"),
        ([], "calibration: a list of 0; allowed: a table"),
    ],
)
def test_nonsense_with_a_right_checksum_is_said(path: Path, plain: object, line: str) -> None:
    from bard.config.calibration_file import _sha256

    document = {"calibration": plain, "record": None}
    path.write_text(json.dumps({**document, "sha256": _sha256(document)}))
    assert mistake(path) == line


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    assert mistake(tmp_path) == "Is a directory"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    path = tmp_path / "no" / "calibration.json"
    with pytest.raises(ConfigError) as caught:
        save_calibration(path, FIRST)
    assert str(caught.value) == f"{path}: cannot be written: No such file or directory"


DISK_FULL = """
import resource, sys
from pathlib import Path
from bard.config import save_calibration
from bard.errors import ConfigError
from bard.weigh.calibration import Calibration
resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600))
try:
    save_calibration(Path(sys.argv[1]), Calibration(made="x" * 1000))
except ConfigError as error:
    print(error)
"""


def test_a_disk_that_refuses_leaves_the_old_one_whole(path: Path) -> None:
    save_calibration(path, FIRST)
    done = subprocess.run([sys.executable, "-c", DISK_FULL, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path}: cannot be written: File too large\n"
    assert load_calibration(path) == FIRST
    assert not list(path.parent.glob(".*"))


def test_whole_after_any_kill(tmp_path: Path) -> None:
    """What was saved last, or the one being saved: never less, and every one in the history whole."""
    command = [sys.executable, "-m", "tests.config.save_for_ever"]
    children = []
    for seed in range(3):
        (tmp_path / str(seed)).mkdir()
        children.append(
            subprocess.Popen([*command, str(tmp_path / str(seed) / "calibration.json")], stdout=subprocess.PIPE)
        )
    for seed, child in enumerate(children):
        assert child.stdout
        assert child.stdout.readline() == b"saving\n"
        time.sleep(Random(seed).uniform(0.05, 0.4))
        child.send_signal(signal.SIGKILL)
        saved = int((child.communicate()[0].split() or [b"0"])[-1])
        found = load_calibration(tmp_path / str(seed) / "calibration.json")
        assert int(found.made or 0) in (saved, saved + 1)
        for kept in (tmp_path / str(seed)).glob("calibration.*.json"):
            assert load_calibration(kept).digest in kept.name


# Killed at every call


def stops_of(path: Path) -> list[tuple[str, str]]:
    """Where each child was killed, and what the file held then."""
    command = [sys.executable, "-m", "tests.config.killed_saving", str(path)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [(call, left) for _, call, left in (line.split(" ", 2) for line in told.splitlines())]


def test_killed_at_any_system_call_it_holds_the_old_or_the_new(path: Path) -> None:
    """Each call is a kill before and one after it; the last stop is the child's own end."""
    save_calibration(path, msgspec.structs.replace(FIRST, made="old"))
    stops = stops_of(path)
    held = [left for _, left in stops]
    assert set(held) == {"old", "new"}
    assert held == sorted(held, reverse=True), "old, and from one stop on new"
    assert stops[held.index("new")][0] == "rename-done"
    assert stops[-1] == ("exit", "new")
    assert len(stops) > 40


def test_content_is_on_the_disk_before_its_name_and_the_name_before_it_returns(path: Path) -> None:
    """What a power cut needs: write, fsync, rename, fsync of the folder; for the copy that is kept, then the file."""
    save_calibration(path, FIRST)
    calls = [call for call, _ in stops_of(path)]
    told = [call for call in calls if call in ("write", "fsync", "rename")]
    assert told == ["write", "fsync", "rename", "fsync"] * 2


def test_what_a_power_cut_left_of_a_save_is_in_nobodys_way(path: Path) -> None:
    save_calibration(path, SECOND)
    whole = path.read_bytes()
    save_calibration(path, FIRST)
    torn = path.with_name(f".{path.name}.new")
    for length in range(0, len(whole), 7):
        torn.write_bytes(whole[:length])
        assert load_calibration(path) == FIRST
    assert [kept.stored.calibration for kept in history(path) if kept.stored] == [SECOND]
    save_calibration(path, SECOND)
    assert load_calibration(path) == SECOND
    assert not torn.exists()


# With a record, and the history


def test_one_without_a_record_still_loads(path: Path) -> None:
    """As files were written before there were records: the checksum is over the calibration alone."""
    plain = msgspec.to_builtins(FIRST)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    path.write_text(json.dumps({"calibration": plain, "sha256": hashlib.sha256(text.encode()).hexdigest()}))
    assert load_stored(path) == Stored(FIRST, None)
    path.write_text(path.read_text().replace("today", "later"))
    assert mistake(path).startswith("sha256: not that of its content")


def test_every_calibration_there_was_is_listed_the_newest_first(path: Path) -> None:
    made = [msgspec.structs.replace(FIRST, made=f"2026-0{month}-01T00:00:00+00:00") for month in range(1, 5)]
    for calibration in made:
        save_calibration(path, calibration)
    assert [kept.digest for kept in history(path)] == [calibration.digest for calibration in made[2::-1]]
    assert find(path, made[1].digest[:5]).calibration == made[1]
    damaged = history(path)[0].path
    damaged.write_text("{")
    assert [kept.stored is None for kept in history(path)] == [False, False, True]
    for digest, words in [
        (made[2].digest, "not JSON: damaged"),
        ("", "'' names 0 calibrations"),
        ("zz", f"'zz' names 0 calibrations kept; allowed: {made[1].digest}, {made[0].digest}"),
    ]:
        with pytest.raises(ConfigError) as caught:
            find(path, digest)
        assert words in str(caught.value)
