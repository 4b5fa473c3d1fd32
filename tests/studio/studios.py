"""Folders as bard leaves them, and what is in them, for comparing."""

from pathlib import Path

from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from bard.studio.archive import CONFIG, INTAKE, Manifest, discard
from bard.studio.audit import Stamp
from bard.studio.backup import make_backup
from tests.journal.logs import MORNING, write_log

NOON = Stamp("2026-03-01T12:00:00.000+00:00", True)
EVENING = Stamp("2026-03-01T20:00:00.000+00:00", True)


def studio(folder: Path, **how: object) -> Path:
    """A morning's records; `how` goes to their log."""
    (folder / "tapes").mkdir(parents=True)
    (folder / "reports").mkdir()
    write_log(folder / JOURNAL_FILE, MORNING, **how)
    (folder / "calibration.json").write_text("a calibration\n")
    (folder / "calibration.before.json").write_text("the one before\n")
    (folder / "tapes/a.tape").write_bytes(bytes(range(256)) * 100)
    (folder / "reports/1f.html").write_text("<p>a report")
    (folder / "mqtt-outbox").write_text("")
    return folder


def back_up(folder: Path, path: Path, *, stamp: Stamp = NOON, tapes: bool = False) -> Manifest:
    """The configuration is looked for beside the folder."""
    configs = {CONFIG: folder.parent / "bard.toml", INTAKE: folder.parent / "intake.toml"}
    return make_backup(folder, path, configs=configs, station="room", stamp=stamp, tapes=tapes, progress=discard)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of it, but what restores set aside and the audit."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "audit.jsonl" and not path.relative_to(folder).parts[0].startswith("before-")
    }


def sessions(folder: Path) -> list[str]:
    with History(folder / JOURNAL_FILE) as history:
        return [session.id for session in history.sessions()]
