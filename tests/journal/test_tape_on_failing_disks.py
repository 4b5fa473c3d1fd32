import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bard.journal import tape
from bard.journal.records import Gap
from tests.journal.tapes import a_writer, numbered, numbers_of, read, wait_for


def test_an_existing_tape_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.tape"
    path.write_bytes(b"precious")
    writer = a_writer(path)
    numbered(writer, range(5))
    wait_for(lambda: writer.failure is not None)
    writer.close()
    assert (writer.failure, writer.lost) == (f"{path}: File exists", 6)
    assert path.read_bytes() == b"precious"


def test_a_missing_folder_is_a_failure_until_it_is_there(tmp_path: Path) -> None:
    path = tmp_path / "later" / "a.tape"
    writer = a_writer(path)
    numbered(writer, range(5))
    wait_for(lambda: writer.failure is not None)
    assert writer.failure == f"{path}: No such file or directory"
    path.parent.mkdir()
    wait_for(lambda: writer.failure is None)
    writer.close()
    assert numbers_of(read(path)[0]) == list(range(5))
    assert (writer.failure, writer.lost) == (None, 0)


READ_ONLY = """
import os, sys, time
from pathlib import Path
from tests.journal.tapes import a_writer
if os.getuid() == 0:
    os.setuid(65534)
writer = a_writer(Path(sys.argv[1]))
for number in range(100):
    writer.timer(number)
writer.close()
print(writer.failure, writer.lost)
"""


def test_a_read_only_folder_is_a_failure(tmp_path: Path) -> None:
    folder = tmp_path / "tapes"
    folder.mkdir()
    for above in [folder, *folder.parents][:3]:
        above.chmod(0o555)
    path = folder / "a.tape"
    done = subprocess.run([sys.executable, "-c", READ_ONLY, path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{path}: Permission denied 101\n"


FILE_TOO_LARGE = """
import resource, sys, time
from pathlib import Path
from tests.journal.tapes import a_writer, numbered, wait_for
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
writer = a_writer(Path(sys.argv[1]), backlog_bytes=int(sys.argv[2]))
for begin in range(0, 400, 40):
    numbered(writer, range(begin, begin + 40), 200)
    time.sleep(0.15)
wait_for(lambda: writer.failure is not None)
print(writer.failure)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
wait_for(lambda: writer.failure is None)
numbered(writer, range(400, 410), 200)
writer.close()
print(writer.failure, writer.lost)
"""


@pytest.mark.parametrize("backlog_bytes", [1_000_000, 30_000])
def test_a_disk_that_fills_and_has_room_again(tmp_path: Path, backlog_bytes: int) -> None:
    """A real failing write, in the middle of a chunk; what the backlog holds is written later, the rest is said."""
    path = tmp_path / "a.tape"
    command = [sys.executable, "-c", FILE_TOO_LARGE, str(path), str(backlog_bytes)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    failed, after = done.stdout.splitlines()
    assert failed == f"{path}: File too large"
    records, reader = read(path)
    assert (reader.truncated, reader.ended) == (None, True)
    gaps = [record for record in records if isinstance(record, Gap)]
    numbers = numbers_of(records)
    if backlog_bytes == 1_000_000:
        assert (gaps, after) == ([], "None 0")
        assert numbers == list(range(410))
        return
    assert len(gaps) == 1
    assert after == f"None {gaps[0].records}"
    at = records.index(gaps[0])
    assert numbers == [*range(at), *range(at + gaps[0].records, 410)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "bard-test", folder], capture_output=True)
    if mounted.returncode:
        pytest.skip("mounting needs root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_at_the_end_leaves_whole_chunks(small_disk: Path) -> None:
    path = small_disk / "a.tape"
    writer = a_writer(path)
    for begin in range(0, 2_000, 100):
        numbered(writer, range(begin, begin + 100), 60)
        time.sleep(0.05)
    wait_for(lambda: writer.failure is not None)
    writer.close()
    assert writer.failure == f"{path}: No space left on device"
    records, reader = read(path)
    numbers = numbers_of(records)
    assert (reader.truncated, reader.ended) == (None, False)
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 100
    assert writer.lost == 2_000 + 1 - len(numbers)


def test_while_the_thread_is_held_up_memory_is_bounded_and_the_gap_stands_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.tape"
    writer = a_writer(path, waiting=10)
    wait_for(path.exists)
    numbered(writer, range(25))
    wait_for(lambda: numbers_of(read(path)[0]) == list(range(10)))
    numbered(writer, range(25, 28))
    writer.close()
    records, _ = read(path)
    assert records[10] == Gap(15)
    assert numbers_of(records) == [*range(10), 25, 26, 27]
    assert writer.lost == 15


def test_a_disk_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tape, "_STALLED_S", 0.1)
    writer = a_writer(tmp_path / "a.tape")
    wait_for(lambda: writer.failure is not None, 0.4)
    assert "the disk has not answered for 0 s" in str(writer.failure)
    writer.close()
    assert writer.failure is None


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_time_that_no_tape_can_hold_is_said_as_a_dead_writer(tmp_path: Path) -> None:
    writer = a_writer(tmp_path / "a.tape")
    writer.timer(1 << 80)
    wait_for(lambda: writer.failure is not None)
    assert writer.failure == f"{tmp_path / 'a.tape'}: the writer has died"
    writer.close()
