from pathlib import Path

from bard.config.atomic import write_whole
from bard.studio.holdings import held, keep_to_the_group


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)


def test_all_is_held_but_what_a_program_makes_again_by_itself(tmp_path: Path) -> None:
    kept = ["audit.jsonl", "calibration.abc.json", "calibration.json", "journal.db", "people.db", "reports/1f.html"]
    make(tmp_path, *kept, "tapes/a.tape", "journal.db-wal", "journal.db-shm", "journal.db.damaged.2-wal", "mqtt-outbox")
    make(tmp_path, "web/key.pem")
    make(tmp_path, ".state.json.new", "before-restore-1/people.db", ".restore/people.db")
    (tmp_path / "link.json").symlink_to(tmp_path / "calibration.json")
    assert [str(path) for path in held(tmp_path, tapes=False)] == kept
    assert [str(path) for path in held(tmp_path, tapes=True)] == [*kept, "tapes/a.tape"]


def test_what_an_older_bard_left_to_all_is_taken_from_others(tmp_path: Path) -> None:
    make(tmp_path, "calibration.json", "tapes/a.tape")
    (tmp_path / "calibration.json").chmod(0o644)
    (tmp_path / "tapes/a.tape").chmod(0o600)
    keep_to_the_group(tmp_path)
    assert (tmp_path / "calibration.json").stat().st_mode & 0o777 == 0o640
    assert (tmp_path / "tapes/a.tape").stat().st_mode & 0o777 == 0o600


def test_what_is_replaced_whole_is_for_the_group(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    make(tmp_path, "state.json", ".state.json.new")
    write_whole(path, b"{}")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"{}", 0o640)
