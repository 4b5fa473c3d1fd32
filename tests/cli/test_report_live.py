"""A session of the real daemon, reported while it runs and after its end, over a restart in its middle."""

import pytest

from bard.control.words import load_kg_words
from bard.journal.history import History
from bard.journal.schema import JOURNAL_FILE
from tests.daemon.house import House, wait_for
from tests.report.reading import Page, check_contained

pytestmark = pytest.mark.slow


def pages(house: House) -> str:
    done = house.bard("report", "session", "-o", "-")
    assert (done.returncode, done.stderr) == (0, "")
    check_contained(done.stdout)
    return Page(done.stdout).text


def test_the_page_says_what_the_journal_holds(house: House) -> None:
    journal = house.folder / "var" / JOURNAL_FILE
    house.furnish("sim://steady?seed=5")
    house.start()
    house.until_known()
    assert house.bard("session", "start", "--body-weight", 70, "--limit", 26).returncode == 0
    session = house.until(lambda snapshot: snapshot.phase == "on", "somebody is on the client").session
    assert session is not None

    def seconds() -> int:
        with History(journal) as history:
            return len(history.series(session.id)) // 10

    wait_for(lambda: seconds() >= 4, "four seconds are committed")
    running = pages(house)
    assert f"session {session.id}" in running
    assert "no end recorded" in running
    assert house.end() == 0
    house.start()
    house.until_known()
    before = seconds()
    wait_for(lambda: seconds() >= before + 2, "it goes on")
    assert house.bard("session", "stop").returncode == 0
    with History(journal) as history:
        wait_for(lambda: history.session("last").end is not None, "its end is written")
        whole = history.statistics(session.id).whole
    text = pages(house)
    assert "no end recorded" not in text
    assert f"{load_kg_words(whole.peak_kg, whole.peak_u_kg)} highest load" in text
    assert f"{whole.coverage * 100:.1f} % data coverage" in text
    assert "nothing is recorded: bard was not running" in text
    assert "brought back after a restart" in text
    assert "body weight 70.0 kg (typed), limit 26.0 kg" in text
    assert "With its guard of" in text
