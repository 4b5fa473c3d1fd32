"""`bard purge` as people meet it."""

import os
from pathlib import Path

import pytest

from bard.daemon.wallclock import clock_trusted
from tests.daemon.house import complains, config_of, run_bard
from tests.journal.logs import table
from tests.studio.studios import studio

STEADY = "sim://steady"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """A session, an old tape and an old report; what is older than a week goes."""
    (tmp_path / "bard.toml").write_text(config_of(STEADY, "[retention]\nsessions_days = 7\nreports_days = 7\n"))
    studio(tmp_path / "var")
    report = tmp_path / "var/reports/0123456789abcdef.html"
    report.touch()
    os.utime(report, (0, 0))
    os.utime(tmp_path / "var/reports/1f.html", (0, 0))
    return tmp_path


def test_it_says_first_what_would_go(room: Path) -> None:
    done = run_bard("--config", room / "bard.toml", "purge", "--dry-run")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sessions: 1\nreports: 1\n", "")
    assert table(room / "var/journal.db", "SELECT count(*) FROM session") == [(1,)]
    (room / "bard.toml").write_text(config_of(STEADY))
    assert "kept for ever" in run_bard("--config", room / "bard.toml", "purge").stdout


def test_it_removes_where_the_clock_is_right_and_else_says_why_not(room: Path) -> None:
    done = run_bard("--config", room / "bard.toml", "purge", "--compact")
    if not clock_trusted():
        complains(done, 3, "the clock is not known to be right")
        assert table(room / "var/journal.db", "SELECT count(*) FROM session") == [(1,)]
        return
    assert (done.returncode, done.stderr) == (0, "")
    assert "removed\n" in done.stdout
    assert table(room / "var/journal.db", "SELECT count(*) FROM session") == [(0,)]
    assert [path.name for path in (room / "var/reports").iterdir()] == ["1f.html"], "no session's"
    again = run_bard("--config", room / "bard.toml", "purge").stdout
    assert again == "nothing is too old\n"


def test_a_setting_that_is_not_allowed(room: Path) -> None:
    (room / "bard.toml").write_text(config_of(STEADY, "[retention]\ntapes_days = -1\n"))
    done = run_bard("--config", room / "bard.toml", "purge")
    complains(done, 2, "retention.tapes_days: -1; allowed: a whole number from 0 to 36500")
