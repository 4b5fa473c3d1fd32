"""The installer's page in a real Chromium, beside a daemon whose board is a workshop's: loads are hung by the test."""

import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.house import wait_for
from tests.daemon.workshop import LEFT, Workshop
from tests.web.browser import Browser
from tests.web.installing import STILL, first_cell, installing, pictures, workshop
from tests.web.station import Station

pytestmark = pytest.mark.apt


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Station]:
    """One calibrated room for all that looks and changes nothing."""
    made = Workshop(tmp_path_factory.mktemp("install"))
    try:
        station = Station(made)
        made.open(calibrated=True, more=station.table)
        station.start()
        yield station
    finally:
        made.close()


def test_cells_as_they_are(browser: Browser, bench: Station) -> None:
    house = workshop(bench)
    page = installing(browser, bench)
    assert house.truth.digest in page.text("#calibration")
    house.hang(LEFT, 20.0, 0.25)
    page.wait_for(lambda: 14.5 < float(first_cell(page, "load").split()[0]) < 15.5, "three quarters on the first cell")
    page.wait(STILL)
    live = house.look().live[0]
    assert live.counts is not None
    page.wait_for(
        lambda: abs(int(first_cell(page, "counts").replace(" ", "")) - live.counts) < 2000, "the socket's counts"
    )
    assert "counts" in first_cell(page, "noise")
    assert 70 < float(first_cell(page, "rate")) < 100
    pictures(page, "cells")
    house.hang(LEFT, 20.0, 0.25, sway_kg=6.0)
    page.wait("document.querySelector('#cell-list li').dataset.light === 'moving'")
    assert page.text("#cell-list .shape") == "▲"
    assert "moving by" in first_cell(page, "more")
    house.hang(LEFT, 0.0)
    page.wait(STILL)
    assert page.complaints == []
    assert all(url.startswith((bench.url, "blob:")) for url in page.requests)


def test_signals_are_tried_and_the_answers_kept(browser: Browser, bench: Station) -> None:
    page = installing(browser, bench)
    page.click("#signals-tab")
    page.wait("document.querySelector('#outputs .play') !== null")
    evil = "<img src=x onerror=alert(1)>"
    page.look(f"document.querySelector('#who').value = '{evil}'")
    for answer, words in (("no", "NOT noticed"), ("yes", "noticed: kept")):
        page.click("#outputs .play")
        page.wait(f"document.querySelector('#outputs .{answer}').offsetParent !== null")
        page.click(f"#outputs .{answer}")
        page.wait_text("#outputs .said", words)
    pictures(page, "signals")
    kept = sqlite3.connect(f"file:{bench.house.folder / 'var' / 'journal.db'}?mode=ro", uri=True)
    rows = "SELECT output, noticed, who FROM output_tried ORDER BY rowid"
    try:
        wait_for(lambda: len(kept.execute(rows).fetchall()) == 2, "both answers are kept")
        assert kept.execute(rows).fetchall() == [("board a", 0, evil), ("board a", 1, evil)]
    finally:
        kept.close()
    assert page.look("document.querySelectorAll('main img').length") == 0


def test_doctor_looks_and_says_what_to_do(browser: Browser, bench: Station) -> None:
    page = installing(browser, bench)
    page.click("#doctor-tab")
    page.click("#begin-doctor")
    page.wait("!document.querySelector('#doctor-going').hidden")
    page.wait("document.querySelector('#doctor-done').value > 0.1")
    page.wait("document.querySelector('#verdict').innerText !== ''", 60)
    assert "not looked" not in page.text("#verdict")
    pictures(page, "doctor")
    for item in range(page.look("document.querySelectorAll('#findings li').length")):
        told = page.text(f"#findings li:nth-child({item + 1})")
        assert "means" in told
        assert "do" in told
    page.wait("document.documentElement.dataset.link === 'live'")


def test_a_certificate_there_is_none_of_is_said(browser: Browser, bench: Station) -> None:
    """The room's calibration was put there without a record."""
    page = installing(browser, bench)
    page.click("#certificate-tab")
    page.click("#fetch-certificate")
    page.wait_text("#certificate-said", "nothing is recorded")
    pictures(page, "certificate")


def test_when_bard_ends_the_numbers_go(browser: Browser, tmp_path: Path) -> None:
    house = Workshop(tmp_path)
    try:
        station = Station(house)
        house.open(calibrated=True, more=station.table)
        station.start()
        page = installing(browser, station)
        house.end(signal.SIGKILL)
        page.wait("document.documentElement.dataset.link === 'stopped'", 1.5)
        assert first_cell(page, "load") == "–"
        assert page.text("#link").strip().endswith("no data")
    finally:
        house.close()
